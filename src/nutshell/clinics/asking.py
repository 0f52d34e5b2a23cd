"""What a clinic asks for in an invitation, as it is stored: sealed, because it names the clinic."""

from uuid import UUID

from nutshell.vault import fields

from . import sealed
from .models import Invitation
from .types import Asked


def seal(invitation: UUID, packed: bytes) -> bytes:
    return fields.seal_bytes("clinic_invitation", "asked", str(invitation), packed)


def packed(row: Invitation) -> bytes:
    """As the clinic's proof covers it. Raises Tampered."""
    return fields.open_bytes("clinic_invitation", "asked", str(row.id), bytes(row.asked))


def asked(row: Invitation) -> Asked:
    """Raises Tampered."""
    return sealed.read_plain(Asked, packed(row))
