"""The `keys` database as a file: nothing of a deleted row may stay in it."""

import time

from django.db import connections

from .core import DATABASE

_TRIES = 50


def scrub() -> None:
    """Write the WAL back and cut it to nothing, so that no earlier page survives in it.

    `secure_delete` overwrites freed cells in the database file itself. A reader of another thread can
    hold the log for a moment, hence the tries. On PostgreSQL the cluster's vacuum and WAL recycling
    do this (docs/threat-model.md names their delay).
    """
    connection = connections[DATABASE]
    if connection.vendor != "sqlite":
        return
    for _ in range(_TRIES):
        with connection.cursor() as cursor:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy:
            return
        time.sleep(0.02)
