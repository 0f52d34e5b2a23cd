"""One database in one sealed file: an age file whose content is a line of JSON, the head, and then the database.

Read and written piece by piece, so a database may be larger than the memory, and may come from a program or go to one.
"""

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyrage

from nutshell import __version__
from nutshell.common.errors import ConfigurationError

Identity = pyrage.x25519.Identity
FORMAT, STREAM = 1, 2
"""`STREAM`: the head was written before anybody knew how much would follow. That nothing is cut off or changed is age's
own word in both."""
_PIECE = 1 << 20
_LONGEST_HEAD = 4096

Progress = Callable[[int], None]
"""Told how many bytes were handled, piece by piece."""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at` is the moment of the snapshot, by which the files of one set are named; `size` in bytes, of FORMAT only.

    `roles` are those of a server that the content names: they must be there before it is.
    """

    format: int
    database: str
    at: str
    size: int
    sha256: str
    version: str
    roles: tuple[str, ...] = ()

    @classmethod
    def of_stream(cls, database: str, at: str, roles: tuple[str, ...] = ()) -> "Head":
        return cls(STREAM, database, at, 0, "", __version__, roles)


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Raises ConfigurationError."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ConfigurationError("NUTSHELL_BACKUP_TO is no age recipient (age1…).") from None


def identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The private keys in a file of age's. Raises ConfigurationError if there is none."""
    try:
        lines = path.read_text().split()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"The key file {path} cannot be read.") from None
    keys = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in keys]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise ConfigurationError(f"{path} holds no private age key (AGE-SECRET-KEY-…).")
    return found


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Source:
    """The head, then the file. What age reads from."""

    def __init__(self, head: Head, file: BinaryIO, progress: Progress) -> None:
        self._head, self._file, self._progress = msgspec.json.encode(head) + b"\n", file, progress

    def read(self, size: int = -1) -> bytes:
        if self._head:
            piece, self._head = self._head, b""
            return piece
        piece = self._file.read(_PIECE if size < 0 else size)
        self._progress(len(piece))
        return piece


class _Target:
    """Takes the head off, and writes the rest. What age writes to."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self.head = b""
        self.size = 0
        self._file, self._progress, self._begun, self._digest = file, progress, False, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        rest = piece if self._begun else self._behind_head(piece)
        self._file.write(rest)
        self.size += len(rest)
        self._digest.update(rest)
        self._progress(len(rest))
        return len(piece)

    def _behind_head(self, piece: bytes) -> bytes:
        head, end, rest = (self.head + piece).partition(b"\n")
        if len(head) > _LONGEST_HEAD:
            raise OSError("no head")
        self.head, self._begun = head, bool(end)
        return rest

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def seal(database: Path, head: Head, to: pyrage.x25519.Recipient, target: Path, progress: Progress) -> None:
    """Write the sealed file; it has its name only when it is whole and on the disk. Raises OSError."""
    with database.open("rb") as file:
        seal_stream(nullcontext(file), head, to, target, progress)


def seal_stream(
    source: AbstractContextManager[BinaryIO], head: Head, to: pyrage.x25519.Recipient, target: Path, progress: Progress
) -> None:
    """The same with what comes out of a program. Where the source's end raises, the file never gets its name."""
    unfinished = target.with_name(f".{target.name}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with source as file:
            pyrage.encrypt_io(_Source(head, file, progress), out, [to])
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(target)


def unseal(source: Path, keys: list[pyrage.x25519.Identity], target: Path, progress: Progress) -> Head:
    """Open a sealed file into `target`, which is made. What is cut off, changed or sealed to others raises
    ConfigurationError; `target` is then no database, and for the caller to remove."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        head = unseal_stream(source, keys, out, progress)
        os.fsync(out.fileno())
    return head


def check(source: Path, keys: list[pyrage.x25519.Identity], progress: Progress) -> Head:
    """What stands in its head, after all of it was opened and nothing was kept. Raises ConfigurationError."""
    with open(os.devnull, "wb") as nowhere:
        return unseal_stream(source, keys, nowhere, progress)


def unseal_stream(source: Path, keys: list[pyrage.x25519.Identity], out: BinaryIO, progress: Progress) -> Head:
    """The same into what a program reads: whoever wants nothing of a damaged file to get there calls `check` before."""
    with source.open("rb") as file:
        opened = _Target(out, progress)
        try:
            pyrage.decrypt_io(file, opened, keys)
            head = msgspec.json.decode(opened.head, type=Head)
        except (OSError, pyrage.DecryptError, msgspec.MsgspecError) as wrong:
            if isinstance(wrong, OSError) and wrong.errno == errno.EPIPE:
                raise BrokenPipeError from None  # whoever read has ended, and says why
            full = isinstance(wrong, OSError) and wrong.errno is not None
            why = "the disk is full or failed" if full else "it is damaged, or sealed to another key"
            raise ConfigurationError(f"{source.name} ({source.parent.name}) cannot be opened: {why}.") from None
        out.flush()
    if not _fits(head, opened):
        raise ConfigurationError(f"{source.name} ({source.parent.name}) is not what it says it is.")
    return head


def _fits(head: Head, opened: _Target) -> bool:
    if head.format == STREAM:
        return True
    return (head.format, head.size, head.sha256) == (FORMAT, opened.size, opened.sha256)
