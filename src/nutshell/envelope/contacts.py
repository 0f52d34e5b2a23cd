"""What a trusted contact holds: the factor of the owner's contact slot, sealed to them, and handed on under a code."""

from uuid import UUID

from . import aead, sealing
from .context import context
from .kdf import derive


def seal_factor(public: bytes, owner: UUID, slot_id: bytes, contact: UUID, factor: bytes) -> bytes:
    """`public` is the contact's sealing key, `factor` 32 random bytes."""
    return sealing.seal(public, factor, _info(owner, slot_id, contact))


def open_factor(private: bytes, owner: UUID, slot_id: bytes, contact: UUID, sealed: bytes) -> bytes:
    """Raises NotOpened or UnknownFormat."""
    return sealing.open_(private, sealed, _info(owner, slot_id, contact))


def _info(owner: UUID, slot_id: bytes, contact: UUID) -> bytes:
    return context("contact-factor", owner, slot_id, contact)


def hand_on(code_key: bytes, owner: UUID, slot_id: bytes, factor: bytes) -> bytes:
    """`code_key`: 32 bytes made of a code of at least 128 random bits, which the contact tells the owner."""
    return aead.seal(derive(code_key, "contact-handed"), factor, context("contact-handed", owner, slot_id))


def take(code_key: bytes, owner: UUID, slot_id: bytes, handed: bytes) -> bytes:
    """Raises NotOpened for another code."""
    return aead.open_(derive(code_key, "contact-handed"), handed, context("contact-handed", owner, slot_id))
