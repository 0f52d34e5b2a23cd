"""Opening a subject by a keyslot: everything that must agree before a key is believed."""

import os
from typing import NamedTuple
from uuid import UUID

import msgspec

from nutshell.common import errors
from nutshell.envelope import kdf, people, slots
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle, Public

from . import installation
from .keys import TokenKeys, unpack_token_keys
from .keystore.types import Fetched, Reason
from .models import Subject
from .rows_of import rows_of
from .slots import lists
from .slots.models import Keyslot

SLOT_ID_LENGTH = 16


class OpenedSlot(NamedTuple):
    """A slot's payload, with what the key store pins about its subject. Its repr shows nothing of either."""

    payload: bytes
    pinned: Fetched
    slot: Keyslot

    def __repr__(self) -> str:
        return f"<OpenedSlot of kind {self.slot.kind}>"


def new_slot_id() -> bytes:
    return os.urandom(SLOT_ID_LENGTH)


def public_of(packed: bytes) -> Public:
    """Raises Tampered for anything that is no public key set."""
    try:
        return msgspec.msgpack.decode(packed, type=Public)
    except msgspec.MsgspecError:
        raise errors.Tampered from None


def packed_public(bundle: Bundle) -> bytes:
    return msgspec.msgpack.encode(bundle.public())


def sealed_slot(subject: UUID, slot_id: bytes, kind: str, opener: bytes, factor: bytes, payload: bytes) -> bytes:
    return slots.seal(slots.slot_key(kind, slot_id, opener, factor), subject.bytes, kind, slot_id, payload)


def open_slot(slot: Keyslot, factor: bytes, reason: Reason) -> OpenedSlot:
    """Fetch the opener and open. Raises NotFound (gone, ended, erasing), Tampered otherwise."""
    subject, slot_id = slot.subject_id, bytes(slot.slot_id)
    pinned = installation.client().fetch(subject, slot_id, reason)
    if pinned.kind != slot.kind:
        raise errors.Tampered
    try:
        key = slots.slot_key(slot.kind, slot_id, pinned.opener, factor)
        payload = slots.open_(key, subject.bytes, slot.kind, slot_id, bytes(slot.packed))
    except EnvelopeError:
        raise errors.Tampered from None
    return OpenedSlot(payload, pinned, slot)


def bundle_of(opened: OpenedSlot) -> Bundle:
    """The bundle, if its public keys are the key store's and those of the records. Raises Tampered."""
    try:
        bundle = people.unpack(opened.payload)
    except EnvelopeError:
        raise errors.Tampered from None
    public = packed_public(bundle)
    if (opened.pinned.public, opened.pinned.bundle_version) != (public, bundle.version):
        raise errors.Tampered
    with rows_of(opened.slot.subject_id):
        row = Subject.objects.filter(subject_id=opened.slot.subject_id).first()
    if row is None:
        raise errors.NotFound
    if (bytes(row.public), row.bundle_version) != (public, bundle.version) and not is_behind(bundle, row):
        raise errors.Tampered
    return bundle


def is_behind(bundle: Bundle, row: Subject) -> bool:
    """Whether the records still stand under the keys from before the last re-key, which was interrupted there."""
    if not bundle.former:
        return False
    before = bundle.former[0]
    stands = (row.bundle_version, public_of(bytes(row.public)).signing)
    return stands == (before.version, before.signing_public)


def holder_mark(bundle: Bundle, anchor: UUID) -> bytes:
    """The keys' own word on who signs in for them; 32 bytes. Whoever can only write tables cannot make it."""
    return kdf.mac(bundle.wrapping, "holder", anchor)


def check_holder(bundle: Bundle, anchor: UUID, mark: bytes) -> None:
    """Raises Tampered when these keys belong to somebody else's row."""
    if not kdf.equal(holder_mark(bundle, anchor), mark):
        raise errors.Tampered


def check_listed(opened: OpenedSlot) -> None:
    """The slot must stand in the list that the owner signed and the key store pins. Raises Tampered."""
    owner = public_of(opened.pinned.public).signing
    lists.listed(lists.in_force(opened.slot.subject_id, opened.pinned, owner), opened.slot)


def token_keys_of(opened: OpenedSlot) -> TokenKeys:
    """A token's keys, if they are for this owner. Raises Tampered."""
    try:
        keys = unpack_token_keys(opened.payload)
    except EnvelopeError:
        raise errors.Tampered from None
    if keys.owner != public_of(opened.pinned.public).signing:
        raise errors.Tampered
    return keys
