"""Grants as the doors see them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from nutshell.common.clock import Day

State = Literal[
    "offered", "accepted", "declined", "withdrawn", "active", "paused", "expired", "revoked", "left", "erased"
]
Mode = Literal["read", "write"]
Relation = Literal["friend", "family", "care", "study", "clinic", "clinic-emergency", "member"]
"""What a grant is for. Only the room of studies makes one for a study, and that of clinics one for a clinic (with
`-emergency` where others than the client's team may open it in one) and a clinic's own for a member."""

TEXT_VERSION = "2"
"""Of the text that the owner reads before sharing and the grantee before accepting. 2 says that whoever may change
what is shared may change the targets."""


class Terms(msgspec.Struct, frozen=True):
    """What is shared. `collections` are names of the vault's; days are inclusive, None for no bound.

    Undated collections (targets, profile, own foods) are shared in their current state. `expires_at` ends the grant.
    `text` names the version of what the owner read before agreeing.
    """

    collections: tuple[str, ...]
    first_day: Day | None = None
    last_day: Day | None = None
    mode: Mode = "read"
    purpose: Relation = "friend"
    expires_at: datetime | None = None
    text: str = TEXT_VERSION


class Change(msgspec.Struct, frozen=True):
    """New terms for a grant, under the text of today. Mode, end and purpose stay where nothing is said of them.

    A clinic's purpose says whether an emergency opens it; no other changes (`policy.check_change`).
    """

    collections: tuple[str, ...]
    first_day: Day | None
    last_day: Day | None
    mode: Mode | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    purpose: Relation | UnsetType = UNSET

    def of(self, before: Terms) -> Terms:
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        place, slash, _ = before.text.rpartition("/")
        return msgspec.structs.replace(before, **said, text=f"{place}{slash}{TEXT_VERSION}")


class Given(msgspec.Struct, frozen=True):
    """A grant of mine. `label` is what I call it; `name` what the grantee is called, "" before they accepted.

    `last_looked_at` is when they last opened anything under it.
    """

    id: UUID
    state: State
    terms: Terms
    label: str
    grantee: UUID | None
    name: str
    offered_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    last_looked_at: datetime | None
    fingerprint: str


class Received(msgspec.Struct, frozen=True):
    """A grant to me. `terms` is None where it ended, or waits for its owner ("accepted").

    `owner` is None when the owner erased everything.
    """

    id: UUID
    state: State
    owner: UUID | None
    name: str
    terms: Terms | None


class Peer(msgspec.Struct, frozen=True):
    """Somebody to whom I can send: at the other end of an active grant, whoever gave it."""

    subject: UUID
    name: str


class Sent(msgspec.Struct, frozen=True):
    """Something that waits for me. `payload` is what they sent, still to be judged by the door."""

    id: UUID
    writer: UUID
    name: str
    kind: str
    at: datetime
    payload: bytes


class Invited(msgspec.Struct, frozen=True):
    """What somebody who followed an invitation's link is asked to accept."""

    id: UUID
    name: str
    terms: Terms
    open_until: datetime


class NewOffer(msgspec.Struct, frozen=True):
    """An offer just made. `secret` goes into the link and is kept nowhere in clear."""

    id: UUID
    secret: str

    def __repr__(self) -> str:
        return f"<NewOffer {self.id}>"
