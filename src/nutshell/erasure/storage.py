"""SQLite files after a deletion: freed bytes overwritten, and the write-ahead log cut to nothing."""

import time

from django.db import connections

TRIES = 50
PAUSE = 0.02


def overwrite_deleted(alias: str) -> None:
    """Make this connection overwrite what it deletes (outside of a transaction it holds for all that follow)."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def cut_log(alias: str) -> bool:
    """Write the log back and truncate it, so that no earlier page survives there. False when readers held it.

    On PostgreSQL vacuum and the recycling of WAL do this (docs/threat-model.md names their delay).
    """
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    for _ in range(TRIES):
        with connection.cursor() as cursor:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy:
            return True
        time.sleep(PAUSE)
    return False
