"""What the API answers. Clients may rely on these names; a field is only ever added.

Amounts are in the unit beside them; energies in kcal; a value that is not known is null or absent, never 0.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from nutshell.accounts.types import Contact
from nutshell.clinics.types import ClientView, Member, Membership, NoteView
from nutshell.diary.types import ReportGroup
from nutshell.gate.disclosures import Disclosure
from nutshell.rights.types import Request
from nutshell.studies.types import Colleague, Participant, ReleaseView, Row, StudyView, Taking
from nutshell.targets.types import EnergyBudget, TargetSettings


class Portion(msgspec.Struct):
    id: str
    name: str
    grams: float


class FoodHit(msgspec.Struct):
    id: str
    name: str
    source: str
    kcal_per_100g: float | None
    portions: list[Portion]
    known: int
    group: str = "catalog"
    favourite: bool = False


class FoodList(msgspec.Struct):
    items: list[FoodHit]


class FoodNutrient(msgspec.Struct):
    """`source` and `derivation` are the codes of the table that the value comes from."""

    id: str
    name: str
    unit: str
    per_100g: float
    source: str
    derivation: str = ""


class FoodDetail(FoodHit, kw_only=True):
    nutrients: list[FoodNutrient]
    brand: str = ""
    barcode: str = ""
    version: int | None = None
    sent_by: str | None = None


class Consent(msgspec.Struct):
    document: str
    version: str
    title: str
    text: str
    given: bool


class ConsentList(msgspec.Struct):
    items: list[Consent]


class Token(msgspec.Struct):
    id: str
    name: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    last_used: str | None


class NewToken(Token, kw_only=True):
    """`token` is shown this once."""

    token: str


class TokenList(msgspec.Struct):
    items: list[Token]


class LedgerLine(msgspec.Struct):
    """`actor` is a subject's id or the role of a machine, `grant` under which it acted, `reason` a word.

    `by` is "me", "person" or "machine"; `name` what I may know the person by. `collection` was opened, to read or
    ("writes") to change; `about` names days (YYYY-MM-DD) or spans of them (first/last).
    """

    at: datetime
    kind: str
    actor: str
    grant: str | None
    reason: str
    by: str
    name: str
    label: str
    collection: str
    writes: bool
    about: list[str]


class Ledger(msgspec.Struct):
    """The last written first. `next`: give it as `before` for what comes after; null where nothing more is."""

    items: list[LedgerLine]
    next: int | None


class GrantTerms(msgspec.Struct):
    """Days are inclusive, null for no bound; undated collections are shared in their current state."""

    collections: list[str]
    first_day: str | None
    last_day: str | None
    mode: str
    purpose: str
    expires: datetime | None


class Grant(msgspec.Struct):
    """A grant of mine. `name` is the grantee's, "" before somebody accepted; `fingerprint` of their key, to compare."""

    id: str
    state: str
    label: str
    name: str
    grantee: str | None
    terms: GrantTerms
    offered: datetime
    accepted: datetime | None
    ended: datetime | None
    last_looked: datetime | None
    fingerprint: str


class GrantList(msgspec.Struct):
    items: list[Grant]


class NewOffer(msgspec.Struct):
    """`link` is shown this once; whoever holds it can accept within seven days. `mailed`: it went to the address."""

    id: str
    link: str
    mailed: bool


class Ended(msgspec.Struct):
    ended: int


class Person(msgspec.Struct):
    """Somebody who shares with me. `terms` is null while it waits, is paused, or has ended."""

    grant: str
    state: str
    subject: str | None
    name: str
    terms: GrantTerms | None


class People(msgspec.Struct):
    """`fingerprint` is that of my own key: an owner may compare it with what they see of me."""

    items: list[Person]
    fingerprint: str


class Invitation(msgspec.Struct):
    """What the holder of a link is asked to accept, and from whom."""

    id: str
    name: str
    terms: GrantTerms
    open_until: datetime


class Peer(msgspec.Struct):
    """Somebody to whom I can send a copy: one of us shares something with the other."""

    subject: str
    name: str


class PeerList(msgspec.Struct):
    items: list[Peer]


class SentFood(msgspec.Struct):
    """A food that somebody sent me. `food` is null where it cannot be read; then it can only be declined."""

    id: str
    writer: str
    name: str
    at: datetime
    food: str | None
    brand: str


class Inbox(msgspec.Struct):
    items: list[SentFood]


class Closed(msgspec.Struct):
    """Collections that I never share."""

    collections: list[str]


class StudyLists(msgspec.Struct):
    """Studies that I founded, and my part in others."""

    founded: list[StudyView]
    taking_part: list[Taking]


class StudyVersion(msgspec.Struct):
    version: int


class Participants(msgspec.Struct):
    """By pseudonym: who they are, a researcher never learns. `few`: fewer than five, of whom nobody is listed."""

    items: list[Participant]
    few: bool


class Researchers(msgspec.Struct):
    """Those who run a study, its founder first."""

    items: list[Colleague]


class Releases(msgspec.Struct):
    items: list[ReleaseView]


class ReleaseOrdered(msgspec.Struct):
    number: int


class Archive(msgspec.Struct):
    """`archive` is base64; it opens with the researcher's age key alone."""

    archive: str


class Preview(msgspec.Struct):
    """Amounts follow the study's nutrients; null is unknown."""

    rows: list[Row]


class Made(msgspec.Struct):
    """What was just made."""

    id: str


class Clinics(msgspec.Struct):
    items: list[Membership]


class Clinic(msgspec.Struct):
    """`role` is mine in it. `altered`: how many parts of what it keeps are not as its members left them, as far as an
    administrator knows."""

    id: str
    name: str
    role: str
    members: list[Member]
    altered: int = 0


class ClinicLink(msgspec.Struct):
    """`link` is shown this once: whoever has it can accept. `mailed`: it went to the address that was given."""

    link: str
    mailed: bool


class MemberAsked(msgspec.Struct):
    clinic: str
    name: str
    role: str


class ClinicAct(msgspec.Struct):
    """`actor` is a subject id or a machine; `name` what they are called."""

    at: datetime
    kind: str
    actor: str
    name: str
    reason: str


class ClinicLedger(msgspec.Struct):
    items: list[ClinicAct]


class ClientList(msgspec.Struct):
    items: list[ClientView]


class InvitedClient(msgspec.Struct):
    """`link` is shown this once."""

    client: str
    name: str
    link: str
    mailed: bool


class InvitedClients(msgspec.Struct):
    items: list[InvitedClient]


class ClinicalNotes(msgspec.Struct):
    items: list[NoteView]


class Account(msgspec.Struct):
    """`display_name` is how I want to be called, "" for not at all."""

    display_name: str
    email: str


class SealedWay(msgspec.Struct):
    """`kind`: "password", "recovery" or "passkey"."""

    kind: str
    made: datetime


class SealedAccount(msgspec.Struct):
    """`sealed`: the server cannot open my diary without me. `open`: this session has opened it. `ways` open it."""

    sealed: bool
    open: bool
    ways: list[SealedWay]


class Contacts(msgspec.Struct):
    """Trusted contacts: mine, or whose contact I am."""

    items: list[Contact]


class ContactCode(msgspec.Struct):
    """Shown this once: tell it to the owner yourself."""

    code: str


class Requests(msgspec.Struct):
    """Requests to the data-protection officer, the last first."""

    items: list[Request]


class RecoveryCode(msgspec.Struct):
    """Shown this once. It opens nothing before it is sent back."""

    recovery_code: str


class Disclosures(msgspec.Struct):
    items: list[Disclosure]


class Removal(msgspec.Struct):
    """Everything is erased at `due_at`, unless it is taken back before. `keep_account`: the data alone."""

    ordered_at: datetime
    due_at: datetime
    keep_account: bool


class FrozenAccount(msgspec.Struct):
    """Frozen by a removal that waits, by a restriction of the owner's, by both or (None, None) not at all."""

    removal: Removal | None
    restricted_at: datetime | None
    restricted_for: str


class Receipt(msgspec.Struct):
    """`receipt` is signed (base64); `final_at` is when the last backup that could open anything is gone."""

    receipt: str
    erased_at: datetime
    final_at: datetime
    rows: dict[str, int]


class Report(msgspec.Struct):
    """Means a day over the `days` that count (logged, and complete if so asked) out of `of` in the span."""

    first: str
    last: str
    complete_only: bool
    days: int
    of: int
    groups: list[ReportGroup]


class Aim(msgspec.Struct):
    """In the nutrient's unit, per day. `supplement_only`: the maximum counts supplements or added forms only."""

    nutrient: str
    minimum: float | None
    maximum: float | None
    origin: str
    maximum_origin: str
    supplement_only: bool


class Targets(msgspec.Struct):
    """`settings` is what was chosen, `aims` what follows for today, `budget` how the energy is made up (kcal).

    `changed_by` is the subject id of somebody else who made these settings under the owner's grant, `changed_at` when.
    """

    settings: TargetSettings
    aims: list[Aim]
    budget: EnergyBudget | None
    changed_by: UUID | None = None
    changed_at: datetime | None = None
