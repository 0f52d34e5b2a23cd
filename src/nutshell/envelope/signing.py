"""Ed25519 signatures over `context(kind, payload)`, so that a signature serves one kind of statement only."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .context import context
from .errors import NotOpened


def new_private() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, kind: str, payload: bytes) -> bytes:
    """64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(context(f"statement/{kind}", payload))


def verify(public: bytes, kind: str, payload: bytes, signature: bytes) -> None:
    """Raises NotOpened unless the signature is by `public` over just this kind and payload."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, context(f"statement/{kind}", payload))
    except (InvalidSignature, ValueError):
        raise NotOpened from None
