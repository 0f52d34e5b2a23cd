"""Who holds which keys: an owner's bundle reaches every collection, a token's keys those of its scopes."""

from typing import Protocol

import msgspec

from nutshell.common import errors
from nutshell.envelope import people, signing
from nutshell.envelope.errors import UnknownFormat
from nutshell.envelope.people import Bundle, CollectionKeys

TOKEN_FORMAT = 1
ALONG = {
    "diary": ("notes", "targets", "index"),
    "profile": ("targets",),
    "notes": ("targets", "index"),
    "foods": ("index",),
}
"""Collections whose keys a scope brings along: a day cannot be written well without its targets and foods."""


class Keys(Protocol):
    """What an open vault needs: the keys of a collection, and a key to sign with."""

    @property
    def signing(self) -> bytes:
        """Ed25519 private key, 32 bytes."""

    @property
    def certificate(self) -> bytes:
        """The owner's statement that certifies `signing`; empty when that is the owner's own key."""

    def owner_public(self) -> bytes:
        """The owner's Ed25519 public key, 32 bytes."""

    def collection(self, name: str) -> CollectionKeys:
        """Raises errors.Forbidden for a collection out of reach."""


class OwnerKeys:
    """An owner's bundle, as a vault uses it. Its repr shows no key."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.signing = bundle.signing
        self.certificate = b""

    def collection(self, name: str) -> CollectionKeys:
        return self.bundle.collection(name)

    def owner_public(self) -> bytes:
        return signing.public_of(self.signing)


class TokenKeys(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The payload of a token slot. `certificate` is the owner's signed statement about `signing`.

    `owner` is the owner's Ed25519 public key, so that signatures are checked against a sealed copy of it.
    """

    format: int
    collections: dict[str, CollectionKeys]
    signing: bytes
    certificate: bytes
    owner: bytes

    def __repr__(self) -> str:
        return f"<TokenKeys for {', '.join(sorted(self.collections))}>"

    def collection(self, name: str) -> CollectionKeys:
        keys = self.collections.get(name)
        if keys is None:
            raise errors.Forbidden
        return keys

    def owner_public(self) -> bytes:
        return self.owner


def keys_of(held: object) -> Keys:
    """Keys for a vault from what a session (a bundle) or a token holds. Raises errors.Forbidden for anything else."""
    if isinstance(held, Bundle):
        return OwnerKeys(held)
    if isinstance(held, TokenKeys):
        return held
    raise errors.Forbidden


def reached(collections: frozenset[str]) -> frozenset[str]:
    """The collections of a token's scopes and those that come along."""
    return collections.union(*(ALONG.get(name, ()) for name in collections))


def token_keys(bundle: Bundle, collections: frozenset[str], signing_key: bytes, certificate: bytes) -> TokenKeys:
    """Keys for just these collections and what comes along with them."""
    reach = {name: bundle.collection(name) for name in sorted(reached(collections))}
    return TokenKeys(TOKEN_FORMAT, reach, signing_key, certificate, signing.public_of(bundle.signing))


OwnerBundle = Bundle
"""The type of an owner's opened keys, for rooms that pass it on without looking inside."""


def pack_bundle(bundle: Bundle) -> bytes:
    """An opened bundle, as a session carries it in its sealed content."""
    return people.pack(bundle)


def unpack_bundle(packed: bytes) -> Bundle:
    """Raises UnknownFormat for anything but a bundle of this format."""
    return people.unpack(packed)


def pack_token_keys(keys: TokenKeys) -> bytes:
    return msgspec.msgpack.encode(keys)


def unpack_token_keys(packed: bytes) -> TokenKeys:
    """Raises UnknownFormat for anything but a token payload of this format."""
    try:
        keys = msgspec.msgpack.decode(packed, type=TokenKeys)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if keys.format != TOKEN_FORMAT:
        raise UnknownFormat
    return keys
