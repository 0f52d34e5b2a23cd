"""The day page and what is done on it: complete, water, note, choosing entries, copying, undo."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms, gate
from nutshell.accounts import queries as accounts
from nutshell.catalog import names as food_names
from nutshell.catalog.nutrients import BY_ID
from nutshell.common import clock
from nutshell.common import errors as failures
from nutshell.common.clock import FIRST_DAY, LAST_DAY, Day
from nutshell.common.errors import InvalidInput
from nutshell.common.texts import N_
from nutshell.diary import actions as diary_actions
from nutshell.diary import food_actions, meals
from nutshell.diary import queries as diary
from nutshell.diary.types import Change, EntryView, MealView, Repeat, Sum, Total, Usage, WeekDay
from nutshell.diary.views import DayView
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.targets.types import NO_ZONE
from nutshell.vault.types import OpenVault

from . import charts, errors, words
from . import look as looks
from .frame import Visitor, page, see_other
from .measures import ML_PER_FL_OZ, energy_unit
from .owners import changed_of

TOAST_SECONDS = 120
KCAL_PER_GRAM = (("protein", "203", 4.0), ("carb", "205", 4.0), ("fat", "204", 9.0), ("alcohol", "221", 7.0))
MACROS = (("p", "protein", "203", _("Protein")), ("c", "carb", "205", _("Carbs")), ("f", "fat", "204", _("Fat")))
ByOthers = Mapping[UUID, dict[str, str]]
"""By entry: what somebody else did to it ("text"), and where that is undone ("undo_url", "" where it cannot be)."""
NARROW_BAND = 0.05
"""Half the width of the reference band around an energy target, as a share of it."""


# ---------- addresses ----------


def url_of(date: Day) -> str:
    return reverse("day", args=[date])


def neighbour(date: Day, days: int) -> Day:
    """The calendar ends in 1900 and 2199."""
    return Day(min(max(date + timedelta(days=days), FIRST_DAY), LAST_DAY))


def shown_day(who: Visitor, date: Day) -> dict[str, Any]:
    """What templates call `day`, as far as it needs no diary."""
    today = who.today()
    beside = {name: neighbour(date, step) for name, step in (("previous", -1), ("next", 1))}
    return {
        "iso": date.isoformat(), "url": url_of(date), "date": date, "is_today": date == today,
        "is_yesterday": date == neighbour(today, -1), "is_this_year": date.year == today.year, "is_empty": False,
        "complete": False,
        **{name: {"url": url_of(one), "iso": one.isoformat(), "date": one} for name, one in beside.items()},
    }  # fmt: skip


def meal_choices(who: Visitor) -> list[tuple[str, str]]:
    return meals.groups(who.look.names, [])


# ---------- the page ----------


def today(_request: HttpRequest, who: Visitor) -> HttpResponse:
    return see_other("day", who.today())


def day(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    return _day_page(request, who, date)


def with_slash(_request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:  # noqa: ARG001 - every view gets both
    return see_other("day", date)


def _day_page(
    request: HttpRequest, who: Visitor, date: Day, wrong: InvalidInput | None = None, note: str | None = None
) -> HttpResponse:
    """The page; after bad input with the sentence in the toast, what was ticked and what was typed."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        context = _day_context(request, who, vault, date)
    chosen = request.POST.getlist("entry")
    context |= {"choosing": bool(chosen) or "choose" in request.GET, "chosen": chosen}
    if note is not None:
        context["note"] = {"text": note}
    if wrong:
        context["toast"] = {"text": errors.sentence_of(wrong, who.look), "undo_url": ""}
    return page(request, "web/day.html", "today", context, 422 if wrong else 200)


def _day_context(request: HttpRequest, who: Visitor, vault: OpenVault, date: Day) -> dict[str, Any]:
    vault.read([*diary.addresses(date), *food_actions.folding(who.today()), *targets.addresses()])
    who = replace(who, look=looks.renewed(request, who.look, targets.profile(vault)))
    food_actions.fold(vault, who.today())
    view = seen(vault, who, date)
    return {
        "day": {**shown_day(who, date), "is_empty": not view.entries, "complete": view.complete},
        "meal_choices": meal_choices(who),
        "toast": _toast(request, vault, who, date),
        "retargeted": changed_of(who, targets.changed(vault)) if date == who.today() else {},
        "zone_url": f"{reverse('settings')}#f-zone" if who.look.zone == NO_ZONE else "",
        "energy": energy_of(view),
        "macros": macros_of(view),
        "usual": _usual(vault, who, view),
        "meals": [meal_of(meal, url_of(date), _by_others(view)) for meal in view.meals],
        **_lowest(view),
        **_cards(vault, who, view),
    }


def seen(vault: OpenVault, who: Visitor, date: Day) -> DayView:
    """The day by the person's meals; while it runs (or is still to come) against the targets of now."""
    now = targets.in_force(vault, date)
    view = diary.day(vault, date, now, who.look.names)
    return replace(view, given=now) if date >= who.today() and now.aims else view


def _target(view: DayView, nutrient: str) -> float | None:
    aim = view.by_nutrient.get(nutrient)
    return aim.minimum if aim else None


def energy_of(view: DayView) -> dict[str, Any]:
    eaten = view.energy.amount or 0.0
    target = _target(view, "208")
    unknown = view.unknown_macro_energy
    left = (target or 0.0) - eaten
    incomplete = view.incomplete
    return {
        "eaten": view.energy if view.entries else 0, "target": target, "left": left, "over": -left, "unknown": unknown,
        "fill_url": entry_url(view.date, incomplete[0].id) if incomplete else "",
        "bar": charts.energy_bar(_make_up(view, eaten - unknown), eaten, target),
    }  # fmt: skip


def _make_up(view: DayView, known: float) -> list[tuple[str, float]]:
    """kcal by macronutrient that add up to the `known` kcal, in the proportions of the general Atwater factors."""
    parts = [(kind, (view.total(nutrient).amount or 0.0) * kcal) for kind, nutrient, kcal in KCAL_PER_GRAM]
    whole = sum(kcal for _, kcal in parts)
    return [(kind, kcal * known / whole) for kind, kcal in parts] if whole else []


def macros_of(view: DayView) -> list[dict[str, Any]]:
    return [_macro(view, *macro) for macro in MACROS]


def _macro(view: DayView, css: str, kind: str, nutrient: str, name: str) -> dict[str, Any]:
    total, target = view.total(nutrient) if view.entries else Sum(0.0, 1.0), _target(view, nutrient)
    target = float(round(target)) if target and target >= 10 else target
    width = words.width((total.amount or 0.0) / target) if target else "0%"
    return {"css": css, "kind": kind, "name": name, "sum": total, "target": target, "width": width}


def _usual(vault: OpenVault, who: Visitor, view: DayView) -> dict[str, Any]:
    """What is due by weekday, then what this person eats at this hour: each one tap."""
    minute = who.look.minute()
    due = diary.repeats_due(vault, view)
    habits = diary.usual_at(vault, view, minute)
    items = [_due_item(repeat) for repeat in due] + [_usual_item(usage) for usage in habits]
    around = f"{minute // 60:02d}:{minute // 30 % 2 * 30:02d}"
    return {"around": around, "meal": meals.meal_at(minute), "items": items[:6]}


def _due_item(repeat: Repeat) -> dict[str, str]:
    return {"text": food_names.short(repeat.name, repeat.food_id), "pick": f"repeat|{repeat.id}"}


def _usual_item(usage: Usage) -> dict[str, str]:
    amount = words.amount(usage.amount, usage.unit, usage.portion_name, None)
    return {"text": f"{food_names.short(usage.name, usage.food_id)}, {amount}", "pick": forms.pick_of(usage)}


def entry_url(date: Day, entry_id: UUID) -> str:
    return reverse("entry", args=[date, entry_id])


def meal_of(meal: MealView, url: str, by: ByOthers | None = None) -> dict[str, Any]:
    """`url`: of the day, "" where nothing may be changed. `by`: what others did, None on somebody else's day."""
    own = by is not None
    return {
        "id": meal.id, "name": words.name_of_meal(meal.id, meal.name), "time": meal.time or "",
        "add_url": f"{url}/add?meal={meal.id}" if url else "", "copy_url": f"{url}/copy?meal={meal.id}" if own else "",
        "totals": {"protein": meal.protein, "carb": meal.carbs, "fat": meal.fat, "energy": meal.energy},
        "entries": [_entry(entry, url, by or {}) for entry in meal.entries],
    }  # fmt: skip


def _entry(entry: EntryView, url: str, by: ByOthers) -> dict[str, Any]:
    amount = words.amount(entry.amount, entry.unit, entry.portion_name, entry.grams) or gettext("quick add")
    name, more = food_names.in_two(entry.name, entry.food_id)
    return {
        "id": str(entry.id), "url": f"{url}/entries/{entry.id}" if url else "", "name": name, "amount_text": amount,
        "more": more, "protein": entry.protein, "carb": entry.carbs, "fat": entry.fat, "energy": entry.energy,
        "by": by.get(entry.id),
    }  # fmt: skip


def _by_others(view: DayView) -> ByOthers:
    """What others added or changed, by entry, and the way to take that back."""
    touched = [entry for entry in view.shown if entry.added_by or entry.before]
    names = accounts.names_of({who for entry in touched for who in (entry.added_by, entry.changed_by) if who})
    return {entry.id: _by_other(view, entry, names) for entry in touched}


def _by_other(view: DayView, entry: EntryView, names: dict[UUID, str]) -> dict[str, str]:
    act = diary.undo_of(view, entry)
    undo_url = reverse("undo", args=[view.date, act]) if act else ""
    return {"text": _changed_by(entry, names), "undo_url": undo_url}


def _changed_by(entry: EntryView, names: dict[UUID, str]) -> str:
    if entry.changed_by is not None and entry.before is not None:
        name = names.get(entry.changed_by) or gettext("Somebody")
        before = words.amount(entry.before.amount, entry.before.unit, entry.before.portion_name, entry.before.grams)
        now = words.amount(entry.amount, entry.unit, entry.portion_name, entry.grams)
        if before == now:  # the meal, the time, the note, or the figures of a quick add
            return gettext("%(name)s changed this.") % {"name": name}
        return gettext("%(name)s: %(before)s to %(now)s.") % {"name": name, "before": before, "now": now}
    return gettext("%(name)s added this.") % {"name": names.get(entry.author) or gettext("Somebody")}


def _lowest(view: DayView) -> dict[str, Any]:
    lowest = view.lowest(3) if view.entries else []
    helpers = diary.gap_helpers(view) if lowest else []
    names = [food_names.short(found.name, found.food_id).partition(",")[0].lower() for found in helpers]
    return {
        "lowest": [_gap(view, total) for total in lowest],
        "helps": list(dict.fromkeys(names)),
        "helps_url": f"{url_of(view.date)}/add?tab=helps",
    }


def _gap(view: DayView, total: Total) -> dict[str, Any]:
    return {
        "name": words.name_of(BY_ID[total.id]), "sum": Sum(total.amount, total.coverage), "target": total.target,
        "unit": total.unit, "width": words.width((total.amount or 0.0) / (total.target or 1.0)),
        "hatch": charts.target_bar(total.amount, total.target, None, total.coverage, view.known_share or 0.0).hatch,
    }  # fmt: skip


# ---------- the cards that can be switched off ----------


def _cards(vault: OpenVault, who: Visitor, view: DayView) -> dict[str, Any]:
    hidden = who.look.hidden_cards
    note = diary.note(vault, view.date)
    return {
        "week": None if "week" in hidden else _week(who, diary.week(vault, view.date), _target(view, "208")),
        "water": None if "water" in hidden else _water(who, view),
        "note": None if "note" in hidden else {"text": note.text if note else ""},
    }


def _week(who: Visitor, week: list[WeekDay], target: float | None) -> dict[str, Any]:
    _unit, factor = energy_unit(who.look)
    band = None if target is None else (target * factor * (1 - NARROW_BAND), target * factor * (1 + NARROW_BAND))
    dates = [clock.parse_day(one.date) for one in week]
    amounts = [None if one.energy is None else one.energy * factor for one in week]
    rows = [
        {"label": words.short_date(date), "amount": amount, "complete": one.complete}
        for date, amount, one in zip(dates, amounts, week, strict=True)
    ]
    bars = [
        charts.DayValue(row["amount"], one.complete, tuple(row["label"].rsplit(" ", 1)), date == dates[-1])
        for row, one, date in zip(rows, week, dates, strict=True)
    ]
    return {
        "unit": who.look.energy, "summary": _week_in_words(dates, week), "rows": rows,
        "chart": charts.day_bars(bars, band),
    }  # fmt: skip


def _week_in_words(dates: list[Day], week: list[WeekDay]) -> str:
    logged = sum(one.entries > 0 for one in week)
    complete = sum(one.complete for one in week)
    values = {"first": words.long_date(dates[0]), "last": words.long_date(dates[-1]), "n": logged, "done": complete}
    sentence = gettext("Seven days from %(first)s to %(last)s: %(n)d with entries, %(done)d of them complete.")
    return sentence % values


def _water(who: Visitor, view: DayView) -> dict[str, Any]:
    """All water, from food and drinks, as its target counts it; grams are millilitres."""
    us = who.look.measures == "us"
    factor = 1 / ML_PER_FL_OZ if us else 1.0
    total, target = view.total("255").amount if view.entries else 0.0, _target(view, "255")
    steps = ((8 * ML_PER_FL_OZ, 8), (16 * ML_PER_FL_OZ, 16)) if us else ((250.0, 250), (500.0, 500))
    unit = gettext("fl oz") if us else "ml"
    return {
        "amount": None if total is None else total * factor,
        "target": round(target * factor) if target else None,
        "unit": unit,
        "width": words.width((total or 0.0) / target) if target else "0%",
        "steps": [{"value": f"{grams:.4g}", "text": f"{shown} {unit}"} for grams, shown in steps],
    }


# ---------- acts ----------


def complete(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    wish = forms.parse_form(forms.CompleteDay, request.POST)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        done = diary_actions.set_complete(vault, date, wish.complete)
    return did(date, done.act)


def water(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    try:
        wish = forms.parse_form(forms.LogWater, request.POST)
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
            aims = targets.to_keep(vault, date)
            time = who.look.minute() if date == who.today() else None
            done = diary_actions.log_water(vault, date, wish.add, wish.meal, time, aims, wish.key)
    except InvalidInput as wrong:
        return _day_page(request, who, date, wrong)
    return did(date, done.act)


def note(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    try:
        wish = forms.parse_form(forms.DayNote, request.POST)
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.NOTES_WRITE) as vault:
            done = diary_actions.set_note(vault, date, wish.note)
    except InvalidInput as wrong:
        return _day_page(request, who, date, wrong, note=request.POST.get("note", ""))
    if done.repeated:
        messages.success(request, gettext("Note saved."))
    return did(date, done.act)


def order(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    """The entries of a meal in another order."""
    try:
        wish = forms.parse_form(forms.ReorderEntries, request.POST)
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
            done = diary_actions.reorder(vault, date, wish.entries)
    except InvalidInput as wrong:
        return _day_page(request, who, date, wrong)
    return did(date, done.act)


def chosen(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    """Copy, move or delete the ticked entries of this day."""
    act = {"copy": _copy, "move": _move, "delete": _delete}.get(request.POST.get("act", "copy"))
    if act is None:
        raise failures.Malformed
    try:
        return act(request, who, date)
    except InvalidInput as wrong:
        return _day_page(request, who, date, wrong)


def _copy(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    wish = forms.parse_form(forms.CopyEntries, request.POST)
    if not wish.entries:
        raise InvalidInput({"entry": N_("Choose at least one entry.")})
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        aims = targets.to_keep(vault, wish.to_day)
        done = diary_actions.copy(vault, date, wish.to_day, wish.entries, wish.to_meal, aims, wish.key)
    return did(wish.to_day, done.act)


def _move(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    wish = forms.parse_form(forms.MoveEntries, request.POST)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        aims = targets.to_keep(vault, wish.to_day)
        done = diary_actions.move(vault, date, wish.to_day, wish.entries, wish.to_meal, aims, wish.key)
    return did(wish.to_day, done.act)


def _delete(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    wish = forms.parse_form(forms.RemoveEntries, request.POST)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        done = diary_actions.remove(vault, date, wish.entries, wish.key)
    return did(date, done.act)


def copy(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    """The sheet that copies a meal, this whole day, or (`from`) another day to this one."""
    source = forms.parse_day(request.GET["from"]) if "from" in request.GET else date
    meal = request.GET.get("meal", "")
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        view = diary.day(vault, source, names=who.look.names)
    groups = [group for group in view.meals if meal in ("", group.id)]
    entries = [_entry(entry, url_of(source), {}) for group in groups for entry in group.entries]
    name = words.name_of_meal(meal, groups[0].name) if meal and groups else words.long_date(source)
    context = {
        "day": shown_day(who, date), "meal_choices": meal_choices(who),
        "copy": {
            "title": gettext("Copy %(name)s") % {"name": name}, "day_url": url_of(date),
            "post_url": reverse("chosen", args=[source]), "from_day": source.isoformat(),
            "to_day": _copy_target(who, source, date).isoformat(), "entries": entries,
        },
    }  # fmt: skip
    return page(request, "web/copy.html", "today", context)


def _copy_target(who: Visitor, source: Day, date: Day) -> Day:
    if source != date:
        return date
    return who.today() if source < who.today() else neighbour(source, 1)


# ---------- what was done, and undoing it ----------


def did(date: Day, act: UUID) -> HttpResponse:
    """Back to the day, which tells what was done. The address names the act by its id only."""
    response = see_other("day", date)
    response["Location"] += f"?did={act}"
    return response


def _toast(request: HttpRequest, vault: OpenVault, who: Visitor, date: Day) -> dict[str, str] | None:
    found = news(request, diary.changes(vault, date)) if "did" in request.GET else None
    return {"text": told(who, found), "undo_url": _undo_url(date, found)} if found else None


def news(request: HttpRequest, changes: list[Change]) -> Change | None:
    """What an act of a moment ago did, while that is news."""
    wanted, since = request.GET.get("did"), clock.now().timestamp() - TOAST_SECONDS
    return next((one for one in changes if str(one.id) == wanted and one.at >= since), None)


_DONE = {
    "add": _("%(names)s added"),
    "change": _("%(names)s changed"),
    "move": _("%(names)s moved"),
    "remove": _("%(names)s deleted"),
    "copy": _("%(names)s copied"),
    "reorder": _("New order"),
    "complete": _("Day marked as complete"),
    "reopen": _("Day marked as not complete"),
    "note": _("Note saved"),
}
_DONE_IN = {
    "add": _("%(names)s added to %(meal)s"),
    "move": _("%(names)s moved to %(meal)s"),
    "copy": _("%(names)s copied to %(meal)s"),
    "reorder": _("New order in %(meal)s"),
}


def told(who: Visitor, change: Change) -> str:
    """What was done, in words."""
    called = [food_names.short(*food) for food in zip(change.names, change.foods, strict=True)]
    if len(called) > 1:
        called = [name.partition(",")[0] for name in called]  # whose commas would look like those of the list
    names = words.list_of(tuple(called)) or gettext("Entry")
    groups = dict(meals.groups(who.look.names, [change.meal]))
    meal = change.meal and words.name_of_meal(change.meal, groups[change.meal])
    how = _DONE_IN.get(change.kind) if meal else None
    return str(how or _DONE[change.kind]) % {"names": names, "meal": meal}


def _told_by(who: Visitor, change: Change, names: dict[UUID, str]) -> str:
    if change.by == who.subject:
        return told(who, change)
    name = names.get(change.by) or gettext("Somebody")
    return gettext("%(name)s: %(told)s") % {"name": name, "told": told(who, change)}


def _undo_url(date: Day, change: Change) -> str:
    return reverse("undo", args=[date, change.id]) if change.undoable else ""


def changes(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        lines = diary.changes(vault, date)
    names = accounts.names_of({one.by for one in lines if one.by != who.subject})
    rows = [_change_row(who, date, one, names) for one in lines]
    return page(request, "web/changes.html", "today", {"day": shown_day(who, date), "changes": rows})


def _change_row(who: Visitor, date: Day, change: Change, names: dict[UUID, str]) -> dict[str, str]:
    return {
        "text": _told_by(who, change, names), "time": _time(who, change.at), "undo_url": _undo_url(date, change),
    }  # fmt: skip


def _time(who: Visitor, at: int) -> str:
    return who.look.local(datetime.fromtimestamp(at, UTC)).strftime("%H:%M")


def undo(request: HttpRequest, who: Visitor, date: Day, act: UUID) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        diary_actions.undo(vault, date, act)
    messages.success(request, gettext("Undone."))
    return see_other("day", date)
