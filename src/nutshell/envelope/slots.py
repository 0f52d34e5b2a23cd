"""Keyslots: a payload (a bundle, or a token's collection keys) that one key opens, with a commitment.

AES-GCM alone is not key-committing: a slot could be made that opens under two keys. The commitment
pins the one key, and is compared before anything is decrypted.
"""

import msgspec

from . import aead, padding
from .context import context
from .errors import NotOpened, UnknownFormat
from .kdf import KEY_LENGTH, derive, equal

FORMAT = 1
LASTING = ("server", "password", "recovery", "passkey", "contact", "held", "token")
"""Kinds that open only with an opener of the key store (bound to the subject's erasure secret)."""
PASSING = ("session",)
"""Kinds that open with the epoch secret of their day instead."""
KINDS = LASTING + PASSING


class Slot(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    format: int
    kind: str
    slot_id: bytes
    commitment: bytes
    sealed: bytes


def slot_key(kind: str, slot_id: bytes, opener: bytes, factor: bytes = b"") -> bytes:
    """Key of a slot: HKDF over opener ‖ factor.

    `opener` comes from the key store (lasting kinds) or is the epoch secret (session); `factor` is
    what the person brings: nothing for `server`, 32 bytes of stretched password, token or cookie
    secret for the others.
    """
    _check(kind)
    if len(opener) != KEY_LENGTH:
        raise ValueError("an opener is 32 bytes, so that opener and factor cannot be shifted")
    return derive(opener + factor, "slot", kind, slot_id)


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownFormat


def _context(subject: bytes, kind: str, slot_id: bytes) -> bytes:
    return context("slot", subject, kind, slot_id)


def seal(key: bytes, subject: bytes, kind: str, slot_id: bytes, payload: bytes) -> bytes:
    _check(kind)
    sealed = aead.seal(derive(key, "slot-seal"), padding.pad(payload), _context(subject, kind, slot_id))
    return msgspec.msgpack.encode(Slot(FORMAT, kind, slot_id, derive(key, "slot-commitment"), sealed))


def read(packed: bytes) -> Slot:
    """The slot as stored, unopened. Raises UnknownFormat for another format or kind."""
    try:
        slot = msgspec.msgpack.decode(packed, type=Slot)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    _check(slot.kind)
    if slot.format != FORMAT:
        raise UnknownFormat
    return slot


def open_(key: bytes, subject: bytes, kind: str, slot_id: bytes, packed: bytes) -> bytes:
    slot = read(packed)
    if (slot.kind, slot.slot_id) != (kind, slot_id) or not equal(slot.commitment, derive(key, "slot-commitment")):
        raise NotOpened
    return padding.unpad(aead.open_(derive(key, "slot-seal"), slot.sealed, _context(subject, kind, slot_id)))
