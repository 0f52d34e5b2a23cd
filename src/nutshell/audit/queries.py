"""The owner's ledger: what was recorded about a subject, newest first."""

from uuid import UUID

from nutshell.common import errors
from nutshell.envelope import kdf, sealing
from nutshell.envelope.errors import EnvelopeError

from .models import AuditLeaf
from .types import Body, LedgerEntry, details_context, leaf_hash, unpack

MOST = 500


def ledger(subject: UUID, ledger_private: bytes, limit: int = MOST) -> list[LedgerEntry]:
    """The newest `limit` entries. Raises errors.Tampered if one does not match its hash."""
    rows = AuditLeaf.objects.filter(subject_id=subject).order_by("-id")[:limit]
    entries = [_entry(subject, _body(row), ledger_private) for row in rows]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _body(row: AuditLeaf) -> Body:
    packed, salt = bytes(row.body or b""), bytes(row.salt or b"")
    if not kdf.equal(leaf_hash(salt, packed), bytes(row.leaf_hash)):
        raise errors.Tampered
    try:
        return unpack(packed)
    except EnvelopeError:
        raise errors.Tampered from None


def _entry(subject: UUID, body: Body, ledger_private: bytes) -> LedgerEntry:
    if body.subject != subject:
        raise errors.Tampered
    details = _opened(subject, body, ledger_private) if body.sealed else None
    return LedgerEntry(body.moment(), body.kind, body.actor, body.grant, body.reason, details)


def _opened(subject: UUID, body: Body, ledger_private: bytes) -> bytes | None:
    """None for details sealed to an earlier ledger key, before a re-key."""
    try:
        return sealing.open_(ledger_private, body.sealed, details_context(subject, body.kind, body.at))
    except EnvelopeError:
        return None
