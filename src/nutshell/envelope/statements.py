"""Signed statements: destroy, revoke, leave, erase, certify. Made by a person's key, checked before anything obeys."""

from uuid import UUID

import msgspec

from . import signing
from .errors import UnknownFormat
from .kdf import new_key

FORMAT = 1
KINDS = (
    "destroy",
    "erase",
    "revoke",
    "leave",
    "certify-token",
    "certify-writer",
    "grant-secret",
    "grant-end",
    "fetch-grants",
    "slots",
    "root",
    "contact-secret",
    "contact-start",
    "contact-stop",
    "contact-open",
    "study-consent",
    "release-order",
    "study-terms",
    "study-release",
    "new-keys",
    "grant-renew",
    "former-slots",
)


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`kind` on `target` (an opaque id) by `subject`, valid from `not_before` (unix seconds), used once (`nonce`)."""

    format: int
    kind: str
    subject: UUID
    target: bytes
    not_before: int
    nonce: bytes
    details: bytes = b""


class Chain(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Two `certify-writer` statements: an owner's about a clinic's key, and the clinic's about a member's."""

    format: int
    owner_word: bytes
    clinic_word: bytes


class Signed(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    payload: bytes
    signature: bytes


def sign(private: bytes, kind: str, subject: UUID, target: bytes, not_before: int, details: bytes = b"") -> bytes:
    """The signed statement, packed. `private` is the subject's Ed25519 key (32 bytes)."""
    if kind not in KINDS:
        raise UnknownFormat
    payload = msgspec.msgpack.encode(Statement(FORMAT, kind, subject, target, not_before, new_key(), details))
    return msgspec.msgpack.encode(Signed(payload, signing.sign(private, kind, payload)))


def chain(owner_word: bytes, clinic_word: bytes) -> bytes:
    """Both certificates, packed: what a clinic's member signs with."""
    return msgspec.msgpack.encode(Chain(FORMAT, owner_word, clinic_word))


def links(packed: bytes) -> tuple[bytes, ...]:
    """The certificates of a signer: one, or the two of a chain. Unverified. Raises UnknownFormat."""
    try:
        found = msgspec.msgpack.decode(packed, type=Chain)
    except msgspec.MsgspecError:
        return (packed,)
    if found.format != FORMAT:
        raise UnknownFormat
    return found.owner_word, found.clinic_word


def kind_of(packed: bytes) -> str:
    """What a statement says that it is, unverified: to verify it as that. Raises UnknownFormat."""
    return _read(packed)[1].kind


def _read(packed: bytes) -> tuple[Signed, Statement]:
    try:
        signed = msgspec.msgpack.decode(packed, type=Signed)
        return signed, msgspec.msgpack.decode(signed.payload, type=Statement)
    except msgspec.MsgspecError:
        raise UnknownFormat from None


def verify(public: bytes, kind: str, packed: bytes) -> Statement:
    """The statement, if `public` signed it as this kind. Raises NotOpened or UnknownFormat."""
    signed, statement = _read(packed)
    if statement.format != FORMAT or statement.kind != kind or kind not in KINDS:
        raise UnknownFormat
    signing.verify(public, kind, signed.payload, signed.signature)
    return statement
