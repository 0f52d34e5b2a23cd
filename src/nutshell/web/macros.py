"""How protein, carbohydrate and fat are chosen: by the reference, parts of the energy, grams or keto; by weekday."""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.common.aims import Aim
from nutshell.common.errors import InvalidInput
from nutshell.forms import sentences as say
from nutshell.forms.targets import MODES, MOST_PLANS
from nutshell.gate import Purpose
from nutshell.targets import actions as target_actions
from nutshell.targets import policy
from nutshell.targets import queries as targets
from nutshell.targets.queries import CARBOHYDRATE, ENERGY, FAT, NET_CARBOHYDRATE, PROTEIN
from nutshell.targets.types import ByRatio, ByReference, Facts, Keto, Macros, TargetSettings

from . import errors, fields, words
from .aims import Whose
from .frame import READ, Visitor, page, see_other
from .look import Look
from .measures import energy_unit, scaled, untouched, weight_unit

_MODES = {
    "reference": (_("By the reference"), _("Protein by your weight, carbohydrate and fat as ranges of your energy.")),
    "ratio": (_("Parts of the energy"), _("Grams follow from your energy target.")),
    "grams": (_("Grams"), _("The same grams, whatever your energy target is.")),
    "keto": (_("Keto"), _("Few net carbohydrates, protein by your weight, fat for the rest of the energy.")),
}
_NAMES = {
    PROTEIN: _("Protein"), CARBOHYDRATE: _("Carbohydrate"), NET_CARBOHYDRATE: _("Net carbohydrate"), FAT: _("Fat"),
}  # fmt: skip
_KCAL_PER_GRAM = {PROTEIN: 4.0, CARBOHYDRATE: 4.0, NET_CARBOHYDRATE: 4.0, FAT: 9.0}
_FIRST = {
    "ratio": {"protein": 20.0, "carbohydrate": 50.0, "fat": 30.0},
    "keto": {name: getattr(Keto(), name) for name in Keto.__struct_fields__},
}
"""What stands in the fields of a mode that was not chosen yet."""


class Plan(NamedTuple):
    """Macros with the weekdays that they hold on; the usual plan has none and holds on all others."""

    macros: Macros
    weekdays: tuple[int, ...] = ()


def macros(request: HttpRequest, who: Visitor) -> HttpResponse:
    return _macros(request, Whose(who))


def their_macros(request: HttpRequest, who: Visitor, subject: UUID) -> HttpResponse:
    return _macros(request, Whose.of_another(who, subject))


def _macros(request: HttpRequest, whose: Whose) -> HttpResponse:
    if request.method in READ:
        return _page(request, whose)
    who, only_shown = whose.who, request.POST.get("act") == "show"
    try:
        with whose.open(Purpose.TARGETS_READ if only_shown else Purpose.TARGETS_WRITE) as vault:
            now = targets.settings(vault)
            wish = forms.parse_macros_form(_in_metric(who.look, request.POST, now), now)
            policy.check_settings(wish)
            if not only_shown:
                target_actions.save_settings(vault, wish, who.today())
    except InvalidInput as wrong:
        return _page(request, whose, wrong=wrong)
    if only_shown:
        return _page(request, whose, wish)
    messages.success(request, gettext("Saved. They count from today on."))
    return see_other(whose.urls["macros"])


def _in_metric(look: Look, typed: QueryDict, now: TargetSettings) -> QueryDict:
    """Protein per pound becomes protein per kilogram."""
    if look.measures != "us":
        return typed
    names = [f"{number}-keto-protein_per_kg" for number in range(MOST_PLANS)]
    sent = scaled(typed, names, weight_unit(look)[1])
    shown = [one for number, plan in enumerate(_plans(now)) for one in _mode_fields(look, number, "keto", plan.macros)]
    return untouched(sent, typed, fields.shown_amounts(shown))


def _plans(settings: TargetSettings) -> list[Plan]:
    return [Plan(settings.macros), *(Plan(one.macros, one.weekdays) for one in settings.macros_by_weekday)]


# ---------- the page ----------


def _page(
    request: HttpRequest, whose: Whose, draft: TargetSettings | None = None, wrong: InvalidInput | None = None
) -> HttpResponse:
    """What is kept, or what was typed and what would follow from it."""
    who = whose.who
    with whose.open(Purpose.TARGETS_READ) as vault:
        facts, kept = whose.facts(vault), targets.settings(vault)
    settings = draft or kept
    told = errors.fields_of(wrong, who.look) if wrong else {}
    shown = enumerate(_shown_plans(kept, request.POST))
    context = {
        **whose.frame,
        "plans": [_plan(who.look, number, plan, request.POST, told) for number, plan in shown],
        "results": [] if wrong else [_result(who, facts, settings, plan) for plan in _plans(settings)],
        "drafted": draft is not None and draft != kept, "errors": told, "unclear": _unclear(wrong, told),
    }  # fmt: skip
    # While somebody types, what is not finished yet is no mistake.
    still_typing = request.headers.get("HX-Request") and request.POST.get("act") == "show"
    return page(request, "web/macros.html", whose.area, context, 422 if wrong and not still_typing else 200)


def _unclear(wrong: InvalidInput | None, told: dict[str, str]) -> list[str]:
    """Each sentence once, as they stand where the grams would be."""
    if wrong and say.NEEDED in wrong.fields.values():
        return [gettext("Fill in every field of the way you chose, and the grams stand here.")]
    return list(dict.fromkeys(told.values()))


def _shown_plans(kept: TargetSettings, sent: QueryDict) -> list[Plan]:
    """Those that are kept and an empty one; after a form as many as it had."""
    blank = [Plan(ByReference())] * MOST_PLANS
    typed = [number for number in range(MOST_PLANS) if f"{number}-mode" in sent or f"{number}-day" in sent]
    count = max(typed, default=0) + 1 if sent else len(kept.macros_by_weekday) + 2
    return [*_plans(kept), *blank][: min(count, MOST_PLANS)]


def _plan(look: Look, number: int, plan: Plan, sent: QueryDict, told: dict[str, str]) -> dict[str, Any]:
    mode = sent.get(f"{number}-mode", _mode_of(plan.macros))
    days = sent.getlist(f"{number}-day") if sent else [str(day) for day in plan.weekdays]
    return {
        "number": number, "title": _title(number, days), "error": told.get(f"{number}-mode", ""),
        "modes": [
            {"id": id_, "name": name, "hint": hint, "chosen": id_ == mode} for id_, (name, hint) in _MODES.items()
        ],
        "fields": [
            {"mode": id_, "rows": fields.as_typed(_mode_fields(look, number, id_, plan.macros), sent, told)}
            for id_ in ("ratio", "grams", "keto")
        ],
        "days": [{"id": str(day), "name": name, "on": str(day) in days} for day, name in WEEKDAYS.items()],
        "days_error": told.get(f"{number}-day", ""),
    }  # fmt: skip


def _mode_of(macros: Macros) -> str:
    return next(name for name, kind in MODES.items() if isinstance(macros, kind))


def _title(number: int, days: list[str]) -> str:
    if number == 0:
        return gettext("Every day")
    known = tuple(day for day in WEEKDAYS if str(day) in days)
    return _days_in_words(known) or gettext("Other on some days of the week")


def _days_in_words(weekdays: tuple[int, ...]) -> str:
    return ", ".join(str(WEEKDAYS_ABBR[day]) for day in weekdays)


def _mode_fields(look: Look, number: int, mode: str, macros: Macros) -> fields.Fields:
    """The fields of one mode, filled where it is the chosen one."""
    now = macros if _mode_of(macros) == mode else None
    first = _FIRST.get(mode, {})

    def value(name: str) -> float | None:
        return getattr(now, name) if now else first.get(name)

    before = f"{number}-{mode}-"
    if mode == "keto":
        unit, factor = weight_unit(look)
        per = gettext("g per %(unit)s of body weight") % {"unit": unit}
        return [
            fields.number(f"{before}net_carbohydrate", gettext("Net carbohydrate, at most"), value("net_carbohydrate"),
                          gettext("g a day")),
            fields.number(f"{before}protein_per_kg", gettext("Protein"), value("protein_per_kg"), per,
                          factor=1 / factor, digits=2),
        ]  # fmt: skip
    unit = gettext("% of the energy") if mode == "ratio" else gettext("g a day")
    names = (("protein", gettext("Protein")), ("carbohydrate", gettext("Carbohydrate")), ("fat", gettext("Fat")))
    return [fields.number(before + name, label, value(name), unit) for name, label in names]


# ---------- what follows ----------


def _result(who: Visitor, facts: Facts, settings: TargetSettings, plan: Plan) -> dict[str, Any]:
    """Grams of a day on this plan, as the targets of that day will have them."""
    of_plan = msgspec.structs.replace(settings, macros=plan.macros, macros_by_weekday=())
    aims = {aim.nutrient: aim for aim in targets.aims(facts, of_plan, who.today()).aims}
    energy = aims[ENERGY].minimum if ENERGY in aims else None
    found = [(name, aims[name]) for name in _NAMES if name in aims]
    return {
        "title": _days_in_words(plan.weekdays) or gettext("Every day") + _except(settings, plan),
        "rows": [_result_row(name, aim, energy) for name, aim in found],
        "note": " ".join(_notes(who.look, plan.macros, dict(found), energy, facts)),
        "missing": energy is None or facts.weight is None,
    }  # fmt: skip


def _except(settings: TargetSettings, plan: Plan) -> str:
    days = sorted({day for one in settings.macros_by_weekday for day in one.weekdays})
    return gettext(" but %(days)s") % {"days": _days_in_words(tuple(days))} if days and not plan.weekdays else ""


def _result_row(name: str, aim: Aim, energy: float | None) -> dict[str, str]:
    low, high = aim.minimum, aim.maximum
    amount = "\u202f" + gettext("g")
    if low is None:
        text = gettext("at most %(amount)s") % {"amount": words.number(high or 0.0, 0) + amount}
    else:
        text = words.number(low, 0) + (gettext(" to ") + words.number(high, 0) if high is not None else "") + amount
    return {"name": str(_NAMES[name]), "text": text, "share": _share(name, aim, energy)}


def _share(name: str, aim: Aim, energy: float | None) -> str:
    """ "30 %" of the energy target; nothing where there is none."""
    bounds = [bound for bound in (aim.minimum, aim.maximum) if bound is not None]
    if not energy or not bounds:
        return ""
    shares = dict.fromkeys(words.number(bound * _KCAL_PER_GRAM[name] / energy * 100, 0) for bound in bounds)
    return gettext("%(share)s of the energy") % {"share": gettext(" to ").join(shares) + "\u202f%"}


def _notes(look: Look, plan: Macros, found: dict[str, Aim], energy: float | None, facts: Facts) -> list[str]:
    unit, factor = energy_unit(look)
    notes = []
    if energy is None and _mode_of(plan) != "grams":
        notes.append(gettext("The grams follow from your energy target, which is not known yet."))
    if isinstance(plan, Keto) and facts.weight is None:
        notes.append(gettext("Protein and fat follow from your weight, which is not known yet."))
    if isinstance(plan, ByRatio) and round(whole := plan.protein + plan.carbohydrate + plan.fat, 2) != 100:
        notes.append(gettext("Your parts add up to %(sum)s\u202f%%; each counts as its part of that.") % {
            "sum": words.number(whole, 1)})  # fmt: skip
    fixed = [aim.minimum * _KCAL_PER_GRAM[name] for name, aim in found.items() if aim.minimum is not None]
    if _mode_of(plan) == "grams" and energy is None:
        told = {"sum": words.number(sum(fixed) * factor, 0), "unit": unit}
        notes.append(gettext("Together %(sum)s %(unit)s.") % told)
    elif _mode_of(plan) == "grams":
        values = {"sum": words.number(sum(fixed) * factor, 0), "unit": unit,
                  "target": words.number((energy or 0.0) * factor, 0)}  # fmt: skip
        notes.append(gettext("Together %(sum)s %(unit)s. Your energy target is %(target)s %(unit)s.") % values)
    return notes
