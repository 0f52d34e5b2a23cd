"""The person's own units: what was typed becomes kcal, kg, cm and g before the forms judge it, and sentences about
limits are told in the units that the fields have."""

from collections.abc import Iterable, Mapping

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell.catalog.types import Nutrient
from nutshell.forms import sentences as say
from nutshell.forms.numbers import parse_number
from nutshell.targets import policy

from .look import Look

KJ_PER_KCAL = 4.184
KG_PER_LB = 0.45359237
CM_PER_INCH = 2.54
INCHES_PER_FOOT = 12
ML_PER_FL_OZ = 29.5735
"""Of a US fluid ounce; a millilitre of water is taken as a gram."""
ENERGY, WATER = "208", "255"


# ---------- how amounts are shown ----------


def energy_unit(look: Look) -> tuple[str, float]:
    """(unit, what a kcal is in it)."""
    return look.energy, KJ_PER_KCAL if look.energy == "kJ" else 1.0


def weight_unit(look: Look) -> tuple[str, float]:
    """(unit, what a kg is in it)."""
    return (gettext("lb"), 1 / KG_PER_LB) if look.measures == "us" else ("kg", 1.0)


def unit_of(nutrient: Nutrient, look: Look) -> tuple[str, float]:
    """(unit, factor) in which an amount of a food is shown: energy in kJ for who wants kJ."""
    return energy_unit(look) if nutrient.id == ENERGY else (nutrient.unit, 1.0)


def daily_unit(nutrient: Nutrient, look: Look) -> tuple[str, float]:
    """The same for what somebody has in a day or aims at: then water is drunk, in US units by the fluid ounce."""
    if nutrient.id == WATER and look.measures == "us":
        return gettext("fl oz"), 1 / ML_PER_FL_OZ
    return unit_of(nutrient, look)


def feet_and_inches(cm: float) -> tuple[int, float]:
    inches = round(cm / CM_PER_INCH, 1)
    return int(inches // INCHES_PER_FOOT), round(inches % INCHES_PER_FOOT, 1)


# ---------- what was typed ----------


def in_kcal(sent: QueryDict, look: Look, fields: Iterable[str]) -> QueryDict:
    return scaled(sent, fields, 1 / KJ_PER_KCAL) if look.energy == "kJ" else sent


def in_kg(sent: QueryDict, look: Look, fields: Iterable[str]) -> QueryDict:
    return scaled(sent, fields, KG_PER_LB) if look.measures == "us" else sent


def in_grams_of_water(sent: QueryDict, look: Look, fields: Iterable[str]) -> QueryDict:
    return scaled(sent, fields, ML_PER_FL_OZ) if look.measures == "us" else sent


def in_cm(sent: QueryDict, look: Look, feet: str, inches: str, field: str) -> QueryDict:
    """Feet and inches, which the US page asks for, as one height in cm. Both empty: no height."""
    if look.measures != "us" or feet not in sent:
        return sent
    found = sent.copy()
    told = sent.get(feet, "").strip() or sent.get(inches, "").strip()
    try:
        tall = parse_number(sent.get(feet) or "0") * INCHES_PER_FOOT + parse_number(sent.get(inches) or "0")
        found[field] = repr(round(tall * CM_PER_INCH, 2)) if told else ""
    except ValueError:
        found[field] = sent.get(feet) or sent.get(inches, "")
    return found


def scaled(sent: QueryDict, fields: Iterable[str], factor: float) -> QueryDict:
    """What is no number stays as it was typed: the forms say what is wrong with it."""
    found = sent.copy()
    for field in fields:
        text = sent.get(field, "").strip()
        sign, digits = ("-", text[1:]) if text[:1] in ("-", "\u2212") else ("", text)
        try:
            found[field] = f"{sign}{parse_number(digits) * factor:.6f}"
        except ValueError:
            continue
    return found


def untouched(sent: QueryDict, typed: QueryDict, shown: Mapping[str, tuple[str, float | None]]) -> QueryDict:
    """Fields left as they were `shown` keep the exact amount behind them: a pound rounded to one decimal is not it."""
    found = sent.copy()
    for field, (text, exact) in shown.items():
        if exact is not None and typed.get(field) == text:
            found[field] = f"{exact:.12f}"
    return found


# ---------- sentences about limits ----------

_HEIGHT, _WEIGHT = _("Give a height from 1 ft to 9 ft 2 in."), _("Give a weight from 2.3 to 1,433 lb.")
_RATE, _WATER = _("Give a rate from -3.3 to 3.3 lb a week."), _("Give an amount above 0 and at most 338 fl oz.")
_PROTEIN = _("Give protein from 0.23 to 1.81 g per lb of body weight.")
_BUDGET, _BMR = _("Give an energy budget from 1,256 to 62,760 kJ."), _("Give a resting energy from 837 to 25,104 kJ.")
_IN_US = {
    say.HEIGHT: _HEIGHT, say.WEIGHT: _WEIGHT, say.RATE: _RATE, say.WATER: _WATER, say.PROTEIN_PER_KG: _PROTEIN,
    policy.SENTENCES["height"]: _HEIGHT, policy.SENTENCES["weight"]: _WEIGHT,
    policy.SENTENCES["goal_weight"]: _WEIGHT, policy.SENTENCES["rate"]: _RATE,
}  # fmt: skip
_IN_KJ = {
    say.BUDGET: _BUDGET, say.BMR: _BMR, policy.SENTENCES["own_budget"]: _BUDGET, policy.SENTENCES["own_bmr"]: _BMR,
}  # fmt: skip
_PER_KG = "7,700 kcal per kg"
_OF_A_GOAL = {
    ("metric", "kJ"): _("32,200 kJ per kg"), ("us", "kcal"): _("3,490 kcal per lb"),
    ("us", "kJ"): _("14,600 kJ per lb"),
}  # fmt: skip


def told(sentence: str, look: Look | None) -> str:
    """A sentence in the page's language and, where it names a limit, in the person's units."""
    if look and look.measures == "us" and sentence in _IN_US:
        return str(_IN_US[sentence])
    if look and look.energy == "kJ" and sentence in _IN_KJ:
        return str(_IN_KJ[sentence])
    if look and sentence == _PER_KG and (look.measures, look.energy) in _OF_A_GOAL:
        return str(_OF_A_GOAL[look.measures, look.energy])
    return gettext(sentence)
