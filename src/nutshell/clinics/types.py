"""Clinics as the doors see them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.common.clock import Day

Role = Literal["administrator", "clinician", "assistant"]
ROLES: tuple[Role, ...] = ("administrator", "clinician", "assistant")
ClientState = Literal["listed", "invited", "active", "paused", "ended", "held"]
"""`listed`: nobody was asked yet; `held`: the clinic keeps the profile of somebody without an account."""
Verdict = Literal["justified", "not-justified"]


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """What a clinic asks for. `first_day` is `YYYY-MM-DD` or empty; `clinic` its name when it asked.

    `emergency`: others than the client's team may open it in one.
    """

    clinic: str
    collections: tuple[str, ...]
    mode: Literal["read", "write"]
    first_day: str
    emergency: bool


class Membership(msgspec.Struct, frozen=True):
    """A clinic that I belong to, or am about to: "accepted" waits for an administrator."""

    clinic: UUID
    name: str
    grant: UUID
    role: Role | None
    state: str


class Member(msgspec.Struct, frozen=True):
    """Somebody who belongs to a clinic. `name` is what they are called, or what was invited where nobody accepted."""

    grant: UUID
    subject: UUID | None
    name: str
    role: Role
    state: str


class EmergencyView(msgspec.Struct, frozen=True):
    """An opening without being on the team. `verdict` is None until a second person has looked at it."""

    id: UUID
    member: UUID
    member_name: str
    reason: str
    began: datetime
    until: datetime
    reviewer_name: str
    verdict: Verdict | None
    comment: str


class ClientView(msgspec.Struct, frozen=True):
    """A client as the list shows them. `owner` is their subject where something of theirs can be opened.

    `team` are the members who may open it, none for everybody; `open_to_me` is what the gate would say of me now.
    `since` is when they were put on the list, `until` when the access ends by itself. `edits` are the collections that
    may be changed, as far as the text says so that the client read.
    Why somebody opened it in an emergency is not shown to assistants.
    """

    id: UUID
    name: str
    group: str
    state: ClientState
    owner: UUID | None
    grant: UUID | None
    collections: tuple[str, ...]
    writes: bool
    allows_emergency: bool
    team: tuple[UUID, ...]
    open_to_me: bool
    emergencies: tuple[EmergencyView, ...]
    since: datetime
    until: datetime | None
    edits: tuple[str, ...] = ()


class NoteView(msgspec.Struct, frozen=True):
    """A clinical note. `clinic` is whose it is, `by` the member who wrote it."""

    id: UUID
    clinic: UUID
    clinic_name: str
    by: UUID
    by_name: str
    at: datetime
    text: str


class NewClient(msgspec.Struct, frozen=True):
    """What a member writes about a client: a name, and optionally a group and an address to mail."""

    name: str
    group: str = ""
    email: str = ""


class NewInvitation(msgspec.Struct, frozen=True):
    """An invitation just made. `secret` goes into the link and is kept nowhere in clear."""

    id: UUID
    client: UUID
    secret: str

    def __repr__(self) -> str:
        return f"<NewInvitation {self.id}>"


class AskedOf(msgspec.Struct, frozen=True):
    """What the holder of a link is asked for, and by whom. `held_days`: the clinic keeps a profile to hand over."""

    id: UUID
    clinic: UUID
    clinic_name: str
    collections: tuple[str, ...]
    mode: Literal["read", "write"]
    first_day: Day | None
    emergency: bool
    holds_profile: bool
    open_until: datetime
