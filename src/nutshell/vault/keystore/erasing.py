"""Erase: durable intent, freeze, shred, forget. Every step may be repeated; a crash between two is finished later."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from django.db.models import Q

from nutshell.common import errors
from nutshell.envelope import erased as envelope

from . import installation_keys, leaves, limits, marks, storage
from .core import Core, atomic
from .models import FinishedErase, Opening, OwnLeaf, Secret, SubjectRow
from .subjects import checked, obey_once
from .types import BACKUPS_KEPT, Erasing


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


def finish(core: Core, subject: UUID, rows: Mapping[str, int]) -> None:
    """Shred if that was not done yet, then forget the row: the last step, after all other databases.

    `rows` counts by table what went there, for the receipt; said once more, it changes nothing.
    """
    shred(core, subject)
    with atomic():
        if SubjectRow.objects.filter(subject_id=subject).delete()[0]:
            FinishedErase.objects.update_or_create(
                tombstone=envelope.tombstone(subject),
                defaults={"finished_at": core.now(), "rows": msgspec.msgpack.encode(rows)},
            )
    storage.scrub()


def receipt(core: Core, subject: UUID) -> bytes:
    """The packed, signed receipt of an erase that has finished, always the same one. NotFound for any other subject.

    Every word of it is the key store's own, but for the counts, which are those that `finish` was told.
    """
    tombstone = envelope.tombstone(subject)
    row = FinishedErase.objects.filter(tombstone=tombstone).first()
    if row is None or not core.tombstones.has_subject(subject):
        raise errors.NotFound
    finished, final = (int(moment.timestamp()) for moment in (row.finished_at, row.finished_at + BACKUPS_KEPT))
    counts = msgspec.msgpack.decode(row.rows, type=dict[str, int])
    payload = envelope.pack_receipt(envelope.Receipt(envelope.FORMAT, tombstone, finished, final, counts))
    return envelope.pack_signed(payload, *installation_keys.sign(core, "receipt", payload))


def sweep(core: Core) -> int:
    """Forget of finished erases what their receipts were made of, once they are final. How many."""
    return FinishedErase.objects.filter(finished_at__lte=core.now() - BACKUPS_KEPT).delete()[0]


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
    opened = set(Opening.objects.values_list("subject_id", flat=True))
    return rows | secrets | opened | {subject for subject in own if subject}


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
        limits.forget(subject)
        marks.forget(subject)
