"""Incidents as values: entries of a timeline, the record that follows from them, clocks and how they stand."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

FORMAT = 1

Severity = Literal["low", "medium", "high", "critical"]
Nature = Literal["confidentiality", "integrity", "availability"]
Question = Literal["authority", "people"]
"""What the committee decides: whether to notify the supervisory authority, and whether the people concerned."""
Choice = Literal["notify", "do-not-notify"]
Kind = Literal[
    "declared", "acknowledged", "corrected", "action", "evidence", "scope", "met", "vote", "advice", "decided",
    "assessed", "held", "released", "reported", "told", "drafted", "posted", "notified", "reminded", "contained",
    "closed", "lesson",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

State = Literal["open", "contained", "closed", "altered"]
"""Altered: the timeline is not as it was written, so nothing of it is told."""
ALLOWED: dict[State, frozenset[Kind]] = {
    "open": frozenset(KINDS) - {"declared", "closed", "lesson"},
    "contained": frozenset(KINDS) - {"declared", "contained"},
    "closed": frozenset(
        {"evidence", "reported", "told", "drafted", "posted", "notified", "reminded", "lesson", "held", "released"}
    ),
}
"""What may still be added to an incident, by its state. One is closed only once it is contained."""
BECOMES: dict[Kind, State] = {"declared": "open", "contained": "contained", "closed": "closed"}

FACTORS = ("nature", "recipient", "acquired", "mitigated")
"""45 CFR 164.402(2): the kind of data and how likely somebody is recognised, who had it, whether it was really acquired
or seen, and how far the risk was reduced."""
PARTS = ("happened", "consequences", "measures", "advice")
"""Of a notice, what the operator writes in each language: what happened, what it may mean, what was done, what one can
do."""
CONTENT = (
    "summary", "severity", "nature", "cause", "systems", "keys_exposed", "readable", "categories", "consequences",
    "measures", "why_late", "reporter", "occurred_at", "detected_at", "aware_at", "subjects", "records", "countries",
)  # fmt: skip
"""What the record says that a person writes, and may correct. Moments are ISO 8601 with a zone; `countries` maps a code
of two letters to how many people."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One row of a timeline. `at` is in microseconds since 1970, UTC; `said` is plain JSON; `salt` hides short ones."""

    format: int
    incident: UUID
    sequence: int
    kind: Kind
    at: int
    actor: str
    said: dict[str, Any]
    salt: bytes

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1_000_000, UTC)


class Record(msgspec.Struct):
    """The breach record, which follows from the timeline alone. `content`: see `CONTENT`; what is unknown is absent."""

    id: UUID
    number: int
    entries: list[Entry]
    state: State = "open"
    content: dict[str, Any] = {}

    def of(self, *kinds: Kind) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind in kinds]

    def first(self, kind: Kind) -> Entry | None:
        return next(iter(self.of(kind)), None)

    def last(self, kind: Kind) -> Entry | None:
        return next(iter(reversed(self.of(kind))), None)

    @property
    def aware_at(self) -> datetime:
        """When the operator knew, from which the law counts; the declaration, where nothing earlier was said."""
        return datetime.fromisoformat(self.content["aware_at"])

    @property
    def closed_at(self) -> datetime | None:
        found = self.first("closed")
        return found.moment if found else None

    def decision(self, question: str) -> str:
        """ "" while nothing is decided."""
        found = [entry.said["choice"] for entry in self.of("decided") if entry.said["question"] == question]
        return found[-1] if found else ""

    def held_until(self) -> datetime | None:
        """The end of a hold that law enforcement asked for, None without one in force or gone by."""
        held, released = self.last("held"), self.last("released")
        if held is None:
            return None
        if released is not None and released.sequence > held.sequence:
            return released.moment
        return datetime.fromisoformat(held.said["until"])

    def of_country(self, code: str) -> int:
        return int(self.content.get("countries", {}).get(code, 0))


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A deadline: what must be done, which kind of entry shows it, by whom, how many hours after what, by whose word.

    `about`: where the entry names one (a question, an authority), the one that counts. `holdable`: law enforcement may
    ask to wait.
    """

    id: str
    task: str
    authority: str
    who: list[str]
    hours: float
    starts: Literal["aware", "closed", "year-end"]
    met_by: Kind
    source: str
    applies: Literal["always", "authority", "people", "us", "us-many", "us-few"] = "always"
    about: str = ""
    holdable: bool = False

    @property
    def time(self) -> timedelta:
        return timedelta(hours=self.hours)


Verdict = Literal["met", "missed", "running", "not due"]


class Reading(msgspec.Struct, frozen=True):
    """How a clock stands for one incident at one moment. `due` and `met_at` are None where there is no such moment."""

    clock: Clock
    verdict: Verdict
    due: datetime | None
    met_at: datetime | None


class Affected(msgspec.Struct, frozen=True):
    """A subject in the scope: which collections were opened ("all": the whole diary), how often, first and last."""

    subject: UUID
    collections: frozenset[str]
    openings: int
    first_at: datetime | None
    last_at: datetime | None


class Broken(msgspec.Struct, frozen=True):
    """Something in a timeline that does not add up: what, and at which place (the number of the entry)."""

    code: Literal["entry-missing", "entry-altered", "not-in-trail"]
    sequence: int
