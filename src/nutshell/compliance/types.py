"""Rows of a standard, the evidence of a test run, and what the one says about the other."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One requirement. `asks` says in our own words what it wants; `level` is 0 where a standard has none.

    Three kinds: kept (`control`, shown by `tests`, each `file::test`, and by dated `documents` under docs/), not
    applicable (the reason), or a gap (what is missing, and the `plan`). A gap may cite tests of the part that is kept.
    `limit` is what a kept row does not reach.
    `optional` are tests that need what the project does not bring.
    """

    id: str
    asks: str
    level: int = 0
    control: str = ""
    where: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    limit: str = ""
    not_applicable: str = ""
    gap: str = ""
    plan: str = ""


class Matrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One standard. `parts` maps the beginning of an id, up to its first dot or bracket, to a heading."""

    title: str
    about: str
    parts: dict[str, str]
    row: tuple[Row, ...]


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How tests ended. `at`: when the oldest of it was written. `code` and `suite` are hashes over the program and over
    its tests. `outcomes` maps `file::test` to passed, skipped or failed."""

    at: datetime
    code: str
    suite: str
    outcomes: dict[str, str]


class State(StrEnum):
    """What a row is today. BROKEN: what it cites failed, is gone or overdue. NOT_SHOWN: it did not run, or was
    skipped. STALE: it was shown, but long ago or by other code. STATED: no test can show it, or none does."""

    SHOWN = "shown by tests"
    STATED = "stated, not tested"
    NOT_APPLICABLE = "not applicable"
    GAP = "gap"
    STALE = "stale"
    NOT_SHOWN = "not shown"
    BROKEN = "broken"


class Judged(NamedTuple):
    """`why` has one line for each citation that does not hold."""

    row: Row
    state: State
    why: tuple[str, ...]


class Review(NamedTuple):
    """The first line of a policy or a runbook."""

    owner: str
    due: date


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A claim that a promise of the security page rests on. `tests`: how many showed it."""

    id: str
    claim: str
    kind: str
    tests: int


class Rehearsal(NamedTuple):
    """A file of figures that a long run left: kills, attacks, machines, another version."""

    name: str
    at: datetime
    commit: str


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the full run before a release showed. `promises` maps the sentences of the security page, in English, to
    what they rest on."""

    at: datetime
    code: str
    promises: dict[str, tuple[Basis, ...]]
