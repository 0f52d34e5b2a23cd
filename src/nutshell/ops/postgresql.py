"""PostgreSQL's files: what it serves, who gets in, and the roles. The trial stack takes them from here, too."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template

from .privileges import WEB, WORKER
from .stack.plan import DATABASES, USES, role_of

TEMPLATES = Path(__file__).parent / "templates" / "postgresql"
SUPERUSER = "postgres"
_LONGEST = {"web": "15s", "worker": "2min", "keys": "15s"}
"""How long one statement of this use may take."""
_READS_ALL = " BYPASSRLS REPLICATION IN ROLE pg_read_all_data"
"""Every row and nothing else: a copy that lacks rows is none. The whole server's log, for recovery to a moment."""


def databases_of(server: str) -> tuple[str, ...]:
    return tuple(name for name, place in DATABASES.items() if place == server)


def configuration(values: Mapping[str, object]) -> str:
    """`postgresql.conf`. `values`: host, port, name (of its certificate), pki, files and sockets (folders)."""
    return Template((TEMPLATES / "postgresql.conf").read_text()).substitute(values)


def ways_in(server: str, sources: Callable[[str], Sequence[str]]) -> list[str]:
    """Lines of `pg_hba.conf`. A role needs its password and a certificate that bears its name.

    `sources` says from which addresses a use ("web", "owner") comes.
    """
    own = [
        f"hostssl {_reached(database, use)} {role_of(database, use)} {source} scram-sha-256 clientcert=verify-full"
        for database in databases_of(server)
        for use in USES[database]
        for source in sources(use)
    ]
    return [*own, "host all all all reject"]


def _reached(database: str, use: str) -> str:
    """Who copies a database copies the whole server, too."""
    return f"{database},replication" if use == "backup" else database


def roles(server: str, password: Callable[[str], str]) -> list[str]:
    """Databases and roles of a new server, one statement a line. `password` gives a role's, as an SQL literal."""
    lines = [f"CREATE ROLE {group} NOLOGIN" for group in (WEB, WORKER) if "records" in databases_of(server)]
    for database in databases_of(server):
        for use in USES[database]:
            lines += _role(role_of(database, use), use, password)
        lines += [
            f"CREATE DATABASE {database} OWNER {role_of(database, USES[database][0])}",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            *(f"GRANT CONNECT ON DATABASE {database} TO {role_of(database, use)}" for use in USES[database]),
        ]
    return lines


def _role(role: str, use: str, password: Callable[[str], str]) -> list[str]:
    group = {"web": f" IN ROLE {WEB}", "worker": f" IN ROLE {WORKER}", "backup": _READS_ALL}.get(use, "")
    limits = {"statement_timeout": _LONGEST.get(use, "10min"), "lock_timeout": "10s",
              "idle_in_transaction_session_timeout": "30s"}  # fmt: skip
    return [
        f"CREATE ROLE {role} LOGIN PASSWORD {password(role)}{group}",
        *(f"ALTER ROLE {role} SET {name} = '{value}'" for name, value in limits.items()),
        *([f"ALTER ROLE {role} SET default_transaction_read_only = on"] if use == "backup" else []),
    ]
