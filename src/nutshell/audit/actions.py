"""Recording and forgetting. Both happen in the caller's transaction on `accounts`."""

from uuid import UUID

from django.db.models import QuerySet

from nutshell.common import clock
from nutshell.envelope import sealing

from .models import AuditLeaf
from .types import FORMAT, Body, details_context, leaf, microseconds

TABLE = AuditLeaf._meta.db_table
_COUNT_LENGTH = 8


def record(
    kind: str,
    subject: UUID | None,
    actor: str,
    details: bytes = b"",
    ledger_public: bytes = b"",
    *,
    grant: UUID | None = None,
    reason: str = "",
    references: tuple[bytes, ...] = (),
) -> None:
    """Add one leaf, which commits or falls with the caller's transaction.

    `actor` is the acting subject's UUID as text, or a machine's role. `details` (packed by the caller, no
    e-mail, no health data) are sealed to `ledger_public`, the owner's ledger key, and need it. Raises
    UnknownFormat for a kind outside the closed list, ValueError for details that nobody could be sealed to.
    """
    at = microseconds(clock.now())
    _add(
        Body(
            FORMAT,
            kind,
            subject,
            actor,
            at,
            grant,
            reason,
            references,
            _sealed(subject, kind, at, details, ledger_public),
        )
    )


def _sealed(subject: UUID | None, kind: str, at: int, details: bytes, ledger_public: bytes) -> bytes:
    if not details:
        return b""
    if subject is None or not ledger_public:
        raise ValueError("details need an owner and the owner's ledger key")
    return sealing.seal(ledger_public, details, details_context(subject, kind, at))


def _add(body: Body) -> None:
    made = leaf(body)
    AuditLeaf.objects.create(subject_id=body.subject, body=made.body, salt=made.salt, leaf_hash=made.hash)


def erase(subject: UUID) -> int:
    """Drop what all leaves about a subject say; their hashes stay. How many leaves that were.

    A leaf that names nobody tells how many bodies went, so that dropping bodies unseen is noticed.
    """
    return drop_bodies(AuditLeaf.objects.filter(subject_id=subject))


def drop_bodies(rows: QuerySet[AuditLeaf]) -> int:
    count = rows.update(subject_id=None, body=None, salt=None)
    tell_dropped(count)
    return count


def tell_dropped(count: int) -> None:
    if count:
        at = microseconds(clock.now())
        _add(Body(FORMAT, "bodies-dropped", None, "erasure", at, references=(count.to_bytes(_COUNT_LENGTH, "big"),)))


def dropped_in(body: Body) -> int:
    """How many bodies this leaf says were dropped."""
    return int.from_bytes(body.references[0], "big") if body.kind == "bodies-dropped" and body.references else 0
