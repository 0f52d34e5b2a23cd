"""An archive as a job: made beside the request that asked for it, sealed in parts, fetched once, gone after a day.

It is made in the process that has the owner's session open, so no key of theirs goes anywhere else. What opens the
result is handed to their session, which lies sealed under their cookie: nobody else, and no other device, opens it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from threading import Thread
from typing import NamedTuple
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db import connections, transaction
from django.utils import translation

from nutshell.accounts.policy import owner_of
from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.common.ids import new_id
from nutshell.common.texts import N_
from nutshell.vault import parcels

from . import queries
from .models import ArchiveJob, ArchivePart
from .types import Job

log = logging.getLogger(__name__)
KEPT = timedelta(days=1)
STANDS = timedelta(seconds=60)
"""No step of a long diary takes so long: where nothing moved meanwhile, the process is gone."""
PART = 1_000_000
"""Bytes of the file in one part."""
ELSEWHERE = N_("This file was ordered on another device, and opens only there. Order one here.")
NOT_READY = N_("The file is not ready. Look again in a moment.")
Work = Callable[[], None]
_TICKET = "archive"
"""Where a session holds what opens its owner's archive: the order's id and the key, in hex."""


class _Ticket(NamedTuple):
    job: UUID
    key: bytes


def _ticket(session: SessionBase) -> _Ticket | None:
    text = session.get(_TICKET, "")
    return _Ticket(UUID(text[:32]), bytes.fromhex(text[32:])) if text else None


def start(session: SessionBase, actor: Actor, today: Day) -> None:
    """Begin, in place of whatever waits. What opens the result lies in this session, which the caller saves.

    Raises Forbidden for a token, ConsentRequired, Sealed.
    """
    subject, _ = owner_of(actor)
    ticket, now = _Ticket(new_id(), parcels.new_key()), clock.now()
    with transaction.atomic():
        ArchivePart.objects.filter(subject_id=subject).delete()
        begun = {"job_id": ticket.job, "state": "making", "done": 0, "size": 0, "made_at": now, "beat_at": now}
        ArchiveJob.objects.update_or_create(subject_id=subject, defaults=begun)
    session[_TICKET] = f"{ticket.job.hex}{ticket.key.hex()}"
    making = _Making(actor, subject, ticket, translation.get_language())
    _beside(lambda: making.make(today))


def _beside(work: Work) -> None:
    """In a thread of this process, with connections of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    Thread(target=run, daemon=True, name="archive").start()


class _Making:
    """One archive on its way. Whatever goes wrong is said by its state, and another order takes its place."""

    def __init__(self, actor: Actor, subject: UUID, ticket: _Ticket, language: str | None) -> None:
        self._actor, self._subject, self._ticket, self._language = actor, subject, ticket, language
        self._row = ArchiveJob.objects.filter(subject_id=subject, job_id=ticket.job)

    def make(self, today: Day) -> None:
        try:
            with translation.override(self._language):
                made = queries.export(self._actor, today, self._beat)
            self._keep(made)
        except Exception as failure:
            log.exception("an archive could not be made: %s", type(failure).__name__)
            self._row.update(state="failed")

    def _beat(self, done: int) -> None:
        self._row.update(done=done, beat_at=clock.now())

    def _keep(self, made: bytes) -> None:
        """All parts or none, and none where the order was taken back, replaced or erased with its owner meanwhile."""
        parts = [self._sealed(number, made[first : first + PART]) for number, first in
                 enumerate(range(0, len(made), PART))]  # fmt: skip
        with transaction.atomic():
            if self._row.update(state="ready", done=100, size=len(made), beat_at=clock.now()):
                ArchivePart.objects.bulk_create(parts)

    def _sealed(self, number: int, content: bytes) -> ArchivePart:
        sealed = parcels.seal(self._ticket.key, self._subject, self._ticket.job, number, content)
        return ArchivePart(subject_id=self._subject, job_id=self._ticket.job, number=number, sealed=sealed)


def state(session: SessionBase, actor: Actor) -> Job | None:
    """What waits for this person, None where nothing does; "elsewhere" where another device's session opens it."""
    row = ArchiveJob.objects.filter(subject_id=actor.subject, made_at__gt=clock.now() - KEPT).first()
    if row is None:
        return None
    return Job(_word(row, _ticket(session)), row.done, row.size, row.made_at, row.made_at + KEPT)


def _word(row: ArchiveJob, ticket: _Ticket | None) -> str:
    if row.state == "making" and clock.now() - row.beat_at > STANDS:
        return "failed"
    mine = ticket is not None and ticket.job == row.job_id
    return "elsewhere" if row.state == "ready" and not mine else row.state


def fetch(session: SessionBase, actor: Actor) -> Iterator[bytes]:
    """The file, part by part. With its last byte it is gone; one that broke off can be fetched again.

    Raises NotFound where nothing waits, Conflict where it is not ready or opens elsewhere, Tampered.
    """
    found, ticket = state(session, actor), _ticket(session)
    if found is None:
        raise errors.NotFound
    if found.state != "ready" or ticket is None:
        raise errors.Conflict(ELSEWHERE if found.state == "elsewhere" else NOT_READY)
    parts = ArchivePart.objects.filter(job_id=ticket.job).order_by("number").values_list("pk", flat=True)
    first, *others = list(parts)
    return _parts(ticket, _opened(first, ticket), others)  # what does not open is told before a byte goes out


def _parts(ticket: _Ticket, first: bytes, others: Sequence[int]) -> Iterator[bytes]:
    yield first
    for one in others:
        yield _opened(one, ticket)
    _forget([ticket.job])


def _opened(number: int, ticket: _Ticket) -> bytes:
    part = ArchivePart.objects.get(pk=number)
    return parcels.open_(ticket.key, part.subject_id, ticket.job, part.number, bytes(part.sealed))


def drop(actor: Actor) -> None:
    """Throw away what waits, or what is being made. May be repeated."""
    _forget(ArchiveJob.objects.filter(subject_id=actor.subject).values_list("job_id", flat=True))


def _forget(orders: Iterable[UUID]) -> int:
    """These orders and their parts, and no later one of the same person. How many."""
    gone = list(orders)
    with transaction.atomic():
        ArchivePart.objects.filter(job_id__in=gone).delete()
        return ArchiveJob.objects.filter(job_id__in=gone).delete()[0]


def sweep() -> int:
    """Remove what nobody fetched within a day. How many."""
    return _forget(ArchiveJob.objects.filter(made_at__lte=clock.now() - KEPT).values_list("job_id", flat=True))
