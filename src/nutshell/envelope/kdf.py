"""Key derivation, keyed hashes and plain hashes (SHA-256 throughout)."""

import secrets

from cryptography.hazmat.primitives import constant_time, hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .context import Field, context

KEY_LENGTH = 32
_SHA256 = hashes.SHA256()


def new_key() -> bytes:
    """32 bytes from the operating system's generator."""
    return secrets.token_bytes(KEY_LENGTH)


def derive(key: bytes, label: str, *fields: Field, length: int = KEY_LENGTH) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt; `info` is `context(label, *fields)`.

    `key` must hold at least 32 bytes of uniform key material; low-entropy input goes through
    `passwords.stretch` first.
    """
    if len(key) < KEY_LENGTH:
        raise ValueError("key material shorter than 32 bytes")
    return HKDF(_SHA256, length, None, context(label, *fields)).derive(key)


def mac(key: bytes, label: str, *fields: Field, length: int = KEY_LENGTH) -> bytes:
    """HMAC-SHA256 over `context(label, *fields)`, cut to `length` (16 for tags and record ids)."""
    state = hmac.HMAC(key, _SHA256)
    state.update(context(label, *fields))
    return state.finalize()[:length]


def digest(label: str, *fields: Field) -> bytes:
    """SHA-256 over `context(label, *fields)`: domain-separated hash of public or sealed bytes."""
    state = hashes.Hash(_SHA256)
    state.update(context(label, *fields))
    return state.finalize()


def equal(left: bytes, right: bytes) -> bool:
    """Comparison in constant time (for equal lengths)."""
    return constant_time.bytes_eq(left, right)
