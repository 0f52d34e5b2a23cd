"""Sealed fields for the tables of `accounts`: identity data is ciphertext before it reaches the database.

Layout: version of the installation key (1 byte) ‖ envelope. A text is bound to its table, field and row;
a lookup value is deterministic within its field, so that equality can be asked.
"""

from nutshell.common import errors
from nutshell.envelope import aead, kdf, siv
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError

from . import installation


def seal_bytes(table: str, field: str, row_key: str, content: bytes) -> bytes:
    """AES-256-GCM under a key of this field, bound to the row."""
    version, key = installation.newest("identity")
    sealed = aead.seal(kdf.derive(key, "field", table, field), content, context("field", table, field, row_key))
    return bytes((version,)) + sealed


def open_bytes(table: str, field: str, row_key: str, sealed: bytes) -> bytes:
    """Raises errors.Tampered if it was altered or belongs to another table, field or row."""
    key = _key(sealed)
    bound_to = context("field", table, field, row_key)
    try:
        return aead.open_(kdf.derive(key, "field", table, field), bytes(sealed[1:]), bound_to)
    except EnvelopeError:
        raise errors.Tampered from None


def seal_text(table: str, field: str, row_key: str, text: str) -> bytes:
    return seal_bytes(table, field, row_key, text.encode())


def open_text(table: str, field: str, row_key: str, sealed: bytes) -> str:
    return open_bytes(table, field, row_key, sealed).decode()


def seal_lookup(field: str, normalised: str) -> bytes:
    """AES-256-SIV: equal texts give equal bytes. Normalise first; only for what must be found by equality."""
    return _lookup(field, normalised, *installation.newest("identity"))


def lookups(field: str, normalised: str) -> list[bytes]:
    """How the text may be stored: under every version of the key, the newest first."""
    return [_lookup(field, normalised, *versioned) for versioned in installation.versions("identity")]


def _lookup(field: str, normalised: str, version: int, key: bytes) -> bytes:
    sealed = siv.seal(kdf.derive(key, "lookup", field), normalised.encode(), context("lookup", field))
    return bytes((version,)) + sealed


def open_lookup(field: str, sealed: bytes) -> str:
    """The normalised text. Raises errors.Tampered."""
    key = kdf.derive(_key(sealed), "lookup", field)
    try:
        return siv.open_(key, bytes(sealed[1:]), context("lookup", field)).decode()
    except EnvelopeError:
        raise errors.Tampered from None


def _key(sealed: bytes) -> bytes:
    if not sealed:
        raise errors.Tampered
    return installation.key("identity", sealed[0])


def handle(label: str, raw: bytes) -> bytes:
    """32 bytes under which a secret or an address is found, without being kept: a keyed hash, newest key."""
    return kdf.mac(installation.newest("handle").key, f"handle/{label}", raw)


def handles(label: str, raw: bytes) -> list[bytes]:
    """The handle under every version of the key, the newest first: for finding."""
    return [kdf.mac(key, f"handle/{label}", raw) for _, key in installation.versions("handle")]
