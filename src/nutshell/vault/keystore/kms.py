"""The KMS wraps what lies in the `keys` database: what all of them do, and the one that is a local key file.

That file is never to be copied with the database. `transit` is OpenBao, `hsm` a PKCS#11 token.
"""

import base64
import os
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from nutshell.common.errors import ConfigurationError
from nutshell.envelope import aead, kdf, passwords
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError, NotOpened, UnknownFormat

VERSION_LENGTH = 4
KIND_BITS = 24
"""Below these bits of a version is its number, above them the kind of its back end: 0 file, 1 OpenBao, 2 PKCS#11."""

Bound = tuple[bytes, bytes]
"""A secret or a wrapped secret, and what it is bound to."""


class Kms(Protocol):
    """Wraps keys, each bound to a context. Versioned: what an older version wrapped still opens.

    Each method may raise errors.Unavailable where the KMS is elsewhere and does not answer.
    """

    @property
    def version(self) -> int:
        """The version that wraps now."""

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """Raises NotOpened, or UnknownFormat for a version that is gone."""

    def wrap_many(self, secrets: Sequence[Bound]) -> list[bytes]:
        """In order, in as few round trips as it can."""

    def unwrap_many(self, wrapped: Sequence[Bound]) -> list[bytes]:
        """In order; all or none. Raises as `unwrap` for the first that does not open."""

    def new_version(self, now: datetime) -> int:
        """Make and use a new version; the older ones stay readable.

        Raises errors.Conflict where only the KMS's operator may make one, and has not.
        """

    def superseded(self, before: datetime) -> list[int]:
        """Versions that a newer one replaced before that moment."""

    def remove(self, version: int) -> None:
        """Forget a version. What it wrapped opens no more."""


class OneByOne:
    """For a KMS that is near: many are as quick one after the other."""

    def wrap_many(self: Kms, secrets: Sequence[Bound]) -> list[bytes]:
        return [self.wrap(*one) for one in secrets]

    def unwrap_many(self: Kms, wrapped: Sequence[Bound]) -> list[bytes]:
        return [self.unwrap(*one) for one in wrapped]


class _Version(msgspec.Struct, frozen=True):
    key: str
    made_at: datetime


class _File(msgspec.Struct):
    """Format 1 holds the keys as they are. Format 2 has a salt, and each key sealed under the stretched passphrase."""

    format: int
    versions: dict[int, _Version]
    salt: str = ""


class KeyFile(OneByOne):
    """A JSON file (mode 0600) with all versions of one 32-byte key, under a passphrase if there is one."""

    def __init__(self, path: Path, passphrase: bytes | None = None) -> None:
        """A file without a passphrase gets the one that is given.

        Raises ConfigurationError if the file is missing, unreadable or readable by others, and if its passphrase is
        missing or another one.
        """
        self._path = path
        self._lock = Lock()
        self._file = _read(path)
        if passphrase is not None and self._file.format == 1:
            self._file = _locked(self._file, passphrase)
            _write(path, self._file)
        self._under = _stretched(path, self._file, passphrase)
        self._keys = {number: _key(path, self._under, number, found) for number, found in self._file.versions.items()}

    @classmethod
    def create(cls, path: Path, now: datetime, passphrase: bytes | None = None) -> "KeyFile":
        """A file with version 1. Never overwrites one that exists."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _File(1, {1: _Version(_text(kdf.new_key()), now)})
        _write(path, file if passphrase is None else _locked(file, passphrase), exclusive=True)
        return cls(path, passphrase)

    @property
    def version(self) -> int:
        return max(self._keys)

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        version = self.version
        return packed_version(version) + aead.seal(self._keys[version], secret, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        if len(wrapped) < VERSION_LENGTH:
            raise NotOpened
        key = self._keys.get(wrapped_version(wrapped))
        if key is None:
            raise UnknownFormat
        return aead.open_(key, wrapped[VERSION_LENGTH:], bound_to)

    def new_version(self, now: datetime) -> int:
        with self._lock:
            version, key = self.version + 1, kdf.new_key()
            self._file.versions[version] = _Version(_text(_under(self._under, version, key)), now)
            _write(self._path, self._file)
            self._keys[version] = key
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
    return int.from_bytes(wrapped[:VERSION_LENGTH], "big")


def packed_version(version: int) -> bytes:
    """How each wrapped value begins."""
    return version.to_bytes(VERSION_LENGTH, "big")


def kind_of(wrapped: bytes) -> int:
    """Which kind of back end wrapped this (`KIND_BITS`)."""
    return wrapped_version(wrapped) >> KIND_BITS


# ---------- the passphrase of a key file ----------


def _locked(file: _File, passphrase: bytes) -> _File:
    """The same keys under a passphrase."""
    salt = os.urandom(passwords.SALT_LENGTH)
    stretched = passwords.stretch(passphrase, salt)
    sealed = {
        number: _Version(_text(_under(stretched, number, base64.b64decode(found.key))), found.made_at)
        for number, found in file.versions.items()
    }
    return _File(2, sealed, _text(salt))


def _stretched(path: Path, file: _File, passphrase: bytes | None) -> bytes | None:
    """What the file's keys are sealed under, or None for a file without a passphrase."""
    if file.format == 1:
        return None
    if passphrase is None:
        raise ConfigurationError(
            "The KMS key file %(path)s has a passphrase: name its file in NUTSHELL_KMS_PASSPHRASE_FILE.", path=str(path)
        )
    return passwords.stretch(passphrase, base64.b64decode(file.salt))


def _under(stretched: bytes | None, number: int, key: bytes) -> bytes:
    return key if stretched is None else aead.seal(stretched, key, _place(number))


def _key(path: Path, stretched: bytes | None, number: int, found: _Version) -> bytes:
    raw = base64.b64decode(found.key)
    if stretched is None:
        return raw
    try:
        return aead.open_(stretched, raw, _place(number))
    except EnvelopeError:
        raise ConfigurationError(
            "The KMS key file %(path)s does not open with this passphrase.", path=str(path)
        ) from None


def _place(number: int) -> bytes:
    return context("kms/key-file", number)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


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
    if found.format not in (1, 2) or (found.format == 2) != bool(found.salt) or not found.versions:
        raise ConfigurationError("The KMS key file %(path)s has an unknown format.", path=str(path))
    return found


def has_passphrase(path: Path) -> bool:
    """Raises ConfigurationError as `KeyFile`."""
    return _read(path).format == 2


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
