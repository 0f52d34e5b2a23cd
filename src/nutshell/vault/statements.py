"""Hand-written statements of the hot path, run without Django's cursor layers where the database is SQLite.

Those layers (two wrappers, a regular expression over the statement, one error context each) cost more than the
statement itself. Errors come as Django's all the same; whoever watches queries still sees every one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


def rows(alias: str, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows that the statement (parameters as `%s`) finds in the database of this alias."""
    with _run(connections[alias], statement, values) as cursor:
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def changed(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> int:
    """Runs a statement that writes; how many rows it changed."""
    with _run(connection, statement, values) as cursor:
        return int(cursor.rowcount)


@contextmanager
def _run(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> Iterator[Any]:
    if connection.vendor != "sqlite" or connection.execute_wrappers or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            yield cursor
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield connection.connection.execute(_question_marks(statement), values)


@lru_cache(maxsize=512)
def _question_marks(statement: str) -> str:
    return statement.replace("%s", "?")
