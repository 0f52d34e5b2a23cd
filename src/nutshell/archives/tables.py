"""Tables for spreadsheets (RFC 4180, UTF-8): entries with their nutrients, sums of days, targets. Empty is unknown."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nutshell.catalog.nutrients import BY_ID, NUTRIENTS, ORDER, POSITION
from nutshell.common.aims import Aim, Aims
from nutshell.common.tables import as_csv
from nutshell.diary import packing, totals
from nutshell.diary.types import Day, Entry
from nutshell.diary.views import clock_text
from nutshell.targets import queries as targets
from nutshell.targets.types import TargetHistory

Cell = str | float | int | None
_PLACES = [POSITION[one.id] for one in NUTRIENTS]
ENTRY = ("date", "meal", "time", "name", "amount", "unit", "portion", "grams", "food_id", "source", "note", "id")
DAY = ("date", "complete", "entries", "nutrient_id", "nutrient", "unit", "amount", "coverage", "minimum", "maximum")
TARGET = ("from_day", "version", "nutrient_id", "nutrient", "unit", "minimum", "maximum", "origin", "maximum_origin")


def entries(days: Iterable[Day]) -> bytes:
    """One line an entry; a column a nutrient, its unit in the name."""
    names = (*ENTRY, *(f"{one.name} ({one.unit})" for one in NUTRIENTS))
    return as_csv(names, (row for day in days for row in _of_day(day))).encode()


def _of_day(day: Day) -> Iterator[Sequence[Cell]]:
    amounts = packing.rounded(totals.sums(day.entries).parts)[:, _PLACES]
    for entry, row in zip(day.entries, amounts, strict=True):
        yield (*_said(day, entry), *packing.none_for_nan(row))


def _said(day: Day, entry: Entry) -> tuple[Cell, ...]:
    return (
        day.date.isoformat(), entry.meal, clock_text(entry.time), entry.name, entry.amount, entry.unit,
        entry.portion_name, entry.grams, entry.food_id, entry.source, entry.note, str(entry.id),
    )  # fmt: skip


def days(days: Iterable[Day]) -> bytes:
    """One line a day and nutrient, where something is known of it or aimed at."""
    return as_csv(DAY, (row for day in days for row in _sums(day))).encode()


def _sums(day: Day) -> Iterator[Sequence[Cell]]:
    found = totals.sums(day.entries)
    coverage = totals.shares(found.coverage)
    aims = packing.bounds_of(day.aims) if day.aims else packing.Bounds([None] * len(ORDER), [None] * len(ORDER))
    for place, amount in enumerate(packing.none_for_nan(np.asarray(found.amount))):
        low, high = aims.minimum[place], aims.maximum[place]
        if ORDER[place] in BY_ID and (amount, low, high) != (None, None, None):
            head = (day.date.isoformat(), "yes" if day.complete else "no", len(day.entries))
            yield (*head, *_nutrient(ORDER[place]), amount, coverage[place], low, high)


def _nutrient(id_: str) -> tuple[str, str, str]:
    about = BY_ID[id_]
    return id_, about.name, about.unit


def aims(history: TargetHistory) -> bytes:
    """What was aimed at, by the first day that it counted."""
    periods = ((one.from_day.isoformat(), targets.aims_in_force(history, one.from_day)) for one in history.periods)
    return as_csv(TARGET, (row for day, found in periods for row in _aims(day, found))).encode()


def _aims(day: str, found: Aims) -> Iterator[Sequence[Cell]]:
    return ((day, found.version, *_aim(aim)) for aim in found.aims if aim.nutrient in BY_ID)


def _aim(aim: Aim) -> tuple[Cell, ...]:
    return (*_nutrient(aim.nutrient), aim.minimum, aim.maximum, aim.origin, aim.maximum_origin)
