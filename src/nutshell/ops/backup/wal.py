"""The log of a PostgreSQL server, sealed piece by piece as the server gives it away, and copies of whole servers.

With both, a server goes to any moment since its oldest copy. Both hold accounts or keys, so both go after their days.

    wal/000000010000000000000007.3f2a….age   one piece: its name, and a part of its hash
    base/records/20261126T234512Z.age        the server of this database, whole
"""

import hashlib
import re
import shlex
import sys
import zlib
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import config as settings
from nutshell.ops.config import Config
from nutshell.ops.databases import way_of
from nutshell.ops.files import private_folder

from . import postgresql, sealed, sets
from .bars import Bar, Say
from .sealed import Head

NAME = re.compile(r"[0-9A-F]{24}(?:\.[0-9A-F]{8}\.backup|\.partial)?|[0-9A-F]{8}\.history")
"""What a server gives away: pieces of its log, and small files about them."""
_PIECE = 1 << 16


def command(python: str = sys.executable) -> str:
    """For `archive_command`."""
    return f"{shlex.quote(python)} -m nutshell.ops.command backup wal %p"


def files(folder: Path) -> dict[str, Path]:
    """What was given away, by name."""
    found = ((path.name.rpartition(".")[0].rpartition(".")[0], path) for path in (folder / "wal").glob("*.age"))
    return {name: path for name, path in sorted(found) if NAME.fullmatch(name)}


def archive(config: Config, piece: Path) -> None:
    """Seal one piece; it is there and on the disk when this returns. The same piece once more changes nothing.

    Raises ConfigurationError: then the server keeps the piece and asks again.
    """
    assert config.backups is not None
    if not NAME.fullmatch(piece.name):
        raise ConfigurationError(f"{piece.name} is no piece of a server's log.")
    try:
        folder = private_folder(config.backups / "wal")
        with piece.open("rb") as file:
            mark = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        _check_same(config.backups, piece.name, mark)
        target = folder / f"{piece.name}.{mark}.age"
        if not target.exists():
            head, to = Head.of_stream("wal", piece.name), sealed.recipient(config.backup_to)
            with piece.open("rb") as file:
                sealed.seal_stream(nullcontext(cast(BinaryIO, _Packed(file))), head, to, target, lambda _: None)
            sets.sync(folder)
    except OSError as failed:
        raise ConfigurationError(f"{piece.name} could not be kept: {failed.strerror}.") from None
    _prune(folder, config.backup_days)


def _check_same(folder: Path, name: str, mark: str) -> None:
    other = files(folder).get(name)
    if other is not None and not other.name.startswith(f"{name}.{mark}."):
        raise ConfigurationError(f"{other} is another piece of this name: two servers share a folder.")


def _prune(folder: Path, days: int) -> None:
    end = (clock.now() - timedelta(days=days)).timestamp()
    for path in (*folder.glob("*.age"), *folder.glob(".*.part")):
        if path.stat().st_mtime < end:
            path.unlink(missing_ok=True)


class _Packed:
    """A file, compressed as it is read: a piece of the log that was closed early is mostly zeros."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._zip, self._ready, self._ended = file, zlib.compressobj(1), b"", False

    def read(self, size: int) -> bytes:
        """At most so much, as whoever seals it wants."""
        while not (self._ready or self._ended):
            piece = self._file.read(_PIECE)
            self._ended = not piece
            self._ready = self._zip.compress(piece) if piece else self._zip.flush()
        found, self._ready = self._ready[:size], self._ready[size:]
        return found


class _Unpacked:
    """Writes what `_Packed` read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._zip = file, zlib.decompressobj()

    def write(self, piece: bytes) -> int:
        self._file.write(self._zip.decompress(piece))
        return len(piece)

    def flush(self) -> None:
        self._file.flush()


def open_(source: Path, keys: list[sealed.Identity], target: Path) -> None:
    """Raises ConfigurationError where it is damaged or another piece."""
    with target.open("wb") as out:
        head = sealed.unseal_stream(source, keys, cast(BinaryIO, _Unpacked(out)), lambda _: None)
    if (head.database, head.at) != ("wal", target.name):
        raise ConfigurationError(f"{source} was {head.database} {head.at}: somebody exchanged it.")


# ---------- whole servers ----------


def back_up(config: Config, say: Say) -> str:
    """Copy each server whose databases this machine reaches, whole; the copies' name. Raises ConfigurationError."""
    assert config.backups is not None
    name, to = sets.stamp(clock.now()), sealed.recipient(config.backup_to)
    for database, way in _servers(config).items():
        folder = private_folder(private_folder(config.backups / "base") / database)
        bar = Bar(say, postgresql.size(way))
        try:
            source, head = postgresql.whole_server(way), Head.of_stream(f"base/{database}", name)
            progress = partial(bar.add, f"copying the server of {database}")
            sealed.seal_stream(source, head, to, folder / f"{name}.age", progress)
        except OSError as failed:
            raise ConfigurationError(f"The backup could not be made: {failed.strerror}.") from None
        _prune(folder, config.backup_days)
    say(f"kept {name}", 1.0)
    return name


def _servers(config: Config) -> dict[str, postgresql.Way]:
    """One database of each server."""
    found: dict[tuple[str, int], tuple[str, postgresql.Way]] = {}
    for database, url in settings.urls(config).items():
        way = way_of(url)
        found.setdefault((way["HOST"], way["PORT"]), (database, way))
    return dict(found.values())
