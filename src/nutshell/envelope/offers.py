"""Offers and acceptances: how a grant comes about while its owner is away.

The owner signs an offer. The invitation secret travels to the grantee (in a link) and is kept only wrapped under the
owner's keys. The acceptance carries a proof made with that secret, so that the owner knows the keys of just the
person who held the link, whatever somebody may have written into the tables meanwhile.
"""

from typing import TypeVar
from uuid import UUID

import msgspec

from . import aead, signing
from .context import context
from .errors import NotOpened, UnknownFormat
from .kdf import derive, digest, equal, mac
from .people import Public

FORMAT = 1

T = TypeVar("T")


class Terms(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is granted, as in `keyrings.Grant`: days `YYYY-MM-DD` or empty, `expires_at` unix seconds or 0."""

    collections: list[str]
    first_day: str
    last_day: str
    mode: str
    purpose: str
    text_version: str
    expires_at: int


class Offer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`open_until` (unix seconds): until then it can be accepted."""

    format: int
    owner: UUID
    grant_id: UUID
    terms: Terms
    open_until: int


class Acceptance(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`public` is the grantee's packed `people.Public`; `proof` binds it to the offer by the invitation secret."""

    format: int
    grant_id: UUID
    grantee: UUID
    public: bytes
    proof: bytes


class Signed(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    payload: bytes
    signature: bytes


def sign_offer(private: bytes, offer: Offer) -> bytes:
    return _signed(private, "offer", msgspec.msgpack.encode(offer))


def read_offer(owner_public: bytes, packed: bytes) -> Offer:
    """The offer, if the owner (Ed25519 public key) signed it. Raises NotOpened or UnknownFormat."""
    signed = _read(packed, Signed)
    offer = _read(signed.payload, Offer)
    _check_format(offer.format)
    signing.verify(owner_public, "offer", signed.payload, signed.signature)
    return offer


def proof(secret: bytes, packed_offer: bytes, grantee: UUID, public: bytes) -> bytes:
    """32 bytes: HMAC(invitation secret, offer hash, grantee, hash of the grantee's public keys)."""
    return mac(secret, "acceptance", digest("offer", packed_offer), grantee, digest("public", public))


def sign_acceptance(private: bytes, acceptance: Acceptance) -> bytes:
    return _signed(private, "acceptance", msgspec.msgpack.encode(acceptance))


def read_acceptance(secret: bytes, packed_offer: bytes, packed: bytes) -> Acceptance:
    """The acceptance of just this offer: signed by the keys that it names, and proven with the invitation secret.

    Raises NotOpened or UnknownFormat.
    """
    signed = _read(packed, Signed)
    acceptance = _read(signed.payload, Acceptance)
    _check_format(acceptance.format)
    if not equal(acceptance.proof, proof(secret, packed_offer, acceptance.grantee, acceptance.public)):
        raise NotOpened
    signing.verify(public_of(acceptance).signing, "acceptance", signed.payload, signed.signature)
    return acceptance


def public_of(acceptance: Acceptance) -> Public:
    return _read(acceptance.public, Public)


def clinic_proof(secret: bytes, invitation: UUID, clinic: UUID, public: bytes, client: UUID, asked: bytes) -> bytes:
    """32 bytes: what a clinic leaves beside its invitation, so that the holder of the secret knows that it is the
    clinic's: HMAC(secret, invitation, clinic, hash of its public keys, its number for the client, what it asks for).
    """
    return mac(
        secret, "clinic-invitation", invitation, clinic, digest("public", public), client, digest("asked", asked)
    )


def seal_held(secret: bytes, invitation: UUID, held: UUID, factor: bytes) -> bytes:
    """What opens a held profile (32 bytes), for the holder of the invitation's secret."""
    return aead.seal(derive(secret, "held-factor"), factor, context("held-factor", invitation, held))


def open_held(secret: bytes, invitation: UUID, held: UUID, sealed: bytes) -> bytes:
    """Raises NotOpened for another secret."""
    return aead.open_(derive(secret, "held-factor"), sealed, context("held-factor", invitation, held))


def wrap_invitation(wrapping: bytes, owner: UUID, grant_id: UUID, secret: bytes) -> bytes:
    """The owner's copy of the invitation secret, under the bundle's wrapping key."""
    return aead.seal(derive(wrapping, "invitations"), secret, context("invitation", owner, grant_id))


def unwrap_invitation(wrapping: bytes, owner: UUID, grant_id: UUID, wrapped: bytes) -> bytes:
    return aead.open_(derive(wrapping, "invitations"), wrapped, context("invitation", owner, grant_id))


def seal_details(wrapping: bytes, owner: UUID, grant_id: UUID, details: bytes) -> bytes:
    """What the owner alone keeps with a grant (a name for it, an address, moments)."""
    return aead.seal(derive(wrapping, "grant-details"), details, context("grant-details", owner, grant_id))


def open_details(wrapping: bytes, owner: UUID, grant_id: UUID, sealed: bytes) -> bytes:
    return aead.open_(derive(wrapping, "grant-details"), sealed, context("grant-details", owner, grant_id))


def _signed(private: bytes, kind: str, payload: bytes) -> bytes:
    return msgspec.msgpack.encode(Signed(payload, signing.sign(private, kind, payload)))


def _check_format(number: int) -> None:
    if number != FORMAT:
        raise UnknownFormat


def _read(packed: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
