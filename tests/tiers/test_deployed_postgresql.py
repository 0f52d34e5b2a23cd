"""A PostgreSQL server of production, started with the files that `nutshell deploy` makes for its machine."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from tests import deployment
from tests.stack import free_ports
from tests.tiers.postgresql import _reachable, _unprivileged, programs

from nutshell.ops.deploy import render, secrets
from nutshell.ops.stack.plan import role_of

USES = [(database, use) for database in ("accounts", "records") for use in ("owner", "web", "worker")]
MACHINE = {"owner": "deploy", "web": "web-1", "worker": "worker-1"}
SERVER = "records-db"


@dataclass
class Machine:
    """`etc` stands for the machine's /etc/nutshell. Its clients, elsewhere in production, come from here."""

    folder: Path
    port: int

    @property
    def etc(self) -> Path:
        return self.folder / "made" / SERVER / "etc" / "nutshell"

    @property
    def user(self) -> pwd.struct_passwd:
        return _unprivileged() or pwd.getpwuid(os.geteuid())

    def place_files(self) -> None:
        (self.folder / "made" / "kept").mkdir(parents=True)
        (self.folder / "made" / "kept" / "mail-password").write_text("x")
        secrets.make(deployment.site(), self.folder / "made")
        for path, text in render.files(deployment.site()).items():
            if path.startswith(f"{SERVER}/etc/nutshell/"):
                (self.folder / "made" / path).write_text(self._here(text))
        if _unprivileged():
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _here(self, text: str) -> str:
        """Of this machine are the folders, the address, the port and the name of the user."""
        text = text.replace("/etc/nutshell", str(self.etc)).replace("/run/nutshell-postgresql", str(self.folder))
        text = text.replace("'10.20.3.1'\nport = 5432", f"'127.0.0.1'\nport = {self.port}")
        text = text.replace("machine postgres postgres", f"machine {self.user.pw_name} postgres")
        for address in ("10.20.9.2", "10.20.1.1", "10.20.1.11"):
            text = text.replace(f"{address}/32", "127.0.0.1/32")
        return text

    def run(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """As the user of the machine's PostgreSQL."""
        user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if _unprivileged() else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                [programs() / program, *arguments], cwd=self.folder, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
                stderr=log, stdout=log, **user,
            )  # fmt: skip

    def done(self, program: str, *arguments: str) -> None:
        assert self.run(program, *arguments).wait(60) == 0, (self.folder / "log").read_text()

    def reload(self, ways_in: str) -> None:
        """And wait until a new session is asked by it."""
        (self.etc / "pg_hba.conf").write_text(ways_in)
        self.done("pg_ctl", "reload", "-D", str(self.folder / "data"))
        time.sleep(0.5)

    def connect(self, database: str, use: str, **changed: object) -> "psycopg.Connection[tuple[object, ...]]":
        """As the machine that has this use. `changed` replaces parts of the way in."""
        return psycopg.connect(**{**self.ways(database, use), **changed})  # type: ignore[arg-type]

    def ways(self, database: str, use: str) -> dict[str, object]:
        role, made = role_of(database, use), self.folder / "made"
        pki = made / MACHINE[use] / "var/lib/nutshell/pki"
        if _unprivileged():
            os.chown(pki / f"{role}.key", 0, 0)  # libpq wants its key to be its own user's
        return {
            "host": f"{SERVER}.nutshell.internal", "hostaddr": "127.0.0.1", "port": self.port, "dbname": database,
            "user": role, "password": (self.etc / "passwords" / role).read_text(), "sslmode": "verify-full",
            "sslrootcert": pki / "ca.crt", "sslcert": pki / f"{role}.crt", "sslkey": pki / f"{role}.key",
            "channel_binding": "require", "connect_timeout": 5,
        }  # fmt: skip

    def url(self, database: str, use: str) -> str:
        """As the product's settings take it."""
        ways = self.ways(database, use)
        host, user, password, port = (ways.pop(name) for name in ("host", "user", "password", "port"))
        return f"postgresql://{user}:{password}@{host}:{port}/{ways.pop('dbname')}?{urlencode(ways)}"


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    programs()
    one = Machine(Path(tempfile.mkdtemp(prefix="nutshell-deployed-", dir=_reachable())), free_ports(1)[0])
    one.place_files()
    data = str(one.folder / "data")
    one.done("initdb", "--no-sync", "-D", data, "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres")
    server = one.run("postgres", "-D", data, "-c", f"config_file={one.etc}/postgresql.conf", "-c", "fsync=off")
    try:
        _wait(one, server)
        one.done("psql", "-X", "-q", "-h", str(one.folder), "-p", str(one.port), "-U", "postgres", "-d", "postgres",
                 "-f", f"{one.etc}/roles.sql")  # fmt: skip
        yield one
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(one.folder)


def _wait(one: Machine, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while one.run("pg_isready", "-q", "-h", str(one.folder), "-p", str(one.port)).wait(10):
        assert server.poll() is None, (one.folder / "log").read_text()
        assert time.monotonic() < deadline, (one.folder / "log").read_text()
        time.sleep(0.05)


@pytest.mark.parametrize(("database", "use"), USES)
def test_a_role_gets_in_with_its_password_and_certificate(machine: Machine, database: str, use: str) -> None:
    with machine.connect(database, use) as session:
        found = session.execute("SELECT version, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert found == ("TLSv1.3", f"/O=Nutshell/CN={role_of(database, use)}")
    for changed in (
        {"password": "wrong"}, {"sslcert": "/nowhere", "sslkey": "/nowhere"}, {"user": "postgres"},
        {"sslmode": "disable", "channel_binding": "disable"}, {"dbname": "postgres"},
    ):  # fmt: skip
        with pytest.raises(psycopg.OperationalError):
            machine.connect(database, use, **changed)


def test_a_role_gets_in_from_no_other_machine(machine: Machine) -> None:
    """With its address as it is in production, which is not this machine's, the same client is refused."""
    ways = machine.etc / "pg_hba.conf"
    kept = ways.read_text()
    try:
        machine.reload(kept.replace("nutshell_records 127.0.0.1/32", "nutshell_records 10.20.1.1/32"))
        with pytest.raises(psycopg.OperationalError, match="rejects connection"):
            machine.connect("records", "web")
        machine.connect("accounts", "web").close()
    finally:
        machine.reload(kept)


def test_what_a_statement_holds_stands_in_no_log(machine: Machine) -> None:
    with machine.connect("records", "owner") as session, pytest.raises(psycopg.errors.UndefinedTable):
        session.execute("SELECT 'porridge' FROM nowhere")
    log = (machine.folder / "log").read_text()
    assert "porridge" not in log
    assert (machine.etc / "passwords" / "nutshell_records").read_text() not in log


GRANT_OFTEN = """
from nutshell.ops.command import django_as
django_as("web")
from django.core.management import call_command
from nutshell.ops import privileges
for alias in ("default", "records"):
    call_command("migrate", database=alias, interactive=False, verbosity=0)
privileges.grant("records")  # before it nobody who serves has any
print("migrated", flush=True)
for _ in range(60):
    privileges.grant("records")
"""


def test_whoever_serves_keeps_their_rights_while_rights_are_given(machine: Machine, tmp_path: Path) -> None:
    """An upgrade does so under load: a request that comes between two of its statements must not fail."""
    environ = {**os.environ, "NUTSHELL_DATA": str(tmp_path), "NUTSHELL_ROLE": "web", "NUTSHELL_HOST": "localhost",
               "NUTSHELL_ACCOUNTS_URL": machine.url("accounts", "owner"),
               "NUTSHELL_RECORDS_URL": machine.url("records", "owner")}  # fmt: skip
    granting = subprocess.Popen([sys.executable, "-c", GRANT_OFTEN], env=environ, stdout=subprocess.PIPE, text=True)
    assert granting.stdout is not None
    assert granting.stdout.readline() == "migrated\n"
    asked = 0
    with machine.connect("records", "web", autocommit=True) as session:
        while granting.poll() is None:
            session.execute("SELECT 1 FROM record LIMIT 0")
            asked += 1
    assert granting.returncode == 0
    assert asked > 100
