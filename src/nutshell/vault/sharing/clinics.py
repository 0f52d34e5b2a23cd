"""A clinic's keys in its own vault, and what it leaves for somebody who is invited."""

from contextlib import suppress
from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.envelope import kdf, offers
from nutshell.envelope import people as envelope_people
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle
from nutshell.vault import people, roots, store
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.models import CLINIC, Errand, Grant, Keyring, Subject
from nutshell.vault.records import Vault
from nutshell.vault.rows_of import of_subject
from nutshell.vault.types import OFFICE

from . import rings, rows
from .grantee import Hand, RingKeys


def own_vault(clinic: UUID, bundle: Bundle) -> Vault:
    """The clinic's vault by its whole bundle."""
    return Vault(clinic, clinic, OwnerKeys(bundle))


def sealing_key(bundle: Bundle) -> bytes:
    return bundle.sealing


def packed_bundle(bundle: Bundle) -> bytes:
    return envelope_people.pack(bundle)


def member_hand(membership: Grant, sealing: bytes, member: UUID, own: Bundle) -> Hand:
    """The clinic's keys in the hand of a member: what was granted to the clinic opens with it."""
    return Hand(membership.subject_id, (sealing,), member, own, bytes(membership.certificate))


def packed_public(keys: RingKeys) -> bytes:
    """The public keys of a vault's owner, as the key store knows them."""
    return msgspec.msgpack.encode(keys.owner)


@of_subject
def public_of_clinic(clinic: UUID) -> bytes:
    """The packed public keys that the records name. Raises NotFound for what is no clinic."""
    row = Subject.objects.filter(subject_id=clinic, kind=CLINIC).first()
    if row is None:
        raise errors.NotFound
    return bytes(row.public)


def checked_bundle(packed: bytes, keys: RingKeys) -> Bundle:
    """A clinic's bundle from its vault. Raises Tampered unless it is the one whose public keys the key store has."""
    try:
        bundle = envelope_people.unpack(packed)
    except EnvelopeError:
        raise errors.Tampered from None
    if people.packed_public(bundle) != packed_public(keys):
        raise errors.Tampered
    return bundle


def keep_root(clinic: UUID, bundle: Bundle, membership: UUID, member: UUID, own: Bundle) -> int:
    """Check the clinic's shelves against the root that was sealed last, and seal it anew where all is well. How many
    are not as they were left. Raises NotFound for a membership that has ended.
    """
    pinned = rings.fetched(member, own, [membership])[0]
    if pinned is None:
        raise errors.NotFound
    found = roots.problems(clinic, bundle, pinned)
    put_back = pinned.restored is not None
    if not found and (put_back or roots.valid_root(clinic, bundle, pinned).lines != roots.current_lines(clinic)):
        with suppress(errors.Conflict):  # another administrator sealed one at this moment: as good
            roots.seal(clinic, bundle, pinned.root_version)
    return len(found)


def mark_end(clinic: UUID, owner_public: bytes, membership: UUID, state: str) -> bool:
    """Mark a membership as ended; an errand of the clinic does the rest. False, and nothing is done, for the last one
    that reaches the office. Raises NotFound for one that has ended.

    Decided under the clinic's lock: of two administrators who end each other at once, one stays.
    """
    with store.writing(clinic) as writing:
        writing.lock()
        if _is_last(clinic, owner_public, membership):
            return False
        if not rows.update(writing, clinic, membership, rows.LIVE, rows.Updates(state=state)):
            raise errors.NotFound
        rows.tell_grantee(writing, membership, state)
        rows.add_errand(writing, clinic, rows.END, membership.bytes)
    return True


def _is_last(clinic: UUID, owner_public: bytes, membership: UUID) -> bool:
    granted = (rings.read(owner_public, row) for row in rows.grants_of(clinic, rows.LIVE))
    offices = {one.grant_id for one in granted if OFFICE in one.collections}
    return offices == {membership}


def sweep_left() -> int:
    """Drop the keyrings of memberships that are over, once every client has signed anew what the member may have
    signed. How many."""
    ended = Grant.objects.exclude(state__in=("offered", "accepted", *rows.LIVE)).exclude(ended=b"")
    clinics = Subject.objects.filter(kind=CLINIC).values_list("subject_id", flat=True)
    over = set(ended.filter(subject_id__in=clinics).values_list("subject_id", "grant_id"))
    kept = set(Keyring.objects.filter(subject_id__in=clinics).values_list("subject_id", "grant_id"))
    waiting = {bytes(payload) for payload in Errand.objects.filter(kind=rows.RENEW).values_list("payload", flat=True)}
    left = [(clinic, grant) for clinic, grant in over & kept if clinic.bytes + grant.bytes not in waiting]
    for clinic, grant in left:
        with store.writing(clinic) as writing:
            rows.drop_keyring(writing, clinic, grant)
    return len(left)


# ---------- invitations of clients ----------


def new_secret() -> bytes:
    return kdf.new_key()


def proof(secret: bytes, invitation: UUID, clinic: UUID, public: bytes, client: UUID, asked: bytes) -> bytes:
    return offers.clinic_proof(secret, invitation, clinic, public, client, asked)


def is_proven(secret: bytes, invitation: UUID, clinic: UUID, client: UUID, asked: bytes, proven: bytes) -> bool:
    """Whether the clinic whose public keys the records name made this invitation. Raises NotFound for no clinic."""
    if len(secret) != kdf.KEY_LENGTH:
        return False
    return kdf.equal(proven, proof(secret, invitation, clinic, public_of_clinic(clinic), client, asked))


def seal_factor(secret: bytes, invitation: UUID, held: UUID, factor: bytes) -> bytes:
    return offers.seal_held(secret, invitation, held, factor)


def open_factor(secret: bytes, invitation: UUID, held: UUID, sealed: bytes) -> bytes:
    """Raises Tampered."""
    try:
        return offers.open_held(secret, invitation, held, sealed)
    except EnvelopeError:
        raise errors.Tampered from None
