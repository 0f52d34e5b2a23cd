"""Reads: the aims of a day, the limits that were passed, and what the vault holds about targets."""

from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite

from nutshell.catalog.nutrients import POSITION
from nutshell.common.aims import Aim, Aims, InForce
from nutshell.targets import reference, stored
from nutshell.targets.energy import KCAL_PER_MJ, age_in_months, bmr, budget, missing_facts
from nutshell.targets.reference import EFSA_PROTEIN_EXTRA, LifeStage
from nutshell.targets.types import (
    ByGrams,
    ByRatio,
    Changed,
    Condition,
    EnergyBudget,
    Facts,
    Keto,
    Limits,
    Macros,
    OverLimit,
    Period,
    Profile,
    Sex,
    Source,
    TargetHistory,
    TargetSettings,
)
from nutshell.vault.types import Address, OpenVault

__all__ = [
    "addresses",
    "aims",
    "aims_in_force",
    "bmr",
    "budget",
    "changed",
    "facts",
    "history",
    "in_force",
    "life_stage",
    "macros_of",
    "missing",
    "over_limits",
    "period_in_force",
    "profile",
    "settings",
    "to_keep",
]

PROFILE = Address("profile", "", "profile")
TARGETS = Address("targets", "", "targets")

ENERGY, PROTEIN, FAT, CARBOHYDRATE, NET_CARBOHYDRATE = "208", "203", "204", "205", "net-carbs"
KCAL_PER_GRAM = {PROTEIN: 4.0, CARBOHYDRATE: 4.0}
"""Energy of a gram (Atwater); everything else that has a share of the energy is a fat: 9."""
_KCAL_PER_GRAM_FAT = 9.0


# --- Whose reference values ---------------------------------------------------------------------------------------


def life_stage(facts: Facts, day: date) -> LifeStage | None:
    """The column of the tables on that day. None while the birth date is not told or lies after the day."""
    if facts.birth_date is None or facts.birth_date > day:
        return None
    months = age_in_months(facts.birth_date, day)
    if facts.condition is Condition.NONE:
        return LifeStage(months, facts.sex, facts.condition)
    # The tables have pregnancy and lactation from 14 to 50 years; others take the nearest column.
    return LifeStage(min(max(months, 14 * 12), 50 * 12), Sex.FEMALE, facts.condition)


def missing(facts: Facts, settings: TargetSettings, day: date) -> tuple[str, ...]:
    """Names of the facts whose absence keeps aims away, for the page to ask."""
    needed = ("birth_date", "sex", "weight")
    absent = tuple(name for name in needed if getattr(facts, name) is None)
    if settings.own_budget is not None:
        return absent
    return tuple(dict.fromkeys((*absent, *missing_facts(settings.formula, facts, day))))


# --- The aims of a day --------------------------------------------------------------------------------------------

_Found = dict[str, Aim]


def _recommended(source: Source, stage: LifeStage) -> _Found:
    levels = reference.recommended(source, stage)
    return {name: Aim(name, minimum=level.low, origin=level.origin) for name, level in levels.items()}


def _by_weight(source: Source, stage: LifeStage, weight: float | None) -> _Found:
    if weight is None:
        return {}
    extra = {PROTEIN: EFSA_PROTEIN_EXTRA.get(stage.condition, 0.0)} if source is Source.EFSA else {}
    levels = reference.per_kg(source, stage)
    return {
        name: Aim(name, minimum=_tidy(level.low * weight + extra.get(name, 0.0)), origin=level.origin)
        for name, level in levels.items()
    }


def _by_expenditure(source: Source, stage: LifeStage, expenditure: float | None) -> _Found:
    if expenditure is None:
        return {}
    levels = reference.per_mj(source, stage)
    return {
        name: Aim(name, minimum=_tidy(level.low * expenditure / KCAL_PER_MJ), origin=level.origin)
        for name, level in levels.items()
    }


def _with_shares(found: _Found, source: Source, stage: LifeStage, total: float | None) -> _Found:
    """Ranges of the energy in grams; beside an RDA the higher minimum counts."""
    if total is None:
        return found
    levels = reference.shares(source, stage)
    ranged = {name: _share(name, level, total, found.get(name)) for name, level in levels.items()}
    return {**found, **ranged}


def _share(name: str, level: reference.Level, total: float, before: Aim | None) -> Aim:
    grams = total / 100 / KCAL_PER_GRAM.get(name, _KCAL_PER_GRAM_FAT)
    low, high = _tidy(level.low * grams), _tidy(level.high * grams)
    minimum, origin = low or None, level.origin if low else ""
    if before and before.minimum is not None and before.minimum > low:
        minimum, origin = before.minimum, before.origin
    bounded = level.high > level.low and high >= (minimum or 0.0)
    return Aim(name, minimum, high if bounded else None, origin, level.origin if bounded else "")


def _with_limits(found: _Found, source: Source, stage: LifeStage) -> _Found:
    levels = reference.limits(source, stage)
    return {**found, **{name: _limited(found.get(name, Aim(name)), level) for name, level in levels.items()}}


def _limited(aim: Aim, level: reference.Level) -> Aim:
    if aim.minimum is not None and aim.minimum > level.high and not level.supplement_only:
        # Fluoride of men, EFSA: the safe level of 2025 lies below the adequate intake of 2013. Nobody aims above it.
        return Aim(aim.nutrient, None, level.high, "", level.origin)
    return Aim(aim.nutrient, aim.minimum, level.high, aim.origin, level.origin, level.supplement_only)


def _reference_aims(facts: Facts, settings: TargetSettings, day: date, energy: EnergyBudget) -> _Found:
    stage, source = life_stage(facts, day), settings.source
    if stage is None:
        return {}
    found = _recommended(source, stage)
    found |= _by_weight(source, stage, facts.weight)
    found |= _by_expenditure(source, stage, energy.expenditure)
    return _with_limits(_with_shares(found, source, stage, energy.total), source, stage)


def macros_of(settings: TargetSettings, day: date) -> Macros:
    """What holds on that day of the week."""
    own = (one.macros for one in settings.macros_by_weekday if day.weekday() in one.weekdays)
    return next(own, settings.macros)


def _macro_grams(facts: Facts, macros: Macros, total: float | None) -> dict[str, float]:
    if isinstance(macros, ByGrams):
        return {PROTEIN: macros.protein, CARBOHYDRATE: macros.carbohydrate, FAT: macros.fat}
    if isinstance(macros, ByRatio) and total is not None:
        return _ratio_grams(macros, total)
    if isinstance(macros, Keto) and total is not None and facts.weight is not None:
        return _keto_grams(macros, total, facts.weight)
    return {}


def _ratio_grams(macros: ByRatio, total: float) -> dict[str, float]:
    parts = {PROTEIN: macros.protein, CARBOHYDRATE: macros.carbohydrate, FAT: macros.fat}
    whole = sum(parts.values())
    return {name: total * part / whole / KCAL_PER_GRAM.get(name, _KCAL_PER_GRAM_FAT) for name, part in parts.items()}


def _keto_grams(macros: Keto, total: float, weight: float) -> dict[str, float]:
    protein = macros.protein_per_kg * weight
    left = total - 4 * (protein + macros.net_carbohydrate)
    return {PROTEIN: protein, FAT: max(0.0, left / _KCAL_PER_GRAM_FAT)}


def _with_macros(found: _Found, facts: Facts, macros: Macros, total: float | None) -> _Found:
    if isinstance(macros, Keto):
        # What the reference says of carbohydrate and fat contradicts what was chosen.
        found = {name: aim for name, aim in found.items() if name not in (CARBOHYDRATE, FAT)}
        found[NET_CARBOHYDRATE] = Aim(NET_CARBOHYDRATE, maximum=macros.net_carbohydrate, maximum_origin="own")
    grams = _macro_grams(facts, macros, total)
    return {**found, **{name: Aim(name, minimum=_tidy(value), origin="own") for name, value in grams.items()}}


def _own(aim: Aim, limits: Limits) -> Aim:
    minimum, origin = (aim.minimum, aim.origin) if limits.minimum is None else (limits.minimum, "own")
    if limits.maximum is None:
        return Aim(aim.nutrient, minimum, aim.maximum, origin, aim.maximum_origin, aim.supplement_only)
    return Aim(aim.nutrient, minimum, limits.maximum, origin, "own")


def _with_own(found: _Found, limits: Iterable[Limits]) -> _Found:
    own = {limit.nutrient: _own(found.get(limit.nutrient, Aim(limit.nutrient)), limit) for limit in limits}
    return {**found, **own}


def _tidy(amount: float) -> float:
    """Computed aims carry no more digits than they mean: four significant ones are beyond what any page shows."""
    return float(f"{amount:.4g}")


def aims(facts: Facts, settings: TargetSettings, day: date, version: int = 0) -> Aims:
    """Everything aimed at on that day, the age being that of the day. A `Profile` is a `Facts`.

    What needs a fact that was not told is absent. Sources in order of weight: own limits, macro mode, reference.
    The aims stand in the catalog's order.
    """
    energy = budget(facts, settings, day)
    found: _Found = {}
    if energy.total is not None:
        found[ENERGY] = Aim(ENERGY, minimum=float(round(energy.total)), origin="budget")
    found |= _reference_aims(facts, settings, day, energy)
    found = _with_own(_with_macros(found, facts, macros_of(settings, day), energy.total), settings.limits)
    return Aims(version, tuple(sorted(found.values(), key=lambda aim: POSITION[aim.nutrient])))


def period_in_force(past: TargetHistory, day: date) -> Period | None:
    """The last period that began by that day; before the first one, the first. None without any."""
    begun = [period for period in past.periods if period.from_day <= day]
    return begun[-1] if begun else next(iter(past.periods), None)


def aims_in_force(past: TargetHistory, day: date) -> Aims:
    """The aims of that day by the targets of that day. Empty, version 0, while nothing was ever set."""
    period = period_in_force(past, day)
    return aims(period.facts, period.settings, day, period.version) if period else Aims()


# --- Limits that were passed --------------------------------------------------------------------------------------


def over_limits(
    totals: Mapping[str, float | None], wanted: Aims, supplements: Mapping[str, float | None] | None = None
) -> tuple[OverLimit, ...]:
    """Maxima that the day's totals are above, in the order of the aims.

    Supplement-only limits are held against what came from `supplements` alone, never against food; for vitamin A
    and folate the line of the form that counts (retinol, folic acid) says it instead. An unknown total (None, NaN,
    absent) passes nothing.
    """
    return tuple(over for aim in wanted.aims if (over := _over(aim, totals, supplements or {})))


def _over(aim: Aim, totals: Mapping[str, float | None], supplements: Mapping[str, float | None]) -> OverLimit | None:
    if aim.supplement_only and aim.nutrient in reference.LIMITED_BY_FORM:
        return None
    amount = (supplements if aim.supplement_only else totals).get(aim.nutrient)
    if aim.maximum is None or amount is None or not isfinite(amount) or amount <= aim.maximum:
        return None
    health = aim.maximum_origin in reference.HEALTH_LIMITS
    return OverLimit(aim.nutrient, amount, aim.maximum, aim.maximum_origin, aim.supplement_only, health)


# --- What the vault holds -----------------------------------------------------------------------------------------


def addresses() -> tuple[Address, Address]:
    """Profile and targets, for a door to read ahead together with its own records."""
    return PROFILE, TARGETS


def profile(vault: OpenVault) -> Profile:
    """The stored profile, or the empty one. Raises Tampered for a form that is not ours."""
    return stored.unpack(vault.read([PROFILE])[0].content, Profile)


def history(vault: OpenVault) -> TargetHistory:
    """All periods of the targets. Raises Tampered for a form that is not ours."""
    return stored.unpack(vault.read([TARGETS])[0].content, TargetHistory)


def settings(vault: OpenVault) -> TargetSettings:
    """The newest settings, or the defaults."""
    periods = history(vault).periods
    return periods[-1].settings if periods else TargetSettings()


def facts(vault: OpenVault) -> Facts:
    """The newest facts that the targets were made from."""
    periods = history(vault).periods
    return periods[-1].facts if periods else Facts()


def changed(vault: OpenVault) -> Changed | None:
    """Who else made the newest settings; None for the owner's own."""
    periods = history(vault).periods
    return periods[-1].changed if periods else None


def in_force(vault: OpenVault, day: date) -> Aims:
    """The aims of a day. Reads the targets only, so a diary scope suffices."""
    return aims_in_force(history(vault), day)


def to_keep(vault: OpenVault, day: date) -> InForce:
    """The same for a day that is written, which asks for them only where it does not have them yet."""
    return InForce(vault.stamp(TARGETS) + 1, lambda: in_force(vault, day))
