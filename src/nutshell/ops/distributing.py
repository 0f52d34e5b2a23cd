"""Past one database machine: the records as distributed tables of Citus, all rows of a subject on one machine."""

from collections.abc import Iterator

from django.db import connections
from django.db.backends.utils import CursorWrapper

from nutshell.common.errors import ConfigurationError

COLUMN = "subject_id"
"""By which rows are distributed: the first column of every primary key."""
FIRST = "subject"
"""The table that the others lie beside."""
_ABSENT = (
    "This PostgreSQL has no Citus, so the records stay on one machine. Install the extension on its machines, "
    "as its documentation says, and run this again."
)
_NOT_MADE = "Citus is installed and not switched on: as a superuser, CREATE EXTENSION citus in the database of records."
_SQLITE = "The embedded databases stay on one machine: set NUTSHELL_RECORDS_URL to a PostgreSQL with Citus."


def distribute(alias: str = "records") -> Iterator[str]:
    """Distribute every table of the records that is not yet; yields their names. May be repeated.

    Raises ConfigurationError where there is no Citus.
    """
    if connections[alias].vendor != "postgresql":
        raise ConfigurationError(_SQLITE)
    with connections[alias].cursor() as cursor:
        _check_citus(cursor)
        cursor.execute("SELECT table_name::text FROM citus_tables")
        done = {name for (name,) in cursor.fetchall()}
        for table in tables(alias):
            if table not in done:
                beside = "default" if table == FIRST else FIRST
                cursor.execute("SELECT create_distributed_table(%s, %s, colocate_with => %s)", [table, COLUMN, beside])
                yield table


def _check_citus(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT installed_version FROM pg_available_extensions WHERE name = 'citus'")
    found = cursor.fetchone()
    if found is None:
        raise ConfigurationError(_ABSENT)
    if found[0] is None:
        raise ConfigurationError(_NOT_MADE)


def tables(alias: str) -> list[str]:
    """Those whose primary key begins with a subject's id, `subject` first."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        keys = {name: connection.introspection.get_primary_key_columns(cursor, name) or [""] for name in names}
    return sorted((name for name, key in keys.items() if key[0] == COLUMN), key=lambda name: (name != FIRST, name))
