"""Studies as the doors see them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.common.clock import Day

StudyState = Literal["draft", "open", "closed"]
ReleaseState = Literal["queued", "running", "done", "failed", "few", "taken-back", "altered"]
Wish = Literal["keep", "erase", ""]


class Draft(msgspec.Struct, frozen=True):
    """What a researcher writes about a study. `nutrients` are one to ten USDA numbers; the days are inclusive."""

    title: str
    protocol: str
    contact: str
    nutrients: tuple[str, ...]
    first_day: Day
    last_day: Day


class Approval(msgspec.Struct, frozen=True):
    """The ethics committee's: its number, its day and its text. `file` is the SHA-256 of its document, "" without."""

    number: str
    on: Day | None
    document: str
    file: str = ""


class Window(msgspec.Struct, frozen=True):
    """The days of one participant, inclusive."""

    first_day: Day
    last_day: Day


class Read(msgspec.Struct, frozen=True):
    """What somebody has before them who agrees: the version of the text, and the hash of all of it (hexadecimal)."""

    version: int
    terms: str


class StudyView(msgspec.Struct, frozen=True):
    """A study as anybody who has its address reads it. `participants` is rounded down to fives, None below five.

    `terms` is the hash of all this, which whoever takes part sends back. A study that somebody altered is not `intact`,
    and nothing of it is shown.
    """

    id: UUID
    draft: Draft
    approval: Approval
    state: StudyState
    version: int
    text: str
    participants: int | None
    terms: str = ""
    intact: bool = True


class Row(msgspec.Struct, frozen=True):
    """One day of a participant. `amounts` and `coverage` follow the study's nutrients; None is unknown, never zero."""

    day: str
    complete: bool
    entries: int
    amounts: tuple[float | None, ...]
    coverage: tuple[float, ...]


class Taking(msgspec.Struct, frozen=True):
    """My part in a study. `state` is my grant's; `held_by` are the numbers of the releases with my data."""

    study: StudyView
    pseudonym: str
    version: int
    window: Window
    state: str
    grant_id: UUID
    at: datetime
    wish: Wish
    held_by: tuple[int, ...]
    messages: tuple["Told", ...]


class Told(msgspec.Struct, frozen=True):
    """One message."""

    at: datetime
    text: str


class Participant(msgspec.Struct, frozen=True):
    """What a researcher knows of somebody: never who it is."""

    pseudonym: str
    state: str
    window: Window
    version: int
    wish: Wish


class Colleague(msgspec.Struct, frozen=True):
    """Somebody who runs a study, by name; `founder` is who founded it."""

    id: UUID
    name: str
    founder: bool
    mine: bool


class Listed(msgspec.Struct, frozen=True):
    """Those of a study by pseudonym. `few`: fewer than five, of whom nothing is listed."""

    few: bool
    people: tuple[Participant, ...]


class ReleaseView(msgspec.Struct, frozen=True):
    """One line of the release ledger. `done` of `total` participants were read; `hash` is hexadecimal SHA-256.

    `by` is the name of who ordered it, "" for who is gone. Of an altered line nothing but its number is shown.
    """

    id: UUID
    number: int
    state: ReleaseState
    ordered_at: datetime
    built_at: datetime | None
    done: int
    total: int
    participants: int
    rows: int
    hash: str
    bytes: int
    by: str


class Copy(msgspec.Struct, frozen=True):
    """The signed copy of a consent, to keep: `statement` is signed by the participant's key `public` (both base64).

    `terms` is the hash of all that was read, hexadecimal.
    """

    study: str
    title: str
    version: int
    text: str
    collections: tuple[str, ...]
    nutrients: tuple[str, ...]
    first_day: Day
    last_day: Day
    at: datetime
    statement: str
    public: str
    terms: str
