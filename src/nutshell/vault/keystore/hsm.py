"""The KMS as a key on a PKCS#11 token: AES-256, made there, never read out. Each version is a key with its own label.

A wrapped value is the version as u32, the two leading bytes of the envelope's format, the nonce, and what the token
made of it; those two bytes are authenticated together with what the value is bound to, as in `envelope.aead`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import PKCS11Error

from nutshell.common import errors
from nutshell.common.errors import ConfigurationError
from nutshell.common.kms_address import Pkcs11
from nutshell.envelope.aead import HEADER, NONCE_LENGTH, OVERHEAD
from nutshell.envelope.errors import NotOpened, UnknownFormat

from .kms import KIND_BITS, VERSION_LENGTH, OneByOne, packed_version, wrapped_version

KIND = 2
TAG_BITS = 128
_GUARDS: dict[Attribute, Any] = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.PRIVATE: True,
    Attribute.TOKEN: True,
    Attribute.ENCRYPT: True,
    Attribute.DECRYPT: True,
}
"""What each key must be: on the token, for whoever has the PIN, and never out of it."""


class Hsm(OneByOne):
    """A `Kms`. One session for all threads, one at a time: a token does tens of thousands of these in a second."""

    def __init__(self, address: Pkcs11, pin: str) -> None:
        """Raises ConfigurationError with one sentence where module, token, PIN or key are not as they must be."""
        self._label, self._lock = address.label, Lock()
        self._session = _session(address, pin)
        self._keys: dict[int, Any] = {}
        self._made: dict[int, datetime | None] = {}
        try:
            for number, key in self._found():
                self._take(number, key)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Sign out of the token; nothing wraps or opens after that."""
        with suppress(PKCS11Error):
            self._session.close()

    @property
    def version(self) -> int:
        return max(self._keys)

    @property
    def empty(self) -> bool:
        """Whether the token holds no version yet."""
        return not self._keys

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        version, nonce = self.version, os.urandom(NONCE_LENGTH)
        with self._token():
            sealed: bytes = self._keys[version].encrypt(
                secret, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, bound_to)
            )
        return packed_version(version) + HEADER + nonce + sealed

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        if len(wrapped) < VERSION_LENGTH + OVERHEAD:
            raise NotOpened
        key, rest = self._keys.get(wrapped_version(wrapped)), wrapped[VERSION_LENGTH:]
        if key is None or rest[:2] != HEADER:
            raise UnknownFormat
        nonce, sealed = rest[2 : 2 + NONCE_LENGTH], rest[2 + NONCE_LENGTH :]
        with self._token(altered=True):
            return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, bound_to)))

    def new_version(self, now: datetime) -> int:
        with self._token():
            number = self.version + 1 if self._keys else KIND << KIND_BITS | 1
            label, made = f"{self._label}-{number & 0xFFFFFF}", str(int(now.timestamp())).encode()
            key = self._session.generate_key(KeyType.AES, 256, id=made, label=label, store=True, template=_GUARDS)
            self._take(number, key)
        return number

    def superseded(self, before: datetime) -> list[int]:
        """A key's id says when it was made, in unix seconds. One whose successor's id says nothing stays."""
        return [number for number in self._keys if (end := self._made.get(number + 1)) is not None and end < before]

    def remove(self, version: int) -> None:
        if version == self.version:
            raise ValueError("the present version cannot be removed")
        with self._token():
            self._keys[version].destroy()
            del self._keys[version], self._made[version]

    def _found(self) -> Iterator[tuple[int, Any]]:
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
        found: list[Any] = list(self._session.get_objects(wanted))
        for key in found:
            named = re.fullmatch(re.escape(self._label) + r"-([1-9][0-9]{0,6})", str(key.label))
            if named:
                yield KIND << KIND_BITS | int(named[1]), key

    def _take(self, number: int, key: Any) -> None:
        if number in self._keys or not _guarded(key):
            raise ConfigurationError("The token has a key %(label)s that can be read out, or twice.", label=key.label)
        self._keys[number], self._made[number] = key, _moment(key.id)

    @contextmanager
    def _token(self, altered: bool = False) -> Iterator[None]:
        """Alone with the session. `altered`: a value that the token refuses is the value's fault: NotOpened."""
        try:
            with self._lock:
                yield
        except _REFUSED as refused:
            raise (NotOpened if altered else errors.Unavailable) from refused
        except PKCS11Error:
            raise errors.Unavailable from None


_REFUSED = (
    pkcs11.exceptions.EncryptedDataInvalid,
    pkcs11.exceptions.EncryptedDataLenRange,
    pkcs11.exceptions.FunctionFailed,
    pkcs11.exceptions.GeneralError,
)
"""How tokens say that a tag does not fit: the first is the standard's, SoftHSM has the last."""


def _gcm(nonce: bytes, bound_to: bytes) -> GCMParams:
    return GCMParams(nonce, HEADER + bound_to, TAG_BITS)


def _session(address: Pkcs11, pin: str) -> pkcs11.Session:
    try:
        token = pkcs11.lib(str(address.module)).get_token(token_label=address.token)
        flags = token.slot.get_mechanism_info(Mechanism.AES_GCM).flags
        if not (flags & MechanismFlag.ENCRYPT and flags & MechanismFlag.DECRYPT):
            raise ConfigurationError("The token %(token)s has no AES-GCM.", token=address.token)
        return token.open(rw=True, user_pin=pin)
    except (PKCS11Error, RuntimeError, OSError) as failed:
        raise ConfigurationError(
            "The token %(token)s of %(module)s does not open: %(why)s.",
            token=address.token,
            module=str(address.module),
            why=type(failed).__name__,
        ) from None


def _guarded(key: Any) -> bool:
    guards = (Attribute.SENSITIVE, Attribute.EXTRACTABLE, Attribute.PRIVATE, Attribute.TOKEN)
    return key.key_length == 256 and all(key[guard] == _GUARDS[guard] for guard in guards)


def _moment(made: bytes) -> datetime | None:
    return datetime.fromtimestamp(int(made), UTC) if re.fullmatch(rb"[0-9]{1,11}", made) else None
