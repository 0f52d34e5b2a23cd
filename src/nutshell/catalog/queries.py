"""Reads of the catalog: one food, its values and where they come from, search, richest foods."""

import re
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import numpy as np

from nutshell.common.errors import ConfigurationError, NotFound

from .artifact import Artifact
from .build import FORMAT, Progress, silent
from .everyday import EVERYDAY
from .index import Index
from .nutrients import AVAILABLE, BY_ID, FALLBACKS, ORDER, POSITION, TRACKED
from .types import Completeness, Food, Hit, Info, Nutrient, Rich, Value

_FOOD_ID = re.compile(r"sr28:(\d{5})", re.ASCII)

LEAST_KCAL = 10.0
"""Below this energy per 100 g a food is left out of "richest": water and tea would win everything."""

_SEASONING = "Spices and Herbs"

Row = np.ndarray[Any, np.dtype[np.float32]]
Amounts = np.ndarray[Any, np.dtype[np.float64]]


class Catalog:
    """One opened artifact, read-only and safe to share between threads.

    `version` names the source and the format, `hash` the exact bytes (SHA-256, hexadecimal).
    """

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError where there is none or another format, Tampered where it is damaged."""
        self._artifact = Artifact(path)
        meta = self._artifact.header.meta
        if meta["format"] != FORMAT or tuple(meta["order"]) != ORDER:
            raise ConfigurationError(
                "The food catalog %(path)s is of another version. Build it again with: nutshell catalog build",
                path=str(path),
            )
        self.version = self._artifact.header.version
        self.hash = self._artifact.hash
        self._meta = meta
        self._read_arrays()
        self._foods: dict[int, Food] = {}
        self._decoder = msgspec.msgpack.Decoder(Food)
        self._index = Index({name: self._artifact.array(name) for name in self._artifact.header.sections})

    def _read_arrays(self) -> None:
        array = self._artifact.array
        self._numbers = array("food_number")
        self._everyday = self._numbers.searchsorted(sorted(map(int, EVERYDAY)))
        self._food_start, self._food_bytes = array("food_start"), array("food_bytes")
        self._matrix: Row = array("matrix")
        self._value_start, self._amount = array("value_start"), array("value_amount")
        self._nutrient, self._source, self._derivation = map(
            array, ("value_nutrient", "value_source", "value_derivation")
        )
        self._nutrient_ids = [each[0] for each in self._meta["definitions"]]
        self._sources, self._derivations = list(self._meta["sources"]), list(self._meta["derivations"])

    def __len__(self) -> int:
        return len(self._numbers)

    def food(self, food_id: str) -> Food:
        """The food of an id such as "sr28:01123". Raises NotFound."""
        return self._food_at(self._place(food_id))

    def values(self, food_id: str) -> Row:
        """Amounts per 100 g in `nutrients.ORDER`, float32, NaN = unknown; a read-only view. Raises NotFound."""
        row: Row = self._matrix[self._place(food_id)]
        return row

    def completeness(self, food_id: str) -> Completeness:
        """How many of the tracked nutrients are known. Raises NotFound."""
        return Completeness(self.food(food_id).known, AVAILABLE, TRACKED)

    def search(self, query: str, limit: int = 20) -> list[Hit]:
        """Foods that have all words of the query, best first; none for a query without words."""
        found = self._index.search(query, min(limit, len(self)))
        return [Hit(self._food_at(place), score) for place, score in found]

    def provenance(self, food_id: str) -> list[Value]:
        """Every known value: all that the source states, by USDA number, then what was computed from it."""
        place = self._place(food_id)
        stated = self._stated(place)
        return stated + self._computed(place, {value.nutrient for value in stated})

    @property
    def matrix(self) -> Row:
        """All values, of shape (foods, len(ORDER)), in the order of `ids()`; read-only, NaN = unknown."""
        return self._matrix

    def ids(self) -> list[str]:
        """The ids of all foods, by number."""
        return [f"sr28:{number:05d}" for number in self._numbers.tolist()]

    def definitions(self) -> list[tuple[str, str, str, int]]:
        """The source's own nutrients: number, unit, name, decimals."""
        return [tuple(each) for each in self._meta["definitions"]]

    def nutrient(self, nutrient_id: str) -> Nutrient:
        """A tracked nutrient, or one of the others that the source has. Raises NotFound."""
        if nutrient_id in BY_ID:
            return BY_ID[nutrient_id]
        for number, unit, name, decimals in self.definitions():
            if number == nutrient_id:
                return Nutrient(number, name, unit, "other", decimals)
        raise NotFound

    def source_text(self, code: str) -> str:
        """What a source code means ("7" → "Assumed zero"); empty for an unknown code."""
        return str(self._meta["sources"].get(code, ""))

    def derivation_text(self, code: str) -> str:
        """What a derivation code means; empty for an unknown code."""
        return str(self._meta["derivations"].get(code, ""))

    def richest(self, nutrient_id: str, limit: int = 10) -> list[Rich]:
        """Everyday foods with the most of a nutrient per 100 kcal, best first, to fill a gap.

        Left out: foods below `LEAST_KCAL`, and spices, of which nobody eats enough. Raises NotFound for
        an unknown nutrient; the list is empty for one that SR28 lacks.
        """
        if nutrient_id not in POSITION:
            raise NotFound
        amounts = self._matrix[:, POSITION[nutrient_id]].astype(np.float64)
        density = self._per_100kcal(amounts)
        best = self._everyday[np.argsort(-density[self._everyday], kind="stable")].tolist()
        rich = (self._rich(place, density, amounts) for place in best if density[place] > 0)
        return list(islice((each for each in rich if each.food.category != _SEASONING), max(limit, 0)))

    def info(self) -> Info:
        """Version, hash and counts, for operators."""
        return Info(
            path=str(self._artifact.path),
            version=self.version,
            hash=self.hash,
            bytes=self._artifact.size,
            foods=len(self),
            values=self._meta["values"],
            nutrients=len(self._nutrient_ids),
            portions=self._meta["portions"],
        )

    def check(self, progress: Progress = silent) -> None:
        """Compare every byte with its hash. Raises Tampered."""
        self._artifact.check_sections(progress)

    def _place(self, food_id: str) -> int:
        match = _FOOD_ID.fullmatch(food_id)
        if match is None:
            raise NotFound
        number = int(match[1])
        place = int(self._numbers.searchsorted(number))
        if place == len(self._numbers) or self._numbers[place] != number:
            raise NotFound
        return place

    def _food_at(self, place: int) -> Food:
        # A race decodes twice and keeps one of two equal values.
        food = self._foods.get(place)
        if food is None:
            start, end = int(self._food_start[place]), int(self._food_start[place + 1])
            food = self._foods[place] = self._decoder.decode(self._food_bytes[start:end].tobytes())
        return food

    def _stated(self, place: int) -> list[Value]:
        rows = slice(int(self._value_start[place]), int(self._value_start[place + 1]))
        columns = (self._nutrient, self._amount, self._source, self._derivation)
        return [
            Value(self._nutrient_ids[nutrient], amount, self._sources[source], self._derivations[derivation])
            for nutrient, amount, source, derivation in zip(*(each[rows].tolist() for each in columns), strict=True)
        ]

    def _computed(self, place: int, stated: set[str]) -> list[Value]:
        row = self._matrix[place].tolist()
        missing = [each for each in ORDER if each not in stated and row[POSITION[each]] == row[POSITION[each]]]
        # Seven digits are all that a float32 has; more would be noise.
        return [Value(each, float(f"{row[POSITION[each]]:.7g}"), "", "", _origin(each, stated)) for each in missing]

    def _per_100kcal(self, amounts: Amounts) -> Amounts:
        energy = self._matrix[:, POSITION["208"]]
        enough = (energy >= LEAST_KCAL) & (amounts > 0)
        return np.where(enough, amounts * 100 / np.where(enough, energy, 1), 0.0)

    def _rich(self, place: int, density: Amounts, amounts: Amounts) -> Rich:
        return Rich(self._food_at(place), float(density[place]), float(amounts[place]))


def _origin(nutrient_id: str, stated: set[str]) -> tuple[str, ...]:
    """From which stated values a computed one comes."""
    if nutrient_id == "328":
        return ("324",)
    if nutrient_id in FALLBACKS:
        return (FALLBACKS[nutrient_id],)
    parts = (part.lstrip("-") for part in BY_ID[nutrient_id].sum_of)
    used = (part if part in stated else FALLBACKS.get(part, part) for part in parts)
    return tuple(part for part in used if part in stated)


_path: Path | None = None
_current: Catalog | None = None
_opening = Lock()


def use(path: Path) -> None:
    """Name the artifact of this process; it is opened when it is first needed."""
    global _path, _current
    with _opening:
        _path, _current = path, None


def current() -> Catalog:
    """The catalog of this process. Raises ConfigurationError where none was named or built."""
    return _current or _open()


def _open() -> Catalog:
    global _current
    with _opening:
        if _path is None:
            raise ConfigurationError("No food catalog was named for this process.")
        if _current is None:
            _current = Catalog(_path)
        return _current


def info(path: Path) -> Info:
    """Version, hash and counts of an artifact. Raises ConfigurationError or Tampered."""
    return Catalog(path).info()


def check(path: Path, progress: Progress = silent) -> Info:
    """Verify every byte of an artifact. Raises ConfigurationError where there is none, else Tampered."""
    catalog = Catalog(path)
    catalog.check(progress)
    return catalog.info()
