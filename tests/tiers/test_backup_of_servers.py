"""Backups of PostgreSQL: two machines that copy their own databases of one real server, as processes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.security.requirements import leaks
from tests.tiers.postgresql import NAMES, Cluster, cluster

pytestmark = pytest.mark.stack
CANARY = "zq5b1e9kanari-server"
SIDES = {"keys": ("keys",), "web": ("accounts", "records")}
"""Role of the process that copies → what it copies."""
TABLES = {
    "keys": ("CREATE TABLE subject_row (subject_id int)", "CREATE TABLE epoch (day int)"),
    "accounts": (f"CREATE TABLE leaf (body text DEFAULT '{CANARY}')",),
    "records": ("CREATE TABLE subject (subject_id int)", "ALTER TABLE subject ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE subject FORCE ROW LEVEL SECURITY", "CREATE POLICY none ON subject USING (subject_id < 0)",
                "CREATE POLICY add ON subject FOR INSERT WITH CHECK (true)"),
}  # fmt: skip


class Machine:
    """One that copies its own databases: a data folder, a folder of backups, and settings."""

    def __init__(self, server: Cluster, folder: Path, role: str, public: str) -> None:
        self.data, self.backups = folder / "data" / role, folder / "backups" / role
        self.data.mkdir(parents=True, exist_ok=True)
        self.environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith("NUTSHELL_")},
            "NUTSHELL_DATA": str(self.data), "NUTSHELL_ROLE": role,
            "NUTSHELL_BACKUPS": str(self.backups), "NUTSHELL_BACKUP_TO": public,
            **{f"NUTSHELL_{name.upper()}_URL": server.url(f"{name}_backup") for name in SIDES[role]},
        }  # fmt: skip

    def __call__(self, *arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "nutshell.ops.command", *arguments]
        environ = {**self.environ, **changed}
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)

    def back_up(self) -> str:
        done = self("backup")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as one:
        for name in NAMES:
            with one.connect(name) as session:
                for line in TABLES[name]:
                    session.execute(line)
        with one.connect("keys") as session:
            session.execute("INSERT INTO epoch VALUES (1)")
        with one.connect("accounts") as session:
            session.execute("INSERT INTO leaf SELECT FROM generate_series(1, 1000)")
        with one.connect("records") as session:
            session.execute("INSERT INTO subject SELECT generate_series(1, 100)")
        yield one


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("away") / "identity"
    subprocess.run([sys.executable, "-m", "nutshell.ops.command", "backup", "key", str(path)], check=True, timeout=60)
    return path


@pytest.fixture
def machines(server: Cluster, identity: Path, tmp_path: Path) -> dict[str, Machine]:
    public = identity.read_text().split()[3]
    return {role: Machine(server, tmp_path, role, public) for role in SIDES}


def test_each_machine_copies_its_own_databases_and_nothing_readable_lies_anywhere(
    machines: dict[str, Machine], tmp_path: Path
) -> None:
    for role, machine in machines.items():
        name = machine.back_up()
        sealed = {path.parent.name for path in machine.backups.rglob(f"{name}.age")}
        assert sealed == set(SIDES[role])
    found = leaks.search_folder(tmp_path, leaks.needles({"note": CANARY}))
    assert (found.files >= 5, found.hits) == (True, [])
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_no_password_stands_in_a_command_line(machines: dict[str, Machine], server: Cluster) -> None:
    """pg_dump waits for a table that somebody holds, and is looked at meanwhile."""
    with server.connect("accounts") as session, session.transaction():
        session.execute("LOCK TABLE leaf IN ACCESS EXCLUSIVE MODE")
        machine = machines["web"]
        command = [sys.executable, "-m", "nutshell.ops.command", "backup"]
        with subprocess.Popen(command, env=machine.environ, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
            assert (line := _line_of("pg_dump"))
            assert server.passwords["accounts_backup"].encode() not in line
            run.kill()
    assert not list((machine.backups / "accounts").glob("*.age"))


def _line_of(program: str) -> bytes:
    """The command line of a running program of this name."""
    for _ in range(200):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes()
            except OSError:
                continue
            if line.split(b"\0")[0].endswith(program.encode()):
                return line
        threading.Event().wait(0.05)
    return b""


def test_who_may_not_read_every_row_makes_no_copy(machines: dict[str, Machine], server: Cluster) -> None:
    """The owner of a table under row security gets none of its rows: a set without them would look like a good one."""
    machine = machines["web"]
    done = machine("backup", NUTSHELL_RECORDS_URL=server.url("records"))
    assert (done.returncode, "pg_dump could not copy records" in done.stderr) == (1, True), done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("nutshell: ")
    assert not list((machine.backups / "records").glob("*.age"))


def test_a_server_that_is_away_is_said_in_one_sentence(machines: dict[str, Machine], server: Cluster) -> None:
    wrong = server.url("keys_backup").replace(f":{server.port}/", ":1/")
    done = machines["keys"]("backup", NUTSHELL_KEYS_URL=wrong)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "The database keys does not answer" in done.stderr
    assert server.passwords["keys_backup"] not in done.stderr


def test_tombstones_go_with_the_keys_and_checkpoints_with_the_accounts(machines: dict[str, Machine]) -> None:
    for machine in machines.values():
        (machine.data / "tombstones").write_text("subject aa then\n")
        (machine.data / "checkpoints").write_text("a tree\n")
        machine.back_up()
    keys, web = (machines[role].backups for role in SIDES)
    assert (keys / "tombstones").read_text() == "subject aa then\n"
    assert not (web / "tombstones").exists()
    assert (web / "checkpoints" / "latest").read_text() == "a tree\n"
    (machines["keys"].data / "tombstones").write_text("")
    done = machines["keys"]("backup")
    assert (done.returncode, "lacks lines" in done.stderr) == (1, True)


def test_the_role_that_copies_changes_nothing(server: Cluster) -> None:
    with server.connect("accounts_backup") as session:
        for statement in ("DELETE FROM leaf", "INSERT INTO leaf VALUES ('x')", "DROP TABLE leaf", "TRUNCATE leaf"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
