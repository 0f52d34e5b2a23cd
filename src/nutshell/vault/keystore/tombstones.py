"""Tombstones lie outside the databases, so that no restored database forgets what was destroyed.

One line each: kind, SHA-256 over the domain and the id (hex), time. No line is ever changed or removed.
"""

import fcntl
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Lock
from uuid import UUID

from nutshell.common.errors import ConfigurationError
from nutshell.envelope.erased import tombstone
from nutshell.envelope.kdf import digest

from .kms import sync_directory
from .types import Tombstone

_LINE = re.compile(r"(subject|secret) ([0-9a-f]{64}) (\S+)")


def secret_hash(secret_id: bytes) -> bytes:
    return digest("tombstone-secret", secret_id)


class Tombstones:
    """The append-only file, with all its hashes in memory (32 bytes each)."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError if a line of the file is damaged: then nothing is served."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._lock = Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        sync_directory(path.parent)
        self._lines: list[Tombstone] = []
        self._hashes: set[bytes] = set()
        self._load()

    def close(self) -> None:
        os.close(self._file)

    def add_subject(self, subject: UUID, now: datetime) -> None:
        self._append("subject", [tombstone(subject)], now)

    def add_secrets(self, secret_ids: Iterable[bytes], now: datetime) -> None:
        self._append("secret", [secret_hash(secret_id) for secret_id in secret_ids], now)

    def has_subject(self, subject: UUID) -> bool:
        return tombstone(subject) in self._hashes

    def has_secret(self, secret_id: bytes) -> bool:
        return secret_hash(secret_id) in self._hashes

    def after(self, line: int, limit: int) -> list[Tombstone]:
        return self._lines[line : line + limit]

    def _append(self, kind: str, hashes: list[bytes], now: datetime) -> None:
        """Returns only when the lines are on the disk. A hash that is there already is not repeated."""
        with self._lock:
            fresh = [hash_ for hash_ in hashes if hash_ not in self._hashes]
            if not fresh:
                return
            text = "".join(f"{kind} {hash_.hex()} {now.isoformat()}\n" for hash_ in fresh)
            _write_all(self._file, text.encode())
            os.fsync(self._file)
            for hash_ in fresh:
                self._remember(kind, hash_, now)

    def _remember(self, kind: str, hash_: bytes, at: datetime) -> None:
        self._lines.append(Tombstone(len(self._lines) + 1, kind, hash_, at))
        self._hashes.add(hash_)

    def _load(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            content = self._path.read_bytes()
            whole = content.rfind(b"\n") + 1
            # A line without its end was cut off by a crash before its fsync: nobody was told that it holds.
            os.ftruncate(self._file, whole)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        for text in content[:whole].decode("ascii", "replace").splitlines():
            self._read(text)

    def _read(self, text: str) -> None:
        found = _LINE.fullmatch(text)
        if not found:
            raise ConfigurationError("The tombstones in %(path)s are damaged.", path=str(self._path))
        self._remember(found[1], bytes.fromhex(found[2]), datetime.fromisoformat(found[3]))


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
