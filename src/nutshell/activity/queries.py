"""Reads: the weeks, and one week opened."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from nutshell.common import errors
from nutshell.vault import fields

from .models import WeekRow
from .types import Measure, Review

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


def said(found: Review, measures: Sequence[Measure]) -> list[str]:
    """In lines, for mail and terminal. Nobody is named: people are pseudonyms."""
    what = {measure.id: measure.what for measure in measures}
    lines = [
        f"{'OVER ' if one.over else '     '}{one.count:>8} of {one.most} usual: {what.get(one.measure, one.measure)}"
        + (f" ({one.who})" if one.who else "")
        for one in sorted(found.lines, key=lambda one: not one.over)
    ]
    totals = [f"     {number:>8} {kind}" for kind, number in found.totals.items()]
    waiting = _unlooked(found.week)
    late = [f"Nobody has looked at {', '.join(waiting)} yet."] if waiting else []
    return [f"Week {found.week}, by the audit trail.", "", *lines, "", "All that was recorded:", *totals, "", *late]


def _unlooked(before: str) -> list[str]:
    """Weeks before this one that nobody has looked at."""
    rows = WeekRow.objects.filter(week__lt=before, looked_at=None).order_by("week")
    return list(rows.values_list("week", flat=True))
