"""Authenticated encryption: AES-256-GCM with a random 96-bit nonce, bound to a context.

Layout: version (1 byte, 1) ‖ algorithm (1 byte, 1) ‖ nonce (12) ‖ ciphertext and tag (16).
The two leading bytes are authenticated together with the context.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import NotOpened, UnknownFormat

VERSION = 1
AES_256_GCM = 1
HEADER = bytes((VERSION, AES_256_GCM))
NONCE_LENGTH = 12
OVERHEAD = len(HEADER) + NONCE_LENGTH + 16


def seal(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    """Encrypt under a 32-byte key. `bound_to` is a `context(...)`; it is not stored."""
    nonce = os.urandom(NONCE_LENGTH)
    return HEADER + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, HEADER + bound_to)


def open_(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The plaintext. Raises UnknownFormat for another version or algorithm, NotOpened otherwise."""
    if len(sealed) < OVERHEAD:
        raise NotOpened
    if sealed[:2] != HEADER:
        raise UnknownFormat
    try:
        return AESGCM(_checked(key)).decrypt(sealed[2:14], sealed[14:], HEADER + bound_to)
    except InvalidTag:
        raise NotOpened from None


def _checked(key: bytes) -> bytes:
    if len(key) != 32:
        raise ValueError("AES-256-GCM takes a 32-byte key")
    return key
