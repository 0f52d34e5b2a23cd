"""PostgreSQL's own programs: a database as a stream out of the server and back. Nothing lies on a disk in between.

Passwords go by the environment, which other users of the machine cannot read; what the programs say is not shown, as
it may quote what they were working on.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, LiteralString, cast

from nutshell.common.errors import ConfigurationError
from nutshell.ops.processes import without_ours

Way = Mapping[str, Any]
"""Into one database, as `ops.databases.way_of` gives it."""
_FAILED = {
    "pg_dump": "pg_dump could not copy {database}: its role must read every table; pg_dump must not be the older one.",
    "pg_restore": "pg_restore could not fill {database}: nothing of it was kept. Its role must own an empty database.",
    "pg_basebackup": "pg_basebackup failed: its role must have REPLICATION, and pg_hba.conf a line for it.",
}


def program(name: str) -> str:
    """The newest there is. Raises ConfigurationError."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise ConfigurationError(f"{name} is not installed: on Debian or Ubuntu, apt-get install postgresql-client.")
    return path


def connect(way: Way) -> "psycopg.Connection[tuple[object, ...]]":  # type: ignore[name-defined]  # noqa: F821
    """Raises ConfigurationError if the database does not answer."""
    import psycopg

    try:
        return psycopg.connect(_conninfo(way), password=way["PASSWORD"], autocommit=True)
    except psycopg.OperationalError:
        raise ConfigurationError(f"The database {way['NAME']} does not answer, or does not let its role in.") from None


def size(way: Way) -> int:
    """About how many bytes a copy has. Raises ConfigurationError."""
    with connect(way) as session:
        row = session.execute("SELECT pg_database_size(current_database())").fetchone()
    return cast(int, row[0]) if row else 0


def roles_of_policies(way: Way) -> tuple[str, ...]:
    """The roles that row security names. Raises ConfigurationError."""
    with connect(way) as session:
        found = session.execute("SELECT DISTINCT unnest(roles)::text FROM pg_policies WHERE schemaname = 'public'")
        return tuple(sorted({str(name) for (name,) in found} - {"public"}))


def is_empty(way: Way) -> bool:
    """Whether no table is there. Raises ConfigurationError."""
    with connect(way) as session:
        return session.execute("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone() is None


def run(way: Way, statement: LiteralString) -> None:
    """Raises ConfigurationError."""
    with connect(way) as session:
        session.execute(statement)


def rows(way: Way) -> int:
    """Of all tables. Raises ConfigurationError."""
    from psycopg import sql

    with connect(way) as session:
        tables = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        counts = (sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(name))) for (name,) in tables)
        return sum(cast(int, row[0]) for one in counts if (row := session.execute(one).fetchone()))


def ids(way: Way, table: str) -> set[object]:
    """The subjects of a table. Raises ConfigurationError."""
    from psycopg import sql

    with connect(way) as session:
        found = session.execute(sql.SQL("SELECT subject_id FROM {}").format(sql.Identifier(table)))
        return {subject for (subject,) in found}


@contextmanager
def dumping(way: Way) -> Iterator[BinaryIO]:
    """What pg_dump says. Raises ConfigurationError at the end where it did not get to its own."""
    # A light compression: what is sealed does not get shorter, but pg_dump writes it in twice its length.
    with _running(way, "pg_dump", "--format=custom", "--compress=1", "--no-owner", "--no-privileges") as process:
        yield cast(BinaryIO, process.stdout)


@contextmanager
def whole_server(way: Way) -> Iterator[BinaryIO]:
    """All files of the server that holds this database, as a compressed archive. Raises ConfigurationError."""
    ways = ("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--gzip", "--no-manifest")
    with _running(way, "pg_basebackup", *ways) as process:
        yield cast(BinaryIO, process.stdout)


@contextmanager
def loading(way: Way, instead: bool = False) -> Iterator[BinaryIO]:
    """What pg_restore reads: all of it comes in, or nothing; `instead` of what is there. Raises ConfigurationError."""
    ways = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    ways += ["--clean", "--if-exists"] if instead else []
    with _running(way, "pg_restore", *ways) as process:
        yield cast(BinaryIO, process.stdin)


@contextmanager
def _running(way: Way, name: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    argv = (program(name), *arguments, f"--dbname={_conninfo(way)}")
    environ = {**without_ours(os.environ), "PGPASSWORD": way["PASSWORD"]}
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    ends = {"stdin": pipe, "stdout": nothing} if name == "pg_restore" else {"stdin": nothing, "stdout": pipe}
    with subprocess.Popen(argv, env=environ, stderr=nothing, **ends) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            with suppress(BrokenPipeError):  # it has ended, and its status says why
                yield process
            with suppress(BrokenPipeError):
                if process.stdin is not None:
                    process.stdin.close()
        except BaseException:
            process.kill()
            raise
        if process.wait():
            raise ConfigurationError(_FAILED[name].format(database=way["NAME"]))


def _conninfo(way: Way) -> str:
    """Without the password: everybody may read a command line."""
    from psycopg.conninfo import make_conninfo

    place = {"dbname": way["NAME"], "user": way["USER"], "host": way["HOST"], "port": way["PORT"]}
    return make_conninfo("", **place, **way["OPTIONS"])


def unprivileged() -> pwd.struct_passwd | None:
    """A server refuses to run as root: then whom to become."""
    if os.geteuid():
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
