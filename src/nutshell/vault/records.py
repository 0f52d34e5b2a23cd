"""The open vault: sealed records of one subject, read in one statement and written by compare-and-swap."""

import random
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from nutshell.common import errors
from nutshell.envelope.kdf import mac

from . import store
from .draft import Draft
from .keys import Keys
from .shelf import Found, Shelf
from .signers import Signers
from .store import RaceLost
from .types import MONTHLY, SHELVES, Address, AlreadyDone, Change, Edit, Once, Sheet, Span

TRIES = 25
"""Rounds of a write that keeps losing against other writers of the same shelf, before it gives up."""
LONGEST_PAUSE = 0.02
"""Seconds: a lost race waits a random time up to this, growing with the round."""
LARGEST = {"index": 64 * 1024}
"""Bytes of content that a record of a collection may have."""
LARGEST_RECORD = 1024 * 1024
EVERYTHING = frozenset(SHELVES)


class Fetched(NamedTuple):
    """The rows of one record and of its shelf, not opened yet."""

    generations: list[store.ShelfRow]
    record_id: bytes
    record: store.RecordRow | None


class Vault:
    """An `OpenVault` (see types). `writable`: collections that may be written; others raise Forbidden.

    With a `span`, records of other days in monthly collections read as absent and are not written.
    """

    def __init__(
        self, subject: UUID, author: UUID, keys: Keys, writable: frozenset[str] = EVERYTHING, span: Span | None = None
    ) -> None:
        self.subject, self.author = subject, author
        self._keys, self._writable, self._span = keys, writable, span
        self._shelves: dict[tuple[str, str], Shelf] = {}
        self._sheets: dict[Address, Sheet] = {}
        self._fetched: dict[Address, Fetched] = {}
        self._signers = Signers(subject, keys.owner_public)

    # ---------- reading ----------

    def read(self, addresses: Sequence[Address]) -> list[Sheet]:
        if self._span is not None:
            outside = [address for address in addresses if not self._in_span(address)]
            self._sheets.update((address, Sheet(address, 0, None)) for address in outside)
        missing = [address for address in addresses if address not in self._sheets]
        self.fetch(missing)
        self._open(dict.fromkeys(missing))
        return [self._sheets[address] for address in addresses]

    def fetch(self, addresses: Sequence[Address]) -> None:
        missing = [
            address
            for address in addresses
            if address not in self._sheets and address not in self._fetched and self._in_span(address)
        ]
        if missing:
            self._fetch(missing)

    def stamp(self, address: Address) -> int:
        if address in self._sheets:
            return self._sheets[address].version
        self.fetch([address])
        row = self._fetched[address].record
        return row.version if row else 0

    def read_shelf(self, collection: str, month: str = "") -> list[Sheet]:
        return self._read_all([(collection, month)])

    def read_months(self, collection: str, months: Sequence[str]) -> list[Sheet]:
        return self._read_all([(collection, month) for month in months])

    def _shelf(self, collection: str, month: str) -> Shelf:
        shelf = self._shelves.get((collection, month))
        if shelf is None:
            _check_place(collection, month)
            shelf = Shelf(self.subject, collection, self._keys.shelf(collection, month), self._signers)
            self._shelves[collection, month] = shelf
        return shelf

    def _fetch(self, addresses: Sequence[Address], once: bytes | None = None) -> None:
        spots = {address: self._shelf(address.collection, address.month) for address in addresses}
        ids = {address: shelf.record_id(address.name) for address, shelf in spots.items()}
        found = store.read(self.subject, [*{shelf.tag for shelf in spots.values()}], [*ids.values()], once)
        if found.done:
            raise AlreadyDone(found.done)
        generations = _by_shelf(spots.values(), found)
        rows = {row.record_id: row for row in found.records}
        self._fetched.update(
            (address, Fetched(generations[shelf.tag], ids[address], rows.get(ids[address])))
            for address, shelf in spots.items()
        )

    def _open(self, addresses: Iterable[Address]) -> None:
        for address in addresses:
            fetched, shelf = self._fetched.pop(address), self._shelf(address.collection, address.month)
            shelf.refresh(fetched.generations)
            opened = shelf.open(fetched.record_id, fetched.record)
            self._sheets[address] = Sheet(address, opened.version, opened.content)

    def _load(self, addresses: Sequence[Address], once: bytes | None) -> None:
        """Afresh, whatever was read before."""
        self._fetch(addresses, once)
        self._open(dict.fromkeys(addresses))

    def _read_all(self, places: Sequence[tuple[str, str]]) -> list[Sheet]:
        shelves = [self._shelf(*place) for place in places]
        if not shelves:
            return []
        found = store.read(self.subject, [shelf.tag for shelf in shelves], None)
        _refresh(shelves, found)
        rows: dict[bytes, list[store.RecordRow]] = {shelf.tag: [] for shelf in shelves}
        for row in found.records:
            rows[row.tag].append(row)
        return [
            Sheet(Address(*place, ""), opened.version, opened.content)
            for place, shelf in zip(places, shelves, strict=True)
            for opened in self._spanned(place[1], shelf, shelf.open_all(rows[shelf.tag]))
        ]

    def versions(self, addresses: Sequence[Address]) -> list[int]:
        unread = [place for place in {address[:2] for address in addresses} if place not in self._shelves]
        if unread:
            shelves = [self._shelf(*place) for place in unread]
            _refresh(shelves, store.read(self.subject, [shelf.tag for shelf in shelves], []))
        return [
            self._shelf(*address[:2]).version(address.name) if self._in_span(address) else 0 for address in addresses
        ]

    def _in_span(self, address: Address) -> bool:
        return self._span is None or not address.month or self._span.holds(address.name)

    def _spanned(self, month: str, shelf: Shelf, opened: list[Found]) -> list[Found]:
        """Those of the span's days. Contents know their days, but ids are enough and trust no content."""
        if self._span is None or not month:
            return opened
        wanted = {shelf.record_id(name) for name in self._span.of_month(month)}
        return [one for one in opened if one.record_id in wanted]

    # ---------- writing ----------

    def write(self, changes: Sequence[Change], once: Once | None = None) -> list[Sheet]:
        self._check(changes)
        addresses = [change.address for change in changes]
        for tried in range(TRIES):
            for change, sheet in zip(changes, self.read(addresses), strict=True):
                if sheet.version != change.expected_version:
                    raise errors.Conflict
            try:
                return self._commit(changes, once)
            except RaceLost:
                self._retry(addresses, self._hash(once, addresses), tried)
        raise errors.Conflict

    def change(self, addresses: Sequence[Address], edit: Edit, once: Once | None = None) -> list[Sheet]:
        if once is not None:
            self._load(addresses, self._hash(once, addresses))
        for tried in range(TRIES):
            sheets = self.read(addresses)
            contents = edit([sheet.content for sheet in sheets])
            changes = [
                Change(sheet.address, sheet.version, content)
                for sheet, content in zip(sheets, contents, strict=True)
                if content != sheet.content
            ]
            try:
                self._write_any(changes, once)
                return self.read(addresses)
            except errors.Conflict:
                _pause(tried)
                self._forget(addresses)
        raise errors.Conflict

    def _write_any(self, changes: Sequence[Change], once: Once | None) -> None:
        if changes:
            self.write(changes, once)

    def mint(self, collection: str, month: str = "") -> None:
        """A new generation of a shelf: from now on writes go there. Needed when somebody's reach ends."""
        shelf = self._shelf(collection, month)
        found = store.read(self.subject, [shelf.tag], [])
        shelf.refresh(found.shelves)
        draft = Draft(shelf, self._keys)
        draft.mint()
        self._store([draft])

    def _check(self, changes: Iterable[Change]) -> None:
        for address, _, content in changes:
            if address.collection not in self._writable or not self._in_span(address):
                raise errors.Forbidden
            if content is not None and len(content) > LARGEST.get(address.collection, LARGEST_RECORD):
                raise errors.TooLarge

    def _commit(self, changes: Sequence[Change], once: Once | None) -> list[Sheet]:
        drafts: dict[bytes, Draft] = {}
        sheets: list[Sheet] = []
        for address, _, content in changes:
            shelf = self._shelf(address.collection, address.month)
            draft = drafts.get(shelf.tag) or drafts.setdefault(shelf.tag, Draft(shelf, self._keys))
            sheets.append(Sheet(address, *draft.put(shelf.record_id(address.name), content)))
        self._store(list(drafts.values()), once, self._hash(once, [change.address for change in changes]))
        self._sheets.update((sheet.address, sheet) for sheet in sheets)
        return sheets

    def _store(self, drafts: Sequence[Draft], once: Once | None = None, key_hash: bytes | None = None) -> None:
        for draft in drafts:
            draft.seal()
        with store.writing(self.subject) as writing:
            # Always in the same order: two writers of the same shelves then never wait for each other.
            for draft in sorted(drafts, key=lambda draft: draft.tag):
                draft.store(writing)
            if any(draft.has_minted for draft in drafts):
                writing.ask_for_rings()
            if once and key_hash:
                writing.keep_once(key_hash, once.result)
        for draft in drafts:
            draft.settle()
        self._fetched.clear()

    def _hash(self, once: Once | None, addresses: Sequence[Address]) -> bytes | None:
        """What is kept of an idempotency key: a hash keyed by the collection, the same for owner and token."""
        if once is None:
            return None
        key = self._keys.shelf(addresses[0].collection, addresses[0].month).once_key
        return mac(key, "idempotency", once.key, length=16)

    def _retry(self, addresses: Sequence[Address], once: bytes | None, tried: int) -> None:
        _pause(tried)
        self._forget(addresses)
        self._load(addresses, once)

    def _forget(self, addresses: Iterable[Address]) -> None:
        for address in addresses:
            self._sheets.pop(address, None)


def _pause(tried: int) -> None:
    """After the first lost race: a random time, so that writers who lose to each other spread."""
    if tried:
        time.sleep(random.uniform(0, LONGEST_PAUSE * min(1.0, tried / 5)))  # noqa: S311 - spreads writers


def _by_shelf(shelves: Iterable[Shelf], found: store.Found) -> dict[bytes, list[store.ShelfRow]]:
    rows: dict[bytes, list[store.ShelfRow]] = {shelf.tag: [] for shelf in shelves}
    for row in found.shelves:
        rows[row.tag].append(row)
    return rows


def _refresh(shelves: Sequence[Shelf], found: store.Found) -> None:
    rows = _by_shelf(shelves, found)
    for shelf in shelves:
        shelf.refresh(rows[shelf.tag])


def _check_place(collection: str, month: str) -> None:
    if collection not in SHELVES or bool(month) != (collection in MONTHLY):
        raise ValueError(f"no shelf {month!r} in the collection {collection!r}")
