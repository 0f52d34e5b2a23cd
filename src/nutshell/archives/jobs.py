"""An archive as a job: made beside the request that asked for it, sealed in parts, fetched once, gone after a day.

It is made in the process that has the owner's session open, so no key of theirs goes anywhere else. What opens the
result is handed to their session, which lies sealed under their cookie: nobody else, and no other device, opens it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from uuid import UUID

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


def start(actor: Actor, today: Day) -> bytes:
    """Begin, in place of whatever waits. The key that opens the result: for the owner's session, and nowhere else.

    Raises Forbidden for a token, ConsentRequired, Sealed.
    """
    subject, _ = owner_of(actor)
    key, job, now = parcels.new_key(), new_id(), clock.now()
    with transaction.atomic():
        ArchivePart.objects.filter(subject_id=subject).delete()
        begun = {"job_id": job, "state": "making", "done": 0, "size": 0, "made_at": now, "beat_at": now}
        ArchiveJob.objects.update_or_create(subject_id=subject, defaults=begun)
    making = _Making(actor, subject, job, key, translation.get_language())
    _beside(lambda: making.make(today))
    return key


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

    def __init__(self, actor: Actor, subject: UUID, job: UUID, key: bytes, language: str | None) -> None:
        self._actor, self._subject, self._job, self._key, self._language = actor, subject, job, key, language
        self._row = ArchiveJob.objects.filter(subject_id=subject, job_id=job)

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
        for number, first in enumerate(range(0, len(made), PART)):
            sealed = parcels.seal(self._key, self._subject, self._job, number, made[first : first + PART])
            ArchivePart.objects.create(subject_id=self._subject, job_id=self._job, number=number, sealed=sealed)
        if not self._row.update(state="ready", done=100, size=len(made), beat_at=clock.now()):
            ArchivePart.objects.filter(job_id=self._job).delete()  # another order took its place


def state(actor: Actor, key: bytes | None) -> Job | None:
    """What waits for this person, None where nothing does; "elsewhere" where another device's session opens it."""
    row = ArchiveJob.objects.filter(subject_id=actor.subject, made_at__gt=clock.now() - KEPT).first()
    if row is None:
        return None
    return Job(_word(row, key), row.done, row.size, row.made_at, row.made_at + KEPT)


def _word(row: ArchiveJob, key: bytes | None) -> str:
    if row.state == "making" and clock.now() - row.beat_at > STANDS:
        return "failed"
    return "elsewhere" if row.state == "ready" and (key is None or not _opens(row, key)) else row.state


def _opens(row: ArchiveJob, key: bytes) -> bool:
    part = ArchivePart.objects.filter(job_id=row.job_id, number=0).first()
    try:
        return part is not None and bool(_opened(part, key))
    except errors.Tampered:
        return False


def _opened(part: ArchivePart, key: bytes) -> bytes:
    return parcels.open_(key, part.subject_id, part.job_id, part.number, bytes(part.sealed))


def fetch(actor: Actor, key: bytes | None) -> Iterator[bytes]:
    """The file, part by part. With its last byte it is gone; one that broke off can be fetched again.

    Raises NotFound where nothing waits, Conflict where it is not ready or opens elsewhere.
    """
    found = state(actor, key)
    if found is None:
        raise errors.NotFound
    if found.state != "ready" or key is None or actor.subject is None:
        raise errors.Conflict(ELSEWHERE if found.state == "elsewhere" else NOT_READY)
    return _parts(actor.subject, key)


def _parts(subject: UUID, key: bytes) -> Iterator[bytes]:
    numbers = ArchivePart.objects.filter(subject_id=subject).order_by("number").values_list("pk", flat=True)
    for number in list(numbers):
        yield _opened(ArchivePart.objects.get(pk=number), key)
    forget(subject)


def drop(actor: Actor) -> None:
    """Throw away what waits, or what is being made. May be repeated."""
    if actor.subject is not None:
        forget(actor.subject)


def forget(subject: UUID) -> None:
    with transaction.atomic():
        ArchiveJob.objects.filter(subject_id=subject).delete()
        ArchivePart.objects.filter(subject_id=subject).delete()


def sweep() -> int:
    """Remove what nobody fetched within a day. How many."""
    old = ArchiveJob.objects.filter(made_at__lte=clock.now() - KEPT)
    subjects = list(old.values_list("subject_id", flat=True))
    for subject in subjects:
        forget(subject)
    return len(subjects)
