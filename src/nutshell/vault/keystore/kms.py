"""The KMS wraps what lies in the `keys` database. Here: a local key file, never to be copied with that database."""

import base64
import os
import stat
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.envelope import aead, kdf
from nutshell.envelope.errors import NotOpened, UnknownFormat

_VERSION_LENGTH = 4


class Kms(Protocol):
    """Wraps keys, each bound to a context. Versioned: what an older version wrapped still opens."""

    @property
    def version(self) -> int:
        """The version that wraps now."""

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """Raises NotOpened, or UnknownFormat for a version that is gone."""

    def new_version(self, now: datetime) -> int:
        """Make and use a new version; the older ones stay readable."""

    def superseded(self, before: datetime) -> list[int]:
        """Versions that a newer one replaced before that moment."""

    def remove(self, version: int) -> None:
        """Forget a version. What it wrapped opens no more."""


class _Version(msgspec.Struct, frozen=True):
    key: str
    made_at: datetime


class _File(msgspec.Struct):
    format: int
    versions: dict[int, _Version]


class KeyFile:
    """A JSON file (mode 0600) with all versions of one 32-byte key."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError if the file is missing, unreadable or readable by others."""
        self._path = path
        self._lock = Lock()
        self._file = _read(path)
        self._keys = {number: base64.b64decode(version.key) for number, version in self._file.versions.items()}

    @classmethod
    def create(cls, path: Path, now: datetime) -> "KeyFile":
        """A file with version 1. Never overwrites one that exists."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, _File(1, {1: _new(now)}), exclusive=True)
        return cls(path)

    @property
    def version(self) -> int:
        return max(self._keys)

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        version = self.version
        return version.to_bytes(_VERSION_LENGTH, "big") + aead.seal(self._keys[version], secret, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        if len(wrapped) < _VERSION_LENGTH:
            raise NotOpened
        key = self._keys.get(wrapped_version(wrapped))
        if key is None:
            raise UnknownFormat
        return aead.open_(key, wrapped[_VERSION_LENGTH:], bound_to)

    def new_version(self, now: datetime) -> int:
        with self._lock:
            version = self.version + 1
            self._file.versions[version] = _new(now)
            _write(self._path, self._file)
            self._keys[version] = base64.b64decode(self._file.versions[version].key)
        return version

    def superseded(self, before: datetime) -> list[int]:
        made = {number: version.made_at for number, version in self._file.versions.items()}
        return [number for number in made if number + 1 in made and made[number + 1] < before]

    def remove(self, version: int) -> None:
        if version == self.version:
            raise ValueError("the present version cannot be removed")
        with self._lock:
            del self._file.versions[version]
            _write(self._path, self._file)
            del self._keys[version]


def wrapped_version(wrapped: bytes) -> int:
    """Which version of the KMS key wrapped this."""
    return int.from_bytes(wrapped[:_VERSION_LENGTH], "big")


def _new(now: datetime) -> _Version:
    return _Version(base64.b64encode(kdf.new_key()).decode(), now)


def _read(path: Path) -> _File:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        raise ConfigurationError("The KMS key file %(path)s cannot be read.", path=str(path)) from None
    with os.fdopen(descriptor, "rb") as file:
        _check_mode(path, os.fstat(file.fileno()))
        content = file.read()
    try:
        found = msgspec.json.decode(content, type=_File)
    except msgspec.MsgspecError:
        raise ConfigurationError("The KMS key file %(path)s is damaged.", path=str(path)) from None
    if found.format != 1 or not found.versions:
        raise ConfigurationError("The KMS key file %(path)s has an unknown format.", path=str(path))
    return found


def _check_mode(path: Path, status: os.stat_result) -> None:
    loose = stat.S_IMODE(status.st_mode) & 0o077
    if loose or status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(
            "The KMS key file %(path)s must be a file of this process's user with mode 0600.", path=str(path)
        )


def _write(path: Path, file: _File, exclusive: bool = False) -> None:
    """Durable and atomic: a crash leaves the old file or the new one."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(msgspec.json.encode(file))
        target.flush()
        os.fsync(target.fileno())
    if exclusive:
        os.link(temporary, path)
        temporary.unlink()
    else:
        temporary.replace(path)
    sync_directory(path.parent)


def sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
