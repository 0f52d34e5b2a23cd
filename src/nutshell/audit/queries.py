"""The owner's ledger: what was recorded about a subject, newest first."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from nutshell.common import errors
from nutshell.envelope import kdf, sealing
from nutshell.envelope.errors import EnvelopeError

from .models import AuditLeaf, TreeHead
from .types import Body, LedgerEntry, LedgerPage, TreeState, details_context, leaf_hash, unpack

CHUNK = 1_000
"""Leaves that are held at once while a ledger is searched."""


def search(
    subject: UUID, privates: Sequence[bytes], wanted: Callable[[Body], bool], before: int = 0, limit: int = 0
) -> LedgerPage:
    """Entries that are `wanted`, the last written first: at most `limit` (0: all), from before that place on.

    Bodies are not sorted by what they say, so that tables tell nothing of it: a search reads them one by one.
    Raises errors.Tampered if one does not match its hash.
    """
    found: list[LedgerEntry] = []
    last = 0
    for place, body in _bodies(subject, before):
        if not wanted(body):
            continue
        if limit and len(found) == limit:
            return LedgerPage(found, last)
        found.append(_entry(subject, body, privates))
        last = place
    return LedgerPage(found, 0)


def tree() -> TreeState:
    """How far the tree goes that these rows make up."""
    head = TreeHead.objects.filter(pk=1).first() or TreeHead()
    return TreeState(head.size, bytes(head.peaks))


def taken_over() -> int:
    """The last leaf of the key store's own that stands in these rows."""
    head = TreeHead.objects.filter(pk=1).first()
    return head.own_sequence if head else 0


def bodies(kinds: Collection[str]) -> Iterator[Body]:
    """All that is recorded of these kinds, whoever it is about, in the order of writing.

    What kind a leaf is stands in its body alone, so this reads every one. Raises errors.Tampered as `search`.
    """
    return (body for _number, body in numbered(0) if body.kind in kinds)


def numbered(first: int) -> Iterator[tuple[int, Body]]:
    """(number, body) of all that is recorded from this number on, in the order of writing. Raises as `bodies`."""
    for row in AuditLeaf.objects.exclude(body=None).filter(id__gte=first).order_by("id").iterator(CHUNK):
        yield row.pk, _body(row)


def last_acts(subject: UUID, kind: str, grants: Collection[UUID]) -> dict[UUID, datetime]:
    """When something of this kind was last done under each of these grants; one that was never used is absent."""
    missing, found = set(grants), dict[UUID, datetime]()
    for _place, body in _bodies(subject) if missing else ():
        if body.kind == kind and body.grant in missing:
            missing.remove(body.grant)
            found[body.grant] = body.moment()
        if not missing:
            break
    return found


def _bodies(subject: UUID, before: int = 0) -> Iterator[tuple[int, Body]]:
    """(place, body) of all that is kept about a subject, the last written first."""
    rows = AuditLeaf.objects.filter(subject_id=subject).order_by("-id")
    for row in (rows.filter(id__lt=before) if before else rows).iterator(CHUNK):
        yield row.pk, _body(row)


def _body(row: AuditLeaf) -> Body:
    packed, salt = bytes(row.body or b""), bytes(row.salt or b"")
    if not kdf.equal(leaf_hash(salt, packed), bytes(row.leaf_hash)):
        raise errors.Tampered
    try:
        return unpack(packed)
    except EnvelopeError:
        raise errors.Tampered from None


def _entry(subject: UUID, body: Body, privates: Sequence[bytes]) -> LedgerEntry:
    if body.subject != subject:
        raise errors.Tampered
    details = _opened(subject, body, privates) if body.sealed else None
    return LedgerEntry(body.moment(), body.kind, body.actor, body.grant, body.reason, details)


def _opened(subject: UUID, body: Body, privates: Sequence[bytes]) -> bytes | None:
    """None for what none of these keys opens: the person's own, and those from before a re-key."""
    context = details_context(subject, body.kind, body.at)
    for private in privates:
        with suppress(EnvelopeError):
            return sealing.open_(private, body.sealed, context)
    return None
