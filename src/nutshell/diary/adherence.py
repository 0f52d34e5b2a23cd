"""How somebody keeps to their targets in a span: for who looks after many people at once.

A share is the amount of a logged day over that day's own target, as the day's record keeps it (feat-G1). Days without
a target, and days of which the energy is not known, count for no share: missing is not zero.
"""

import msgspec

from nutshell.catalog.nutrients import POSITION
from nutshell.common.clock import Day as Date
from nutshell.vault.types import OpenVault

from . import packing, totals
from .addresses import date_at, day_address
from .types import Day

ENERGY, PROTEIN = POSITION["208"], POSITION["203"]
NEAR = (0.9, 1.1)
"""Shares of the energy target that count as kept."""


class DayMark(msgspec.Struct, frozen=True):
    """One day: how many entries, energy in kcal, and what share of its target it is (1 = the target); None: unknown."""

    date: str
    entries: int
    energy: float | None
    share: float | None
    complete: bool


class Adherence(msgspec.Struct, frozen=True):
    """Over the days of a span. `logged`: with entries; `kept`: whose energy is within 10 % of its target, of the
    `judged` ones, which have both; `energy` and `protein`: mean shares of the targets, None where no day has both.
    """

    days: tuple[DayMark, ...]
    logged: int
    judged: int
    kept: int
    energy: float | None
    protein: float | None
    last: str | None


def adherence(vault: OpenVault, first: Date, last: Date) -> Adherence:
    """One statement for all days of the span; both days inclusive."""
    dates = [date_at(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1)]
    sheets = vault.read([day_address(date) for date in dates])
    found = [packing.open_day(sheet.content) if sheet.content else None for sheet in sheets]
    shares = [_shares(day) for day in found]
    marks = tuple(_mark(date, day, share) for date, day, (share, _) in zip(dates, found, shares, strict=True))
    judged = [share for share, _ in shares if share is not None]
    return Adherence(
        marks, sum(mark.entries > 0 for mark in marks), len(judged), sum(NEAR[0] <= one <= NEAR[1] for one in judged),
        _mean(judged), _mean([protein for _, protein in shares if protein is not None]),
        next((mark.date for mark in reversed(marks) if mark.entries), None),
    )  # fmt: skip


def _mark(date: Date, day: Day | None, share: float | None) -> DayMark:
    if day is None:
        return DayMark(date.isoformat(), 0, None, None, False)
    energy = totals.sum_at(totals.sums(day.entries), ENERGY).amount if day.entries else None
    return DayMark(date.isoformat(), len(day.entries), energy, share, day.complete)


def _shares(day: Day | None) -> tuple[float | None, float | None]:
    """Of energy and of protein."""
    if day is None or not day.entries or day.aims is None:
        return None, None
    found = totals.sums(day.entries)
    return _share(day, found, ENERGY), _share(day, found, PROTEIN)


def _share(day: Day, found: totals.Sums, place: int) -> float | None:
    assert day.aims is not None
    target, amount = packing.value_at(day.aims.minimum, place), totals.sum_at(found, place).amount
    if target != target or target <= 0 or amount is None:
        return None
    return round(amount / target, 3)


def _mean(shares: list[float]) -> float | None:
    return round(sum(shares) / len(shares), 3) if shares else None
