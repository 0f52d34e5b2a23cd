"""A PostgreSQL server goes to a moment: its log sealed piece by piece by a real archive_command, and a whole copy."""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from tests.security.requirements import leaks
from tests.tiers.postgresql import Cluster, cluster

from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.backup import keys, recovering, wal
from nutshell.ops.config import Config

pytestmark = pytest.mark.stack
CANARY = "zq5b1e9kanari-log"


@dataclass
class Story:
    """A row, a whole copy, another row, `noted`, a third row; then the server ended. `started` is of before it all."""

    server: Cluster
    config: Config
    identity: Path
    started: datetime
    noted: datetime

    @property
    def base(self) -> Path:
        assert self.config.backups is not None
        return self.config.backups / "base" / "records"

    @property
    def log(self) -> Path:
        return self.server.folder / "archive"

    def recover(self, until: datetime, target: Path, identity: Path | None = None, log: Path | None = None) -> str:
        return recovering.recover(self.base, log or self.log, identity or self.identity, until, target, silent)


def silent(_step: str, _share: float) -> None:
    """Nobody looks."""


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(ConfigurationError) as raised:
        yield
    assert words in raised.value.sentence


def archiving(server: Cluster, public: str) -> str:
    """As a server's own machine would have it: nothing is open to it but its folder of backups, and nothing opens."""
    names = {"NUTSHELL_DATA": server.folder / "none", "NUTSHELL_BACKUPS": server.folder / "archive",
             "NUTSHELL_BACKUP_TO": public, "PYTHONPATH": library(server.folder / "library")}  # fmt: skip
    words = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in names.items())
    return f"archive_mode = on\narchive_timeout = 1\narchive_command = '{words} {wal.command(python())}'\n"


def library(folder: Path) -> str:
    """A copy of all that the command imports: our own folders may be closed to the server's user."""
    for name in ("nutshell", "msgspec", "pyrage"):
        module = import_module(name)
        shutil.copytree(Path(str(module.__file__)).parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return str(folder)


def python() -> str:
    """One that the server's user may run: ours may lie in a folder that is closed to others."""
    closed = [path for path in Path(sys.executable).resolve().parents if not path.stat().st_mode & 0o001]
    return f"/usr/bin/python3.{sys.version_info.minor}" if closed and os.geteuid() == 0 else sys.executable


def write(server: Cluster, word: str) -> None:
    with server.connect("records") as session:
        session.execute("CREATE TABLE IF NOT EXISTS note (word text)")
        session.execute("INSERT INTO note VALUES (%s)", [f"{CANARY} {word}"])


def words(server: Cluster) -> list[str]:
    with server.connect("records") as session:
        return [str(row[0]).split()[1] for row in session.execute("SELECT word FROM note ORDER BY word")]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("away")
    public = keys.make(folder / "identity")
    with cluster() as server:
        (server.folder / "none").mkdir()
        (server.folder / "archive").mkdir()
        for path in (server.folder / "none", server.folder / "archive"):
            server._give(path)
        server.halt()
        with (server.data / "postgresql.conf").open("a") as file:
            file.write(archiving(server, public))
        server.serve()
        started = datetime.now(UTC)
        write(server, "first")
        names = {"NUTSHELL_DATA": folder / "data", "NUTSHELL_ROLE": "web", "NUTSHELL_BACKUPS": folder / "backups",
                 "NUTSHELL_BACKUP_TO": public, "NUTSHELL_RECORDS_URL": server.url("records_backup"),
                 "NUTSHELL_ACCOUNTS_URL": server.url("accounts_backup")}  # fmt: skip
        config = settings.load({name: str(value) for name, value in names.items()})
        time.sleep(1)  # copies are named by the second
        wal.back_up(config, silent)
        write(server, "kept")
        time.sleep(0.1)
        noted = datetime.now(UTC)
        time.sleep(0.1)
        write(server, "lost")
        server.halt()
        yield Story(server, config, folder / "identity", started, noted)


def test_a_server_gives_away_its_log_and_nothing_readable_lies_in_the_backups(story: Story) -> None:
    assert len(wal.files(story.log)) >= 2
    assert story.config.backups is not None
    for folder in (story.log, story.config.backups):
        found = leaks.search_folder(folder, leaks.needles({"note": CANARY}))
        assert (found.files >= 1, found.hits) == (True, [])
    pieces = sum(path.stat().st_size for path in wal.files(story.log).values())
    print(f"{len(wal.files(story.log))} pieces of 16 MiB lie there in {pieces:,} bytes")


def test_what_does_not_fit_makes_nothing(story: Story, tmp_path: Path) -> None:
    keys.make(tmp_path / "other")
    target, empty = tmp_path / "data", tmp_path / "empty"
    empty.mkdir()
    with refused("holds no whole copy of before"):
        story.recover(story.started - timedelta(days=1), target)
    with refused("sealed to another key"):
        story.recover(story.noted, target, identity=tmp_path / "other")
    assert not target.exists()
    (empty / "something").touch()
    with refused("is not empty"):
        story.recover(story.noted, empty)
    assert [path.name for path in empty.iterdir()] == ["something"]


def test_a_piece_is_kept_once_and_never_exchanged_for_another(story: Story, tmp_path: Path) -> None:
    piece, names = tmp_path / ("0" * 23 + "1"), {"NUTSHELL_DATA": tmp_path / "data", "NUTSHELL_BACKUPS": tmp_path / "b",
                                                "NUTSHELL_BACKUP_TO": story.config.backup_to}  # fmt: skip
    config = settings.load({name: str(value) for name, value in names.items()})
    piece.write_bytes(b"log" * 9)
    for _ in range(2):
        wal.archive(config, piece)
    assert len(wal.files(tmp_path / "b")) == 1
    piece.write_bytes(b"another server's")
    with refused("two servers share a folder"):
        wal.archive(config, piece)
    (tmp_path / "passwd").touch()
    with refused("is no piece of a server's log"):
        wal.archive(config, tmp_path / "passwd")
    (kept,) = wal.files(tmp_path / "b").values()
    os.utime(kept, (time.time() - 8 * 86400,) * 2)
    (tmp_path / ("0" * 23 + "2")).write_bytes(b"next")
    wal.archive(config, tmp_path / ("0" * 23 + "2"))
    assert [name[-1] for name in wal.files(tmp_path / "b")] == ["2"]


def test_it_goes_to_the_noted_time_and_on_from_there(story: Story) -> None:
    """The last one: the server of the story is this one afterwards."""
    story.server.data.rename(story.server.folder / "before")
    began = time.monotonic()
    story.recover(story.noted, story.server.data)
    story.server.serve()
    print(f"recovered and served after {time.monotonic() - began:.1f} s")
    deadline = time.monotonic() + 20
    while _recovers(story.server) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert words(story.server) == ["first", "kept"]
    write(story.server, "later")
    assert words(story.server) == ["first", "kept", "later"]
    assert not (story.server.data / "recovered-log").exists()


def _recovers(server: Cluster) -> bool:
    with server.connect("records") as session:
        row = session.execute("SELECT pg_is_in_recovery()").fetchone()
        return bool(row and row[0])
