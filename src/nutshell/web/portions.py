"""The form of an amount: units to choose from, one-press portions, and a preview by the food's own values per gram."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext

from nutshell.diary.types import UNITS, FoodView, Serving

from . import words
from .look import Look
from .measures import energy_unit

MACROS = {"energy": "208", "protein": "203", "carb": "205", "fat": "204"}
MOST_CHOICES = 5
WEIGHTS = {"metric": ("g",), "us": ("oz", "g")}
"""Units of weight that are offered by the person's measures."""


def units(look: Look, servings: Iterable[Serving], chosen: str) -> list[dict[str, Any]]:
    """Portions, then weights. `chosen` is a portion's id or a unit of weight."""
    named = {"g": gettext("grams"), "oz": gettext("ounces")}
    rows = [(one.id, f"{one.name} ({words.grams(one.grams)})", one.grams) for one in servings]
    weights = dict.fromkeys((*WEIGHTS[look.measures], *((chosen,) if chosen in UNITS else ())))
    rows += [(unit, named.get(unit, unit), UNITS[unit]) for unit in weights]
    return [{"id": id_, "name": name, "grams": grams, "chosen": id_ == chosen} for id_, name, grams in rows]


def choices(servings: Iterable[Serving], amount: float, unit: str, url: str) -> list[dict[str, Any]]:
    """The chosen amount first, then one of each portion and 100 g."""
    by_id = {one.id: one for one in servings}
    wanted = [(amount, unit), *((one.usual, one.id) for one in by_id.values()), (100.0, "g")]
    return [_choice(by_id, *pair, pair == (amount, unit), url) for pair in dict.fromkeys(wanted)][:MOST_CHOICES]


def _choice(by_id: Mapping[str, Serving], amount: float, unit: str, is_chosen: bool, url: str) -> dict[str, Any]:
    serving = by_id.get(unit)
    text = words.amount(amount, unit, serving.name if serving else None, serving.grams * amount if serving else None)
    address = f"{url}&{urlencode({'amount': words.typed(amount), 'unit': unit})}"
    return {"text": text, "amount": words.typed(amount), "unit": unit, "url": address, "chosen": is_chosen}


def grams_of(servings: Iterable[Serving], amount: float, unit: str) -> float:
    """The weight that an amount means; a portion that is gone counts as grams."""
    weights = {**UNITS, **{one.id: one.grams for one in servings}}
    return amount * weights.get(unit, 1.0)


def per_gram(look: Look, food: FoodView) -> dict[str, float | None]:
    """Energy in the person's unit and macronutrients in g, None where unknown."""
    known = {value.id: value.per_100g / 100 for value in food.nutrients}
    found = {name: known.get(nutrient) for name, nutrient in MACROS.items()}
    energy = found["energy"]
    return {**found, "energy": energy * energy_unit(look)[1] if energy is not None else None}


def preview(food: FoodView, grams: float) -> dict[str, float | None]:
    """What that many grams hold: kcal and g."""
    known = {value.id: value.per_100g * grams / 100 for value in food.nutrients}
    return {name: known.get(nutrient) for name, nutrient in MACROS.items()}
