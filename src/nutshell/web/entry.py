"""One entry of a day: change it, add it once more, delete it, repeat it by weekday."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms, gate
from nutshell.catalog import names
from nutshell.catalog.nutrients import POSITION
from nutshell.common.clock import Day
from nutshell.common.errors import Forbidden, InvalidInput, NotFound
from nutshell.diary import actions as diary_actions
from nutshell.diary import food_actions
from nutshell.diary import queries as diary
from nutshell.diary.addresses import day_address
from nutshell.diary.packing import array_of
from nutshell.diary.types import QUICK, Entry, Serving
from nutshell.diary.views import clock_text
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import day as day_page
from . import errors, portions, words
from .frame import Visitor, page
from .measures import energy_unit, in_kcal

QUICK_FIELDS = (
    ("energy", "208", _("Energy")),
    ("protein", "203", _("Protein, g")),
    ("carb", "205", _("Carbs, g")),
    ("fat", "204", _("Fat, g")),
    ("alcohol", "221", _("Alcohol, g")),
)
WEEKDAYS = (
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")), (5, _("Saturday")),
    (6, _("Sunday")),
)  # fmt: skip


def entry(request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _entry_page(request, who, date, entry_id)
    act = ACTS.get(request.POST.get("act", ""), _save)
    try:
        return act(request, who, date, entry_id)
    except InvalidInput as wrong:
        return _entry_page(request, who, date, entry_id, wrong)


# ---------- the page ----------


def _entry_page(
    request: HttpRequest, who: Visitor, date: Day, entry_id: UUID, wrong: InvalidInput | None = None
) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        found = diary.entry(vault, date, entry_id)
        servings = servings_of(vault, found)
        meal = diary.order_of(vault, date, found.meal)
    shown = entry_of(who, date, found, servings)
    shown |= {"is_first": meal[0] == entry_id, "is_last": meal[-1] == entry_id}
    context = {
        "day": day_page.shown_day(who, date), "meal_choices": day_page.meal_choices(who),
        "weekdays": [] if found.food_id is None else [(str(number), name) for number, name in WEEKDAYS],
    }  # fmt: skip
    return drawn(request, "today", shown, context, wrong)


def drawn(
    request: HttpRequest, place: str, shown: dict[str, Any], context: dict[str, Any], wrong: InvalidInput | None
) -> HttpResponse:
    """The page; after bad input with what was typed."""
    if wrong:
        shown = {**shown, **_as_typed(request.POST, shown)}
    told = errors.fields_of(wrong) if wrong else {}
    return page(request, "web/entry.html", place, {**context, "entry": shown, "errors": told}, 422 if wrong else 200)


def servings_of(vault: OpenVault, entry: Entry) -> list[Serving]:
    """The food's portions of now; the logged one as it was logged."""
    logged = []
    if entry.portion_id is not None:
        logged = [Serving(entry.portion_id, entry.portion_name or "", entry.portion_grams or 0.0)]
    try:
        portions_now = diary.food(vault, entry.food_id).portions if entry.food_id else ()
    except (NotFound, Forbidden):  # gone, or somebody's own food that is not shared
        portions_now = ()
    return logged + [one for one in portions_now if one.id != entry.portion_id]


def entry_of(who: Visitor, date: Day, entry: Entry, servings: list[Serving]) -> dict[str, Any]:
    """What the page shows of it."""
    quick = entry.unit == QUICK
    return {
        "name": names.quiet(entry.name, entry.food_id), "url": day_page.entry_url(date, entry.id),
        "day_url": day_page.url_of(date),
        "food_url": reverse("food", args=[entry.food_id]) if entry.food_id else "", "version": entry.version,
        "quick": {"name": entry.name, "fields": _figures(who, entry)} if quick else None,
        "amount": words.typed(entry.amount),
        "units": [] if quick else portions.units(who.look, servings, entry.portion_id or entry.unit),
        "meal": entry.meal, "time": clock_text(entry.time) or "", "note": entry.note, "before": _before(who, entry),
    }  # fmt: skip


def _figures(who: Visitor, entry: Entry) -> list[dict[str, Any]]:
    """The figures of a quick add in the person's unit of energy; an unknown one is an empty field."""
    values = array_of(entry.values)
    rows = []
    for field, nutrient, label in QUICK_FIELDS:
        value = float(values[POSITION[nutrient]])
        factor = energy_unit(who.look)[1] if field == "energy" else 1.0
        text = "" if value != value else words.typed(round(value * factor, 1))
        rows.append(
            {"id": field, "label": f"{label}, {who.look.energy}" if field == "energy" else label, "value": text}
        )
    return rows


def _before(who: Visitor, entry: Entry) -> str:
    """What it was before the last change, and when that was."""
    state = entry.previous
    if state is None:
        return ""
    amount = words.amount(state.amount, state.unit, state.portion_name, state.grams) or state.name
    moment = datetime.fromtimestamp(entry.changed_at, UTC)
    told = gettext("Before: %(amount)s, changed on %(day)s at %(time)s.")
    return told % {
        "amount": amount, "day": words.long_date(who.look.date_of(moment)), "time": f"{who.look.local(moment):%H:%M}",
    }  # fmt: skip


def _as_typed(sent: QueryDict, shown: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {name: sent.get(name, shown[name]) for name in ("amount", "meal", "time", "note")}
    typed["units"] = [{**unit, "chosen": unit["id"] == sent.get("unit")} for unit in shown["units"]]
    if shown["quick"]:
        fields = [{**field, "value": sent.get(field["id"], field["value"])} for field in shown["quick"]["fields"]]
        typed["quick"] = {"name": sent.get("name", ""), "fields": fields}
    return typed


# ---------- acts ----------


def changed(who: Visitor, sent: QueryDict) -> forms.ChangeEntry:
    return forms.parse_form(forms.ChangeEntry, in_kcal(sent, who.look, ("energy",)))


def _save(request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    wish = changed(who, request.POST)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        done = diary_actions.change(vault, date, entry_id, wish.edit(), wish.version, wish.key)
    return day_page.did(date, done.act)


def _once_more(request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        vault.read([day_address(date), *targets.addresses()])
        key = request.POST.get("once") or None
        done = diary_actions.copy(vault, date, date, [entry_id], aims=targets.to_keep(vault, date), key=key)
    return day_page.did(date, done.act)


def _delete(_request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        done = diary_actions.remove(vault, date, [entry_id])
    return day_page.did(date, done.act)


def _shift(request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    """One place up or down within the meal."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        done = diary_actions.shift(vault, date, entry_id, -1 if request.POST["act"] == "up" else 1)
    return day_page.did(date, done.act)


def _weekly(request: HttpRequest, who: Visitor, date: Day, entry_id: UUID) -> HttpResponse:
    """Offer this entry, as it was logged, on the ticked weekdays."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        found = diary.entry(vault, date, entry_id)
        wish = forms.parse_form(forms.KeepRepeat, _as_repeat(found, request.POST))
        food_actions.keep_repeat(vault, wish.repeat())
    name = names.short(found.name, found.food_id)
    messages.success(request, gettext("%(name)s waits on these days from now on.") % {"name": name})
    return day_page.did(date, entry_id)


def _as_repeat(entry: Entry, sent: QueryDict) -> QueryDict:
    if entry.food_id is None:
        raise NotFound
    wish = QueryDict(mutable=True)
    wish.update({"food": entry.food_id, "amount": f"{entry.amount:.9f}", "unit": entry.portion_id or entry.unit})
    wish.update({"meal": entry.meal, "time": clock_text(entry.time) or ""})
    wish.setlist("weekday", sent.getlist("weekday"))
    return wish


ACTS = {"repeat": _once_more, "delete": _delete, "weekly": _weekly, "up": _shift, "down": _shift}
