"""Whether somebody whom an owner certified may still write: asked for each manifest that such a person signed."""

from uuid import UUID

from .models import Keyring


def holds_write(owner: UUID, grant_id: bytes) -> bool:
    """Whether the grant of a certificate stands. The owner certifies only who may write.

    A grant's keyring stands until the owner's keys have dealt with its end: by then they have signed anew
    whatever the grantee had signed.
    """
    return Keyring.objects.filter(subject_id=owner, grant_id=UUID(bytes=grant_id)).exists()
