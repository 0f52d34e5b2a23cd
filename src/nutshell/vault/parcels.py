"""Parcels: something of a person's that lies sealed for a while, under a key that only they hold meanwhile."""

from uuid import UUID

from nutshell.common import errors
from nutshell.envelope import aead, kdf
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError


def new_key() -> bytes:
    """32 random bytes. Whoever lets it lie beside the parcel has sealed nothing."""
    return kdf.new_key()


def seal(key: bytes, subject: UUID, parcel: UUID, number: int, content: bytes) -> bytes:
    """One part of it, bound to its place."""
    return aead.seal(key, content, context("parcel", subject, parcel, number))


def open_(key: bytes, subject: UUID, parcel: UUID, number: int, sealed: bytes) -> bytes:
    """Raises Tampered for another key, and for a part that is not as it was sealed or stands in another's place."""
    try:
        return aead.open_(key, sealed, context("parcel", subject, parcel, number))
    except EnvelopeError:
        raise errors.Tampered from None
