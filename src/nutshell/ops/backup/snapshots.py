"""Copies of several SQLite databases as they were at one moment, while everybody goes on."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30.0
"""How long a writer may keep us waiting."""


@contextmanager
def snapshots(paths: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    """A connection to each database, all of which see the same moment.

    Every database is locked for writing while the readers begin, so no write lies between them: what the copies hold
    is what a crash at that moment would have left, and that is made to be recovered from. Raises sqlite3.Error.
    """
    with ExitStack() as kept:
        with ExitStack() as locks:
            for path in paths.values():
                _begin(locks, path, "BEGIN IMMEDIATE")
            found = {name: _begin(kept, path, "BEGIN") for name, path in paths.items()}
        yield found


def _begin(stack: ExitStack, path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.as_uri()}?mode=rw"  # a database that is not there is not made
    connection = stack.enter_context(closing(sqlite3.connect(uri, PATIENCE_SECONDS, isolation_level=None, uri=True)))
    connection.execute(how)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
    return connection


def copy(source: sqlite3.Connection, target: Path) -> None:
    """What this connection sees, as one file without a log beside it. Raises sqlite3.Error."""
    with closing(sqlite3.connect(target)) as copied:
        source.backup(copied)
        copied.execute("PRAGMA journal_mode=DELETE")
