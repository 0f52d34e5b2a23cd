"""Clinical notes on their way to a client: an item of the clinic's, signed by the member who wrote it.

Beside the signature stands the clinic's word on the member's key. An errand of the client checks both against the
clinic's keys as the key store knows them, and files the note in a collection that no grant reaches.
"""

import logging
from uuid import UUID

import msgspec

from nutshell.common import clock, errors
from nutshell.envelope import inbox as items
from nutshell.envelope import statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle
from nutshell.vault import store, writers
from nutshell.vault.keys import OwnerKeys, opened_by_any
from nutshell.vault.models import Errand, InboxItem
from nutshell.vault.records import Vault
from nutshell.vault.signers import WRITER
from nutshell.vault.types import CLINICAL, REACH, Address

from . import inbox, rows
from .grantee import Hand, RingKeys
from .inbox import Sent

log = logging.getLogger(__name__)
FORMAT = 1
MOST_BYTES = 40_000
"""Of one note: eight thousand signs of any script."""
KIND = "clinical-note"
NOBODY = UUID(int=0)
"""Stands for a member who erased everything before the note was filed."""


class SignedBy(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What stands for the signature of such an item: the member's, and the clinic's certificate of the member's key."""

    format: int
    signature: bytes
    word: bytes


class Filed(msgspec.Struct, frozen=True, array_like=True):
    """The client's record: which clinic's, which member signed it, and what they wrote (the clinics' room reads it)."""

    format: int
    clinic: UUID
    member: UUID
    payload: bytes


def send(hand: Hand, ring: RingKeys, item_id: UUID, payload: bytes) -> None:
    """Into the inbox of whose grant this is. Raises TooLarge, Conflict for too many that wait."""
    if len(payload) > MOST_BYTES:
        raise errors.TooLarge
    owner, now = ring.grant.owner, int(clock.now().timestamp())
    packed = msgspec.msgpack.encode(Sent(inbox.FORMAT, KIND, now, payload))
    item = items.seal(ring.owner.sealing, hand.own.signing, owner, hand.grantee, item_id, packed)
    signed = msgspec.msgpack.encode(SignedBy(FORMAT, item.signature, hand.word))
    with store.writing(owner) as writing:
        inbox.check_room(owner, hand.grantee)
        rows.put_item(writing, msgspec.structs.replace(item, signature=signed))
        rows.add_errand(writing, owner, rows.FILE, item_id.bytes)


def signed_by(row: InboxItem) -> SignedBy | None:
    """What stands beside the note, None for an item of another kind."""
    try:
        found = msgspec.msgpack.decode(bytes(row.signature), type=SignedBy)
    except msgspec.MsgspecError:
        return None
    return found if found.format == FORMAT else None


def file(subject: UUID, bundle: Bundle, errand: Errand, row: InboxItem, by: SignedBy) -> None:
    """Keep a note that holds, however old, or drop it. May be repeated: one that comes again changes nothing."""
    filed = _opened(subject, bundle, row, by)
    if filed is None:
        log.warning("a clinical note was refused")
    else:
        keep(subject, bundle, row.item_id, filed)
    with store.writing(subject) as writing:
        rows.drop_item(writing, subject, row.item_id)
        rows.drop_errand(writing, subject, errand.errand_id)


def keep(subject: UUID, bundle: Bundle, note: UUID, filed: Filed) -> None:
    """In the person's own records; one that is there is not changed."""
    packed = msgspec.msgpack.encode(filed)
    vault = Vault(subject, subject, OwnerKeys(bundle))
    vault.change([Address(CLINICAL, "", str(note))], lambda now: now if now[0] else [packed])


def _opened(subject: UUID, bundle: Bundle, row: InboxItem, by: SignedBy) -> Filed | None:
    clinic = inbox.peers(subject, bundle).get(row.writer_id)
    if clinic is None:
        return None
    try:
        key, member = _member(clinic.subject, clinic.public.signing, by.word)
        item = items.Item(subject, clinic.subject, row.item_id, bytes(row.sealed_key), bytes(row.sealed), by.signature)
        content = opened_by_any(bundle.sealings(), lambda private: items.open_(private, key, item))
        sent = msgspec.msgpack.decode(content, type=Sent)
    except (EnvelopeError, msgspec.MsgspecError, errors.Tampered):
        return None
    if (sent.format, sent.kind) != (inbox.FORMAT, KIND):
        return None
    return Filed(FORMAT, clinic.subject, member, sent.payload)


def _member(clinic: UUID, clinic_key: bytes, word: bytes) -> tuple[bytes, UUID]:
    """The signing key of a member, and who it is. Raises Tampered, or what the envelope raises."""
    certificate = statements.verify(clinic_key, WRITER, word)
    found = writers.standing(clinic, clinic_key, certificate.details) if certificate.subject == clinic else None
    if found is None:
        raise errors.Tampered
    if found is writers.Gone.GONE:
        return certificate.target, NOBODY
    if REACH not in found.collections:
        raise errors.Tampered
    return certificate.target, found.grantee
