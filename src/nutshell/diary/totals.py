"""Sums of nutrients with what they rest on. Missing is never zero: an unknown value adds nothing and lowers coverage.

*Coverage* of a nutrient is the share of the energy (of the entries whose energy is known) that comes
from entries whose value of that nutrient is known. Where there is no energy at all (water only), it
is the share of entries. A sum over nothing known is None.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nutshell.catalog.nutrients import POSITION

from .packing import WIDTH, HotDay, Numbers, matrix_of, rounded
from .types import Entry, Sum

ENERGY, PROTEIN, CARBS, FAT, ALCOHOL = (POSITION[name] for name in ("208", "203", "205", "204", "221"))
MACROS = [PROTEIN, CARBS, FAT]


class Sums(NamedTuple):
    """Over some entries: `amount` (NaN = nothing known) and `coverage`, in ORDER; `parts` is the matrix of
    amounts (entries, nutrients), NaN = unknown; `energy` the kcal of each entry, 0 where unknown."""

    amount: Numbers
    coverage: Numbers
    parts: Numbers
    energy: Numbers


def sums(entries: Sequence[Entry]) -> Sums:
    """Sums of all nutrients over the entries, 15 µs for twelve."""
    if not entries:
        return Sums(np.full(WIDTH, np.nan), np.zeros(WIDTH), np.empty((0, WIDTH)), np.empty(0))
    parts = matrix_of([entry.values for entry in entries]) * np.array([[entry.scale] for entry in entries])
    known = parts == parts
    filled = np.where(known, parts, 0.0)
    amount = rounded(np.add.reduce(filled, 0))
    amount[~np.logical_or.reduce(known, 0)] = np.nan
    energy = filled[:, ENERGY]
    weight = energy if energy.any() else np.ones(len(entries))
    return Sums(amount, (weight @ known) / np.add.reduce(weight), parts, energy)


def sum_at(found: Sums, place: int) -> Sum:
    """One nutrient of the sums."""
    amount = float(found.amount[place])
    return Sum(None if amount != amount else amount, share(float(found.coverage[place])))


def share(coverage: float) -> float:
    """Coverage as shown and sent: four decimals, 1 only when all is known."""
    return shares(np.array([coverage]))[0]


def shares(coverage: Numbers, decimals: int = 4) -> list[float]:
    """As `share`, for many at once."""
    rounded_down = np.minimum(np.round(coverage, decimals), 1 - 0.1**decimals)
    found: list[float] = np.where(coverage > 1 - 1e-9, 1.0, rounded_down).tolist()
    return found


def unknown_macro_energy(found: Sums) -> float:
    """kcal of the entries of which protein, carbohydrates or fat are not all known."""
    unknown = np.isnan(found.parts[:, MACROS]).any(axis=1)
    return float(rounded(np.array([found.energy[unknown].sum()]))[0])


class SpanSums(NamedTuple):
    """By day of a span: `amount` (days, nutrients), NaN = nothing known, and `coverage` of the same shape."""

    amount: Numbers
    coverage: Numbers


def span_sums(days: Sequence[HotDay], places: Sequence[int]) -> SpanSums:
    """Sums by day for the nutrients at `places`, for a whole span in one pass (a year: 3 ms)."""
    filled = [index for index, day in enumerate(days) if day.entries]
    amount, coverage = np.full((len(days), len(places)), np.nan), np.zeros((len(days), len(places)))
    if not filled:
        return SpanSums(amount, coverage)
    entries = [entry for index in filled for entry in days[index].entries]
    starts = np.cumsum([0, *(len(days[index].entries) for index in filled[:-1])])
    wanted = matrix_of([entry.values for entry in entries])[:, [*places, ENERGY]]
    parts = wanted * np.array([entry.scale for entry in entries])[:, None]
    amount[filled], coverage[filled] = _by_day(parts[:, :-1], parts[:, -1], starts)
    return SpanSums(amount, coverage)


def _by_day(parts: Numbers, energy: Numbers, starts: NDArray[np.intp]) -> tuple[Numbers, Numbers]:
    known = parts == parts
    weight = np.nan_to_num(energy, nan=0.0)
    days = np.diff([*starts, len(parts)])
    no_energy = np.repeat(np.add.reduceat(weight, starts) == 0, days)
    weight = np.where(no_energy, 1.0, weight)
    amount = rounded(np.add.reduceat(np.where(known, parts, 0.0), starts, axis=0))
    amount[np.add.reduceat(known, starts, axis=0, dtype=np.int64) == 0] = np.nan
    coverage = np.add.reduceat(known * weight[:, None], starts, axis=0) / np.add.reduceat(weight, starts)[:, None]
    return amount, coverage
