"""What PostgreSQL lets each kind of process do with the tables of accounts and records.

Their owner makes and changes tables and serves nobody. Web processes and workers are members of a role without log-in
each, to which the owner gives what it needs after each change of the tables: no right to make or change tables, and of
the audit trail no more than to add a leaf and, for an erase, to empty one; of an incident's timeline, to add an entry.
Where these roles are absent, one role does everything and nothing is done here.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connections, transaction

from nutshell.common.errors import ConfigurationError

from .config import Config
from .databases import databases
from .row_security import secure

WEB, WORKER, ADMIN = "nutshell_web", "nutshell_worker", "nutshell_admin"
_ROWS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)
_TRAIL = (
    "REVOKE UPDATE, DELETE ON audit_leaf FROM {role}",
    "GRANT UPDATE (subject_id, body, salt) ON audit_leaf TO {role}",
    "REVOKE UPDATE, DELETE ON incident, incident_entry FROM {role}",
)
_ONLY = {
    WEB: (
        "REVOKE INSERT, UPDATE, DELETE ON audit_tree_head FROM {role}",
        "REVOKE ALL ON operator, operator_session, worker_report, incident, incident_entry, activity_week FROM {role}",
        "REVOKE INSERT, UPDATE ON incident_affected FROM {role}",
        "REVOKE INSERT, UPDATE, DELETE ON stopped_purpose FROM {role}",
    ),
    WORKER: ("GRANT UPDATE (tree_index) ON audit_leaf TO {role}",),
}

_NOTHING = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
)
_CONSOLE = (
    "GRANT SELECT, INSERT ON audit_leaf, invitation TO {role}",
    "GRANT SELECT ON incident, incident_entry TO {role}",
    "GRANT SELECT (id, document, version, withdrawn_at) ON consent TO {role}",
    "GRANT SELECT, UPDATE (looked_at, looked_by, word) ON activity_week TO {role}",
    "GRANT SELECT ON rights_request TO {role}",
    "GRANT UPDATE (state, due_at, extended_at, answered_at, reminded, untold, sealed) ON rights_request TO {role}",
    "GRANT SELECT (incident_id, notice) ON incident_affected TO {role}",
    "GRANT SELECT ON audit_tree_head, worker_report, account_emailaddress TO {role}",
    "GRANT SELECT (id, subject_id, is_active, created_at), UPDATE (is_active) ON user_account TO {role}",
    "GRANT SELECT (user_id), DELETE ON session, token TO {role}",
    "GRANT SELECT, UPDATE (last_step) ON operator TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON operator_session, guess TO {role}",
)
"""The operators' console, and a shell of theirs: of a person no more than what disabling an account takes. Of the
records' database the shell sees which tables there are, and no row."""


def grant(alias: str) -> None:
    """Give the roles of this database what they need, and nothing that they had before besides."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return
    # In one transaction: whoever serves meanwhile has the old rights or the new, and is never without.
    with transaction.atomic(alias), connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN (%s, %s, %s)", [WEB, WORKER, ADMIN])
        roles = [name for (name,) in cursor.fetchall()]
        for role in roles:
            for statement in _statements(alias, role):
                cursor.execute(statement.format(role=role))
    if alias == "records" and WORKER in roles:
        secure(alias, WORKER)


def _statements(alias: str, role: str) -> tuple[str, ...]:
    if role == ADMIN:
        return (*_NOTHING, *_CONSOLE) if alias == "default" else _NOTHING
    return (*_ROWS, *_TRAIL, *_ONLY[role]) if alias == "default" else _ROWS


def check_few(config: Config) -> None:
    """Raises ConfigurationError if who serves people on a public host could do more than read and write rows.

    It asks by connections of its own, before anything is served.
    """
    if config.loopback:
        return
    for alias, way in databases(config).items():
        if way.get("ENGINE", "").endswith("postgresql") and (word := _more_than_rows(way)):
            name = {"default": "NUTSHELL_ACCOUNTS_URL", "records": "NUTSHELL_RECORDS_URL"}[alias]
            raise ConfigurationError(
                f"The role of {name} may {word}: give web processes one that may not, and the other to "
                f"{name.replace('_URL', '_OWNER_URL')}."
            )


def _more_than_rows(way: Mapping[str, Any]) -> str:
    """A word for what the role could do, "" for nothing. Raises ConfigurationError if the database does not answer."""
    import psycopg

    place = {"dbname": way["NAME"], "user": way["USER"], "password": way["PASSWORD"], "host": way["HOST"]}
    try:
        with psycopg.connect(**place, port=way["PORT"], **way["OPTIONS"]) as connection:
            row = connection.execute(_MORE).fetchone()
    except psycopg.OperationalError:
        raise ConfigurationError(f"The database {way['NAME']} does not answer.") from None
    return str(row[0]) if row else ""


_MORE = """
SELECT CASE
    WHEN rolsuper THEN 'do everything'
    WHEN rolbypassrls THEN 'see past the security of rows'
    WHEN rolcreaterole THEN 'make roles'
    WHEN EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user) THEN 'change tables'
    WHEN has_schema_privilege('public', 'CREATE') OR has_database_privilege(current_database(), 'CREATE')
        THEN 'make tables'
    ELSE '' END
FROM pg_roles WHERE rolname = current_user
"""
