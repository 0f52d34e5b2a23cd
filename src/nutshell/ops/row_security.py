"""Row-level security of the records: which rows PostgreSQL shows and lets change, whatever a statement asks for.

`nutshell.subject` is the one subject that a statement is about, `nutshell.named` are ids that it names; the vault sets
them (`vault/rows_of.py`), and unset they open nothing. The tables are those of the live schema that have a column with
a subject's id: a new table is closed before anybody thinks of it.
"""

from collections.abc import Iterator

from django.db import connections

from nutshell.erasure.schema import SUBJECT_COLUMNS, Schema

_SUBJECT = "(SELECT nullif(current_setting('nutshell.subject', true), '')::uuid)"
_NAMED = "((SELECT string_to_array(current_setting('nutshell.named', true), ',')::uuid[])::uuid[])"

NAMED = {"subject": "subject_id", "grant": "grant_id", "grant_received": "grant_id"}
"""What can be read by its id, which is no guess: public keys, and the signed statements of grants. Table → column."""
SWEPT = {
    "idempotency": ("SELECT", "DELETE"), "grant": ("SELECT",), "keyring": ("SELECT",), "errand": ("SELECT",),
    "subject": ("SELECT",),
}  # fmt: skip
"""What workers look through for what is over. Of shelves and records, they too see one subject's at a time."""


def secure(alias: str, worker: str) -> None:
    """Put every table with a subject behind its policies, made anew. Only the role that owns the tables can."""
    schema = Schema(alias)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'")
        for table, name in cursor.fetchall():
            cursor.execute(f'DROP POLICY "{name}" ON "{table}"')
        for table, columns in schema.tables.items():
            if own := [column for column in columns if column in SUBJECT_COLUMNS]:
                for statement in _statements(table, own, worker):
                    cursor.execute(statement)


def _statements(table: str, columns: list[str], worker: str) -> Iterator[str]:
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
    names_subject = " OR ".join(f'"{column}" = {_SUBJECT}' for column in columns)
    yield f'CREATE POLICY own ON "{table}" USING ({names_subject}) WITH CHECK ({names_subject})'
    yield f'CREATE POLICY owner ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)'
    if table in NAMED:
        yield f'CREATE POLICY named ON "{table}" FOR SELECT USING ("{NAMED[table]}" = ANY {_NAMED})'
    for act in SWEPT.get(table, ()):
        yield f'CREATE POLICY swept_{act.lower()} ON "{table}" FOR {act} TO {worker} USING (true)'
