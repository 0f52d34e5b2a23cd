"""Energy: basal metabolic rate, what the body uses in a day, and what to eat. All figures in kcal per day.

Sources: Mifflin et al. 1990 (Am J Clin Nutr 51:241); Roza and Shizgal 1984 (Am J Clin Nutr 40:168), the revised
Harris-Benedict; Katch and McArdle (370 + 21.6 x lean mass in kg); Schofield 1985 (Hum Nutr Clin Nutr 39C:5), as used
by FAO/WHO/UNU 2004 and EFSA; pregnancy and lactation: IOM 2002/2005, EFSA 2013. Activity factors are the common
PAL steps less one, as other trackers use them (BMR 1,419 x 0.2 = 284, together 1,703). One kg of body weight is
taken as 7,700 kcal. Least budgets 1,200 and 1,500 kcal: NHLBI 2013 guideline on overweight, diets without
supervision.
"""

from collections.abc import Callable, Mapping
from datetime import date

from nutshell.common.texts import N_
from nutshell.targets.types import (
    Activity,
    BmrFormula,
    Condition,
    EnergyBudget,
    EnergyPart,
    Facts,
    Sex,
    Source,
    TargetSettings,
)

KCAL_PER_KG = 7700.0
KCAL_PER_MJ = 1000 / 4.184
THERMIC_SHARE = 0.1
ADULT_YEARS = 18
LEAST_FEMALE = 1200.0
LEAST = 1500.0

ACTIVITY_FACTORS: Mapping[Activity, float] = {
    Activity.NONE: 0.0,
    Activity.SEDENTARY: 0.2,
    Activity.LIGHT: 0.375,
    Activity.MODERATE: 0.5,
    Activity.VERY: 0.9,
}

CONDITION_KCAL: Mapping[Source, Mapping[Condition, float]] = {
    Source.DRI: {
        Condition.SECOND_TRIMESTER: 340.0,
        Condition.THIRD_TRIMESTER: 452.0,
        Condition.LACTATING_EARLY: 330.0,
        Condition.LACTATING_LATE: 400.0,
    },
    Source.EFSA: {
        Condition.FIRST_TRIMESTER: 70.0,
        Condition.SECOND_TRIMESTER: 260.0,
        Condition.THIRD_TRIMESTER: 500.0,
        Condition.LACTATING_EARLY: 500.0,
    },
}

# Slope (kcal per kg) and constant by the age in years from which they hold.
_SCHOFIELD: Mapping[Sex, tuple[tuple[int, float, float], ...]] = {
    Sex.MALE: (
        (0, 59.512, -30.4),
        (3, 22.706, 504.3),
        (10, 17.686, 658.2),
        (18, 15.057, 692.2),
        (30, 11.472, 873.1),
        (60, 11.711, 587.7),
    ),
    Sex.FEMALE: (
        (0, 58.317, -31.1),
        (3, 20.315, 485.9),
        (10, 13.384, 692.6),
        (18, 14.818, 486.6),
        (30, 8.126, 845.6),
        (60, 9.082, 658.5),
    ),
}

_NEEDS: Mapping[BmrFormula, tuple[str, ...]] = {
    BmrFormula.MIFFLIN: ("sex", "birth_date", "height", "weight"),
    BmrFormula.HARRIS_BENEDICT: ("sex", "birth_date", "height", "weight"),
    BmrFormula.SCHOFIELD: ("sex", "birth_date", "weight"),
    BmrFormula.KATCH_MCARDLE: ("weight", "body_fat"),
    BmrFormula.OWN: (),
}

FORMULA_SOURCES: Mapping[BmrFormula, str] = {
    BmrFormula.MIFFLIN: "Mifflin-St Jeor 1990",
    BmrFormula.HARRIS_BENEDICT: N_("Harris-Benedict, revised 1984"),
    BmrFormula.KATCH_MCARDLE: "Katch-McArdle",
    BmrFormula.SCHOFIELD: "Schofield 1985",
    BmrFormula.OWN: N_("Your own figure"),
}

BELOW_LEAST = N_("This goal would leave too little to eat, so the budget stops at the least that is thought safe.")
OWN_BELOW_LEAST = N_("Your own budget is below what is thought safe without medical supervision.")
NO_LOSS_PREGNANT = N_("Weight loss is paused during pregnancy.")
NO_LOSS_MINOR = N_("Weight loss is not planned for people under 18. Please ask a doctor.")
GOAL_REACHED = N_("The goal weight is reached, so the budget keeps the weight.")


def age_in_months(birth: date, day: date) -> int:
    """Completed months on that day; negative before birth."""
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)


def _years(facts: Facts, day: date) -> int:
    return age_in_months(facts.birth_date, day) // 12 if facts.birth_date else ADULT_YEARS


def _schofield(sex: Sex, years: int, weight: float) -> float:
    _, slope, constant = [row for row in _SCHOFIELD[sex] if row[0] <= years][-1]
    return slope * weight + constant


def _mifflin(sex: Sex, years: int, height: float, weight: float) -> float:
    return 10 * weight + 6.25 * height - 5 * years + (5 if sex is Sex.MALE else -161)


def _harris_benedict(sex: Sex, years: int, height: float, weight: float) -> float:
    if sex is Sex.MALE:
        return 88.362 + 13.397 * weight + 4.799 * height - 5.677 * years
    return 447.593 + 9.247 * weight + 3.098 * height - 4.33 * years


_BY_HEIGHT: Mapping[BmrFormula, Callable[[Sex, int, float, float], float]] = {
    BmrFormula.MIFFLIN: _mifflin,
    BmrFormula.HARRIS_BENEDICT: _harris_benedict,
}


def formula_for(formula: BmrFormula, facts: Facts, day: date) -> BmrFormula:
    """The formula that is used: those made for adults give way to Schofield's under 18."""
    minor = facts.birth_date is not None and _years(facts, day) < ADULT_YEARS
    return BmrFormula.SCHOFIELD if minor and formula in _BY_HEIGHT else formula


def missing_facts(formula: BmrFormula, facts: Facts, day: date) -> tuple[str, ...]:
    """Names of the facts that the formula still needs."""
    needs = _NEEDS[formula_for(formula, facts, day)]
    unborn = facts.birth_date is not None and facts.birth_date > day
    return tuple(name for name in needs if getattr(facts, name) is None or (name == "birth_date" and unborn))


def bmr(formula: BmrFormula, facts: Facts, day: date, own: float | None = None) -> float | None:
    """Basal metabolic rate. None where a fact is missing, or `own` for an own figure."""
    if formula is BmrFormula.OWN:
        return own
    if missing_facts(formula, facts, day):
        return None
    used, weight = formula_for(formula, facts, day), facts.weight or 0.0
    if used is BmrFormula.KATCH_MCARDLE:
        return 370 + 21.6 * weight * (1 - (facts.body_fat or 0.0) / 100)
    return max(0.0, _by_sex(used, facts.sex or Sex.FEMALE, _years(facts, day), facts.height or 0.0, weight))


def _by_sex(used: BmrFormula, sex: Sex, years: int, height: float, weight: float) -> float:
    if used is BmrFormula.SCHOFIELD:
        return _schofield(sex, years, weight)
    return _BY_HEIGHT[used](sex, years, height, weight)


def _activity(facts: Facts, settings: TargetSettings, basal: float) -> EnergyPart:
    if settings.activity_factor is not None:
        return EnergyPart(N_("Baseline activity"), basal * settings.activity_factor, N_("Your own factor"))
    return EnergyPart(N_("Baseline activity"), basal * ACTIVITY_FACTORS[facts.activity], N_("Share of the basal rate"))


def _condition(facts: Facts, source: Source) -> tuple[EnergyPart, ...]:
    kcal = CONDITION_KCAL[source].get(facts.condition, 0.0)
    cited = "IOM 2005" if source is Source.DRI else "EFSA 2013"
    name = N_("Pregnancy") if facts.condition.pregnant else N_("Breastfeeding")
    return (EnergyPart(name, kcal, cited),) if kcal else ()


def _thermic(used: float, eaten_kcal: float | None) -> EnergyPart:
    """A tenth of what is eaten. Not known yet: of what keeps the balance, so used = 0.9 x eaten."""
    kcal = THERMIC_SHARE * (used / (1 - THERMIC_SHARE) if eaten_kcal is None else eaten_kcal)
    return EnergyPart(N_("Thermic effect of food"), kcal, N_("A tenth of the energy eaten"))


def _expenditure(facts: Facts, settings: TargetSettings, day: date, eaten_kcal: float | None) -> tuple[EnergyPart, ...]:
    basal = bmr(settings.formula, facts, day, settings.own_bmr)
    if basal is None:
        return ()
    source = FORMULA_SOURCES[formula_for(settings.formula, facts, day)]
    basal_part = EnergyPart(N_("Basal metabolic rate"), basal, source)
    parts = (basal_part, _activity(facts, settings, basal), *_condition(facts, settings.source))
    if settings.thermic_effect:
        parts = (*parts, _thermic(sum(part.kcal for part in parts), eaten_kcal))
    return parts


def _goal_reached(facts: Facts, settings: TargetSettings) -> bool:
    if settings.goal_weight is None or facts.weight is None:
        return False
    to_go = settings.goal_weight - facts.weight
    return to_go * settings.rate <= 0


def _paused(facts: Facts, settings: TargetSettings, day: date) -> str:
    """Why the weight goal is not applied; empty if it is."""
    if settings.rate < 0 and facts.condition.pregnant:
        return NO_LOSS_PREGNANT
    if settings.rate < 0 and _years(facts, day) < ADULT_YEARS:
        return NO_LOSS_MINOR
    return GOAL_REACHED if settings.rate and _goal_reached(facts, settings) else ""


def _least(facts: Facts) -> float:
    return LEAST_FEMALE if facts.sex is Sex.FEMALE else LEAST


def _goal(facts: Facts, settings: TargetSettings, day: date, used: float) -> tuple[float, tuple[str, ...]]:
    """The goal's kcal per day and the warnings about it."""
    if paused := _paused(facts, settings, day):
        return 0.0, (paused,)
    wanted = settings.rate * KCAL_PER_KG / 7
    allowed = min(used, _least(facts)) - used
    return (allowed, (BELOW_LEAST,)) if wanted < allowed else (wanted, ())


def _by_own_budget(facts: Facts, own: float, parts: tuple[EnergyPart, ...]) -> EnergyBudget:
    warnings = (OWN_BELOW_LEAST,) if own < _least(facts) else ()
    return EnergyBudget(parts, sum(part.kcal for part in parts) if parts else None, own, warnings)


def budget(facts: Facts, settings: TargetSettings, day: date, eaten_kcal: float | None = None) -> EnergyBudget:
    """The energy budget of a day, with its make-up. `eaten_kcal` makes the thermic effect that of what was eaten."""
    parts = _expenditure(facts, settings, day, eaten_kcal)
    if settings.own_budget is not None:
        return _by_own_budget(facts, settings.own_budget, parts)
    if not parts:
        return EnergyBudget(missing=missing_facts(settings.formula, facts, day) or ("own_bmr",))
    used = sum(part.kcal for part in parts)
    kcal, warnings = _goal(facts, settings, day, used)
    if kcal:
        parts = (*parts, EnergyPart(N_("Weight goal"), kcal, N_("7,700 kcal per kg")))
    return EnergyBudget(parts, used, used + kcal, warnings)
