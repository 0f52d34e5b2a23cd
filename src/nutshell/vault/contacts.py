"""Trusted contacts: somebody who may begin the recovery of a sealed account, and never holds its keys.

The contact's slot opens with two halves: a factor that is sealed to the contact, and an opener that the key store gives
when the owner's delay is over. The contact hands the factor on under a code; the owner brings code and mailed link.
"""

from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.envelope import contacts, kdf, slots, statements
from nutshell.envelope import people as envelope_people
from nutshell.envelope.errors import EnvelopeError

from . import factors, installation, keyslots, people
from .actions import LogIn, log_in
from .factors import Way
from .keys import OwnerBundle, opened_by_any
from .keystore.types import ContactWish
from .people import OpenedSlot
from .sharing import inbox
from .slots.models import Keyslot

KIND = "contact"
DAY = 24 * 3600


class Named(NamedTuple):
    """A contact's slot: its id, and its factor sealed to the contact."""

    slot_id: bytes
    sealed_factor: bytes


class Handed(NamedTuple):
    """What a contact handed on: the factor under a code, and their word to the key store."""

    factor: bytes
    word: bytes


def _now() -> int:
    return int(clock.now().timestamp())


def name(subject: UUID, bundle: OwnerBundle, contact: UUID, days: int) -> Named:
    """A slot that this person may have opened after so many days. Raises NotFound for whom nothing is shared with.

    Their keys are those that the key store knows, so nobody can put others in their place.
    """
    peer = check_peer(subject, bundle, contact)
    slot_id, factor = people.new_slot_id(), kdf.new_key()
    wish = msgspec.msgpack.encode(ContactWish(contact, days * DAY))
    signed = statements.sign(bundle.signing, "contact-secret", subject, slot_id, _now(), wish)
    opener = installation.client().put_contact(subject, slot_id, signed)
    slot = keyslots.new(subject, slot_id, KIND, opener, factor, envelope_people.pack(bundle))
    keyslots.change(subject, bundle, add=[slot])
    return Named(slot_id, contacts.seal_factor(peer.public.sealing, subject, slot_id, contact, factor))


def check_peer(subject: UUID, bundle: OwnerBundle, contact: UUID) -> inbox.Peer:
    """Raises NotFound for whom nothing is shared with: of nobody else anything is told."""
    peer = inbox.peers(subject, bundle).get(contact)
    if peer is None:
        raise errors.NotFound
    return peer


def drop(subject: UUID, bundle: OwnerBundle, slot_id: bytes) -> None:
    """It opens nothing any more: its secret is destroyed."""
    keyslots.change(subject, bundle, remove=[slot_id])


def start(contact: UUID, bundle: OwnerBundle, slot_id: bytes) -> None:
    """Let the delay begin. Raises NotFound where the owner took the slot away."""
    installation.client().start_contact(slot_id, _signed("contact-start", contact, bundle, slot_id))


def stop(subject: UUID, bundle: OwnerBundle, slot_id: bytes) -> None:
    """The owner objects."""
    installation.client().stop_contact(slot_id, _signed("contact-stop", subject, bundle, slot_id))


def _signed(kind: str, by: UUID, bundle: OwnerBundle, slot_id: bytes) -> bytes:
    return statements.sign(bundle.signing, kind, by, slot_id, _now())


def hand_on(contact: UUID, bundle: OwnerBundle, owner: UUID, named: Named, code: Way) -> Handed:
    """The factor under this code. The slot stays shut: its other half is still with the key store. Raises Tampered."""
    try:
        factor = opened_by_any(
            bundle.sealings(),
            lambda private: contacts.open_factor(private, owner, named.slot_id, contact, named.sealed_factor),
        )
    except EnvelopeError:
        raise errors.Tampered from None
    handed = contacts.hand_on(factors.factor_of(code, named.slot_id), owner, named.slot_id, factor)
    return Handed(handed, _signed("contact-open", contact, bundle, named.slot_id))


def open_(subject: UUID, slot_id: bytes, handed: Handed, code: Way) -> LogIn | None:
    """The owner's keys; None for another code, and where the key store does not give its half (any more).

    Raises Tampered where the slot opens and anything else disagrees.
    """
    slot = Keyslot.objects.filter(subject_id=subject, slot_id=slot_id, kind=KIND).first()
    if slot is None:
        return None
    try:
        factor = contacts.take(factors.factor_of(code, slot_id), subject, slot_id, handed.factor)
        pinned = installation.client().fetch_contact(slot_id, handed.word)
    except (EnvelopeError, errors.Forbidden, errors.NotFound):
        return None
    try:
        key = slots.slot_key(KIND, slot_id, pinned.opener, factor)
        payload = slots.open_(key, subject.bytes, KIND, slot_id, bytes(slot.packed))
    except EnvelopeError:
        raise errors.Tampered from None
    opened = OpenedSlot(payload, pinned, slot)
    people.check_listed(opened)
    return log_in(subject, people.bundle_of(opened), pinned)
