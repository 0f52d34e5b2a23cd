"""What a profile and target settings may say. One sentence for each field that is refused."""

from collections.abc import Callable, Mapping
from datetime import date, time
from zoneinfo import ZoneInfo

import msgspec

from nutshell.catalog.nutrients import BY_ID
from nutshell.common import errors
from nutshell.common.languages import CODES
from nutshell.common.texts import N_
from nutshell.targets.types import (
    BmrFormula,
    ByRatio,
    Condition,
    Limits,
    MacroDays,
    Macros,
    Profile,
    Sex,
    TargetSettings,
)

OLDEST_YEARS = 125
LEAST_YEARS_PREGNANT = 10

SENTENCES: Mapping[str, str] = {
    "sex": N_("Choose female or male, or leave it open."),
    "birth_date": N_("The date of birth must be a past date within the last 125 years."),
    "height": N_("Height must be between 30 and 280 cm."),
    "weight": N_("Weight must be between 1 and 650 kg."),
    "body_fat": N_("Body fat must be between 2 and 75 %."),
    "condition": N_("Choose a stage of pregnancy or breastfeeding that fits the age, or none."),
    "activity": N_("Choose one of the activity levels."),
    "zone": N_("This time zone is not known."),
    "language": N_("This language is not known."),
    "energy_unit": N_("Choose kcal or kJ."),
    "measures": N_("Choose metric or US units."),
    "theme": N_("Choose system, light or dark."),
    "week_start": N_("Choose Monday, Sunday or Saturday."),
    "meals": N_("Give 1 to 12 meals different names of up to 40 characters."),
    "day_start": N_("The day must start between midnight and noon."),
    "hidden_cards": N_("Choose cards of the day page."),
    "shortcuts": N_("Choose on or off."),
    "source": N_("Choose DRI or EFSA."),
    "limits": N_("Each own target needs a tracked nutrient, once, and a minimum or maximum in the right order."),
    "macros": N_("Macro targets must be numbers of 0 or more, not all of them 0."),
    "macros_by_weekday": N_(
        "Give each day of the week once, with macro targets that are numbers of 0 or more, not all 0."
    ),
    "formula": N_("Choose one of the formulas."),
    "own_bmr": N_("Your own basal rate must be between 200 and 6,000 kcal."),
    "activity_factor": N_("The activity factor must be between 0 and 2.5."),
    "thermic_effect": N_("Choose yes or no."),
    "goal_weight": N_("The goal weight must be between 1 and 650 kg."),
    "rate": N_("The rate must be between -1.5 and 1.5 kg a week."),
    "own_budget": N_("Your own energy budget must be between 300 and 15,000 kcal."),
}
PREGNANT_MALE = N_("Pregnancy and breastfeeding need the female reference values.")
OWN_BMR_NEEDED = N_("Give your own basal rate, or choose a formula.")


def _refused_by_type(value: msgspec.Struct) -> dict[str, str]:
    """Fields whose value breaks the constraints of its annotation: a struct made in Python was not checked."""
    return {
        field.name: SENTENCES[field.name]
        for field in msgspec.structs.fields(value)
        if not _fits(getattr(value, field.name), field.type)
    }


def _fits(value: object, kind: object) -> bool:
    try:
        msgspec.convert(msgspec.to_builtins(value), kind)
    except msgspec.ValidationError:
        return False
    return True


def _birth_fits(birth: date | None, day: date) -> bool:
    return birth is None or (birth <= day and day.year - birth.year <= OLDEST_YEARS)


def _old_enough(profile: Profile, day: date) -> bool:
    if profile.condition is Condition.NONE or not isinstance(profile.birth_date, date):
        return True
    return day.year - profile.birth_date.year >= LEAST_YEARS_PREGNANT


def _zone_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        # An unknown name is a KeyError; a path, a NUL byte or an endless name are the others.
        return False
    return True


def _different(names: tuple[str, ...]) -> bool:
    return len({name.casefold() for name in names}) == len(names)


def _start_fits(start: time) -> bool:
    return start < time(12, 0) and start.tzinfo is None


_PROFILE_RULES: Mapping[str, Callable[[Profile, date], bool]] = {
    "birth_date": lambda profile, day: _birth_fits(profile.birth_date, day),
    "condition": _old_enough,
    "zone": lambda profile, _: _zone_known(profile.zone),
    "language": lambda profile, _: profile.language in CODES,
    "meals": lambda profile, _: _different(profile.meals),
    "day_start": lambda profile, _: _start_fits(profile.day_start),
}


def check_profile(profile: Profile, day: date) -> None:
    """Raises InvalidInput with one sentence a field. `day` is the person's today."""
    refused = _refused_by_type(profile)
    kept = (name for name in _PROFILE_RULES if name not in refused)
    refused |= {name: SENTENCES[name] for name in kept if not _PROFILE_RULES[name](profile, day)}
    if profile.sex is Sex.MALE and profile.condition is not Condition.NONE:
        refused["condition"] = PREGNANT_MALE
    if refused:
        raise errors.InvalidInput(refused)


def _limits_fit(limits: tuple[Limits, ...]) -> bool:
    fit = all(limit.nutrient in BY_ID and _ordered(limit.minimum, limit.maximum) for limit in limits)
    return fit and _different(tuple(limit.nutrient for limit in limits))


def _ordered(minimum: float | None, maximum: float | None) -> bool:
    if minimum is None or maximum is None:
        return minimum is not maximum
    return minimum <= maximum


def _macros_fit(macros: Macros) -> bool:
    return not isinstance(macros, ByRatio) or macros.protein + macros.carbohydrate + macros.fat > 0


def _days_fit(some: tuple[MacroDays, ...]) -> bool:
    named = [weekday for one in some for weekday in one.weekdays]
    return len(named) == len(set(named)) and all(_macros_fit(one.macros) for one in some)


_SETTINGS_RULES: Mapping[str, Callable[[TargetSettings], bool]] = {
    "limits": lambda settings: _limits_fit(settings.limits),
    "macros": lambda settings: _macros_fit(settings.macros),
    "macros_by_weekday": lambda settings: _days_fit(settings.macros_by_weekday),
}


def check_settings(settings: TargetSettings) -> None:
    """Raises InvalidInput with one sentence a field."""
    refused = _refused_by_type(settings)
    kept = (name for name in _SETTINGS_RULES if name not in refused)
    refused |= {name: SENTENCES[name] for name in kept if not _SETTINGS_RULES[name](settings)}
    if settings.formula is BmrFormula.OWN and settings.own_bmr is None:
        refused["own_bmr"] = OWN_BMR_NEEDED
    if refused:
        raise errors.InvalidInput(refused)
