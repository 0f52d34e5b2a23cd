"""Where the diary's records lie in a vault."""

from datetime import date, timedelta

from nutshell.common.clock import Day as Date
from nutshell.common.clock import month_of
from nutshell.vault.types import Address

INDEX = Address("index", "", "index")
WEEK = 7


def date_at(ordinal: int) -> Date:
    return Date(date.fromordinal(ordinal))


def day_address(day: Date) -> Address:
    return Address("diary", month_of(day), day.isoformat())


def note_address(day: Date) -> Address:
    return Address("notes", month_of(day), day.isoformat())


def food_address(food_id: str) -> Address:
    """Of an own food's id `mine:<uuid>`."""
    return Address("foods", "", food_id.removeprefix("mine:"))


def last_days(day: Date, count: int = WEEK) -> list[Date]:
    """The `count` days that end with `day`, oldest first; none before the calendar begins."""
    return [Date(day - timedelta(days=back)) for back in range(count - 1, -1, -1)]


def this_and_last_month(today: Date) -> list[Date]:
    """Every day from the first of last month to tomorrow, which may have begun elsewhere."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return [date_at(ordinal) for ordinal in range(first.toordinal(), today.toordinal() + 2)]


def months_between(first: Date, last: Date) -> list[str]:
    """`YYYY-MM` of every month that the span touches."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]
