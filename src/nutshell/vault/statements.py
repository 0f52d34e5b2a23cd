"""Hand-written statements of the hot path, run without Django's cursor layers where the database is SQLite.

Those layers (two wrappers, a regular expression over the statement, one error context each) cost more than the
statement itself. Errors come as Django's all the same; whoever watches queries still sees every one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db import transaction as django_transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def rows(alias: str, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows that the statement (parameters as `%s`) finds in the database of this alias."""
    connection = connections[alias]
    if _is_plain(connection):
        with connection.wrap_database_errors:
            return list(connection.connection.execute(_question_marks(statement), values))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def changed(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> int:
    """Runs a statement that writes; how many rows it changed."""
    if _is_plain(connection):
        with connection.wrap_database_errors:
            return int(connection.connection.execute(_question_marks(statement), values).rowcount)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


@contextmanager
def transaction(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """A write transaction of this alias: committed at the end of the block, rolled back by any exception."""
    connection = connections[alias]
    if connection.in_atomic_block or not _is_plain(connection):
        with django_transaction.atomic(using=alias):
            yield connection
        return
    raw = connection.connection
    with connection.wrap_database_errors:
        raw.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        with connection.wrap_database_errors:
            raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _is_plain(connection: BaseDatabaseWrapper) -> bool:
    """Whether this is SQLite, connected, and nobody watches its queries."""
    if connection.vendor != "sqlite" or connection.execute_wrappers or connection.force_debug_cursor:
        return False
    if connection.connection is None:
        connection.ensure_connection()
    return True


@lru_cache(maxsize=512)
def _question_marks(statement: str) -> str:
    return statement.replace("%s", "?")
