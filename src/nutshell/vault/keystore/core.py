"""What all operations of the key store share: the KMS, the clock, the tombstones and its database."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from nutshell.common import clock, errors
from nutshell.envelope.context import Field, context

from .kms import Kms
from .models import SubjectRow
from .tombstones import Tombstones

DATABASE = "keys"


class Wrapped(NamedTuple):
    """A wrapped value, its purpose and the fields that it is bound to."""

    value: bytes | memoryview
    purpose: str
    fields: tuple[Field, ...]

    @property
    def bound_to(self) -> bytes:
        return context(f"kms/{self.purpose}", *self.fields)


@dataclass(frozen=True)
class Core:
    """`now` gives the present moment in UTC; tests move it."""

    kms: Kms
    tombstones: Tombstones
    now: Callable[[], datetime] = clock.now
    openings: int = 20
    """How many people's server slots a node may open in a minute above its normal (`limits`)."""
    canaries_kept: int = 3
    frozen: set[str] = field(default_factory=set)
    """Names of frozen nodes, as in the database (`limits`)."""
    canaries: set[UUID] = field(default_factory=set, repr=False)
    rotating: Lock = field(default_factory=Lock, repr=False)
    """Held while one part of a rotation is done, so that two operators do not do it twice."""

    def wrap(self, secret: bytes, purpose: str, *fields: Field) -> bytes:
        return self.kms.wrap(secret, context(f"kms/{purpose}", *fields))

    def unwrap(self, wrapped: bytes | memoryview, purpose: str, *fields: Field) -> bytes:
        """Raises NotOpened if the row, or anything it is bound to, was altered."""
        return self.kms.unwrap(bytes(wrapped), context(f"kms/{purpose}", *fields))

    def unwrap_many(self, wrapped: Sequence["Wrapped"]) -> list[bytes]:
        """In order, at once: a KMS that is elsewhere is asked once. Raises as `unwrap`."""
        return self.kms.unwrap_many([(bytes(one.value), one.bound_to) for one in wrapped])


def atomic() -> AbstractContextManager[None]:
    """One transaction of the `keys` database; durable when the block ends."""
    return transaction.atomic(using=DATABASE, durable=True)


def live_subject(subject: UUID) -> SubjectRow:
    """The row. Unknown, erased and being erased read alike: errors.NotFound."""
    row = SubjectRow.objects.filter(subject_id=subject, erasing_since=None).first()
    if row is None:
        raise errors.NotFound
    return row


def lock_live(*subjects: UUID) -> None:
    """Let no erase of theirs begin before the open transaction ends. One that began is errors.NotFound.

    On SQLite a transaction is alone from its start; on PostgreSQL the rows are locked, in one order for all.
    """
    live = SubjectRow.objects.filter(subject_id__in=subjects, erasing_since=None).order_by("subject_id")
    if len(live.select_for_update(no_key=True)) != len(set(subjects)):
        raise errors.NotFound
