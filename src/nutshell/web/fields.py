"""Fields of a form as templates draw them: name, label, value, unit, hint, error. What was typed stands in them."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from . import words
from .look import Look
from .measures import energy_unit, feet_and_inches, weight_unit

Field = dict[str, Any]
Fields = list[Field]
Options = Iterable[tuple[str, Any]]


def as_typed(fields: Fields, sent: QueryDict, told: dict[str, str]) -> Fields:
    return [
        {**one, "value": sent.get(one["name"], one["value"]), "error": told.get(one["name"], "")} for one in fields
    ]  # fmt: skip


def choice(name: str, label: str, value: str, options: Options, hint: str = "") -> Field:
    return {"name": name, "label": label, "value": value, "options": list(options), "hint": hint}


def number(
    name: str, label: str, value: float | None, unit: str = "", hint: str = "", factor: float = 1.0, digits: int = 1
) -> Field:
    """`value` in metric units and kcal, shown times `factor`; "exact" is what stands behind an untouched field."""
    shown = None if value is None else value if factor == 1.0 else round(value * factor, digits)
    text = {"name": name, "label": label, "value": words.typed(shown), "unit": unit, "hint": hint}
    return {**text, "inputmode": "decimal", "exact": value}


def energy(look: Look, name: str, label: str, kcal: float | None) -> Field:
    unit, factor = energy_unit(look)
    return number(name, label, kcal, unit, factor=factor)


def weight(look: Look, name: str, label: str, kg: float | None, hint: str = "", a_week: bool = False) -> Field:
    unit, factor = weight_unit(look)
    return number(name, label, kg, gettext("%(unit)s a week") % {"unit": unit} if a_week else unit, hint, factor)


def height(look: Look, cm: float | None) -> Fields:
    if look.measures != "us":
        return [number("height", gettext("Height"), cm, "cm")]
    feet, inches = feet_and_inches(cm) if cm is not None else (None, None)
    return [
        number("feet", gettext("Height, feet"), feet, gettext("ft")),
        number("inches", gettext("Height, inches"), inches, gettext("in")),
    ]


def shown_amounts(fields: Fields) -> dict[str, tuple[str, float | None]]:
    """Field name → (its text, the exact amount behind it)."""
    return {one["name"]: (one["value"], one["exact"]) for one in fields if "exact" in one}
