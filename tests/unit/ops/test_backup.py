"""Backups of three small databases: what is kept, what is refused, and what a crash leaves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops import doctor
from nutshell.ops.backup import actions, keys, marks, sets, snapshots
from nutshell.ops.backup.sets import DATABASES, Sets
from nutshell.ops.config import Config

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TABLES = {
    "keys": ("CREATE TABLE subject_row (subject_id)", "CREATE TABLE epoch (day)", "INSERT INTO epoch VALUES (1)"),
    "accounts": ("CREATE TABLE auth (id)",),
    "records": ("CREATE TABLE subject (subject_id)",),
}


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(ConfigurationError) as raised:
        yield
    assert words in raised.value.sentence


def silent(_step: str, _share: float) -> None:
    """Nobody looks."""


def database(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, 20, isolation_level=None)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    keys.make(tmp_path / "identity")
    return tmp_path / "identity"


@pytest.fixture
def config(tmp_path: Path, identity: Path) -> Config:
    """An installation with one person."""
    data = tmp_path / "data"
    data.mkdir()
    for name, lines in TABLES.items():
        with closing(database(data / f"{name}.sqlite3")) as opened:
            opened.execute("PRAGMA journal_mode=WAL")
            for line in lines:
                opened.execute(line)
    person(data, 1)
    for name in ("kms.key", "checkpoints"):
        (data / name).write_text("kept\n")
    (data / "tombstones").write_text("subject aa then\n")
    public = identity.read_text().split()[3]
    return loaded(data, tmp_path / "backups", public)


def loaded(data: Path, backups: Path, public: str) -> Config:
    names = {"NUTSHELL_DATA": str(data), "NUTSHELL_BACKUPS": str(backups), "NUTSHELL_BACKUP_TO": public}
    return settings.load(names)


def person(data: Path, number: int) -> None:
    """In the order of the product: keys first, records after them."""
    for name, table in (("keys", "subject_row"), ("records", "subject")):
        with closing(database(data / f"{name}.sqlite3")) as opened:
            opened.execute(f"INSERT INTO {table} VALUES (?)", (number,))


def people(data: Path) -> int:
    with closing(database(data / "records.sqlite3")) as opened:
        return int(opened.execute("SELECT count(*) FROM subject").fetchone()[0])


def elsewhere(config: Config, tmp_path: Path) -> Config:
    """Another machine, with the KMS key and nothing else."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kms.key").write_text("kept\n")
    (tmp_path / "other" / "kms.key").chmod(0o600)
    assert config.backups is not None
    return loaded(tmp_path / "other", config.backups, config.backup_to)


def folder(config: Config) -> Path:
    assert config.backups is not None
    return config.backups


# ---------- there and back ----------


def test_what_was_backed_up_comes_back_and_sessions_do_not(config: Config, identity: Path, tmp_path: Path) -> None:
    name = actions.back_up(config, silent)
    person(config.data, 2)
    other = elsewhere(config, tmp_path)
    assert actions.restore(other, folder(config), identity, "", silent) == name
    assert people(other.data) == 1
    with closing(database(other.data / "keys.sqlite3")) as opened:
        assert opened.execute("SELECT count(*) FROM epoch").fetchone() == (0,)
    assert other.tombstones.read_text() == "subject aa then\n"
    assert other.checkpoints.read_text() == "kept\n"
    restored = marks.restored(other.data)
    assert restored is not None
    assert sets.stamp(restored.to) == name
    assert not [path for path in other.data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


def test_verify_counts_and_says_what_is_there(config: Config, identity: Path) -> None:
    actions.back_up(config, silent)
    assert actions.verify(config, folder(config), identity, "", silent) == {"keys": 2, "accounts": 0, "records": 1}


def test_copies_are_of_one_moment_while_somebody_writes(config: Config, identity: Path) -> None:
    """Whoever has records has keys, in every set: a copy of the records after that of the keys would not fit."""
    stop = Event()

    def write() -> None:
        number = 10
        while not stop.is_set():
            number += 1
            person(config.data, number)

    writer = Thread(target=write)
    writer.start()
    try:
        names = []
        for _ in range(3):
            names.append(actions.back_up(config, silent))
            time.sleep(1)  # sets are named by the second
    finally:
        stop.set()
        writer.join()
    rows = [actions.verify(config, folder(config), identity, name, silent)["records"] for name in names]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]


def test_no_write_lies_between_the_snapshots_and_then_everybody_goes_on(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, refused_writes = snapshots._begin, []

    def watched(stack: ExitStack, path: Path, how: str) -> sqlite3.Connection:
        begun = begin(stack, path, how)
        if how == "BEGIN":
            for name in DATABASES:
                with closing(sqlite3.connect(config.data / f"{name}.sqlite3", 0, isolation_level=None)) as writer:
                    with pytest.raises(sqlite3.OperationalError, match="locked"):
                        writer.execute("CREATE TABLE spare (a)")
                    refused_writes.append(name)
        return begun

    monkeypatch.setattr(snapshots, "_begin", watched)
    with snapshots.snapshots({name: config.data / f"{name}.sqlite3" for name in DATABASES}) as readers:
        assert len(refused_writes) == 9
        person(config.data, 2)
        assert readers["records"].execute("SELECT count(*) FROM subject").fetchone() == (1,)
    assert people(config.data) == 2


def test_nothing_readable_lies_in_the_backups_nor_beside_them(config: Config) -> None:
    person(config.data, "zq-canary")  # type: ignore[arg-type]
    actions.back_up(config, silent)
    found = [path for path in folder(config).rglob("*") if path.is_file()]
    assert len(found) == 5
    assert not [path for path in found if b"canary" in path.read_bytes() or b"SQLite" in path.read_bytes()]
    assert not (config.run / "backup").exists()


# ---------- what is refused ----------


def damaged(config: Config, how: str) -> None:
    kept = Sets(folder(config))
    (name,) = kept.whole()
    path = kept.file("records", name)
    content = path.read_bytes()
    if how == "cut off":
        path.write_bytes(content[:-20])
    elif how == "a bit":
        path.write_bytes(content[:-900] + bytes([content[-900] ^ 1]) + content[-899:])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.write_bytes(kept.file("accounts", name).read_bytes())


@pytest.mark.parametrize("how", ["cut off", "a bit", "empty", "exchanged"])
def test_a_damaged_set_is_refused_and_nothing_is_half_restored(
    config: Config, identity: Path, tmp_path: Path, how: str
) -> None:
    actions.back_up(config, silent)
    damaged(config, how)
    other = elsewhere(config, tmp_path)
    for act in (actions.restore, actions.verify):
        with pytest.raises(ConfigurationError):
            act(other, folder(config), identity, "", silent)
    assert [path.name for path in other.data.iterdir() if path.is_file()] == ["kms.key"]
    assert list((other.data / "run").rglob("*.sqlite3")) == []


def test_another_key_opens_nothing(config: Config, tmp_path: Path) -> None:
    actions.back_up(config, silent)
    keys.make(tmp_path / "mallory")
    with refused("sealed to another key"):
        actions.restore(elsewhere(config, tmp_path), folder(config), tmp_path / "mallory", "", silent)


def test_a_restore_over_databases_or_without_the_kms_key_is_refused(
    config: Config, identity: Path, tmp_path: Path
) -> None:
    actions.back_up(config, silent)
    with refused("is there already"):
        actions.restore(config, folder(config), identity, "", silent)
    other = elsewhere(config, tmp_path)
    other.kms_key.unlink()
    with refused("Put the KMS key back first"):
        actions.restore(other, folder(config), identity, "", silent)


def test_tombstones_that_tell_different_things_stop_a_restore(config: Config, identity: Path, tmp_path: Path) -> None:
    actions.back_up(config, silent)
    other = elsewhere(config, tmp_path)
    other.tombstones.write_text("subject bb other\n")
    with refused("tell different things"):
        actions.restore(other, folder(config), identity, "", silent)
    other.tombstones.write_text("subject aa then\nsubject bb later\n")
    actions.restore(other, folder(config), identity, "", silent)
    assert other.tombstones.read_text() == "subject aa then\nsubject bb later\n"


def test_a_private_key_is_never_overwritten_and_is_its_owners_alone(identity: Path) -> None:
    with pytest.raises(ConfigurationError):
        keys.make(identity)
    assert identity.stat().st_mode & 0o077 == 0


# ---------- a restore that was cut off ----------


def test_a_restore_that_was_cut_off_lets_nothing_start_and_is_done_again(
    config: Config, identity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.back_up(config, silent)
    other, replace, done = elsewhere(config, tmp_path), os.replace, []

    def once(source: Path, target: Path) -> None:
        if Path(target).suffix == ".sqlite3":
            if done:
                raise KeyboardInterrupt
            done.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", once)
    with pytest.raises(KeyboardInterrupt):
        actions.restore(other, folder(config), identity, "", silent)
    monkeypatch.undo()
    with refused("did not finish"):
        marks.check_finished(other.data)
    actions.restore(other, folder(config), identity, "", silent)
    marks.check_finished(other.data)
    assert people(other.data) == 1


def test_a_backup_that_was_killed_leaves_no_copy_behind_for_long(config: Config) -> None:
    """kill -9 while it seals: the next one removes what it left, and the set is not taken for a whole one."""
    code = (
        "import os, time\nfrom nutshell.ops import config\nfrom nutshell.ops.backup import actions, sealed\n"
        "sealed.seal = lambda *_: (print('now', flush=True), time.sleep(60))\n"
        "actions.back_up(config.load(os.environ), lambda *_: None)\n"
    )
    names = {"NUTSHELL_DATA": str(config.data), "NUTSHELL_BACKUPS": str(folder(config)),
             "NUTSHELL_BACKUP_TO": config.backup_to}  # fmt: skip
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env={**os.environ, **names}, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "now\n"
        running.send_signal(signal.SIGKILL)
    assert list((config.run / "backup").iterdir())
    assert Sets(folder(config)).whole() == []
    actions.tidy(config)
    assert not (config.run / "backup").exists()
    assert list((folder(config) / "checkpoints").iterdir()) == []


def test_two_backups_at_once_do_not_spoil_each_other(config: Config) -> None:
    with actions._scratch(config), refused("Another backup"):
        actions.back_up(config, silent)


# ---------- what is kept, and for how long ----------


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Sets]:
    found = Sets(tmp_path / "sets")
    found.make()
    return found


def put(kept: Sets, *ages: timedelta) -> None:
    for age in ages:
        for name in DATABASES:
            kept.file(name, sets.stamp(NOW - age)).touch()


def test_i10_accounts_and_keys_go_after_their_days_and_records_may_stay(kept: Sets) -> None:
    put(kept, timedelta(days=6, hours=23), timedelta(days=8), timedelta(days=300))
    kept.prune(NOW, {"keys": 7, "accounts": 7, "records": 365})
    young = sets.stamp(NOW - timedelta(days=6, hours=23))
    assert (kept.names("keys"), kept.names("accounts")) == ([young], [young])
    assert len(kept.names("records")) == 3
    assert kept.whole() == [young]


def test_of_older_days_the_last_copy_is_kept(kept: Sets) -> None:
    put(kept, *(timedelta(hours=hours) for hours in range(0, 72, 6)))
    kept.prune(NOW, dict.fromkeys(DATABASES, 7))
    days = [name[:8] for name in kept.whole()]
    assert days == ["20261123", "20261124", "20261125", "20261125", "20261126", "20261126", "20261126"]


def test_tombstones_are_copied_as_they_grow_and_never_get_fewer(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.write_text("one\ntw")
    assert sets.ship(here, there)
    assert there.read_text() == "one\n"  # a line that is being written waits
    here.write_text("one\ntwo\n")
    assert sets.ship(here, there)
    assert not sets.ship(here, there)
    for fewer in ("one\n", "", "one\n2wo\nthree\n"):
        here.write_text(fewer)
        with refused("lacks lines"):
            sets.ship(here, there)
    assert there.read_text() == "one\ntwo\n"


def test_the_doctor_says_that_a_backup_is_missed(config: Config) -> None:
    assert [one for one in doctor._backups(config) if "holds no whole set" in one]
    actions.back_up(config, silent)
    assert doctor._backups(config) == []
    with clock.moved_to(clock.now() + timedelta(minutes=179)):
        assert doctor._backups(config) == []
    with clock.moved_to(clock.now() + timedelta(minutes=181)):
        assert [one for one in doctor._backups(config) if "The newest backup is of" in one]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"NUTSHELL_BACKUP_TO": ""}, "need each other"),
        ({"NUTSHELL_BACKUPS": ""}, "need each other"),
        ({"NUTSHELL_BACKUPS": "/srv/data/backups"}, "must lie outside"),
    ],
)
def test_settings_that_contradict_each_other_stop_the_start(changed: dict[str, str], said: str) -> None:
    names = {"NUTSHELL_DATA": "/srv/data", "NUTSHELL_BACKUPS": "/mnt/backups", "NUTSHELL_BACKUP_TO": "age1" + "q" * 58}
    assert not [one for one in settings.problems(settings.load(names)) if "BACKUP" in one]
    assert [one for one in settings.problems(settings.load({**names, **changed})) if said in one]
