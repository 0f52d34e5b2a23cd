"""Builds the artifact from USDA SR28: the same source gives the same bytes and the same hash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from . import index, matrix, sr28
from .artifact import Array, write
from .nutrients import ORDER, ORDER_VERSION, POSITION
from .ranking import Described
from .types import Food, Portion

FORMAT = 1
"""Raise it with every change of what is written, ranking included, so that no node reads an older artifact.
A test pins the hash of each format."""
VERSION = f"sr28-{FORMAT}"
FILE_NAME = f"{VERSION}.catalog"
SOURCE = "USDA SR28"

_SHELLFISH_AND_FISH = "Finfish and Shellfish Products"

Progress = Callable[[str, float], None]
"""Is told what was just done, and how much of the whole is done, 0 to 1."""


def silent(step: str, share: float) -> None:
    """No progress wanted."""


def build(target_dir: Path, progress: Progress = silent) -> Path:
    """Write the artifact into a folder and return its path. An existing one is replaced atomically.

    Raises ConfigurationError where the source package is missing, Tampered where it is another text.
    """
    folder = sr28.locate()
    sr28.verify(folder)
    progress("verified the source", 0.05)
    values = sr28.values(folder)
    progress(f"read {len(values.food):,} values", 0.65)
    arrays, meta = _assemble(folder, values, progress)
    path = target_dir / FILE_NAME
    write(path, VERSION, meta, arrays)
    progress(f"wrote {path}", 1.0)
    return path


def _assemble(folder: Path, values: sr28.Values, progress: Progress) -> tuple[dict[str, Array], dict[str, Any]]:
    rows, definitions = sr28.foods(folder), sr28.definitions(folder)
    source = matrix.Source(_table(values, len(rows), len(definitions)), [each.id for each in definitions])
    is_fish = np.array([row.category == _SHELLFISH_AND_FISH for row in rows])
    ordered = matrix.order_matrix(source, is_fish)
    progress("computed the nutrient matrix", 0.75)
    portions = _portions(folder)
    foods = _foods(rows, portions, ordered)
    arrays = _food_arrays(foods) | _value_arrays(values, len(rows)) | {"matrix": ordered}
    arrays |= index.build([_described(row, food) for row, food in zip(rows, foods, strict=True)])
    progress("built the search index", 0.95)
    return arrays, _meta(folder, definitions, values, portions)


def _table(values: sr28.Values, foods: int, nutrients: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    table = np.full((foods, nutrients), np.nan)
    table[values.food, values.nutrient] = values.amount
    return table


def _portions(folder: Path) -> dict[str, tuple[Portion, ...]]:
    grouped: dict[str, list[Portion]] = {}
    for row in sr28.portions(folder):
        # The source weighs "3 oz" or "22 chips"; one of them is what a person multiplies.
        portion = Portion(row.sequence, row.name, row.grams / row.amount, row.amount)
        grouped.setdefault(row.number, []).append(portion)
    return {number: tuple(each) for number, each in grouped.items()}


def _foods(rows: list[sr28.FoodRow], portions: dict[str, tuple[Portion, ...]], ordered: matrix.Matrix) -> list[Food]:
    energy = ordered[:, POSITION["208"]]
    known = matrix.known_counts(ordered)
    return [
        Food(
            id=f"sr28:{row.number}",
            name=row.name,
            source=SOURCE,
            kcal_per_100g=None if np.isnan(energy[place]) else float(energy[place]),
            portions=portions.get(row.number, ()),
            category=row.category,
            known=known[place],
            common_name=row.common_name,
            manufacturer=row.manufacturer,
        )
        for place, row in enumerate(rows)
    ]


def _described(row: sr28.FoodRow, food: Food) -> Described:
    return Described(
        row.number,
        row.name,
        row.common_name,
        row.manufacturer,
        row.category,
        row.surveyed,
        len(food.portions),
        food.known,
    )


def _food_arrays(foods: list[Food]) -> dict[str, Array]:
    """Each food's own bytes, decoded when it is asked for, so that opening costs nothing."""
    packed = [msgspec.msgpack.encode(food) for food in foods]
    lengths = [len(each) for each in packed]
    return {
        "food_number": np.array([int(food.id.removeprefix("sr28:")) for food in foods], np.uint32),
        "food_start": np.concatenate(([0], np.cumsum(lengths))).astype(np.uint32),
        "food_bytes": np.frombuffer(b"".join(packed), np.uint8),
    }


def _value_arrays(values: sr28.Values, foods: int) -> dict[str, Array]:
    return {
        "value_start": np.searchsorted(values.food, np.arange(foods + 1)).astype(np.uint32),
        "value_amount": values.amount,
        "value_nutrient": values.nutrient,
        "value_source": values.source,
        "value_derivation": values.derivation,
    }


def _meta(
    folder: Path,
    definitions: list[sr28.DefinitionRow],
    values: sr28.Values,
    portions: dict[str, tuple[Portion, ...]],
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "order": list(ORDER),
        "order_version": ORDER_VERSION,
        "definitions": [list(each) for each in definitions],
        "sources": sr28.source_codes(folder),
        "derivations": sr28.derivation_codes(folder),
        "files": dict(sorted(sr28.FILES.items())),
        "values": len(values.food),
        "portions": sum(map(len, portions.values())),
    }
