"""The statements of the hot path, written out: one reads, a short transaction writes.

They run on SQLite and PostgreSQL alike. A read is one statement, so that manifests and records come
from one snapshot; a write is a compare-and-swap on every row that it changes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from nutshell.common import clock, errors, ids

from . import statements
from .locks import one_writer
from .rows_of import of_subject, rows_of

DATABASE = "records"
ONCE_KEPT = timedelta(hours=24)


class ShelfRow(NamedTuple):
    """One generation of a shelf, as stored."""

    tag: bytes
    generation: int
    wrapped_key: bytes
    manifest_version: int
    shared: bool
    manifest: bytes
    signer: bytes | None
    signature: bytes | None


class RecordRow(NamedTuple):
    """One sealed record, as stored."""

    tag: bytes
    generation: int
    record_id: bytes
    version: int
    schema: int
    sealed: bytes


class Found(NamedTuple):
    """What one statement read; `done` is the result kept for the idempotency key, if any."""

    shelves: list[ShelfRow]
    records: list[RecordRow]
    done: UUID | None


class RaceLost(Exception):  # noqa: N818 - a turn of events, retried by the caller
    """Another writer changed one of the rows first; nothing of the transaction stays."""


_SHELF, _RECORD, _ONCE = 0, 1, 2
# Without the subject's row nothing is found: erasing deletes that row first.
_LIVE = " AND EXISTS (SELECT 1 FROM subject WHERE subject_id = %s)"
_SHELVES = (
    "SELECT 0, tag, generation, wrapped_key, manifest_version, CASE WHEN shared THEN 1 ELSE 0 END, manifest,"
    " signer, signature FROM shelf WHERE subject_id = %s AND tag IN ({tags}){live}"
)
_RECORDS = (
    " UNION ALL SELECT 1, tag, generation, record_id, version, schema, sealed, NULL, NULL"
    " FROM record WHERE subject_id = %s AND tag IN ({tags}){live}"
)
_SOME = " AND record_id IN ({ids})"
_KEPT = (
    " UNION ALL SELECT 2, result, 0, NULL, 0, 0, NULL, NULL, NULL"
    " FROM idempotency WHERE subject_id = %s AND key_hash = %s AND created_at > %s"
)

_SUBJECT = "SELECT 1 FROM subject WHERE subject_id = %s"
_SUBJECT_LOCKED = "SELECT 1 FROM subject WHERE subject_id = %s FOR SHARE"


def _marks(number: int) -> str:
    """Placeholders for IN (...); NULL, which nothing equals, for none (PostgreSQL refuses an empty list)."""
    return ", ".join(["%s"] * number) or "NULL"


def key_of(subject: UUID) -> UUID | str:
    """A subject as the database keeps it: a native UUID, or 32 hex digits on SQLite."""
    return subject if connections[DATABASE].features.has_native_uuid_field else subject.hex


def _moment(moment: Any) -> Any:
    return connections[DATABASE].ops.adapt_datetimefield_value(moment)


def read(subject: UUID, tags: Sequence[bytes], ids: Sequence[bytes] | None, once: bytes | None = None) -> Found:
    """The shelves `tags` with all their generations, and their records `ids` (None: all of them)."""
    key = key_of(subject)
    values = [key, *tags, key, key, *tags, key]
    if ids is not None:
        values += ids
    if once is not None:
        values += (key, once, _moment(clock.now() - ONCE_KEPT))
    query = _query(len(tags), None if ids is None else len(ids), once is not None)
    with rows_of(subject):
        return _sorted(statements.rows(DATABASE, query, values))


@lru_cache(maxsize=512)
def _query(tags: int, ids: int | None, once: bool) -> str:
    """The statement for so many tags and record ids (None: all)."""
    query = _SHELVES + _RECORDS + (_SOME if ids is not None else "") + (_KEPT if once else "")
    return query.format(tags=_marks(tags), ids=_marks(ids or 0), live=_LIVE)


def _sorted(rows: Sequence[tuple[Any, ...]]) -> Found:
    found = Found([], [], None)
    for row in rows:
        if row[0] == _SHELF:
            found.shelves.append(ShelfRow(*row[1:]))
        elif row[0] == _RECORD:
            found.records.append(RecordRow(*row[1:7]))
        else:
            found = found._replace(done=UUID(bytes=row[1]))
    return found


_ALL_SHELVES = (
    "SELECT tag, generation, wrapped_key, manifest_version, CASE WHEN shared THEN 1 ELSE 0 END, manifest, signer,"
    " signature FROM shelf WHERE subject_id = %s"
)


@of_subject
def shelves_of(subject: UUID) -> dict[bytes, list[ShelfRow]]:
    """Every shelf of a subject, by tag."""
    found: dict[bytes, list[ShelfRow]] = {}
    for row in statements.rows(DATABASE, _ALL_SHELVES, [key_of(subject)]):
        found.setdefault(bytes(row[0]), []).append(ShelfRow(*row))
    return found


class Writing:
    """One open write transaction. Every method raises RaceLost where its row is not as expected."""

    def __init__(self, connection: BaseDatabaseWrapper, subject: UUID) -> None:
        self._connection = connection
        self._subject = key_of(subject)

    def run(self, query: str, *values: Any) -> int:
        """Another room's statement in this transaction; how many rows it changed."""
        return statements.changed(self._connection, query, values)

    def _one(self, query: str, *values: Any) -> None:
        if self.run(query, *values) != 1:
            raise RaceLost

    def lock(self) -> None:
        """Nobody else decides about the subject's rows before this transaction ends. NotFound when it is gone."""
        locking = self._connection.features.has_select_for_update
        query = f"{_SUBJECT} FOR UPDATE" if locking else _SUBJECT
        if not statements.rows(DATABASE, query, [self._subject]):
            raise errors.NotFound

    def insert_shelf(self, row: ShelfRow) -> None:
        """A new generation. Raises NotFound when the subject is gone (erased meanwhile)."""
        self._check_subject()
        self._one(
            "INSERT INTO shelf (subject_id, tag, generation, wrapped_key, manifest_version, shared, manifest, signer,"
            " signature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            *(self._subject, *row),
        )

    def _check_subject(self) -> None:
        locking = self._connection.features.has_select_for_update
        if not statements.rows(DATABASE, _SUBJECT_LOCKED if locking else _SUBJECT, [self._subject]):
            raise errors.NotFound

    def update_manifest(self, row: ShelfRow, expected: int) -> None:
        self._one(
            "UPDATE shelf SET manifest_version = %s, manifest = %s, shared = %s, signer = %s, signature = %s"
            " WHERE subject_id = %s AND tag = %s AND generation = %s AND manifest_version = %s",
            *(row.manifest_version, row.manifest, bool(row.shared), row.signer, row.signature),
            *(self._subject, row.tag, row.generation, expected),
        )

    def rewrap_shelf(self, row: ShelfRow, expected: int) -> None:
        """The same with another wrapped key."""
        self._one(
            "UPDATE shelf SET wrapped_key = %s WHERE subject_id = %s AND tag = %s AND generation = %s",
            *(row.wrapped_key, self._subject, row.tag, row.generation),
        )
        self.update_manifest(row, expected)

    def count_shelves(self) -> int:
        """Generations of all the subject's shelves."""
        query = "SELECT count(*) FROM shelf WHERE subject_id = %s"
        return int(statements.rows(DATABASE, query, [self._subject])[0][0])

    def insert_record(self, row: RecordRow) -> None:
        self._one(
            "INSERT INTO record (subject_id, tag, generation, record_id, version, schema, sealed)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            *(self._subject, *row),
        )

    def update_record(self, row: RecordRow, expected: int) -> None:
        self._one(
            "UPDATE record SET generation = %s, version = %s, schema = %s, sealed = %s"
            " WHERE subject_id = %s AND tag = %s AND record_id = %s AND version = %s",
            *(row.generation, row.version, row.schema, row.sealed),
            *(self._subject, row.tag, row.record_id, expected),
        )

    def delete_record(self, tag: bytes, record_id: bytes, expected: int) -> None:
        self._one(
            "DELETE FROM record WHERE subject_id = %s AND tag = %s AND record_id = %s AND version = %s",
            *(self._subject, tag, record_id, expected),
        )

    def ask_for_rings(self) -> None:
        """A shelf key was made: whoever is granted something waits for the owner's keys to pass it on."""
        self.run(
            "INSERT INTO errand (subject_id, errand_id, kind, payload, created_at) SELECT %s, %s, %s, %s, %s"
            ' WHERE EXISTS (SELECT 1 FROM "grant" WHERE subject_id = %s AND state IN (%s, %s))',
            *(self._subject, key_of(ids.new_id()), "rings", b"", _moment(clock.now())),
            *(self._subject, "active", "paused"),
        )

    def keep_once(self, key_hash: bytes, result: UUID) -> None:
        """Remember what an idempotency key made. RaceLost when it is in use; an expired one is taken over."""
        now = clock.now()
        self._one(
            "INSERT INTO idempotency (subject_id, key_hash, result, created_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (subject_id, key_hash) DO UPDATE SET result = excluded.result,"
            " created_at = excluded.created_at WHERE idempotency.created_at <= %s",
            *(self._subject, key_hash, result.bytes, _moment(now), _moment(now - ONCE_KEPT)),
        )


@contextmanager
def writing(subject: UUID) -> Iterator[Writing]:
    """A write transaction: committed at the end of the block, rolled back by any exception."""
    with rows_of(subject), one_writer(connections[DATABASE]), statements.transaction(DATABASE) as connection:
        yield Writing(connection, subject)


def sweep_once() -> int:
    """Delete idempotency keys older than 24 hours, of everybody. Returns how many."""
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("DELETE FROM idempotency WHERE created_at <= %s", [_moment(clock.now() - ONCE_KEPT)])
        return int(cursor.rowcount)
