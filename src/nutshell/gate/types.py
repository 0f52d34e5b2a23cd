"""Who comes to the gate, and what for."""

from datetime import datetime
from enum import Enum
from typing import Literal
from uuid import UUID

import msgspec

from nutshell.accounts.types import Actor

__all__ = ["Actor", "LedgerLine", "LedgerLines", "LedgerWish", "Purpose"]


class Purpose(Enum):
    """What the door wants to do: a collection, and whether it writes."""

    DIARY_READ = ("diary", False)
    DIARY_WRITE = ("diary", True)
    NOTES_READ = ("notes", False)
    NOTES_WRITE = ("notes", True)
    FOODS_READ = ("foods", False)
    FOODS_WRITE = ("foods", True)
    TARGETS_READ = ("targets", False)
    TARGETS_WRITE = ("targets", True)
    PROFILE_READ = ("profile", False)
    PROFILE_WRITE = ("profile", True)
    BIOMETRICS_READ = ("biometrics", False)
    BIOMETRICS_WRITE = ("biometrics", True)
    EXERCISE_READ = ("exercise", False)
    EXERCISE_WRITE = ("exercise", True)
    FASTING_READ = ("fasting", False)
    FASTING_WRITE = ("fasting", True)
    INDEX_READ = ("index", False)
    INDEX_WRITE = ("index", True)

    @property
    def collection(self) -> str:
        return self.value[0]

    @property
    def writes(self) -> bool:
        return self.value[1]


class LedgerWish(msgspec.Struct, frozen=True):
    """Which lines of the ledger: all, where nothing is said.

    `who` is "me", "machine" or a person's subject id; `kind` a name of `ledger.KINDS`; `since` is included, `until`
    is not; `before` and `limit` (0: no limit) are for paging.
    """

    who: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    grant: UUID | None = None
    before: int = 0
    limit: int = 0


class LedgerLine(msgspec.Struct, frozen=True):
    """One line: who did what, when, under which grant.

    `name` is what the actor is called, as far as the owner may know: of the owner and of machines it is "".
    `collection` is what was opened, "" for acts of other kinds; `label` what the owner calls the grant; `about` names
    the days or spans, opened by the owner's keys.
    """

    at: datetime
    kind: str
    by: Literal["me", "person", "machine"]
    actor: str
    name: str
    grant: UUID | None
    label: str
    purpose: str
    reason: str
    collection: str
    writes: bool
    about: tuple[str, ...]


class LedgerLines(msgspec.Struct, frozen=True):
    """`next` is the place to go on before, 0 where nothing more is."""

    lines: list[LedgerLine]
    next: int
