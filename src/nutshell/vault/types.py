"""What the rooms above see of the vault. Pure Python: the tracker's rooms import this and nothing else of it."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from nutshell.common import clock
from nutshell.common.clock import Day

MONTHLY = ("diary", "notes", "biometrics", "exercise", "fasting")
"""Collections with one shelf a calendar month."""
UNDATED = ("foods", "targets", "profile", "index")
"""Collections with one shelf that always stands at its current state."""
COLLECTIONS = MONTHLY + UNDATED
NEVER_GRANTED = ("index",)
WRITABLE = frozenset(("diary", "notes", "targets", "biometrics", "exercise", "fasting"))
"""What a family member or a professional may be let to write."""
WRITABLE_SINCE = {"targets": 2}
"""The version of the owner's text that first said so: an older grant does not come to mean more."""
CLINICAL = "clinical"
"""What clinics wrote about a person, in the person's own hands: read by nobody else, and no token's."""
REACH, OFFICE, CLIENTS, CHARTS = OF_CLINICS = ("reach", "office", "clients", "charts")
"""A clinic's own collections, all undated: its sealing key, its whole bundle, its list of clients, its notes on them.
Whoever is granted `REACH` may fetch for the clinic."""
SHELVES = (*COLLECTIONS, CLINICAL, *OF_CLINICS)
"""Every collection that a vault can hold."""


def text_lets_write(text: str, collection: str) -> bool:
    """Whether the text that an owner read before granting to write says so of this collection.

    `text` ends with its version; a clinic's names the client before it.
    """
    version = text.rpartition("/")[2]
    return collection in WRITABLE and version.isdecimal() and int(version) >= WRITABLE_SINCE.get(collection, 1)


class Address(NamedTuple):
    """Where a record lies: collection, month (`YYYY-MM`, empty for undated), name (a date or a UUID text)."""

    collection: str
    month: str
    name: str


class Span(NamedTuple):
    """Days, both inclusive; None for no bound."""

    first: Day | None
    last: Day | None

    def holds(self, name: str) -> bool:
        """Whether a dated record's name is one of these days."""
        try:
            day = clock.parse_day(name)
        except ValueError:
            return False
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def of_month(self, month: str) -> list[str]:
        """The names of its days in this month (`YYYY-MM`)."""
        year, number = map(int, month.split("-"))
        names = (f"{month}-{day:02d}" for day in range(1, monthrange(year, number)[1] + 1))
        return [name for name in names if self.holds(name)]


class Sheet(msgspec.Struct, frozen=True):
    """An opened record. `version` 0 and `content` None: there is none at this address."""

    address: Address
    version: int
    content: bytes | None


class Change(NamedTuple):
    """Write `content` (None removes) where the version is still `expected_version` (0: nothing there)."""

    address: Address
    expected_version: int
    content: bytes | None


class Once(NamedTuple):
    """An idempotency key (as the client sent it) and the id of what the write makes."""

    key: str
    result: UUID


class AlreadyDone(Exception):  # noqa: N818 - an answer, not an error
    """The idempotency key was used before; `result` is what it made then."""

    def __init__(self, result: UUID) -> None:
        self.result = result
        super().__init__("already done")


Edit = Callable[[list[bytes | None]], list[bytes | None]]


class OpenVault(Protocol):
    """One person's collections, opened for one actor and one purpose. Made by the gate only."""

    @property
    def subject(self) -> UUID:
        """Whose data this is."""

    @property
    def author(self) -> UUID:
        """The subject that acts; equal to `subject` for an owner."""

    def read(self, addresses: Sequence[Address]) -> list[Sheet]:
        """The records at these addresses, in order. One statement for those not read before in this vault."""

    def fetch(self, addresses: Sequence[Address]) -> None:
        """Take these from the database in one statement and open none: a `read` that follows needs no other."""

    def stamp(self, address: Address) -> int:
        """The version that stands beside the sealed record, 0 where there is none. It is not opened.

        It tells that a record changed; what the record says, only `read` knows.
        """

    def read_shelf(self, collection: str, month: str = "") -> list[Sheet]:
        """All records of one shelf. Names in the addresses are empty: contents carry their own ids."""

    def read_months(self, collection: str, months: Sequence[str]) -> list[Sheet]:
        """All records of several monthly shelves, in one statement. Names are empty."""

    def versions(self, addresses: Sequence[Address]) -> list[int]:
        """The versions of the records at these addresses, 0 where there is none, as their shelves list them.

        No record is opened; one statement for shelves that were not read before in this vault.
        """

    def write(self, changes: Sequence[Change], once: Once | None = None) -> list[Sheet]:
        """All changes or none. Raises errors.Conflict when a version moved, AlreadyDone for a used key."""

    def change(self, addresses: Sequence[Address], edit: Edit, once: Once | None = None) -> list[Sheet]:
        """Read, `edit` the contents (None: absent), write; repeated with fresh contents after a conflict.

        `edit` may be called several times. A content that `edit` returns unchanged is not written.
        """
