"""A throw-away PostgreSQL with one database and one role for each part of the product, reached by mutual TLS only.

A role gets in with its password and a certificate that bears its name, into its own database (and into those
that Django's test runner makes of it). There is no socket in the file system and no way in for a superuser.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from tests.stack import free_ports
from tests.tiers import certificates as issued

from nutshell.ops import certificates
from nutshell.ops.certificates import Tier

NAMES = ("accounts", "records", "keys")
ROLES = (*NAMES, *(f"{name}_backup" for name in NAMES))
START_SECONDS = 20.0
_MAY = {True: "CREATEDB", False: "BYPASSRLS REPLICATION"}
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
ssl_ca_file = '{folder}/ca.crt'
ssl_min_protocol_version = 'TLSv1.3'
password_encryption = 'scram-sha-256'
# Nothing here outlives the test: the disk need not have it.
fsync = off
full_page_writes = off
"""


def programs() -> Path:
    """The folder of the newest PostgreSQL's programs. Without one, the test that asks is skipped, or fails in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


class Cluster:
    """One server over a folder of its own. `stop` ends it and removes everything."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = _unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="nutshell-postgresql-", dir=_reachable()))
        self.pki = self.folder / "pki"
        self.port = free_ports(1)[0]
        self.passwords = {name: secrets.token_urlsafe(24) for name in ROLES}
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> "Cluster":
        """Make the databases and return when the server takes connections. Raises RuntimeError with its log."""
        self._issue_certificates()
        self._give(self.folder)
        self._run("initdb", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--username=superuser")
        (self.data / "postgresql.conf").write_text(_CONFIGURATION.format(port=self.port, folder=self.folder))
        (self.data / "pg_hba.conf").write_text(_ways_in())
        self._run("postgres", "--single", "postgres", text=self._databases())
        self.serve()
        return self

    def serve(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._server = self._popen("postgres", stderr=log)
        self._wait()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _issue_certificates(self) -> None:
        certificates.ensure(self.pki, "localhost")
        issued.issue(self.pki, self.pki, Tier("postgresql", ("localhost", "127.0.0.1")))
        for name in ROLES:
            issued.issue(self.pki, self.pki, Tier(name))
        for key in self.pki.glob("*.key"):
            key.chmod(0o600)
        for source, copy in (("ca.crt", "ca.crt"), ("postgresql.crt", "server.crt"), ("postgresql.key", "server.key")):
            shutil.copy(self.pki / source, self.folder / copy)
            self._give(self.folder / copy)

    def _give(self, path: Path) -> None:
        """To the user under whom the server runs."""
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _databases(self) -> str:
        """One statement a line. CREATEDB is for Django's test runner."""
        roles = [
            f"CREATE ROLE {name} LOGIN {_MAY[name in NAMES]} PASSWORD '{word}'" for name, word in self.passwords.items()
        ]
        roles += [f"GRANT pg_read_all_data TO {name}_backup" for name in NAMES]
        return "\n".join([*roles, *(f"CREATE DATABASE {name} OWNER {name}" for name in NAMES)]) + "\n"

    def _popen(self, program: str, *arguments: str, **options: object) -> "subprocess.Popen[bytes]":
        command = [str(self._programs / program), "-D", str(self.data), *arguments]
        if program == "postgres" and arguments:
            command = [command[0], arguments[0], *command[1:3], *arguments[1:]]  # --single comes first
        user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        return subprocess.Popen(command, cwd=self.folder, env={"LC_ALL": "C.UTF-8"}, **user, **options)  # type: ignore[call-overload]

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        pipe = subprocess.PIPE
        running = self._popen(program, *arguments, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
        said = running.communicate(text.encode(), timeout=60)[0].decode()
        if running.returncode or "ERROR" in said:
            raise RuntimeError(f"{program}: {said}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect("accounts").close()
            except psycopg.OperationalError:
                assert self._server is not None
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log) from None
                time.sleep(0.05)
            else:
                return

    def url(self, name: str) -> str:
        """As the product's settings take it; also of the role that copies a database."""
        files = {
            "sslrootcert": self.pki / "ca.crt",
            "sslcert": self.pki / f"{name}.crt",
            "sslkey": self.pki / f"{name}.key",
        }
        ways = urlencode({**files, "channel_binding": "require"})
        return f"postgresql://{name}:{self.passwords[name]}@127.0.0.1:{self.port}/{name.removesuffix('_backup')}?{ways}"

    @property
    def environ(self) -> Mapping[str, str]:
        """The product's settings for its three databases."""
        return {f"NUTSHELL_{name.upper()}_URL": self.url(name) for name in NAMES}

    def connect(self, name: str, **other: object) -> "psycopg.Connection[tuple[object, ...]]":
        """As the product's part of this name; `other` replaces parts of the way in."""
        return psycopg.connect(self.url(name), autocommit=True, **{"sslmode": "verify-full", **other})  # type: ignore[arg-type]

    def halt(self) -> None:
        """End the server, and with it every open session; its files stay."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(20)

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder)


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then whom to become."""
    if os.geteuid():
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _reachable() -> Path:
    """A folder for temporary files that every user reaches."""
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    return next(place for place in places if all(one.stat().st_mode & 0o001 for one in (place, *place.parents)))


def _ways_in() -> str:
    own = [
        f"hostssl {name},test_{name},postgres {name} 127.0.0.1/32 scram-sha-256 clientcert=verify-full"
        for name in NAMES
    ]
    own += [
        f"hostssl {name},replication {name}_backup 127.0.0.1/32 scram-sha-256 clientcert=verify-full" for name in NAMES
    ]
    return "\n".join([*own, "host all all all reject"]) + "\n"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server for the length of the block."""
    one = Cluster()
    try:
        yield one.start()
    finally:
        one.stop()
