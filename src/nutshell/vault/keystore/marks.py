"""What of each owner a restore put back, until they used it (`restores`)."""

from collections.abc import Iterable
from uuid import UUID

from .models import RestoreMark
from .types import Restored


def of(wanted: Iterable[UUID]) -> dict[UUID, Restored]:
    """The marks of these subjects that nobody used yet."""
    rows = RestoreMark.objects.filter(subject_id__in=set(wanted)).select_related("restore")
    return {row.subject_id: _restored(row) for row in rows}


def _restored(row: RestoreMark) -> Restored:
    root, slots = (row.root_version, bytes(row.root_hash)), (row.slots_version, bytes(row.slots_hash))
    return Restored(*root, *slots, row.restore.stands_at, row.restore.began_at)


def forget(subject: UUID) -> None:
    RestoreMark.objects.filter(subject_id=subject).delete()
