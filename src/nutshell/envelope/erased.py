"""What remains after an erase: a tombstone that names nobody, and the receipt that the person keeps."""

from uuid import UUID

import msgspec

from . import signing
from .errors import UnknownFormat
from .kdf import digest

FORMAT = 1


class Receipt(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`rows` counts what was deleted, by table. Times are unix seconds.

    At `final_at` the last backup is gone that could have opened anything: from then on the erase is final.
    """

    format: int
    tombstone: bytes
    erased_at: int
    final_at: int
    rows: dict[str, int]


class SignedReceipt(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A packed receipt, signed by version `key_version` of the installation's receipt key."""

    payload: bytes
    key_version: int
    signature: bytes


def tombstone(subject: UUID) -> bytes:
    """SHA-256 over a domain and the subject: says that just this subject was erased, to whoever knows its id."""
    return digest("tombstone-subject", subject)


def pack_receipt(receipt: Receipt) -> bytes:
    return msgspec.msgpack.encode(receipt)


def pack_signed(payload: bytes, key_version: int, signature: bytes) -> bytes:
    return msgspec.msgpack.encode(SignedReceipt(payload, key_version, signature))


def signer_of(packed: bytes) -> int:
    """Which version of the receipt key says that it signed this. Raises UnknownFormat."""
    try:
        return msgspec.msgpack.decode(packed, type=SignedReceipt).key_version
    except msgspec.MsgspecError:
        raise UnknownFormat from None


def read_receipt(publics: dict[int, bytes], packed: bytes) -> Receipt:
    """The receipt, if the installation (public keys by version) signed it. Raises NotOpened or UnknownFormat."""
    try:
        signed = msgspec.msgpack.decode(packed, type=SignedReceipt)
        receipt = msgspec.msgpack.decode(signed.payload, type=Receipt)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if receipt.format != FORMAT or signed.key_version not in publics:
        raise UnknownFormat
    signing.verify(publics[signed.key_version], "receipt", signed.payload, signed.signature)
    return receipt
