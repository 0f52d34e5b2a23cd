"""A PostgreSQL server for a look into a copy: nobody else reaches it, and afterwards nothing is left of it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nutshell.common.errors import ConfigurationError
from nutshell.ops.processes import foreign, without_ours

from . import postgresql
from .postgresql import Way

_START_SECONDS = 30.0
_USER = "nutshell"
_OPTIONS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "log_min_messages=panic", "wal_level=minimal",
            "max_wal_senders=0")  # fmt: skip


@contextmanager
def server(databases: Sequence[str], roles: Iterable[str]) -> Iterator[dict[str, Way]]:
    """Its databases, empty, each by its way in: a socket in a folder that is its user's alone.

    Raises ConfigurationError.
    """
    from psycopg import sql

    folder = Path(tempfile.mkdtemp(prefix="nutshell-verify-"))
    try:
        with _running(folder):
            postgres = _way(folder, "postgres")
            with postgresql.connect(postgres) as session:
                for role in roles:
                    session.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
                for name in databases:
                    session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            yield {name: _way(folder, name) for name in databases}
    finally:
        shutil.rmtree(folder)


def _way(folder: Path, name: str) -> dict[str, Any]:
    return {"NAME": name, "USER": _USER, "PASSWORD": "", "HOST": str(folder), "PORT": 5432, "OPTIONS": {}}


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    user = postgresql.unprivileged()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    environ, number = {**without_ours(os.environ), "LC_ALL": "C.UTF-8"}, user.pw_uid if user else None
    data, nothing = str(folder / "data"), subprocess.DEVNULL
    ways = ("--auth=trust", "--no-sync", "--encoding=UTF8", f"--username={_USER}")
    made = foreign(postgresql.program("initdb"), "-D", data, *ways, user=number)
    if subprocess.run(made, env=environ, cwd=folder, stdout=nothing, stderr=nothing, check=False).returncode:  # noqa: S603
        raise ConfigurationError(f"No scratch server could be made in {folder.parent}: is the disk full?")
    options = [word for option in (*_OPTIONS, f"unix_socket_directories={folder}") for word in ("-c", option)]
    argv = foreign(postgresql.program("postgres"), "-D", data, *options, user=number)
    with subprocess.Popen(argv, env=environ, cwd=folder, stdout=nothing, stderr=nothing) as process:  # noqa: S603
        try:
            _wait(process, folder)
            yield
        finally:
            process.terminate()


def _wait(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    asked = (postgresql.program("pg_isready"), "-q", "-h", str(folder))
    deadline = time.monotonic() + _START_SECONDS
    while subprocess.run(asked, check=False).returncode:  # noqa: S603 - no shell, arguments are ours
        if process.poll() is not None or time.monotonic() > deadline:
            raise ConfigurationError(f"The scratch server in {folder} does not start.")
        time.sleep(0.1)
