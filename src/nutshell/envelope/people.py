"""A subject's bundle: everything that makes somebody the owner, and what is derived from it."""

import msgspec

from . import sealing, signing
from .errors import UnknownFormat
from .kdf import derive, mac, new_key

FORMAT = 1
FORMAT_WITH_FORMER = 2
TAG_LENGTH = 16


class Public(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What everyone may know: sealing key (1,216 bytes), signing key (32), ledger key (1,216)."""

    sealing: bytes
    signing: bytes
    ledger: bytes


class CollectionKeys(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What reaches one collection, all months and generations: to open shelf keys, and to find shelves."""

    wrapping: bytes
    index: bytes

    def __repr__(self) -> str:
        return "<CollectionKeys>"

    def locator(self, month: str) -> "Locator":
        """`month` is `YYYY-MM`, or empty for the undated shelf."""
        return Locator(derive(self.index, "locator", month))


class Locator(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Finds one shelf and its records without saying whose or which they are."""

    key: bytes

    def __repr__(self) -> str:
        return "<Locator>"

    def tag(self) -> bytes:
        return mac(self.key, "shelf-tag", length=TAG_LENGTH)

    def record_id(self, name: str) -> bytes:
        """`name` is the date of a day record, or the UUID text of another."""
        return mac(self.key, "record-id", name, length=TAG_LENGTH)


class Former(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What stays of a bundle after a re-key: keys that open what was made before it, and its public signing key.

    Nothing can be signed with it.
    """

    version: int
    sealing: bytes
    signing_public: bytes
    ledger: bytes
    wrapping: bytes

    def __repr__(self) -> str:
        return f"<Former version {self.version}>"


class Bundle(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, omit_defaults=True):
    """The owner's private keys. `version` counts re-keys; `format` is 2 with `former` keys, newest first, else 1."""

    format: int
    version: int
    sealing: bytes
    signing: bytes
    ledger: bytes
    wrapping: bytes
    index: bytes
    former: tuple[Former, ...] = ()

    def __repr__(self) -> str:
        return f"<Bundle version {self.version}>"

    def sealings(self) -> tuple[bytes, ...]:
        """Private keys that open what was sealed to this person, the newest first."""
        return (self.sealing, *(one.sealing for one in self.former))

    def ledgers(self) -> tuple[bytes, ...]:
        """The same for details of the ledger."""
        return (self.ledger, *(one.ledger for one in self.former))

    def wrappings(self) -> tuple[bytes, ...]:
        """Wrapping keys, the newest first."""
        return (self.wrapping, *(one.wrapping for one in self.former))

    def public(self) -> Public:
        return Public(sealing.public_of(self.sealing), signing.public_of(self.signing), sealing.public_of(self.ledger))

    def collection(self, name: str) -> CollectionKeys:
        return CollectionKeys(derive(self.wrapping, "collection", name), derive(self.index, "collection-index", name))


def new_bundle(version: int = 1) -> Bundle:
    return Bundle(
        FORMAT, version, sealing.new_private(), signing.new_private(), sealing.new_private(), new_key(), new_key()
    )


def renewed(bundle: Bundle) -> Bundle:
    """New keys for the same person. The index key stays: it finds shelves and opens nothing (decision 36)."""
    former = Former(
        bundle.version, bundle.sealing, signing.public_of(bundle.signing), bundle.ledger, bundle.wrapping
    )  # fmt: skip
    fresh = new_bundle(bundle.version + 1)
    return msgspec.structs.replace(
        fresh, format=FORMAT_WITH_FORMER, index=bundle.index, former=(former, *bundle.former)
    )  # fmt: skip


def pack(bundle: Bundle) -> bytes:
    return msgspec.msgpack.encode(bundle)


def unpack(packed: bytes) -> Bundle:
    """Raises UnknownFormat for anything but a bundle of this format."""
    try:
        bundle = msgspec.msgpack.decode(packed, type=Bundle)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if bundle.format != (FORMAT_WITH_FORMER if bundle.former else FORMAT):
        raise UnknownFormat
    return bundle
