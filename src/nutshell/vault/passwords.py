"""Login passwords: Argon2id, its output sealed under the pepper. A stolen database gives nothing to guess against."""

import base64
import unicodedata
from threading import BoundedSemaphore

from nutshell.common import errors
from nutshell.envelope import aead, kdf
from nutshell.envelope import passwords as argon2
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError

from . import installation

PREFIX = "sealed"
AT_ONCE = 4
"""Argon2id runs that one process does at once: 4 x 19 MiB of memory. The others wait their turn."""
WAIT_SECONDS = 10.0
_BOUND_TO = context("login-password")
_turns = BoundedSemaphore(AT_ONCE)


def normalised(password: str) -> bytes:
    """NFKC, as NIST SP 800-63B-4 (3.1.1.2) asks, so that every keyboard gives the same bytes."""
    return unicodedata.normalize("NFKC", password).encode()


def sealed_hash(password: str) -> str:
    """`sealed$<version of the pepper>$<base64>`: a new Argon2id hash, sealed. TooMany if no turn comes up."""
    version, pepper = installation.newest("pepper")
    phc = _in_turn_hashed(normalised(password))
    sealed = aead.seal(_key(pepper), phc.encode(), _BOUND_TO)
    return f"{PREFIX}${version}${base64.b64encode(sealed).decode()}"


def matches(password: str, stored: str) -> bool:
    """Whether the password is the stored one's. Raises Tampered for what does not open, TooMany without a turn."""
    phc = _opened(stored)
    with _turn():
        try:
            return argon2.matches(normalised(password), phc)
        except EnvelopeError:
            raise errors.Tampered from None


def stretched(normalised_password: bytes, salt: bytes) -> bytes:
    """32 bytes of key material: the factor of a password slot, whose id is the salt. TooMany if no turn comes up."""
    with _turn():
        return argon2.stretch(normalised_password, salt)


def needs_upgrade(stored: str) -> bool:
    """Whether an older pepper or other Argon2id parameters than today's made it."""
    version, _ = _parts(stored)
    today = f"$argon2id$v=19$m={argon2.MEMORY_KIB},t={argon2.ITERATIONS},p={argon2.LANES}$"
    return version != installation.newest("pepper").version or not _opened(stored).startswith(today)


def _in_turn_hashed(password: bytes) -> str:
    with _turn():
        return argon2.hashed(password)


class _turn:  # noqa: N801 - reads as `with _turn():`
    """One place in the memory budget; TooMany after ten seconds of waiting."""

    def __enter__(self) -> None:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise errors.TooMany

    def __exit__(self, *_: object) -> None:
        _turns.release()


def _key(pepper: bytes) -> bytes:
    return kdf.derive(pepper, "login-password")


def _parts(stored: str) -> tuple[int, bytes]:
    try:
        prefix, version, sealed = stored.split("$")
        if prefix != PREFIX:
            raise errors.Tampered
        return int(version), base64.b64decode(sealed, validate=True)
    except ValueError:
        raise errors.Tampered from None


def _opened(stored: str) -> str:
    version, sealed = _parts(stored)
    try:
        return aead.open_(_key(installation.key("pepper", version)), sealed, _BOUND_TO).decode()
    except EnvelopeError:
        raise errors.Tampered from None
