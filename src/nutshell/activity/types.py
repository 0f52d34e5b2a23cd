"""What is counted in a week, and what was found. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec

from nutshell.common import errors


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One thing that is counted, for each of `per` ("actor", "subject" or "all"): leaves of these kinds, or, with
    `different`, how many different people they are about. `most` in a week is usual; `of` has other numbers for some.
    """

    id: str
    what: str
    kinds: tuple[str, ...]
    per: str
    most: int
    different: bool = False
    others_only: bool = False
    of: Mapping[str, int] = {}


class Line(msgspec.Struct, frozen=True):
    """What one measure found of one: a pseudonym, a node or an operator; "" for all together."""

    measure: str
    who: str
    count: int
    most: int

    @property
    def over(self) -> bool:
        return self.count > self.most


class Review(msgspec.Struct, frozen=True):
    """A week: how many leaves of each kind there were, and for each measure those that were over and the highest."""

    week: str
    totals: dict[str, int]
    lines: list[Line]

    def over(self) -> list[Line]:
        return [line for line in self.lines if line.over]


class Span(NamedTuple):
    """From Monday 00:00 UTC up to the next."""

    week: str
    since: datetime
    until: datetime


def span_of(week: str) -> Span:
    """Of `YYYY-Www`, a week of ISO 8601. Raises InvalidInput."""
    year, _, number = week.partition("-W")
    try:
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise errors.InvalidInput({"week": "Give a week as YEAR-Wnn: 2026-W48."}) from None
    since = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    return Span(week_of(since), since, since + timedelta(days=7))


def week_of(moment: datetime) -> str:
    year, number, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{number:02}"
