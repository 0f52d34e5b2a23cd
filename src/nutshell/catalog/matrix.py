"""Turns the source's values into the ORDER matrix: per 100 g, float32, NaN where unknown.

A value is taken over as it stands. The few that SR28 does not state are computed per food from what
it does state, and only where that says enough:

- vitamin D in µg (328) from IU (324) where only that exists: 1 µg = 40 IU (21 CFR 101.9(c)(9));
- ALA, LA and AA from the undifferentiated fatty acid where the specific one is unknown;
- omega-3 and omega-6 as sums of the parts that are known, given that their main part is: ALA, or EPA
  and DHA together; LA. Fish also needs EPA and DHA, which are its main part;
- net carbohydrates as carbohydrates less fibre, and zero where there are no carbohydrates at all.

Energy is never recomputed, and folate in DFE stays unknown where it is missing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .nutrients import BY_ID, FALLBACKS, NUTRIENTS, ORDER, POSITION

IU_PER_MICROGRAM_VITAMIN_D = 40

Column = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Matrix = np.ndarray[Any, np.dtype[np.float32]]


class Source:
    """Columns of the source by nutrient id, each with one float64 per food, NaN = unknown."""

    def __init__(self, table: np.ndarray[Any, np.dtype[np.float64]], ids: Sequence[str]) -> None:
        self._table = table
        self._place = {nutrient_id: place for place, nutrient_id in enumerate(ids)}

    def column(self, nutrient_id: str) -> Column:
        """The stated values, all unknown if the source does not have the nutrient."""
        place = self._place.get(nutrient_id)
        return np.full(len(self._table), np.nan) if place is None else self._table[:, place]

    def best(self, nutrient_id: str) -> Column:
        """The stated values, with the per-food fallback where there is one."""
        stated = self.column(nutrient_id)
        if nutrient_id not in FALLBACKS:
            return stated
        return np.where(np.isnan(stated), self.column(FALLBACKS[nutrient_id]), stated)


def known(column: Column) -> Mask:
    return ~np.isnan(column)


def order_matrix(source: Source, is_fish: Mask) -> Matrix:
    """The matrix of shape (foods, len(ORDER))."""
    computed = {
        "328": _vitamin_d(source),
        "net-carbs": _net_carbs(source),
        "omega3": _omega3(source, is_fish),
        "omega6": _sum_of_known(source, BY_ID["omega6"].sum_of, known(source.best("675"))),
    }
    columns = [computed[each] if each in computed else source.best(each) for each in ORDER]
    return np.stack(columns, axis=1).astype(np.float32)


def _vitamin_d(source: Source) -> Column:
    micrograms, units = source.column("328"), source.column("324")
    return np.where(known(micrograms), micrograms, units / IU_PER_MICROGRAM_VITAMIN_D)


def _net_carbs(source: Source) -> Column:
    carbohydrates, fibre = source.column("205"), source.column("291")
    difference = np.maximum(carbohydrates - fibre, 0.0)
    # Without carbohydrates there is no fibre among them, stated or not.
    return np.where(carbohydrates == 0, 0.0, difference)


def _omega3(source: Source, is_fish: Mask) -> Column:
    long_chain = known(source.column("629")) & known(source.column("621"))
    plant = known(source.best("851"))
    return _sum_of_known(source, BY_ID["omega3"].sum_of, np.where(is_fish, long_chain, plant | long_chain))


def _sum_of_known(source: Source, parts: Iterable[str], given: Mask) -> Column:
    total = np.nansum([source.best(part) for part in parts], axis=0)
    return np.where(given, total, np.nan)


def known_counts(matrix: Matrix) -> list[int]:
    """How many of the 95 tracked nutrients each food has a value for."""
    tracked = [POSITION[nutrient.id] for nutrient in NUTRIENTS]
    counts: list[int] = np.count_nonzero(~np.isnan(matrix[:, tracked]), axis=1).tolist()
    return counts
