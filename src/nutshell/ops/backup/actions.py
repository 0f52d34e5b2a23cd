"""Back up, restore, verify."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from nutshell import __version__
from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.config import Config
from nutshell.ops.files import private_folder, write_private

from . import beside, marks, sealed, sets
from .bars import Bar, Say
from .sealed import FORMAT, Head
from .sets import DATABASES, Sets
from .snapshots import copy, snapshots


def _files(config: Config) -> dict[str, Path]:
    return {name: config.data / f"{name}.sqlite3" for name in DATABASES}


# ---------- backing up ----------


def back_up(config: Config, say: Say) -> str:
    """Make one set; its name. What is too old is removed before anything else.

    Raises ConfigurationError.
    """
    kept = tidy(config)
    with _scratch(config) as scratch:
        try:
            at = _snapshot(config, kept, scratch, say)
            _seal_all(config, kept, scratch, at, say)
        except (OSError, sqlite3.Error) as failed:
            why = failed.strerror if isinstance(failed, OSError) else "a database cannot be read"
            raise ConfigurationError(f"The backup could not be made: {why}.") from None
    return sets.stamp(at)


def tidy(config: Config) -> Sets:
    """Ship new tombstones, remove what is too old and what a killed backup left. Raises ConfigurationError."""
    assert config.backups is not None
    kept = Sets(config.backups)
    kept.make()
    with _scratch(config):
        sets.ship(config.tombstones, kept.tombstones)
        kept.prune(clock.now(), settings.days_of(config))
    return kept


@contextmanager
def _scratch(config: Config) -> Iterator[Path]:
    """A folder for copies of the databases, as private as they are, for one process at a time.

    What a killed one left goes first: it holds what may have been erased since. Raises ConfigurationError.
    """
    folder = private_folder(config.run) / "backup"
    with os.fdopen(os.open(config.run / "backup.lock", os.O_WRONLY | os.O_CREAT, 0o600)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError("Another backup is being made. Try again when it is done.") from None
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _snapshot(config: Config, kept: Sets, scratch: Path, say: Say) -> datetime:
    say("copying the databases", 0.0)
    # Before the trail: a checkpoint of what the trail does not hold yet would be an alarm.
    points = config.checkpoints.read_bytes() if config.checkpoints.exists() else b""
    with snapshots(_files(config)) as readers:
        at = clock.now()
        for name, reader in readers.items():
            copy(reader, scratch / name)
    write_private(kept.checkpoints(sets.stamp(at)), points)
    return at


def _seal_all(config: Config, kept: Sets, scratch: Path, at: datetime, say: Say) -> None:
    to, name = sealed.recipient(config.backup_to), sets.stamp(at)
    bar = Bar(say, sum((scratch / database).stat().st_size for database in DATABASES))
    for database in DATABASES:
        copied = scratch / database
        head = Head(FORMAT, database, name, copied.stat().st_size, sealed.digest(copied), __version__)
        sealed.seal(copied, head, to, kept.file(database, name), partial(bar.add, f"sealing {database}"))
    say(f"kept {name}", 1.0)


# ---------- verifying ----------


def verify(config: Config, folder: Path, identity: Path, name: str, say: Say) -> dict[str, int]:
    """Open a set in a scratch folder and look whether it would do; how many rows each database has.

    Raises ConfigurationError with the first thing that is wrong.
    """
    kept, keys = Sets(folder), sealed.identities(identity)
    chosen = kept.chosen(name)
    beside.check_ages(kept, config)
    with TemporaryDirectory(prefix="nutshell-verify-") as scratch:
        _open_all(kept, chosen, keys, Path(scratch), say)
        counted = {database: _rows(Path(scratch) / database) for database in DATABASES}
        _check_fit(Path(scratch))
    beside.check_tombstones(kept, config)
    say(f"{chosen} is whole", 1.0)
    return counted


def _open_all(kept: Sets, name: str, keys: list[object], folder: Path, say: Say) -> None:
    bar = Bar(say, sum(kept.file(database, name).stat().st_size for database in DATABASES))
    for database in DATABASES:
        source = kept.file(database, name)
        head = sealed.unseal(source, keys, folder / database, partial(bar.add, f"opening {database}"))
        if (head.database, head.at) != (database, name):
            raise ConfigurationError(f"{source} was {head.database} of {head.at}: somebody exchanged it.")
        _check_integrity(folder / database, database)


def _check_integrity(path: Path, database: str) -> None:
    try:
        with closing(sqlite3.connect(path)) as opened:
            said = opened.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error:
        said = "not a database"
    if said != "ok":
        raise ConfigurationError(f"The copy of {database} is not in order: {said}.")


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(int(opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in tables)  # noqa: S608


def _check_fit(folder: Path) -> None:
    """Whoever has records has keys, or the set is not of one moment."""
    with closing(sqlite3.connect(folder / "records")) as opened:
        opened.execute("ATTACH ? AS keys", (str(folder / "keys"),))
        query = "SELECT count(*) FROM subject WHERE subject_id NOT IN (SELECT subject_id FROM keys.subject_row)"
        lacking = int(opened.execute(query).fetchone()[0])
    if lacking:
        raise ConfigurationError(f"{lacking} people of the records have no keys: the copies are not of one moment.")


# ---------- restoring ----------


def restore(config: Config, folder: Path, identity: Path, name: str, say: Say) -> str:
    """Put a set in place on a machine without databases; the set's name. Tombstones come first.

    Nobody stays signed in, and whoever was erased since is erased again when the key store starts. Raises
    ConfigurationError; what was there before is then as it was.
    """
    kept, keys = Sets(folder), sealed.identities(identity)
    chosen = kept.chosen(name)
    _check_empty(config)
    private_folder(config.data)
    private_folder(config.run)
    with _scratch(config) as scratch:
        _open_all(kept, chosen, keys, scratch, say)
        _check_fit(scratch)
        _end_sessions(scratch / "keys")
        beside.put_tombstones(kept, config)
        _put_in_place(config, kept, chosen, scratch)
    say(f"restored to {chosen}", 1.0)
    return chosen


def _check_empty(config: Config) -> None:
    there = [path for path in _files(config).values() if path.exists()]
    if there and not marks.is_unfinished(config.data):
        raise ConfigurationError(f"{there[0]} is there already: restore to a folder without databases.")
    beside.check_kms(config)


def _end_sessions(keys: Path) -> None:
    """A session opens with its day's epoch secret: a device that was signed out since must not be signed in again."""
    with closing(sqlite3.connect(keys)) as opened, opened:
        opened.execute("PRAGMA secure_delete=ON")
        opened.execute("DELETE FROM epoch")


def _put_in_place(config: Config, kept: Sets, name: str, scratch: Path) -> None:
    """Until the last step the folder says that it is unfinished."""
    marks.begin(config.data, name)
    for database, path in _files(config).items():
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        os.replace(scratch / database, path)
    beside.put_checkpoints(kept, config, name)
    marks.end(config.data, name)
