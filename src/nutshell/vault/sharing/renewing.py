"""New keys for what was granted, so that whoever kept the old ones opens nothing that is sealed from now on."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import clock
from nutshell.envelope import keyrings, sealing, statements
from nutshell.envelope.people import Bundle, Public
from nutshell.vault import installation
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.models import Grant
from nutshell.vault.people import public_of
from nutshell.vault.store import Writing

from . import rings, rows
from .rings import Also, Place, Reached
from .rows import Updates


class Fresh(NamedTuple):
    """A grant in force, its new key and secret, and the grantee's public keys as the key store knows them now."""

    row: Grant
    public: Public
    grant_key: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"<Fresh {self.row.grant_id}>"


def renew(
    subject: UUID, bundle: Bundle, found: Sequence[Grant], places: Iterable[Place], also: Also
) -> None:  # fmt: skip
    """Another key and secret for these grants, and a new generation for these places. May be repeated.

    A grant whose secret or grantee is gone stays as it is. Between the secret and the keyring its grantee opens
    nothing for a moment. Raises Conflict, Tampered.
    """
    owner_public = OwnerKeys(bundle).owner_public()
    fresh = fresh_keys(subject, bundle, found)

    def stored(writing: Writing) -> None:
        for one in fresh:
            hand_over(writing, bundle, owner_public, one)
        also(writing)

    rings.settle(
        subject, bundle, renewed=places, added=lambda: [reached(owner_public, one) for one in fresh],
        without=[one.row.grant_id for one in fresh], also=stored,
    )  # fmt: skip


def fresh_keys(subject: UUID, bundle: Bundle, found: Sequence[Grant]) -> list[Fresh]:
    """Of the grants that are in force. Their secrets are other ones from now on."""
    known = rings.fetched(subject, bundle, [row.grant_id for row in found])
    return [
        Fresh(row, public_of(secret.grantee_public), rings.new_grant_key(), _new_secret(subject, bundle, row))
        for row, secret in zip(found, known, strict=True)
        if secret is not None and secret.grantee_public
    ]


def _new_secret(subject: UUID, bundle: Bundle, row: Grant) -> bytes:
    secret_id, now = row.grant_id.bytes, int(clock.now().timestamp())
    signed = statements.sign(bundle.signing, "grant-renew", subject, secret_id, now)
    return installation.client().renew_grant(subject, secret_id, signed)


def reached(owner_public: bytes, one: Fresh) -> Reached:
    """What its owner signed last, for the keys that the grantee has now."""
    row = rows.grant_of(one.row.subject_id, one.row.grant_id) or one.row
    signed = rings.read(owner_public, row)
    fingerprint = sealing.fingerprint(one.public.sealing)
    return Reached(msgspec.structs.replace(signed, fingerprint=fingerprint), one.grant_key, one.secret)


def hand_over(writing: Writing, bundle: Bundle, owner_public: bytes, one: Fresh) -> None:
    """Seal the new key to the grantee, and the owner's own copy; certify the signing key of who may write."""
    subject, grant_id = one.row.subject_id, one.row.grant_id
    signed = rings.read(owner_public, one.row)
    now, certificate = int(clock.now().timestamp()), b""
    if signed.mode == "write":
        certificate = statements.sign(
            bundle.signing, "certify-writer", subject, one.public.signing, now, grant_id.bytes
        )  # fmt: skip
    wrapped = keyrings.wrap_grant_key(bundle.wrapping, subject, grant_id, one.grant_key)
    updates = Updates(wrapped_grant_key=wrapped, certificate=certificate)
    rows.update(writing, subject, grant_id, rows.LIVE, updates)
    sealed = keyrings.seal_grant_key(one.public.sealing, subject, grant_id, signed.grantee, one.grant_key)
    rows.reseal_received(writing, signed.grantee, grant_id, sealed)
