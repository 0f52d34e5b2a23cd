"""Changes: a week's review is made and told, and somebody says that they looked at it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

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

from . import measuring, queries
from .models import WeekRow
from .types import Measure, Review, Span, span_of, week_of

WEEK = timedelta(days=7)
SETTLES = timedelta(hours=1)
"""So long after a week's end its last leaves are in the trail."""
KEPT = timedelta(days=2190)
"""Six years: 45 CFR 164.316(b)(2)(i)."""
LONGEST = 500
WORD = N_("Say in 1 to 500 characters what you found.")
LOOKED = N_("Somebody looked at this week already.")
_TABLE = "activity_week"


def make(measures: Sequence[Measure], officers: Officers, host: str) -> int:
    """For the worker: the review of each whole week since the last one, once. How many were made.

    Without any, of the week that is over. Raises Tampered where the trail was altered.
    """
    over = clock.now() - SETTLES - WEEK
    last = WeekRow.objects.order_by("-week").values_list("week", flat=True).first()
    moment = span_of(last).until if last else over
    made = 0
    while moment <= over:
        made += _made(span_of(week_of(moment)), measures, officers, host)
        moment += WEEK
    return made


def _made(span: Span, measures: Sequence[Measure], officers: Officers, host: str) -> bool:
    """The security officer is told, unless nothing at all was recorded: then there was no installation yet."""
    found, next_leaf = count(span, measures)
    sealed = fields.seal_bytes(_TABLE, "sealed", span.week, msgspec.msgpack.encode(found))
    try:
        with transaction.atomic():
            WeekRow.objects.create(
                week=span.week, made_at=clock.now(), over=len(found.over()), next_leaf=next_leaf, sealed=sealed
            )
    except IntegrityError:
        return False  # another worker's
    if found.totals:
        _tell(found, measures, officers, host)
    return True


def count(span: Span, measures: Sequence[Measure]) -> tuple[Review, int]:
    """A week's review, and the first leaf that a later week's has to read. Reads on from where the week before ended.

    Leaves of two processes may stand a little out of order, so the next week begins a margin earlier. Raises Tampered.
    """
    before = WeekRow.objects.filter(week__lt=span.week).order_by("-week").values_list("next_leaf", flat=True).first()
    next_leaf, late = before or 0, span.until - SETTLES

    def bodies() -> Iterator[Body]:
        nonlocal next_leaf
        for number, body in trail.numbered(next_leaf):
            if body.moment() < late:
                next_leaf = number
            yield body

    found = measuring.review(span, bodies(), measures)
    return found, next_leaf


def _tell(found: Review, measures: Sequence[Measure], officers: Officers, host: str) -> None:
    over = len(found.over())
    subject = f"Activity of {found.week} at {host}: {over or 'nothing'} over what is usual"
    text = "\n".join(queries.said(found, measures))
    for person in officers.security or officers.dpo:
        outbox.send(person.email, subject, text, None)


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
