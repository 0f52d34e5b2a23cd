"""What is aimed at: how the energy budget is made, and own limits. One's own, and of whoever lets change them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.catalog.nutrients import BY_ID
from nutshell.catalog.types import Nutrient
from nutshell.common.aims import Aim
from nutshell.common.errors import InvalidInput, NotFound
from nutshell.gate import Purpose
from nutshell.targets import actions as target_actions
from nutshell.targets import queries as targets
from nutshell.targets.energy import FORMULA_SOURCES
from nutshell.targets.types import BmrFormula, EnergyBudget, Facts, TargetSettings
from nutshell.targets.types import Source as References
from nutshell.vault.types import OpenVault

from . import errors, fields, rows, words
from .frame import READ, Visitor, page, see_other
from .look import Look
from .measures import daily_unit, in_grams_of_water, in_kcal, in_kg, untouched
from .measures import told as in_words
from .owners import changed_of, owner_of

ENERGY_FIELDS = ("own_budget", "own_bmr", "min-208", "max-208")
WEIGHT_FIELDS = ("goal_weight", "rate")
WATER_FIELDS = ("min-255", "max-255")


@dataclass(frozen=True)
class Whose:
    """Whose targets a form shows and changes: one's own, or (`subject`) of somebody who lets `who` write them."""

    who: Visitor
    subject: UUID | None = None

    @classmethod
    def of_another(cls, who: Visitor, subject: UUID) -> "Whose":
        """Raises NotFound for a stranger, for one's own and where they are only shown, NoLongerShared."""
        if not gate.reaches(who.actor, subject, Purpose.TARGETS_WRITE):
            raise NotFound
        return cls(who, subject)

    @contextmanager
    def open(self, purpose: Purpose) -> Iterator[OpenVault]:
        with gate.enter(self.who.actor, self.subject or self.who.subject, purpose) as vault:
            yield vault

    def facts(self, vault: OpenVault) -> Facts:
        """What the targets are made from. Another's profile may be closed: theirs, as the targets keep them."""
        if self.subject:
            return targets.facts(vault)
        vault.read(targets.addresses())
        return targets.profile(vault).facts

    @property
    def urls(self) -> dict[str, str]:
        """Of the two forms, and of the page before them."""
        if self.subject is None:
            return {"targets": reverse("settings_targets"), "macros": reverse("settings_macros"),
                    "back": reverse("settings")}  # fmt: skip
        places = {"targets": "their_aims", "macros": "their_macros", "back": "their_targets"}
        return {name: reverse(route, args=[self.subject]) for name, route in places.items()}

    @property
    def frame(self) -> dict[str, Any]:
        owner = owner_of(self.who, self.subject) if self.subject else {}
        return {"owner": owner, "urls": self.urls}

    @property
    def area(self) -> str:
        """Which part of the navigation the page belongs to."""
        return "access" if self.subject else "settings"


def aims(request: HttpRequest, who: Visitor) -> HttpResponse:
    return _aims(request, Whose(who))


def their_aims(request: HttpRequest, who: Visitor, subject: UUID) -> HttpResponse:
    return _aims(request, Whose.of_another(who, subject))


def _aims(request: HttpRequest, whose: Whose) -> HttpResponse:
    if request.method in READ:
        return _aims_page(request, whose)
    who = whose.who
    try:
        with whose.open(Purpose.TARGETS_WRITE) as vault:
            now = targets.settings(vault)
            wish = forms.parse_targets_form(_aims_in_metric(who.look, request.POST, now), now)
            target_actions.save_settings(vault, wish, who.today())
    except InvalidInput as wrong:
        return _aims_page(request, whose, wrong)
    messages.success(request, gettext("Saved. They count from today on."))
    return see_other(whose.urls["targets"])


def undo(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Take back what somebody else changed of one's own."""
    with gate.enter(who.actor, who.subject, Purpose.TARGETS_WRITE) as vault:
        target_actions.undo(vault, who.today())
    messages.success(request, gettext("Undone. Your targets are as before, from today on."))
    return see_other("settings_targets")


def _aims_in_metric(look: Look, typed: QueryDict, now: TargetSettings) -> QueryDict:
    sent = in_kg(in_kcal(typed, look, ENERGY_FIELDS), look, WEIGHT_FIELDS)
    sent = in_grams_of_water(sent, look, WATER_FIELDS)
    limits = {
        f"{side}-{one.nutrient}": (_limit_text(look, one.nutrient, amount), amount)
        for one in now.limits
        for side, amount in (("min", one.minimum), ("max", one.maximum))
    }
    return untouched(sent, typed, {**fields.shown_amounts(_aim_fields(look, now)), **limits})


def _aims_page(request: HttpRequest, whose: Whose, wrong: InvalidInput | None = None) -> HttpResponse:
    who = whose.who
    with whose.open(Purpose.TARGETS_READ) as vault:
        facts, now, changed = whose.facts(vault), targets.settings(vault), targets.changed(vault)
    told = errors.fields_of(wrong, who.look) if wrong else {}
    reference = targets.aims(facts, msgspec.structs.replace(now, limits=()), who.today())
    context = {
        **whose.frame, "changed": changed_of(who, changed),
        "budget": _budget(who.look, targets.budget(facts, now, who.today())),
        "fields": fields.as_typed(_aim_fields(who.look, now), request.POST, told),
        "groups": _aim_groups(who.look, now, {aim.nutrient: aim for aim in reference.aims}, request.POST, told),
        "errors": told,
    }  # fmt: skip
    return page(request, "web/targets.html", whose.area, context, 422 if wrong else 200)


def _budget(look: Look, found: EnergyBudget) -> dict[str, Any]:
    parts = [
        {"name": gettext(part.name), "why": in_words(part.source, look), "kcal": part.kcal} for part in found.parts
    ]
    note = " ".join(gettext(sentence) for sentence in found.warnings)
    return {"rows": parts if found.total is not None else [], "total": found.total, "note": note}


def _aim_fields(look: Look, now: TargetSettings) -> fields.Fields:
    effect = (("0", gettext("No")), ("1", gettext("Yes, a tenth of what you eat")))
    formulas = [(str(one), gettext(FORMULA_SOURCES[one])) for one in BmrFormula]
    factor_hint = gettext("0.2 adds a fifth of the rest. Empty: by your activity.")
    sources = [(str(one), str(one)) for one in References]
    return [
        fields.choice("source", gettext("Reference values"), str(now.source), sources),
        fields.choice("formula", gettext("At rest by"), str(now.formula), formulas),
        fields.energy(look, "own_bmr", gettext("Your own figure at rest"), now.own_bmr),
        fields.number("activity_factor", gettext("Your own activity factor"), now.activity_factor, "", factor_hint),
        fields.choice("thermic_effect", gettext("Add what digesting takes"), str(int(now.thermic_effect)), effect),
        fields.weight(look, "goal_weight", gettext("Weight you aim at"), now.goal_weight),
        fields.weight(look, "rate", gettext("Weight to gain"), now.rate, gettext("Minus to lose."), a_week=True),
        fields.energy(look, "own_budget", gettext("Your own energy target"), now.own_budget),
    ]  # fmt: skip


def _aim_groups(
    look: Look, now: TargetSettings, reference: dict[str, Aim], sent: QueryDict, told: dict[str, str]
) -> list[dict[str, Any]]:
    own = {limit.nutrient: limit for limit in now.limits}
    wrong = {name.partition("-")[2] for name in told}
    return [
        {
            "name": rows.group_name(name),
            "open": any(one.id in own or one.id in wrong for one in some),
            "rows": [_aim_row(look, one, reference.get(one.id), own.get(one.id), sent, told) for one in some],
        }
        for name, some in rows.in_groups()
    ]


def _aim_row(
    look: Look, nutrient: Nutrient, aim: Aim | None, own: Any, sent: QueryDict, told: dict[str, str]
) -> dict[str, Any]:
    unit, factor = daily_unit(nutrient, look)
    kept = {"min": own.minimum if own else None, "max": own.maximum if own else None}
    shown = {
        side: sent.get(f"{side}-{nutrient.id}", _limit_text(look, nutrient.id, value)) for side, value in kept.items()
    }
    wrong = [told[field] for side in kept if (field := f"{side}-{nutrient.id}") in told]
    return {
        "id": nutrient.id, "name": words.name_of(nutrient), "unit": unit, "reference": _reference(aim, unit, factor),
        "minimum": shown["min"], "maximum": shown["max"], "error": " ".join(wrong),
    }  # fmt: skip


def _limit_text(look: Look, nutrient: str, amount: float | None) -> str:
    factor = daily_unit(BY_ID[nutrient], look)[1]
    return words.typed(None if amount is None else round(amount * factor, 4))


def _reference(aim: Aim | None, unit: str, factor: float) -> str:
    """ "75 to 2,000 mg, DRI RDA and DRI UL"."""
    if aim is None:
        return gettext("no reference")
    sides = [(aim.minimum, aim.origin), (aim.maximum, aim.maximum_origin)]
    amounts = [words.number(amount * factor, 1) for amount, _origin in sides if amount is not None]
    origins = dict.fromkeys(rows.origin_text(origin) for amount, origin in sides if amount is not None)
    amounts[-1] += f"\u202f{unit}"
    if aim.minimum is None:
        amounts = [gettext("at most %(amount)s") % {"amount": amounts[0]}]
    return f"{gettext(' to ').join(amounts)}, {gettext(' and ').join(origins)}"
