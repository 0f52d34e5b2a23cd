"""What an archive is made of. The files under `data/` are those that come back; docs/reference/archive.md says all."""

from datetime import datetime
from uuid import UUID

import msgspec

from nutshell.accounts.types import ConsentGiven, Contact, SessionInfo, TokenInfo
from nutshell.clinics.types import Membership, NoteView
from nutshell.diary.plain import Diary, Foods, PlainNote
from nutshell.gate.types import LedgerLine
from nutshell.grants.types import Given, Received
from nutshell.rights.types import Request
from nutshell.studies.types import StudyView, Taking
from nutshell.targets.types import Profile, TargetHistory

FORMAT = "nutshell-archive"
VERSION = 1
MANIFEST = "manifest.json"
PERSON, TARGETS, FOODS, DIARY, NOTES = DATA = tuple(
    f"data/{name}.json" for name in ("person", "targets", "foods", "diary", "notes")
)
"""The files that come back."""
VARIES = (
    "manifest.json: made_at, and the hashes of the files named here",
    "index.html",
    "account/",
)
"""What differs between the archive of an account and that of another into which it was brought: times, ids that only
the server gives, and the record of an account, which stays with it."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes back is read as it is written, or not at all."""


class Kind(msgspec.Struct, frozen=True):
    """What a manifest of any version begins with."""

    format: str
    version: int


class Manifest(Strict, frozen=True, kw_only=True):
    """`files` are the SHA-256 of the others (hexadecimal); `catalog` the food tables that the sources are of."""

    format: str
    version: int
    made_at: datetime
    catalog: str
    varies: tuple[str, ...]
    files: dict[str, str]


class Person(Strict, frozen=True, kw_only=True):
    """How somebody is called ("" where they gave no name), who they are and how they like to see things."""

    display_name: str
    profile: Profile


class Notes(Strict, frozen=True, kw_only=True):
    notes: tuple[PlainNote, ...]


class Waits(msgspec.Struct, frozen=True):
    """Something that somebody sent and that waits for an answer."""

    kind: str
    writer: UUID
    name: str
    at: datetime


class Account(msgspec.Struct, frozen=True):
    """The record of an account: to be read, and never brought back."""

    email: str
    subject: UUID
    sealed: bool
    consents: list[ConsentGiven]
    grants_given: list[Given]
    never_shared: list[str]
    grants_received: list[Received]
    tokens: list[TokenInfo]
    sessions: list[SessionInfo]
    trusted_contacts: list[Contact]
    contact_of: list[Contact]
    clinics: list[Membership]
    clinical_notes: list[NoteView]
    studies: list[Taking]
    studies_founded: list[StudyView]
    waiting: list[Waits]
    requests: list[Request]
    ledger: list[LedgerLine]


class Job(msgspec.Struct, frozen=True):
    """An archive on its way. `state`: "making", "ready", "failed" (order another) or "elsewhere" (it was ordered on
    another device, whose session opens it); `done` is a percentage, `size` the bytes of the file once it is ready.
    """

    state: str
    done: int
    size: int
    made_at: datetime
    gone_at: datetime


class Contents(msgspec.Struct, frozen=True):
    """What comes back, opened."""

    person: Person
    targets: TargetHistory
    foods: Foods
    diary: Diary
    notes: Notes


class Brought(msgspec.Struct, frozen=True):
    """How much an import added: days that were written, entries that were not there, own foods, notes."""

    days: int
    entries: int
    foods: int
    notes: int
