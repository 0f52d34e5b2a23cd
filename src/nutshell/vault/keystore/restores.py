"""Restore marks: an operator's word that databases were put back, and what of each owner stands there since.

Copies of several databases are of several moments, so an owner may find an older root than the key store names. The
mark names the one that was put back: it is accepted in the place of the other until the owner seals the next, and no
third one is. Who asks is known by the certificate: what a node says about a restore is refused (`requests.ROLES`).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nutshell.common import errors

from . import leaves, subjects, trail
from .core import Core, atomic
from .models import Epoch, Restore, RestoreMark, SubjectRow
from .types import Pin, Standing


def begin(core: Core, restore: bytes, to: datetime, size: int, peaks: bytes) -> None:
    """Take marks of this restore from now on, and end what those before it left. Nobody stays signed in.

    The trail goes on from the tree that was put back, where that is the shorter one. Conflict for a restore that was
    told of before.
    """
    with atomic():
        defaults = {"began_at": core.now(), "stands_at": to}
        _, new = Restore.objects.get_or_create(restore_id=restore, defaults=defaults)
        if not new:
            raise errors.Conflict
        RestoreMark.objects.all().delete()
        Restore.objects.exclude(restore_id=restore).update(is_open=False)
        Epoch.objects.all().delete()
        trail.cut(size, peaks)
        leaves.append(core, "restored", "operator", None, "operator", restore)


def mark(restore: bytes, marks: Sequence[tuple[UUID, Standing]]) -> int:
    """Take these; how many of them are of subjects that have no keys here. Conflict for a restore that has ended."""
    with atomic():
        row = _taken(restore)
        wanted = [subject for subject, _ in marks]
        live = SubjectRow.objects.filter(subject_id__in=wanted, erasing_since=None).values_list("subject_id", flat=True)
        known = set(live)
        RestoreMark.objects.bulk_create(
            RestoreMark(
                subject_id=subject, restore=row, root_version=one.root_version, root_hash=one.root_hash,
                slots_version=one.slots_version, slots_hash=one.slots_hash,
            )
            for subject, one in marks if subject in known
        )  # fmt: skip
    return len(marks) - len(known)


def end(restore: bytes) -> None:
    """No more marks of it. Conflict where it has ended."""
    with atomic():
        row = _taken(restore)
        row.is_open = False
        row.save(update_fields=["is_open"])


def _taken(restore: bytes) -> Restore:
    row = Restore.objects.filter(restore_id=restore, is_open=True).first()
    if row is None:
        raise errors.Conflict
    return row


def set_pin(core: Core, role: str, what: str, subject: UUID, packed: bytes, expected: int, pin: Pin) -> None:
    """As `subjects.set_pin`: the owner's next root uses the mark up, and their ledger says so."""
    with atomic():
        subjects.set_pin(what, subject, packed, expected, pin)
        if what == "root":
            _use_up(core, role, subject)


def _use_up(core: Core, role: str, subject: UUID) -> None:
    found = RestoreMark.objects.filter(subject_id=subject).select_related("restore").first()
    if found is not None:
        found.delete()
        leaves.append(core, "restored", role, subject, "", bytes(found.restore.restore_id))
