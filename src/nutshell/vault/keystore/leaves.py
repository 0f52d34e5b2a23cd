"""The key store's own audit leaves: committed before the answer that they stand for."""

from uuid import UUID

from django.db import DatabaseError

from nutshell.audit import types as audit
from nutshell.common import errors

from .core import Core
from .models import OwnLeaf


def append(core: Core, kind: str, role: str, subject: UUID | None, reason: str, reference: bytes) -> None:
    """Add one leaf to the open transaction. Raises errors.Unavailable if it cannot be written."""
    body = audit.Body(
        audit.FORMAT, kind, subject, role, audit.microseconds(core.now()), reason=reason, references=(reference,)
    )
    leaf = audit.leaf(body)
    try:
        OwnLeaf.objects.create(subject_id=subject, body=leaf.body, salt=leaf.salt, leaf_hash=leaf.hash)
    except DatabaseError:
        raise errors.Unavailable from None


def own_leaves(after: int, limit: int) -> list[audit.OwnLeaf]:
    """Leaves in the order of their sequence, from the one after `after`."""
    rows = OwnLeaf.objects.filter(sequence__gt=after).order_by("sequence")[:limit]
    return [
        audit.OwnLeaf(row.sequence, row.subject_id, _some(row.body), _some(row.salt), bytes(row.leaf_hash))
        for row in rows
    ]


def forget(subject: UUID) -> None:
    """Drop what the leaves say about an erased subject. Their hashes stay."""
    OwnLeaf.objects.filter(subject_id=subject).update(subject_id=None, body=None, salt=None)


def _some(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
