"""How somebody keeps to their targets in a span: for who looks after many people at once.

Amounts are held against the targets that each day's record keeps (feat-G1). Days without a target, and days of which
an amount is not known well enough, count for nothing: missing is not zero.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from nutshell.catalog.nutrients import BY_ID, ORDER, POSITION
from nutshell.common.clock import Day as Date
from nutshell.vault.types import OpenVault

from . import packing, totals
from .addresses import date_at, day_address
from .packing import Numbers
from .types import Day
from .views import NO_GAPS

ENERGY, PROTEIN = POSITION["208"], POSITION["203"]
KEPT = (0.9, 1.1)
"""Shares of the energy target that count as kept."""
LITTLE, MUCH = 0.6, 1.1
"""A mean below this share of a target, or above this share of a maximum, is worth a look."""
KNOWN = 0.8
"""Of a day's energy: a nutrient that is known for less of it is not judged on that day."""
ENOUGH = 3
"""Days on which a nutrient must be known before anything is said about it."""


class DayMark(msgspec.Struct, frozen=True):
    """One day: how many entries, energy in kcal, and what share of its target it is (1 = the target); None: unknown."""

    date: str
    entries: int
    energy: float | None
    share: float | None
    complete: bool


class Off(msgspec.Struct, frozen=True):
    """A nutrient off its target: mean amount of a day and the limit, both in `unit`; `over`: the limit is a maximum."""

    nutrient: str
    name: str
    unit: str
    amount: float
    limit: float
    over: bool


class Adherence(msgspec.Struct, frozen=True):
    """Over the days of a span.

    `logged`: with entries; `kept`: whose energy is within 10 % of its target, of the `judged` ones, which have both;
    `energy` and `target`: means over the judged days in kcal; `protein`: mean share of its target (1 = the target);
    `off`: nutrients that are worth a look, the furthest first; `last`: the last day with entries.
    """

    days: tuple[DayMark, ...]
    logged: int
    judged: int
    kept: int
    energy: float | None
    target: float | None
    protein: float | None
    off: tuple[Off, ...]
    last: str | None


class _Sums(NamedTuple):
    """A logged day: amounts where enough is known (else NaN), least and most, all in ORDER."""

    amount: Numbers
    least: Numbers
    most: Numbers


def adherence(vault: OpenVault, first: Date, last: Date) -> Adherence:
    """One statement for all days of the span; both days inclusive."""
    dates = [date_at(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1)]
    sheets = vault.read([day_address(date) for date in dates])
    opened = [packing.open_day(sheet.content) if sheet.content else None for sheet in sheets]
    found = [_sums(day) if day is not None and day.entries else None for day in opened]
    marks = tuple(_mark(date, day, one) for date, day, one in zip(dates, opened, found, strict=True))
    return _summed(marks, [one for one in found if one is not None])


def _summed(marks: tuple[DayMark, ...], found: list[_Sums]) -> Adherence:
    shares = [mark.share for mark in marks if mark.share is not None]
    judged = [one for one in found if one.least[ENERGY] > 0 and one.amount[ENERGY] == one.amount[ENERGY]]
    return Adherence(
        marks, sum(mark.entries > 0 for mark in marks), len(shares), sum(KEPT[0] <= one <= KEPT[1] for one in shares),
        _mean([float(one.amount[ENERGY]) for one in judged]), _mean([float(one.least[ENERGY]) for one in judged]),
        _mean([share for one in found if (share := _share(one, PROTEIN)) is not None]), _off(found),
        next((mark.date for mark in reversed(marks) if mark.entries), None),
    )  # fmt: skip


def _sums(day: Day) -> _Sums:
    found = totals.sums(day.entries)
    amount = np.where(found.coverage >= KNOWN, found.amount, np.nan)
    none = np.full(len(ORDER), np.nan)
    if day.aims is None:
        return _Sums(amount, none, none)
    return _Sums(amount, *(packing.array_of(one).astype(np.float64) for one in (day.aims.minimum, day.aims.maximum)))


def _mark(date: Date, day: Day | None, found: _Sums | None) -> DayMark:
    if day is None or found is None:
        return DayMark(date.isoformat(), 0, None, None, day is not None and day.complete)
    energy = float(found.amount[ENERGY])
    known = None if energy != energy else energy
    return DayMark(date.isoformat(), len(day.entries), known, _share(found, ENERGY), day.complete)


def _share(found: _Sums, place: int) -> float | None:
    amount, target = float(found.amount[place]), float(found.least[place])
    return round(amount / target, 3) if target > 0 and amount == amount else None


def _mean(numbers: list[float]) -> float | None:
    return round(sum(numbers) / len(numbers), 3) if numbers else None


def _off(found: list[_Sums]) -> tuple[Off, ...]:
    """The furthest below a target first, then what is above a maximum."""
    if len(found) < ENOUGH:
        return ()
    amount, least, most = (np.stack([one[part] for one in found]) for part in range(3))
    low = _means(amount, least)
    high = _means(amount, most)
    below = [(share, mean, limit, place) for place, (share, mean, limit) in low.items() if share < LITTLE]
    above = [(share, mean, limit, place) for place, (share, mean, limit) in high.items() if share > MUCH]
    return (*(_one(line, False) for line in sorted(below)), *(_one(line, True) for line in sorted(above, reverse=True)))


def _means(amount: Numbers, limit: Numbers) -> dict[int, tuple[float, float, float]]:
    """By place: mean share of the limit, mean amount, mean limit; over the days that know both, if they are enough."""
    known = (amount == amount) & (limit > 0)
    means: dict[int, tuple[float, float, float]] = {}
    for place in np.flatnonzero(known.sum(axis=0) >= ENOUGH).tolist():
        if ORDER[place] in NO_GAPS or ORDER[place] not in BY_ID:
            continue
        days = known[:, place]
        mean, bound = float(amount[days, place].mean()), float(limit[days, place].mean())
        means[place] = mean / bound, mean, bound
    return means


def _one(line: tuple[float, float, float, int], over: bool) -> Off:
    _, mean, limit, place = line
    about = BY_ID[ORDER[place]]
    return Off(about.id, about.name, about.unit, float(f"{mean:.6g}"), float(f"{limit:.6g}"), over)
