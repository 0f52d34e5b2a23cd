"""Who holds which keys: an owner's bundle reaches every collection, a token's keys those of its scopes."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol, TypeVar

import msgspec

from nutshell.common import errors
from nutshell.envelope import people, sealing, shelves, signing
from nutshell.envelope.errors import NotOpened, UnknownFormat
from nutshell.envelope.people import Bundle, CollectionKeys, Locator
from nutshell.envelope.shelves import Place

T = TypeVar("T")
TOKEN_FORMAT = 1
ALONG = {
    "diary": ("notes", "targets", "index"),
    "profile": ("targets",),
    "notes": ("targets", "index"),
    "foods": ("index",),
}
"""Collections whose keys a scope brings along: a day cannot be written well without its targets and foods."""


class ShelfKeys(Protocol):
    """What one shelf needs: where it lies, and the keys of its generations."""

    @property
    def locator(self) -> Locator: ...

    @property
    def once_key(self) -> bytes:
        """Under which idempotency keys are hashed; 32 bytes, the same for all devices of one person."""

    def open(self, place: Place, wrapped: bytes) -> bytes | None:
        """The shelf key of a generation, None where it is beyond reach. Raises NotOpened for an altered one."""

    def wrap(self, place: Place, shelf_key: bytes) -> bytes:
        """Of a generation just made. Raises errors.Conflict for who may make none."""


class CollectionShelf:
    """Of whoever reaches the whole collection: the owner, or a token."""

    def __init__(self, keys: CollectionKeys, month: str) -> None:
        self._wrapping = keys.wrapping
        self.locator = keys.locator(month)
        self.once_key = keys.index

    def open(self, place: Place, wrapped: bytes) -> bytes:
        return shelves.unwrap_key(self._wrapping, place, wrapped)

    def wrap(self, place: Place, shelf_key: bytes) -> bytes:
        return shelves.wrap_key(self._wrapping, place, shelf_key)


class Keys(Protocol):
    """What an open vault needs: the keys of its shelves, and a key to sign with."""

    @property
    def signing(self) -> bytes:
        """Ed25519 private key, 32 bytes."""

    @property
    def certificate(self) -> bytes:
        """The owner's statement that certifies `signing`; empty when that is the owner's own key."""

    def owner_public(self) -> bytes:
        """The owner's Ed25519 public key, 32 bytes."""

    def shelf(self, collection: str, month: str) -> ShelfKeys:
        """Raises errors.Forbidden for a shelf out of reach."""


class OwnerKeys:
    """An owner's bundle, as a vault uses it. Its repr shows no key."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.signing = bundle.signing
        self.certificate = b""

    def collection(self, name: str) -> CollectionKeys:
        return self.bundle.collection(name)

    def shelf(self, collection: str, month: str) -> ShelfKeys:
        return CollectionShelf(self.collection(collection), month)

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

    def shelf(self, collection: str, month: str) -> ShelfKeys:
        return CollectionShelf(self.collection(collection), month)

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


def opened_by_any(privates: Iterable[bytes], open_: Callable[[bytes], T]) -> T:
    """What the first of these keys opens: a person's own, or one from before a re-key. Raises NotOpened for none."""
    for private in privates:
        with suppress(NotOpened):
            return open_(private)
    raise NotOpened


def fingerprint_of(bundle: Bundle) -> str:
    """Of a person's own sealing key, for somebody else to compare."""
    return shown_fingerprint(sealing.fingerprint(sealing.public_of(bundle.sealing)))


def shown_fingerprint(fingerprint: bytes) -> str:
    """16 bytes of it in groups of four hexadecimal digits: enough that nobody finds a second key for it."""
    text = fingerprint[:16].hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


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
