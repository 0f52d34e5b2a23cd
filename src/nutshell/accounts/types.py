"""What this room tells the others: who acts, sessions and tokens as lists show them, invitations."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

SessionKind = Literal["visitor", "personal", "clinic", "admin"]


@dataclass(frozen=True)
class Actor:
    """Somebody who was authenticated. `subject` and `keys` are None before consent.

    `keys`: the owner's bundle for a session, `vault.keys.TokenKeys` for a token. `scopes` are a token's;
    a session's are empty and reach everything. `sealed`: the account has keys, and this session has not opened them.
    `frozen`: the gate opens nothing for this person until they take back or lift what froze the account; `still`: it
    opens everything for taking it along, and nothing is changed on the way (see `queries.to_take_along`).
    """

    user_id: int
    subject: UUID | None
    kind: Literal["session", "token"]
    keys: object = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    sealed: bool = False
    frozen: bool = False
    still: bool = False


class Frozen(msgspec.Struct, frozen=True):
    """Why an account is frozen: when its removal is carried out, and since when it is restricted; None: it is not.

    `restricted_for`: "accuracy", "unlawful", "claims" or "objection", "" where it is not restricted.
    """

    leaving_at: datetime | None
    restricted_at: datetime | None
    restricted_for: str


class SessionInfo(msgspec.Struct, frozen=True):
    """One line of the list of sessions. `id` names the session for ending it and opens nothing."""

    id: str
    agent: str
    address: str
    started_at: datetime
    used_at: datetime
    is_current: bool


class TokenInfo(msgspec.Struct, frozen=True):
    """One line of the list of API tokens. `used_on` is a UTC day, None for never."""

    id: UUID
    name: str
    scopes: frozenset[str]
    created_at: datetime
    used_on: date | None
    expires_at: datetime | None


class Contact(msgspec.Struct, frozen=True):
    """A trusted contact, as either of the two sees it: `name` is the other's, `days` what the owner lets them wait.

    `open_from` is when a recovery that was begun can be finished, None while none runs.
    """

    id: UUID
    name: str
    days: int
    state: str
    named_at: datetime
    open_from: datetime | None


class NewToken(msgspec.Struct, frozen=True):
    """A token just made. `text` is shown once and kept nowhere."""

    info: TokenInfo
    text: str

    def __repr__(self) -> str:
        return f"<NewToken {self.info.id}>"


class ConsentText(msgspec.Struct, frozen=True):
    """One version of a text that people agree to: a summary first, the whole below."""

    document: str
    version: str
    title: str
    summary: str
    text: str


class ConsentState(msgspec.Struct, frozen=True):
    """A text in force, and when this person agreed to this version of it (None: not, or withdrawn)."""

    text: ConsentText
    given_at: datetime | None


class ConsentGiven(msgspec.Struct, frozen=True):
    """That this person agreed to a version of a text, until when (None: it is in force), and the SHA-256 of the
    wording that they read (hexadecimal)."""

    document: str
    version: str
    text_hash: str
    given_at: datetime
    withdrawn_at: datetime | None


class SealedWay(msgspec.Struct, frozen=True):
    """Something that opens a sealed account: "password", "recovery" or "passkey"."""

    kind: str
    made_at: datetime


class SealedState(msgspec.Struct, frozen=True):
    """`opened`: this session holds the account's keys."""

    sealed: bool
    opened: bool
    ways: list[SealedWay]


class Swept(msgspec.Struct, frozen=True):
    """How many rows a sweep removed."""

    sessions: int
    tokens: int
    invitations: int
    unverified: int
    guesses: int
    mails: int
    cache: int
