"""Every place where somebody's rows may lie, read from the live schema and not from a list to be kept.

A table belongs to a subject by a column of `SUBJECT_COLUMNS`, to a user by `user_id` or a foreign key to
the user table, and to a doomed row by a foreign key to it. There are no exemptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

SUBJECT_COLUMNS = ("subject_id", "owner_id", "grantee_id", "writer_id", "founder_id")
"""Columns that hold a subject's UUID, in whatever table."""
USER_COLUMN = "user_id"
_COLUMNS = {
    "postgresql": "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
    "sqlite": "SELECT name FROM pragma_table_info(%s)",
}
"""The catalog's own words: Django would read a row, which a role may not of every table, or parse each definition."""


@dataclass(frozen=True)
class Rows:
    """Rows of one table: those where `column` is among `values`, or among a column of other doomed rows."""

    table: str
    column: str
    values: tuple[Any, ...] = ()
    parent: "Rows | None" = None
    parent_column: str = ""

    def where(self, quote: Any) -> tuple[str, list[Any]]:
        if self.parent is None:
            marks = ", ".join(["%s"] * len(self.values))
            return f"{quote(self.column)} IN ({marks})", list(self.values)
        inner, values = self.parent.where(quote)
        chosen = f"SELECT {quote(self.parent_column)} FROM {quote(self.parent.table)} WHERE {inner}"  # noqa: S608
        return f"{quote(self.column)} IN ({chosen})", values


def user_key() -> tuple[str, str]:
    """The user table and the column of its key."""
    meta = get_user_model()._meta
    return meta.db_table, str(meta.pk.column)


class Schema:
    """The tables of one database with their columns and foreign keys."""

    def __init__(self, alias: str) -> None:
        self.connection: BaseDatabaseWrapper = connections[alias]
        with self.connection.cursor() as cursor:
            self.tables = {name: self._columns(cursor, name) for name in self._names(cursor)}
            self.relations = {name: self._foreign_keys(cursor, name) for name in self.tables}

    def _names(self, cursor: CursorWrapper) -> list[str]:
        return sorted(self.connection.introspection.table_names(cursor))

    def _columns(self, cursor: CursorWrapper, table: str) -> list[str]:
        named = self.connection.ops.quote_name(table) if self.connection.vendor == "postgresql" else table
        cursor.execute(_COLUMNS[self.connection.vendor], [named])
        return [name for (name,) in cursor.fetchall()]

    def _foreign_keys(self, cursor: CursorWrapper, table: str) -> list[tuple[str, str, str]]:
        """(column, other table, other column) each."""
        found = self.connection.introspection.get_relations(cursor, table)
        return [(column, target[1], target[0]) for column, target in found.items()]

    def uuid(self, value: UUID) -> UUID | str:
        return value if self.connection.features.has_native_uuid_field else value.hex

    def of_subject(self, subject: UUID) -> list[Rows]:
        value = (self.uuid(subject),)
        found = [(table, column) for table, columns in self.tables.items() for column in columns]
        return [Rows(table, column, value) for table, column in found if column in SUBJECT_COLUMNS]

    def of_users(self, users: tuple[Any, ...]) -> list[Rows]:
        """Rows that name the users, and the users themselves."""
        table, key = user_key()
        named = [Rows(name, USER_COLUMN, users) for name, columns in self.tables.items() if USER_COLUMN in columns]
        return [*named, Rows(table, key, users)] if table in self.tables and users else []

    def with_children(self, rows: Rows, above: tuple[str, ...] = ()) -> Iterator[Rows]:
        """The rows and all that refer to them, children first."""
        for table, relations in self.relations.items():
            for column, parent, parent_column in relations:
                if parent == rows.table and table not in (*above, rows.table):
                    child = Rows(table, column, parent=rows, parent_column=parent_column)
                    yield from self.with_children(child, (*above, rows.table))
        yield rows

    def delete(self, rows: Rows) -> int:
        quote = self.connection.ops.quote_name
        where, values = rows.where(quote)
        with self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {quote(rows.table)} WHERE {where}", values)  # noqa: S608 - names of the schema
            return int(cursor.rowcount)

    def values(self, rows: Rows, column: str) -> set[Any]:
        quote = self.connection.ops.quote_name
        where, values = rows.where(quote)
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT {quote(column)} FROM {quote(rows.table)} WHERE {where}", values)  # noqa: S608
            return {row[0] for row in cursor.fetchall()}

    def subjects(self) -> set[UUID]:
        """Every subject that any table names."""
        quote = self.connection.ops.quote_name
        found: set[UUID] = set()
        with self.connection.cursor() as cursor:
            for rows in self.of_subject(UUID(int=0)):
                column = quote(rows.column)
                query = f"SELECT DISTINCT {column} FROM {quote(rows.table)} WHERE {column} IS NOT NULL"  # noqa: S608
                cursor.execute(query)
                found.update(one if isinstance(one, UUID) else UUID(one) for (one,) in cursor.fetchall())
        return found
