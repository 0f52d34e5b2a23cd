"""Reads: the weeks, and one week opened."""

from typing import NamedTuple

import msgspec

from nutshell.accounts import queries as accounts
from nutshell.common import errors
from nutshell.vault import fields

from .models import WeekRow
from .types import Review

SHOWN = 60


class Week(NamedTuple):
    """A row of the list."""

    week: str
    over: int
    looked: bool


class Opened(NamedTuple):
    """One week: its review, and who looked at it with what word; "" where nobody did."""

    review: Review
    by: str
    word: str


def weeks() -> list[Week]:
    """The last ones, the newest first."""
    rows = WeekRow.objects.order_by("-week").values_list("week", "over", "looked_at")[:SHOWN]
    return [Week(week, over, looked is not None) for week, over, looked in rows]


def week(name: str) -> Opened:
    """Raises NotFound, Tampered."""
    row = WeekRow.objects.filter(week=name).first()
    if row is None:
        raise errors.NotFound
    packed = fields.open_bytes("activity_week", "sealed", row.week, bytes(row.sealed))
    word = fields.open_text("activity_week", "word", row.week, bytes(row.word)) if row.word else ""
    return Opened(msgspec.msgpack.decode(packed, type=Review), row.looked_by, word)


def consents() -> list[tuple[str, str, int, int]]:
    """Document, version, how many gave it and it is in force, how many withdrew it. Nobody is named."""
    return accounts.consent_counts()
