"""Grants: a signed statement, one grant key sealed to the grantee, and a keyring that it opens together with a secret.

The grant secret lies in the key store, so that ending a grant closes the keyring at once, in backups too.
"""

from uuid import UUID

import msgspec

from . import aead, padding, sealing, signing
from .context import context
from .errors import NotOpened, UnknownFormat
from .kdf import KEY_LENGTH, derive, digest

FORMAT = 1


class Grant(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What an owner grants. `fingerprint` names the grantee's sealing key, `keyring_hash` the keyring in force.

    Days are `YYYY-MM-DD`, empty for no bound. `mode` is "read" or "write". `expires_at` is in unix seconds,
    0 for never. `version` grows with every keyring; `text_version` is that of the consent text shown.
    """

    format: int
    owner: UUID
    grant_id: UUID
    version: int
    grantee: UUID
    fingerprint: bytes
    collections: list[str]
    first_day: str
    last_day: str
    mode: str
    purpose: str
    text_version: str
    expires_at: int
    keyring_hash: bytes


class SignedGrant(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    payload: bytes
    signature: bytes


class RingLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One shelf generation within reach. `locator` (32 bytes) finds its records, `shelf_key` opens them."""

    collection: str
    month: str
    generation: int
    tag: bytes
    locator: bytes
    shelf_key: bytes

    def __repr__(self) -> str:
        return f"<RingLine {self.collection} {self.month} {self.generation}>"


class Keyring(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    format: int
    version: int
    lines: list[RingLine]


def sign_grant(private: bytes, grant: Grant) -> bytes:
    """Packed, signed by the owner's Ed25519 key."""
    payload = msgspec.msgpack.encode(grant)
    return msgspec.msgpack.encode(SignedGrant(payload, signing.sign(private, "grant", payload)))


def read_grant(owner_public: bytes, packed: bytes) -> Grant:
    """The grant, if the owner signed it. Raises NotOpened or UnknownFormat."""
    try:
        signed = msgspec.msgpack.decode(packed, type=SignedGrant)
        grant = msgspec.msgpack.decode(signed.payload, type=Grant)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if grant.format != FORMAT or grant.mode not in ("read", "write"):
        raise UnknownFormat
    signing.verify(owner_public, "grant", signed.payload, signed.signature)
    return grant


def _grant_key_info(owner: UUID, grant_id: UUID, grantee: UUID, fingerprint: bytes) -> bytes:
    return context("grant-key", owner, grant_id, grantee, fingerprint)


def seal_grant_key(public: bytes, owner: UUID, grant_id: UUID, grantee: UUID, grant_key: bytes) -> bytes:
    """The grant key (32 bytes), sealed to the grantee's sealing key."""
    return sealing.seal(public, grant_key, _grant_key_info(owner, grant_id, grantee, sealing.fingerprint(public)))


def open_grant_key(private: bytes, grant: Grant, sealed: bytes) -> bytes:
    """Raises NotOpened, also when the grant pins another key than the one it was sealed to."""
    public = sealing.public_of(private)
    if sealing.fingerprint(public) != grant.fingerprint:
        raise NotOpened
    info = _grant_key_info(grant.owner, grant.grant_id, grant.grantee, grant.fingerprint)
    return sealing.open_(private, sealed, info)


def wrap_grant_key(wrapping: bytes, owner: UUID, grant_id: UUID, grant_key: bytes) -> bytes:
    """The owner's own copy, under the bundle's wrapping key."""
    return aead.seal(derive(wrapping, "grant-keys"), grant_key, context("own-grant-key", owner, grant_id))


def unwrap_grant_key(wrapping: bytes, owner: UUID, grant_id: UUID, wrapped: bytes) -> bytes:
    return aead.open_(derive(wrapping, "grant-keys"), wrapped, context("own-grant-key", owner, grant_id))


def ring_key(grant_key: bytes, grant_secret: bytes) -> bytes:
    """The keyring's key: neither the grant key nor the key store's secret gives it alone."""
    if len(grant_key) != KEY_LENGTH or len(grant_secret) != KEY_LENGTH:
        raise ValueError("grant key and grant secret are 32 bytes each")
    return derive(grant_key + grant_secret, "ring-key")


def job_ring_key(job_secret: bytes) -> bytes:
    """A job's keyring has the job secret alone, which lies in the key store for at most 24 hours."""
    return derive(job_secret, "job-ring-key")


def seal_keyring(key: bytes, owner: UUID, ring_id: UUID, keyring: Keyring) -> bytes:
    """`ring_id` is the grant's or the job's id."""
    packed = padding.pad(msgspec.msgpack.encode(keyring))
    return aead.seal(key, packed, context("keyring", owner, ring_id, keyring.version))


def open_keyring(key: bytes, owner: UUID, ring_id: UUID, version: int, sealed: bytes) -> Keyring:
    packed = padding.unpad(aead.open_(key, sealed, context("keyring", owner, ring_id, version)))
    try:
        keyring = msgspec.msgpack.decode(packed, type=Keyring)
    except msgspec.MsgspecError:
        raise UnknownFormat from None
    if keyring.format != FORMAT:
        raise UnknownFormat
    if keyring.version != version:
        raise NotOpened
    return keyring


def keyring_hash(sealed: bytes) -> bytes:
    """32 bytes that the grant statement carries."""
    return digest("keyring", sealed)


def open_granted(key: bytes, grant: Grant, sealed: bytes) -> Keyring:
    """The keyring that just this grant version names. Raises NotOpened for any other."""
    if keyring_hash(sealed) != grant.keyring_hash:
        raise NotOpened
    return open_keyring(key, grant.owner, grant.grant_id, grant.version, sealed)
