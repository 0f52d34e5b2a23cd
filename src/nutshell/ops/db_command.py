"""`nutshell db shell accounts|records`: psql as the operators' own role, over mutual TLS. One leaf tells of it."""

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from nutshell.common.errors import ConfigurationError

from .command import Arguments, django_as
from .config import Config
from .processes import harden, without_ours

_WAYS = {
    "hostaddr": "PGHOSTADDR",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
}
"""Parameters of an address as libpq's variables: an argument of psql would be seen by every user of the machine."""


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    shell = acts.add_parser("shell", help="run psql; it may read what an operator may, and no record")
    shell.add_argument("database", choices=("accounts", "records"))
    shell.set_defaults(run=_shell)


def _shell(arguments: Arguments) -> None:
    """Become psql. Does not return."""
    harden()
    django_as("cli")
    from django.conf import settings
    from django.db import connections

    from nutshell.operators.actions import tell

    url, program = _url(settings.NUTSHELL, arguments.database), _psql()
    tell("database-shell", reference=arguments.database.encode())
    connections.close_all()
    os.execve(program, [program, "--no-psqlrc"], {**without_ours(os.environ), **libpq(url)})  # noqa: S606 - no shell


def _url(config: Config, database: str) -> str:
    url = {"accounts": config.accounts_shell_url, "records": config.records_shell_url}[database]
    if not url:
        raise ConfigurationError(
            f"Set NUTSHELL_{database.upper()}_SHELL_URL by the operators' role: docs/how-to/operate.md."
        )
    return url


def _psql() -> str:
    found = shutil.which("psql")
    if not found:
        raise ConfigurationError("psql is not installed: on Debian or Ubuntu, apt-get install postgresql-client.")
    return found


def libpq(url: str) -> Mapping[str, str]:
    """The address as libpq's environment. Nothing that is typed is kept in a file."""
    parts = urlsplit(url)
    given = {_WAYS[name]: text for name, text in parse_qsl(parts.query) if name in _WAYS}
    return {
        **given,
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGDATABASE": unquote(parts.path[1:]),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGSSLMODE": "verify-full",
        "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
        "PSQL_HISTORY": "/dev/null",
    }
