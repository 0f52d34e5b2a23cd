"""Erase: durable intent, freeze, shred, forget. Every step may be repeated; a crash between two is finished later."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from nutshell.common import errors

from . import leaves, storage
from .core import Core, atomic
from .models import OwnLeaf, Secret, SubjectRow
from .subjects import checked, obey_once
from .types import Erasing


def begin(core: Core, subject: UUID, packed: bytes) -> None:
    """Write the intent at the subject's signed wish. From now on nothing of them is answered."""
    with atomic():
        row = _row(subject)
        if row.erasing_since is None:
            obey_once(core, checked(row, "erase", packed, subject.bytes))
            _freeze(core, row)


def begin_as_operator(core: Core, subject: UUID) -> None:
    with atomic():
        row = _row(subject)
        if row.erasing_since is None:
            _freeze(core, row)


def shred(core: Core, subject: UUID) -> None:
    """Destroy the erasure secret and all secrets of a subject whose erase began, and write the tombstone."""
    if core.tombstones.has_subject(subject) and not SubjectRow.objects.filter(subject_id=subject).exists():
        return
    if _row(subject).erasing_since is None:
        raise errors.Forbidden
    # The tombstone first: a crash after it is finished by the replay at the next start.
    core.tombstones.add_subject(subject, core.now())
    _shred(subject)
    storage.scrub()


def finish(core: Core, subject: UUID) -> None:
    """Shred if that was not done yet, then forget the row: the last step, after all other databases."""
    shred(core, subject)
    SubjectRow.objects.filter(subject_id=subject).delete()
    storage.scrub()


def erasing() -> list[Erasing]:
    """Every erase that began and has not finished, oldest first."""
    rows = SubjectRow.objects.exclude(erasing_since=None).order_by("erasing_since")
    return [
        Erasing(row.subject_id, row.erasing_since, not bytes(row.erasure_secret)) for row in rows if row.erasing_since
    ]


def erased(core: Core, subjects: Sequence[UUID]) -> list[UUID]:
    """Those of the given subjects that have a tombstone."""
    return [subject for subject in subjects if core.tombstones.has_subject(subject)]


def replay(core: Core) -> int:
    """Destroy again whatever has a tombstone: the database may be a restored, older one. How many rows went.

    Subjects keep an empty row that lists them as erasing, so that the other databases are cleaned too.
    """
    found = [subject for subject in _subjects() if core.tombstones.has_subject(subject)]
    for subject in found:
        SubjectRow.objects.filter(subject_id=subject, erasing_since=None).update(erasing_since=core.now())
        _shred(subject)
    ids = [bytes(id_) for id_ in Secret.objects.values_list("secret_id", flat=True)]
    gone = [id_ for id_ in ids if core.tombstones.has_secret(id_)]
    for secret_id in gone:
        Secret.objects.filter(secret_id=secret_id).delete()
    if found or gone:
        storage.scrub()
    return len(found) + len(gone)


def _subjects() -> set[UUID]:
    """All that any table still names, were its subject row lost or not."""
    rows = set(SubjectRow.objects.values_list("subject_id", flat=True))
    secrets = set(Secret.objects.values_list("subject_id", flat=True).distinct())
    own = OwnLeaf.objects.exclude(subject_id=None).values_list("subject_id", flat=True).distinct()
    return rows | secrets | {subject for subject in own if subject}


def _row(subject: UUID) -> SubjectRow:
    row = SubjectRow.objects.filter(subject_id=subject).first()
    if row is None:
        raise errors.NotFound
    return row


def _freeze(core: Core, row: SubjectRow) -> None:
    row.erasing_since = core.now()
    row.save(update_fields=["erasing_since"])


def _shred(subject: UUID) -> None:
    with atomic():
        # What others granted the subject goes too: nobody is left who could open it.
        Secret.objects.filter(Q(subject_id=subject) | Q(grantee_id=subject)).delete()
        SubjectRow.objects.filter(subject_id=subject).update(
            erasure_secret=b"", public=b"", root_hash=b"", slots_hash=b""
        )
        leaves.forget(subject)
