"""A null envelope, for the benchmark only: nothing is encrypted, so that the cost of encryption can be subtracted.

Python imports this file before anything else when its folder is on PYTHONPATH. The product refuses to start with it
(nutshell.envelope.selftest); NUTSHELL_BENCH_NULL=accepted, which only the benchmark sets, silences that check here.
"""

import hashlib
import os

from nutshell.envelope import aead, kdf, padding, selftest
from nutshell.envelope.context import Field, context

_NAMING = frozenset(("collection", "collection-index", "locator"))
"""Keys of which nothing but the names of rows is made."""
_NONCE, _TAG = bytes(aead.NONCE_LENGTH), bytes(16)


def _seal(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    return aead.HEADER + _NONCE + plaintext + _TAG


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return sealed[14:-16]


def _derive(key: bytes, label: str, *fields: Field, length: int = 32) -> bytes:
    if label in _NAMING:
        return _mac(key, label, *fields)
    return key[:length] if length <= len(key) else key.ljust(length, b"\0")


def _mac(key: bytes, label: str, *fields: Field, length: int = 32) -> bytes:
    """Rows still need names that differ between people and collections: a cheap hash instead."""
    return (hashlib.md5(key + context(label, *fields), usedforsecurity=False).digest() * 2)[:length]


def _digest(label: str, *fields: Field) -> bytes:
    """Only sealed records go without: other hashes name rows, and are not on the way of a request."""
    return bytes(32) if label == "sealed" else _real_digest(label, *fields)


_real_digest = kdf.digest
aead.seal, aead.open_ = _seal, _open
kdf.derive, kdf.mac, kdf.digest = _derive, _mac, _digest
kdf.equal = bytes.__eq__  # type: ignore[assignment]
padding.pad = padding.unpad = lambda content: content
if os.environ.get("NUTSHELL_BENCH_NULL") == "accepted":
    selftest.check = lambda: None
