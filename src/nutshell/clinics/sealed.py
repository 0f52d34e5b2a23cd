"""The records of a clinic's vault: keys, clients, what was written about them. MessagePack arrays with a format."""

from typing import TypeVar
from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.vault.types import CHARTS, CLIENTS, OFFICE, REACH, Address

from .types import Verdict

FORMAT = 1
KEYS = Address(REACH, "", "keys")
BUNDLE = Address(OFFICE, "", "bundle")

T = TypeVar("T")


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """The clinic's private sealing key, by which its clients' grants open."""

    format: int
    sealing: bytes

    def __repr__(self) -> str:
        return "<Keys of a clinic>"


class Emergency(msgspec.Struct, frozen=True, array_like=True):
    """An opening by who is not on the team, and what a second person made of it. Unix seconds, 0 for none."""

    id: UUID
    member: UUID
    reason: str
    began: int
    until: int
    reviewer: UUID | None = None
    verdict: Verdict | None = None
    comment: str = ""
    reviewed: int = 0


class Client(msgspec.Struct, frozen=True, array_like=True):
    """A client. `team` are the members who may open what the client shares, empty for all; `held` is the subject of a
    profile that the clinic keeps."""

    format: int
    id: UUID
    name: str
    group: str
    since: int
    team: tuple[UUID, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    held: UUID | None = None


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A clinical note as it is kept, at the clinic and by the client. It is never edited."""

    format: int
    id: UUID
    clinic: UUID
    clinic_name: str
    by: UUID
    by_name: str
    at: int
    text: str


class Chart(msgspec.Struct, frozen=True, array_like=True):
    """What the clinic keeps of a client besides the list: notes, and the 32 bytes that open a profile it holds."""

    format: int
    notes: tuple[Note, ...] = ()
    factor: bytes = b""

    def __repr__(self) -> str:
        return f"<Chart of {len(self.notes)} notes>"


def client_address(client: UUID) -> Address:
    return Address(CLIENTS, "", str(client))


def chart_address(client: UUID) -> Address:
    return Address(CHARTS, "", str(client))


def pack(content: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(content)


def read_plain(kind: type[T], content: bytes) -> T:
    """Raises Tampered for anything of another shape."""
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except msgspec.MsgspecError:
        raise errors.Tampered from None


def read(kind: type[T], content: bytes) -> T:
    """Raises Tampered for anything but a record of this kind and format."""
    found = read_plain(kind, content)
    if getattr(found, "format", None) != FORMAT:
        raise errors.Tampered
    return found
