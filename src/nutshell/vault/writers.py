"""Whether somebody whom an owner certified may still write: asked for each manifest that such a person signed."""

from uuid import UUID

from nutshell.envelope import keyrings
from nutshell.envelope.errors import EnvelopeError

from .models import Grant, Keyring

LIVE = ("active", "paused")


def holds_write(owner: UUID, owner_public: bytes, grant_id: bytes) -> bool:
    """Whether the grant of a certificate stands, and lets its grantee write.

    A grant's keyring stands until the owner's keys have dealt with its end: by then they have signed anew
    whatever the grantee had signed. That it lets write is the owner's signed word, because a grant may have been
    narrowed to reading since; only the statement of one that is over, and whose grantee erased everything, is gone.
    """
    found = {"subject_id": owner, "grant_id": UUID(bytes=grant_id)}
    row = Grant.objects.filter(**found).first()
    if row is None or not Keyring.objects.filter(**found).exists():
        return False
    if not row.statement:
        return row.state not in LIVE
    return _lets_write(owner_public, row)


def _lets_write(owner_public: bytes, row: Grant) -> bool:
    try:
        statement = keyrings.read_grant(owner_public, bytes(row.statement))
    except EnvelopeError:
        return False
    return (statement.owner, statement.grant_id, statement.mode) == (row.subject_id, row.grant_id, "write")
