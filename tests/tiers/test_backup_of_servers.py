"""Backups of PostgreSQL: two machines that copy their own databases of one real server, as processes."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.security.requirements import leaks
from tests.tiers.postgresql import NAMES, Cluster, cluster

from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.backup import keys, servers
from nutshell.ops.config import Config

pytestmark = pytest.mark.stack
CANARY = "zq5b1e9kanari-server"
SIDES = {"keys": ("keys",), "web": ("accounts", "records")}
"""Role of the process that copies → what it copies."""
TABLES = {
    "keys": ("CREATE TABLE subject_row (subject_id int)", "CREATE TABLE epoch (day int)"),
    "accounts": (f"CREATE TABLE leaf (body text DEFAULT '{CANARY}')",),
    "records": ("CREATE TABLE subject (subject_id int)", "ALTER TABLE subject ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE subject FORCE ROW LEVEL SECURITY",
                "CREATE POLICY none ON subject TO records USING (subject_id < 0)",
                "CREATE POLICY add ON subject FOR INSERT WITH CHECK (true)"),
}  # fmt: skip


def silent(_step: str, _share: float) -> None:
    """Nobody looks."""


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(ConfigurationError) as raised:
        yield
    assert words in raised.value.sentence
    assert "password" not in raised.value.sentence


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

    def config(self, **changed: str) -> Config:
        return settings.load({**self.environ, **changed})

    def back_up(self, **changed: str) -> str:
        return servers.back_up(self.config(**changed), silent)

    def restore(self, server: Cluster, identity: Path) -> str:
        """As the owner of the tables, which the role that copies is not."""
        (self.data / "kms.key").write_text("kept\n")
        owner = {f"NUTSHELL_{name.upper()}_URL": server.url(name) for name in SIDES[self.environ["NUTSHELL_ROLE"]]}
        return servers.restore(self.config(**owner), self.backups, identity, "", silent)


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
    keys.make(path)
    return path


@pytest.fixture
def machines(server: Cluster, identity: Path, tmp_path: Path) -> dict[str, Machine]:
    public = identity.read_text().split()[3]
    return {role: Machine(server, tmp_path, role, public) for role in SIDES}


def emptied(server: Cluster, *names: str) -> None:
    for name in names:
        with server.connect(name) as session:
            session.execute("DROP SCHEMA public CASCADE")
            session.execute("CREATE SCHEMA public")


def counted(server: Cluster, name: str, table: str) -> int:
    with server.connect(f"{name}_backup") as session:
        row = session.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(str(row[0]))


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
    with refused("pg_dump could not copy records"):
        machine.back_up(NUTSHELL_RECORDS_URL=server.url("records"))
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
    of_keys, web = (machines[role].backups for role in SIDES)
    assert (of_keys / "tombstones").read_text() == "subject aa then\n"
    assert not (web / "tombstones").exists()
    assert (web / "checkpoints" / "latest").read_text() == "a tree\n"
    (machines["keys"].data / "tombstones").write_text("")
    with refused("lacks lines"):
        machines["keys"].back_up()


def test_the_role_that_copies_changes_nothing(server: Cluster) -> None:
    with server.connect("accounts_backup") as session:
        for statement in ("DELETE FROM leaf", "INSERT INTO leaf VALUES ('x')", "DROP TABLE leaf", "TRUNCATE leaf"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


# ---------- and back ----------


def test_what_was_copied_comes_back_and_sessions_do_not(
    machines: dict[str, Machine], server: Cluster, identity: Path
) -> None:
    for role, machine in machines.items():
        (machine.data / "tombstones").write_text("subject aa then\n")
        name = machine.back_up()
        with refused("has tables: restore to an empty one"):
            machine.restore(server, identity)
        emptied(server, *SIDES[role])
        (machine.data / "tombstones").unlink()
        assert machine.restore(server, identity) == name
    assert (counted(server, "records", "subject"), counted(server, "accounts", "leaf")) == (100, 1000)
    assert counted(server, "keys", "epoch") == 0
    assert (machines["keys"].data / "tombstones").read_text() == "subject aa then\n"
    assert (machines["web"].data / "restore-mark").read_text() == name


def test_nothing_of_a_damaged_exchanged_or_foreign_copy_gets_into_a_database(
    machines: dict[str, Machine], server: Cluster, identity: Path, tmp_path: Path
) -> None:
    machine = machines["web"]
    name = machine.back_up()
    records, accounts = (machine.backups / part / f"{name}.age" for part in ("records", "accounts"))
    whole, other = records.read_bytes(), accounts.read_bytes()
    emptied(server, "records", "accounts")
    keys.make(tmp_path / "other")
    for content, said in ((whole[:-20], "is damaged"), (whole[:999] + b"x" + whole[1000:], "is damaged"),
                          (other, "somebody exchanged it")):  # fmt: skip
        records.write_bytes(content)
        with refused(said):
            machine.restore(server, identity)
    records.write_bytes(whole)
    with refused("sealed to another key"):
        machine.restore(server, tmp_path / "other")
    with server.connect("accounts_backup") as session:
        assert session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    assert machine.restore(server, identity) == name


def test_a_restore_that_was_cut_off_lets_nothing_start_and_is_done_again(
    machines: dict[str, Machine], server: Cluster, identity: Path
) -> None:
    """The second database takes nothing in: the first is filled already."""
    machine = machines["web"]
    machine.back_up()
    emptied(server, "records", "accounts")
    with server.connect("accounts") as session:
        session.execute("ALTER DATABASE accounts SET default_transaction_read_only = on")
    with refused("pg_restore could not fill accounts"):
        machine.restore(server, identity)
    for command in ("prepare", "keys"):
        done = machine(command)
        assert (done.returncode, "did not finish" in done.stderr) == (1, True), done.stderr
    with server.connect("accounts") as session:
        session.execute("SET default_transaction_read_only = off")
        session.execute("ALTER DATABASE accounts RESET default_transaction_read_only")
    machine.restore(server, identity)
    assert (counted(server, "records", "subject"), counted(server, "accounts", "leaf")) == (100, 1000)


def test_verify_restores_into_a_server_of_its_own(machines: dict[str, Machine], identity: Path) -> None:
    """It needs no way into the databases, and leaves nothing behind."""
    machine, before = machines["web"], set(Path(tempfile.gettempdir()).glob("nutshell-verify-*"))
    machine.back_up()
    environ = {name: "" for name in machine.environ if name.endswith("_URL")}
    done = machine("backup", "verify", "--identity", str(identity), **environ)
    assert (done.returncode, done.stdout) == (0, "In order: accounts 1,000 rows, records 100 rows.\n"), done.stderr
    damaged = next((machine.backups / "records").glob("*.age"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with refused("is damaged"):
        servers.verify(machine.config(), machine.backups, identity, "", silent)
    assert set(Path(tempfile.gettempdir()).glob("nutshell-verify-*")) == before


def test_records_without_their_keys_are_no_copy_to_rely_on(
    server: Cluster, identity: Path, tmp_path: Path, machines: dict[str, Machine]
) -> None:
    """`nutshell up` on PostgreSQL: one machine that copies all three."""
    machine = machines["keys"]
    urls = {f"NUTSHELL_{name.upper()}_URL": server.url(f"{name}_backup") for name in NAMES}
    config = machine.config(NUTSHELL_ROLE="cli", **urls)
    servers.back_up(config, silent)
    with refused("100 people of the records have no keys"):
        servers.verify(config, machine.backups, identity, "", silent)
