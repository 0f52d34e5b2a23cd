"""Days and instants. A day is a date; an instant is a moment; they never mix.

`now()` is the only source of the present, so that tests and drills can move it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

Day = NewType("Day", date)
"""A calendar date in a diary. Never a midnight of some zone."""

FIRST_DAY = Day(date(1900, 1, 1))
LAST_DAY = Day(date(2199, 12, 31))


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return _source()


@contextmanager
def moved_to(moment: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Let `now()` answer `moment` (fixed, or a function) inside the block. For tests and drills."""
    global _source
    before = _source
    _source = moment if callable(moment) else (lambda: moment)
    try:
        yield
    finally:
        _source = before


def utc_day(moment: datetime | None = None) -> Day:
    """The UTC calendar day of a moment: the day of an epoch secret."""
    return Day((moment or now()).astimezone(UTC).date())


def day_of(moment: datetime, zone: str, day_start: time = time(0, 0)) -> Day:
    """The diary day that a moment belongs to in an IANA zone, when days start at `day_start`."""
    local = moment.astimezone(ZoneInfo(zone))
    shifted = local - timedelta(hours=day_start.hour, minutes=day_start.minute)
    return Day(shifted.date())


def parse_day(text: str) -> Day:
    """`YYYY-MM-DD` between 1900 and 2199. Raises ValueError otherwise."""
    if len(text) != 10 or not text.isascii():
        raise ValueError("not a date of the form YYYY-MM-DD")
    day = Day(date.fromisoformat(text))
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("outside 1900 to 2199")
    return day


def month_of(day: Day) -> str:
    """`YYYY-MM`: the name of the calendar month whose shelf holds the day."""
    return f"{day.year:04d}-{day.month:02d}"
