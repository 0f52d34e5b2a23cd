"""Changes: a week's review is made and told, and somebody says that they looked at it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import IntegrityError, transaction

from nutshell.accounts import outbox
from nutshell.audit import actions as audit
from nutshell.audit import queries as trail
from nutshell.audit.types import Body
from nutshell.common import clock, errors
from nutshell.common.officers import Officers
from nutshell.common.texts import N_
from nutshell.vault import fields

from . import measuring
from .models import WeekRow
from .types import Measure, Review, Span, span_of, week_of

SETTLES = timedelta(hours=1)
"""So long after a week's end its last leaves are in the trail."""
KEPT = timedelta(days=2190)
"""Six years: 45 CFR 164.316(b)(2)(i)."""
LONGEST = 500
WORD = N_("Say in 1 to 500 characters what you found.")
LOOKED = N_("Somebody looked at this week already.")
_TABLE = "activity_week"


def make(measures: Sequence[Measure], officers: Officers, host: str) -> int:
    """For the worker: the review of the last whole week, once. The security officer is told, unless nothing at all was
    recorded: then there was no installation yet. How many were made."""
    span = span_of(week_of(clock.now() - SETTLES - timedelta(days=7)))
    if WeekRow.objects.filter(week=span.week).exists():
        return 0
    found, next_leaf = count(span, measures)
    sealed = fields.seal_bytes(_TABLE, "sealed", span.week, msgspec.msgpack.encode(found))
    try:
        with transaction.atomic():
            WeekRow.objects.create(
                week=span.week, made_at=clock.now(), over=len(found.over()), next_leaf=next_leaf, sealed=sealed
            )
    except IntegrityError:
        return 0  # another worker's
    if found.totals:
        _tell(found, measures, officers, host)
    return 1


def count(span: Span, measures: Sequence[Measure]) -> tuple[Review, int]:
    """A week's review, and the first leaf that a later week's has to read. Reads on from where the week before ended.

    Raises Tampered where the trail was altered.
    """
    before = WeekRow.objects.filter(week__lt=span.week).order_by("-week").first()
    reading = _Reading(span.until - SETTLES, before.next_leaf if before else 0)
    found = measuring.review(span, reading.bodies(), measures)
    return found, reading.next_leaf


class _Reading:
    """Leaves of two processes may stand a little out of order, so the next week begins a margin earlier."""

    def __init__(self, late: datetime, first: int) -> None:
        self._late, self.next_leaf = late, first

    def bodies(self) -> Iterator[Body]:
        for number, body in trail.numbered(self.next_leaf):
            if body.moment() < self._late:
                self.next_leaf = number
            yield body


def _tell(found: Review, measures: Sequence[Measure], officers: Officers, host: str) -> None:
    over = len(found.over())
    subject = f"Activity of {found.week} at {host}: {over or 'nothing'} over what is usual"
    for person in officers.security or officers.dpo:
        outbox.send(person.email, subject, "\n".join(said(found, measures, unlooked(found.week))), None)


def unlooked(before: str) -> list[str]:
    """Weeks before this one that nobody has looked at."""
    rows = WeekRow.objects.filter(week__lt=before, looked_at=None).order_by("week")
    return list(rows.values_list("week", flat=True))


def said(found: Review, measures: Sequence[Measure], waiting: Sequence[str]) -> list[str]:
    """In lines, for mail and terminal. Nobody is named: people are pseudonyms."""
    what = {measure.id: measure.what for measure in measures}
    lines = [
        f"{'OVER ' if one.over else '     '}{one.count:>8} of {one.most} usual: {what.get(one.measure, one.measure)}"
        + (f" ({one.who})" if one.who else "")
        for one in sorted(found.lines, key=lambda one: not one.over)
    ]
    totals = [f"     {number:>8} {kind}" for kind, number in found.totals.items()]
    late = [f"Nobody has looked at {', '.join(waiting)} yet."] if waiting else []
    return [f"Week {found.week}, by the audit trail.", "", *lines, "", "All that was recorded:", *totals, "", *late]


def look(week: str, word: str, by: str) -> None:
    """Somebody looked at a week and says what they found. One leaf. Raises NotFound, Conflict, InvalidInput."""
    stripped = word.strip()
    if not 1 <= len(stripped) <= LONGEST or "\0" in stripped:
        raise errors.InvalidInput({"word": WORD})
    row = WeekRow.objects.filter(week=week).first()
    if row is None:
        raise errors.NotFound
    sealed = fields.seal_text(_TABLE, "word", week, stripped)
    with transaction.atomic():
        if not WeekRow.objects.filter(week=week, looked_at=None).update(
            looked_at=clock.now(), looked_by=by, word=sealed
        ):
            raise errors.Conflict(LOOKED)
        audit.record("operator-act", None, by, reason="activity-reviewed", references=(week.encode(),))


def sweep() -> int:
    """Remove reviews whose time is over. How many."""
    return WeekRow.objects.filter(made_at__lte=clock.now() - KEPT).delete()[0]
