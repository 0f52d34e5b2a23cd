"""Whether somebody whom an owner certified may still write: asked for each manifest that such a person signed."""

from enum import Enum
from uuid import UUID

from nutshell.envelope import keyrings
from nutshell.envelope.errors import EnvelopeError

from .models import Grant, Keyring
from .rows_of import of_subject

LIVE = ("active", "paused")


class Gone(Enum):
    """Stands for the statement of a grant that is over, and whose grantee erased everything."""

    GONE = 1


@of_subject
def standing(owner: UUID, owner_public: bytes, grant_id: bytes) -> keyrings.Grant | Gone | None:
    """What the grant of a certificate says, if it stands and lets its grantee write; None otherwise.

    A grant's keyring stands until all that its grantee signed is signed anew: by the owner's keys, who have dealt with
    its end then; what a clinic's member signed, by the clinic's clients. That it lets write is the owner's signed word,
    because a grant may have been narrowed to reading since.
    """
    found = {"subject_id": owner, "grant_id": UUID(bytes=grant_id)}
    row = Grant.objects.filter(**found).first()
    if row is None or not Keyring.objects.filter(**found).exists():
        return None
    if not row.statement:
        return None if row.state in LIVE else Gone.GONE
    return _statement(owner_public, row)


def _statement(owner_public: bytes, row: Grant) -> keyrings.Grant | None:
    try:
        statement = keyrings.read_grant(owner_public, bytes(row.statement))
    except EnvelopeError:
        return None
    named = (statement.owner, statement.grant_id, statement.mode)
    return statement if named == (row.subject_id, row.grant_id, "write") else None
