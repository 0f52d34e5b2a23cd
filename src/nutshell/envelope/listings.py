"""The list of a subject's lasting keyslots, and the pin by which an owner makes a list or a root the valid one."""

from uuid import UUID

import msgspec

from . import statements
from .errors import NotOpened, UnknownFormat
from .kdf import digest

FORMAT = 1


class SlotLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One slot: its id (16 bytes), kind, and the hash of its packed form."""

    slot_id: bytes
    kind: str
    hash: bytes


class SlotListing(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All lasting slots of a subject, by id. `version` grows by one with each change."""

    format: int
    subject: UUID
    version: int
    lines: list[SlotLine]


class Pin(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Details of a `root` or `slots` statement: what shall be valid. The target is the subject's 16 bytes."""

    version: int
    hash: bytes


def slot_hash(packed: bytes) -> bytes:
    return digest("slot-packed", packed)


def listing(subject: UUID, version: int, lines: list[SlotLine]) -> bytes:
    """Packed, with the lines in the order of their ids: one list has one form."""
    ordered = sorted(lines, key=lambda line: line.slot_id)
    return msgspec.msgpack.encode(SlotListing(FORMAT, subject, version, ordered))


def listing_hash(packed: bytes) -> bytes:
    return digest("slot-listing", packed)


def read_listing(packed: bytes, subject: UUID) -> SlotListing:
    """Raises UnknownFormat, or NotOpened for another subject's list."""
    try:
        found = msgspec.msgpack.decode(packed, type=SlotListing)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if found.format != FORMAT:
        raise UnknownFormat
    if found.subject != subject:
        raise NotOpened
    return found


def sign_pin(private: bytes, what: str, subject: UUID, version: int, hash_: bytes, not_before: int) -> bytes:
    """`what` is "root" or "slots"."""
    details = msgspec.msgpack.encode(Pin(version, hash_))
    return statements.sign(private, what, subject, subject.bytes, not_before, details)


def read_pin(public: bytes, what: str, subject: UUID, packed: bytes) -> Pin:
    """The pin, if `public` signed it for this subject. Raises NotOpened or UnknownFormat."""
    statement = statements.verify(public, what, packed)
    if (statement.subject, statement.target) != (subject, subject.bytes):
        raise NotOpened
    try:
        return msgspec.msgpack.decode(statement.details, type=Pin)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
