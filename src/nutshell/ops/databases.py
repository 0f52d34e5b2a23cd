"""Three databases, each reached only by the processes that need it."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .config import Config, database_servers

ALIAS_OF_APP = {"vault": "records", "keystore": "keys"}
"""Django app label → database alias. Everything else lies in `default`, the accounts."""

ALIASES = {"web": ("default", "records"), "cli": ("default", "records"), "admin": ("default",), "keys": ("keys",)}
"""The operators' console is told no database of records: a query for one fails before it is sent."""
FILES = {"default": "accounts.sqlite3", "records": "records.sqlite3", "keys": "keys.sqlite3"}
POSTGRESQL = "django.db.backends.postgresql"
ENGINES = {"records": "nutshell.vault.postgresql"}
"""Of the records, each statement says whose rows it is about."""

# FULL: an outside audit checkpoint must never be ahead of the database after a power cut.
# secure_delete and temp_store: nothing of a deleted row stays in the file, and no sort spills to a temporary file.
# wal_autocheckpoint: a short log is written over while the system still holds it in memory.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
    " PRAGMA wal_autocheckpoint=400;"
)

_SAFE = {"sslmode": "verify-full", "ssl_min_protocol_version": "TLSv1.3"}
# A machine that is gone answers nothing at all: neither a wish to connect (seconds) nor what was sent (milliseconds).
_GONE = {"connect_timeout": "3", "tcp_user_timeout": "10000"}
# A former primary that still answers must not be read from.
_STANDBY = {"target_session_attrs": "read-write"}


class Router:
    """Chooses the database by the app's label and never lets a table land in another one."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return ALIAS_OF_APP.get(model._meta.app_label, "default")

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        return self.db_for_read(model)

    def allow_relation(self, first: Any, second: Any, **_hints: Any) -> bool:
        return self.db_for_read(first) == self.db_for_read(second)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == ALIAS_OF_APP.get(app_label, "default")


def databases(config: Config) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for this process's role. The key store has no `default`: Django's dummy refuses queries."""
    urls = {"default": config.accounts_url, "records": config.records_url, "keys": config.keys_url}
    aliases = ALIASES.get(config.role, ("default", "records", "keys"))
    found = {
        alias: way_of(urls[alias], ENGINES.get(alias, POSTGRESQL)) if urls[alias] else _sqlite(config, alias)
        for alias in aliases
    }
    return {"default": {}, **found}


def _sqlite(config: Config, alias: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": config.data / FILES[alias],
        "CONN_MAX_AGE": None,
        # IMMEDIATE: a deferred transaction that turns into a writer fails at once with "database is locked".
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _PRAGMAS},
    }


def way_of(text: str, engine: str = POSTGRESQL) -> dict[str, Any]:
    """Into the PostgreSQL database of such an address, as Django takes it."""
    url, servers = urlsplit(text), database_servers(text)
    return {
        "ENGINE": engine,
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": ",".join(server.hostname or "" for server in servers),
        "PORT": ",".join(str(server.port or 5432) for server in servers),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_SAFE, **_GONE, **(_STANDBY if len(servers) > 1 else {}), **dict(parse_qsl(url.query))},
    }
