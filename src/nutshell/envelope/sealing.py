"""Sealing a key to a person: HPKE (RFC 9180), base mode, with the X25519+ML-KEM-768 hybrid (0x647a).

Single shot, 32-byte secrets in practice. The context goes into `info`, so a seal for one purpose or
recipient opens for no other. Layout: version (1) ‖ algorithm (3) ‖ enc ‖ ciphertext.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from .errors import NotOpened, UnknownFormat
from .kdf import digest

HEADER = bytes((1, 3))
MLKEM_SEED_LENGTH = 64
MLKEM_PUBLIC_LENGTH = 1184
PRIVATE_LENGTH = MLKEM_SEED_LENGTH + 32
PUBLIC_LENGTH = MLKEM_PUBLIC_LENGTH + 32
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def new_private() -> bytes:
    """ML-KEM-768 seed (64 bytes) ‖ X25519 private key (32 bytes)."""
    return MLKEM768PrivateKey.generate().private_bytes_raw() + X25519PrivateKey.generate().private_bytes_raw()


def _private(raw: bytes) -> hpke.MLKEM768X25519PrivateKey:
    seed, scalar = raw[:MLKEM_SEED_LENGTH], raw[MLKEM_SEED_LENGTH:]
    return hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(seed), X25519PrivateKey.from_private_bytes(scalar)
    )


def public_of(private: bytes) -> bytes:
    """ML-KEM-768 encapsulation key (1,184 bytes) ‖ X25519 public key (32 bytes)."""
    seed, scalar = private[:MLKEM_SEED_LENGTH], private[MLKEM_SEED_LENGTH:]
    mlkem = MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    return mlkem + X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> bytes:
    """32 bytes that name a sealing key in statements and `info` strings."""
    return digest("fingerprint", public)


def seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    mlkem, x25519 = public[:MLKEM_PUBLIC_LENGTH], public[MLKEM_PUBLIC_LENGTH:]
    key = hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(mlkem), X25519PublicKey.from_public_bytes(x25519)
    )
    return HEADER + _SUITE.encrypt(plaintext, key, HEADER + info)


def open_(private: bytes, sealed: bytes, info: bytes) -> bytes:
    if sealed[:2] != HEADER:
        raise UnknownFormat
    try:
        return _SUITE.decrypt(sealed[2:], _private(private), HEADER + info)
    except (InvalidTag, ValueError):
        raise NotOpened from None
