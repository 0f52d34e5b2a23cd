"""Which keyslots are in force: the owner signs a list of them, and the key store's row names the valid one.

A list is stored before it is pinned and its slots open only afterwards, so that a crash or a lost race
between two databases leaves unused rows and never an account that does not open.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from nutshell.common import clock, errors
from nutshell.envelope import listings
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.listings import SlotLine, SlotListing
from nutshell.vault import installation
from nutshell.vault.keystore.types import Fetched

from .models import Keyslot, SlotList

DATABASE = "default"


def line_of(slot: Keyslot) -> SlotLine:
    return SlotLine(bytes(slot.slot_id), slot.kind, listings.slot_hash(bytes(slot.packed)))


def in_force(subject: UUID, pinned: Fetched, owner_public: bytes) -> SlotListing:
    """The pinned list, after comparing it with the slots stored. Raises Tampered.

    Refused are: a pinned list that is missing or altered, a listed slot that is missing or altered, and
    a slot that no list signed by `owner_public` ever named.
    """
    try:
        signed = {bytes(row.list_hash): _read(row, owner_public) for row in SlotList.objects.filter(subject_id=subject)}
    except EnvelopeError:
        raise errors.Tampered from None
    listing = _named(signed, pinned)
    stored = [line_of(slot) for slot in Keyslot.objects.filter(subject_id=subject)]
    named = {line.slot_id: line for one in signed.values() for line in one.lines}
    if any(line not in stored for line in listing.lines) or any(named.get(line.slot_id) != line for line in stored):
        raise errors.Tampered
    return listing


def _named(signed: Mapping[bytes, SlotListing], pinned: Fetched) -> SlotListing:
    """After a restore, the one that was put back where the pinned one is not there. Raises Tampered."""
    named = [(pinned.slots_version, pinned.slots_hash)]
    if pinned.restored is not None:
        named.append((pinned.restored.slots_version, pinned.restored.slots_hash))
    for version, hash_ in named:
        if (listing := signed.get(hash_)) is not None and listing.version == version:
            return listing
    raise errors.Tampered


def _read(row: SlotList, owner_public: bytes) -> SlotListing:
    packed, subject = bytes(row.listing), row.subject_id
    pin = listings.read_pin(owner_public, "slots", subject, bytes(row.statement))
    if (pin.version, pin.hash) != (row.version, listings.listing_hash(packed)) or pin.hash != bytes(row.list_hash):
        raise errors.Tampered
    return listings.read_listing(packed, subject)


def listed(listing: SlotListing, slot: Keyslot) -> None:
    """Raises Tampered unless just this slot is in the list."""
    if line_of(slot) not in listing.lines:
        raise errors.Tampered


def store(signing: bytes, subject: UUID, version: int, lines: Sequence[SlotLine], new: Sequence[Keyslot]) -> SlotList:
    """Sign and store a list, together with the slots that it adds. Nothing is in force before `pin`."""
    row = signed(signing, subject, version, lines)
    with transaction.atomic(using=DATABASE):
        for slot in new:
            slot.save(force_insert=True)
        SlotList.objects.bulk_create([row], ignore_conflicts=True)
    return row


def signed(signing: bytes, subject: UUID, version: int, lines: Sequence[SlotLine]) -> SlotList:
    """A list, not stored yet."""
    packed = listings.listing(subject, version, list(lines))
    hash_ = listings.listing_hash(packed)
    statement = listings.sign_pin(signing, "slots", subject, version, hash_, int(clock.now().timestamp()))
    return SlotList(subject_id=subject, list_hash=hash_, version=version, listing=packed, statement=statement)


def pin(row: SlotList, expected: int) -> None:
    """Make the list the valid one. Raises Conflict when another session was first."""
    statement, hash_ = bytes(row.statement), bytes(row.list_hash)
    installation.client().set_slots(row.subject_id, statement, expected, row.version, hash_)


def tidy(row: SlotList) -> None:
    """After a pin: older lists go, and the slots that only they named."""
    kept = {line.slot_id for line in listings.read_listing(bytes(row.listing), row.subject_id).lines}
    older = SlotList.objects.filter(subject_id=row.subject_id, version__lt=row.version)
    with transaction.atomic(using=DATABASE):
        listed = [listings.read_listing(bytes(one.listing), one.subject_id) for one in older]
        for slot_id in {line.slot_id for one in listed for line in one.lines} - kept:
            Keyslot.objects.filter(subject_id=row.subject_id, slot_id=slot_id).delete()
        older.delete()
