"""Where a food's values come from at the moment of logging: the catalog or the person's own foods."""

from collections.abc import Iterable

import msgspec
import numpy as np

from nutshell.catalog import queries as catalog
from nutshell.catalog.nutrients import NUTRIENTS, POSITION
from nutshell.common import errors, ids
from nutshell.common.texts import N_
from nutshell.vault.types import OpenVault

from . import packing
from .addresses import food_address
from .checks import check_amount, refuse
from .types import UNITS, OwnFood, Serving

OWN = "mine:"
OWN_SOURCE = "mine"
UNIT = N_("Choose grams or one of the portions of this food.")
TRACKED = np.array([POSITION[nutrient.id] for nutrient in NUTRIENTS])
"""Positions in ORDER of the nutrients that count for completeness."""


class Source(msgspec.Struct, frozen=True):
    """A food as it is now. `values` (float32 in ORDER) belong to `measure` grams."""

    food_id: str
    catalog_version: str
    name: str
    source: str
    values: bytes
    measure: float
    portions: tuple[Serving, ...]
    supplement: bool = False


class Amount(msgspec.Struct, frozen=True):
    """How much of a food: what was said, the portion it was said in, and the grams that it means."""

    amount: float
    unit: str
    portion_id: str | None
    portion_name: str | None
    portion_grams: float | None
    grams: float


def is_own(food_id: str) -> bool:
    return food_id.startswith(OWN)


def check_own_id(food_id: str) -> None:
    """Raises errors.NotFound unless this is `mine:` and a UUID."""
    try:
        ids.parse_id(food_id.removeprefix(OWN))
    except ValueError:
        raise errors.NotFound from None
    if not is_own(food_id):
        raise errors.NotFound


def sources(vault: OpenVault, food_ids: Iterable[str]) -> dict[str, Source]:
    """The foods by id; own foods are read with one statement. Raises errors.NotFound for one that is not there."""
    wanted = list(dict.fromkeys(food_ids))
    own = [food_id for food_id in wanted if is_own(food_id)]
    found = {food.food_id: of_own(food) for food in own_foods(vault, own)}
    return {food_id: found[food_id] if food_id in found else of_catalog(food_id) for food_id in wanted}


def own_foods(vault: OpenVault, food_ids: list[str]) -> list[OwnFood]:
    """Raises errors.NotFound for one that is not there."""
    for food_id in food_ids:
        check_own_id(food_id)
    if not food_ids:
        return []
    sheets = vault.read([food_address(food_id) for food_id in food_ids])
    if any(sheet.content is None for sheet in sheets):
        raise errors.NotFound
    return [packing.open_food(sheet.content) for sheet in sheets if sheet.content is not None]


def of_own(food: OwnFood) -> Source:
    return Source(
        food.food_id, "", food.name, OWN_SOURCE, food.values, food.basis_grams, food.servings, food.supplement
    )


def of_catalog(food_id: str) -> Source:
    """Raises errors.NotFound."""
    current = catalog.current()
    food = current.food(food_id)
    values = np.ascontiguousarray(current.values(food_id), dtype=packing.FLOAT).tobytes()
    portions = tuple(Serving(portion.id, portion.name, portion.grams, portion.usual) for portion in food.portions)
    return Source(food.id, current.version, food.name, food.source, values, 100.0, portions)


def amount_of(source: Source, amount: float, unit: str, portion_id: str | None) -> Amount:
    """Raises errors.InvalidInput for amounts out of range and for a portion that the food does not have."""
    if unit in UNITS and portion_id is None:
        return in_weight(amount, unit)
    for portion in source.portions:
        if portion.id == portion_id:
            return in_portions(amount, portion.id, portion.name, portion.grams)
    raise refuse("unit", UNIT)


def in_weight(amount: float, unit: str) -> Amount:
    check_amount(amount, amount * UNITS[unit])
    return Amount(amount, unit, None, None, None, amount * UNITS[unit])


def in_portions(amount: float, portion_id: str, name: str, grams: float) -> Amount:
    check_amount(amount, amount * grams)
    return Amount(amount, "portion", portion_id, name, grams, amount * grams)


def usual_amount(source: Source) -> Amount:
    """What is offered of a food that was never eaten: its first portion, else 100 g."""
    if source.portions:
        first = source.portions[0]
        return in_portions(first.usual, first.id, first.name, first.grams)
    return amount_of(source, 100.0, "g", None)


def kcal_of(source: Source, grams: float) -> float | None:
    """Energy of so many grams, None if unknown."""
    per_measure = float(packing.array_of(source.values)[POSITION["208"]])
    return None if per_measure != per_measure else packing.tidy(per_measure * grams / source.measure)


def known_of(source: Source) -> int:
    """How many of the tracked nutrients have a value."""
    return int(np.count_nonzero(~np.isnan(packing.array_of(source.values)[TRACKED])))
