"""One writer at a time on SQLite, in the order of asking.

SQLite's own busy waiting polls: under many writers some wait for seconds. A lock file beside the
database queues them in the kernel instead (figures: docs/decisions/0005-a-lock-file-queues-sqlite-writers.md).
PostgreSQL needs none of this.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


def _lock_path(connection: BaseDatabaseWrapper) -> str | None:
    name = str(connection.settings_dict["NAME"])
    in_memory = name.startswith("file:") or ":memory:" in name
    return None if connection.vendor != "sqlite" or in_memory or connection.in_atomic_block else f"{name}.lock"


@contextmanager
def one_writer(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the database's write lock. Nothing to do inside a transaction that holds it already."""
    path = _lock_path(connection)
    if path is None:
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
