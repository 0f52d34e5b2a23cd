"""One shelf in memory: its generations with their keys and manifests, and what is checked on every read."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.envelope import shelves
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.kdf import equal, new_key
from nutshell.envelope.shelves import Listed, Manifest, Place

from .keys import ShelfKeys
from .signers import Signers
from .store import RecordRow, ShelfRow

SCHEMA = 1
"""How contents are packed: MessagePack with a version of its own inside (docs/envelope-v1.md)."""


class Opened(NamedTuple):
    """A record's version and content; (0, None) where there is none."""

    version: int
    content: bytes | None


ABSENT = Opened(0, None)
OWNER_FIRST = N_("The owner has to open Nutshell once before this can be written.")


class Found(NamedTuple):
    """A record with its id, which is all that names it."""

    record_id: bytes
    version: int
    content: bytes | None


class Generation:
    """A generation's key and current manifest. Its repr shows neither."""

    __slots__ = ("key", "manifest", "place", "row")

    def __init__(self, place: Place, key: bytes, manifest: Manifest, row: ShelfRow) -> None:
        self.place, self.key, self.manifest, self.row = place, key, manifest, row

    def __repr__(self) -> str:
        return f"<Generation {self.place.generation}>"


class Shelf:
    """One shelf of one subject, as last read. Generations stand oldest first.

    Those beyond the reach of a grantee's keys read as absent, with the records in them.
    """

    def __init__(self, subject: UUID, collection: str, keys: ShelfKeys, signers: Signers) -> None:
        self._subject, self._collection, self._keys, self._signers = subject, collection, keys, signers
        self._locator = keys.locator
        self.tag = self._locator.tag()
        self.generations: list[Generation] = []
        self._unwrapped: dict[bytes, bytes] = {}
        self._beyond: set[int] = set()
        self._taken: Sequence[ShelfRow] | None = None

    def record_id(self, name: str) -> bytes:
        return self._locator.record_id(name)

    def place(self, generation: int) -> Place:
        return Place(self._subject, self.tag, generation)

    def refresh(self, rows: Sequence[ShelfRow]) -> None:
        """Take over what was read (once, though several records came with it).

        Raises Tampered where a key or manifest does not open.
        """
        if rows is self._taken:
            return
        try:
            opened = [self._open(row) for row in sorted(rows, key=lambda row: row.generation)]
        except EnvelopeError:
            raise errors.Tampered from None
        self.generations = [one for one in opened if one is not None]
        self._taken = rows

    def _open(self, row: ShelfRow) -> Generation | None:
        place = self.place(row.generation)
        key = self._unwrapped.get(row.wrapped_key) or self._keys.open(place, row.wrapped_key)
        if key is None:
            self._beyond.add(row.generation)
            return None
        self._unwrapped[row.wrapped_key] = key
        if row.shared or row.signer is not None:
            self._signers.check(self._collection, place, row)
        return Generation(place, key, shelves.open_manifest(key, place, row.manifest_version, row.manifest), row)

    def holder(self, record_id: bytes) -> Generation | None:
        """The one generation that lists the record. Raises Tampered when two do."""
        holders = [one for one in self.generations if record_id in one.manifest.records]
        if len(holders) > 1:
            raise errors.Tampered
        return holders[0] if holders else None

    def version(self, name: str) -> int:
        """The version that the manifests list for a record, 0 where they list none. Raises Tampered as `holder`."""
        record_id = self.record_id(name)
        holder = self.holder(record_id)
        return holder.manifest.records[record_id].version if holder else 0

    def open(self, record_id: bytes, row: RecordRow | None) -> Opened:
        """The record, if row and manifest agree on it: listed and present, or neither."""
        holder = self.holder(record_id)
        if holder is None and (row is None or row.generation in self._beyond):
            return ABSENT
        if holder is None or row is None or row.generation != holder.place.generation:
            raise errors.Tampered
        return _open_listed(holder, record_id, row)

    def open_all(self, rows: Sequence[RecordRow]) -> "list[Found]":
        """All records of the shelf, in no order. Nothing may be missing, nothing may be more."""
        listed = sum(len(one.manifest.records) for one in self.generations)
        reached = [row for row in rows if row.generation not in self._beyond]
        if listed != len(reached):
            raise errors.Tampered
        return [Found(row.record_id, *self.open(row.record_id, row)) for row in reached]

    def newest(self) -> Generation | None:
        """The generation that takes writes, None where there is none yet. Raises Conflict when it is beyond reach."""
        last = self.generations[-1] if self.generations else None
        if any(last is None or number > last.place.generation for number in self._beyond):
            raise errors.Conflict(OWNER_FIRST)
        return last

    def mint(self) -> Generation:
        """A new, empty generation with its own random key; nothing is stored yet."""
        place = self.place(self.generations[-1].place.generation + 1 if self.generations else 1)
        key = new_key()
        wrapped = self._keys.wrap(place, key)
        row = ShelfRow(self.tag, place.generation, wrapped, 0, False, b"", None, None)
        return Generation(place, key, Manifest(shelves.MANIFEST_FORMAT, 0, {}), row)


def _open_listed(holder: Generation, record_id: bytes, row: RecordRow) -> Opened:
    line: Listed = holder.manifest.records[record_id]
    if line.version != row.version or not equal(line.hash, shelves.sealed_hash(row.sealed)):
        raise errors.Tampered
    try:
        content = shelves.open_record(holder.key, holder.place, record_id, row.version, row.schema, row.sealed)
    except EnvelopeError:
        raise errors.Tampered from None
    return Opened(row.version, content)
