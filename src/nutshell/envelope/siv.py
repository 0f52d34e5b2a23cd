"""Deterministic encryption (AES-256-SIV, RFC 5297): equal plaintexts give equal ciphertexts.

Only for values that must be found by equality (an e-mail address). Layout: version (1) ‖
algorithm (2) ‖ synthetic IV and ciphertext.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from .errors import NotOpened, UnknownFormat
from .kdf import derive

HEADER = bytes((1, 2))


def _cipher(key: bytes) -> AESSIV:
    return AESSIV(derive(key, "siv", length=64))


def seal(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    return HEADER + _cipher(key).encrypt(plaintext, [HEADER + bound_to])


def open_(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if len(sealed) < len(HEADER) + 16:
        raise NotOpened
    if sealed[:2] != HEADER:
        raise UnknownFormat
    try:
        return _cipher(key).decrypt(sealed[2:], [HEADER + bound_to])
    except InvalidTag:
        raise NotOpened from None
