"""The diary for reading: month by month, day by day."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from nutshell.common.clock import month_of
from nutshell.diary import totals
from nutshell.diary.index import energy_of
from nutshell.diary.types import Day
from nutshell.diary.views import clock_text


class Line(NamedTuple):
    """An entry; `kcal` None where it is not known."""

    meal: str
    time: str
    name: str
    amount: str
    kcal: float | None
    note: str


class Shown(NamedTuple):
    """A day: the kcal that are known (None: of nothing), and whether that is less than all."""

    day: Day
    lines: list[Line]
    kcal: float | None
    is_part: bool


class Month(NamedTuple):
    name: str
    days: list[Shown]


def of(days: Iterable[Day]) -> list[Month]:
    """The newest month first; days without entries are left out."""
    eaten = [day for day in days if day.entries]
    months = groupby(eaten, key=lambda day: month_of(day.date))
    return [Month(name, [_shown(day) for day in some]) for name, some in months][::-1]


def _shown(day: Day) -> Shown:
    energy = totals.sum_at(totals.sums(day.entries), totals.ENERGY)
    lines = [
        Line(
            one.meal, clock_text(one.time) or "", one.name,
            f"{one.amount:g} {one.portion_name or one.unit}" if one.source != "quick" else "", energy_of(one), one.note,
        )
        for one in day.entries
    ]  # fmt: skip
    return Shown(day, lines, energy.amount, any(line.kcal is None for line in lines))
