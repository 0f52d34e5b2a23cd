"""`nutshell db shell accounts|records`: psql as the operators' own role, over mutual TLS. One leaf tells of it.
`nutshell db distribute`: the records over several machines."""

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Mapping

from nutshell.common.errors import ConfigurationError

from .command import Arguments, django_as
from .config import Config, as_owner
from .databases import way_of
from .processes import harden, without_ours

_WAYS = {
    "hostaddr": "PGHOSTADDR",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""Parameters of an address as libpq's variables: an argument of psql would be seen by every user of the machine."""


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    shell = acts.add_parser("shell", help="run psql; it may read what an operator may, and no record")
    shell.add_argument("database", choices=("accounts", "records"))
    shell.set_defaults(run=_shell)
    spread = acts.add_parser("distribute", help="make the records distributed tables of Citus")
    spread.set_defaults(run=_distribute)


def _distribute(_arguments: Arguments) -> None:
    harden()
    os.environ.update(as_owner(os.environ))
    django_as("cli")
    from .distributing import distribute

    number = 0
    for number, table in enumerate(distribute(), start=1):  # noqa: B007 - told below
        print(f"{table}: distributed by subject", flush=True)
    print(f"{number} tables were distributed." if number else "All tables are distributed already.")


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
    way = way_of(url)
    given = {_WAYS[name]: str(text) for name, text in way["OPTIONS"].items() if name in _WAYS}
    return {
        **given,
        "PGHOST": way["HOST"],
        "PGPORT": way["PORT"],
        "PGDATABASE": way["NAME"],
        "PGUSER": way["USER"],
        "PGPASSWORD": way["PASSWORD"],
        "PGSSLMODE": "verify-full",
        "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
        "PSQL_HISTORY": "/dev/null",
    }
