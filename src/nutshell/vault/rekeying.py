"""A re-key: new keys for a person, in three databases, and nothing lost wherever it is cut off.

What is to come is staged beside what is in force. Then the key store swaps the person's keys, signed by the old ones
and by the new: that decides. Slots, records and the old secrets follow, now or with the next log-in; each step may be
repeated. The new bundle keeps what opens things made before it, and nothing that signs.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
from django.db import transaction

from nutshell.common import clock, errors
from nutshell.envelope import people as envelope_people
from nutshell.envelope import signing, statements
from nutshell.envelope.errors import EnvelopeError
from nutshell.envelope.people import Bundle

from . import factors, installation, keyslots, people, roots
from .factors import Way
from .keystore.types import Fetched, NewKeys, Pin, Reason
from .sharing import errands, moving
from .slots import lists
from .slots.models import Keyslot, SlotList, StagedKeys

log = logging.getLogger(__name__)
ERRAND_SECONDS = 30.0
"""For what waits for the old keys: it is done before they go."""
REASON: Reason = "re-key"
Install = Callable[[bytes], None]
"""What else changes in the accounts with the slots: takes the new keys' word on who signs in for them."""
Follow = Callable[[UUID, Bundle], None]

_followers: list[Follow] = []


class _Staged(msgspec.Struct, frozen=True, array_like=True):
    """The list to come and its slots."""

    version: int
    hash: bytes
    listing: bytes
    statement: bytes
    slots: list[tuple[bytes, str, bytes]]


def follow(what: Follow) -> None:
    """Have this done with a person's new keys, too, once their records stand under them. May be called again."""
    _followers.append(what)


# ---------- the act ----------


def renew(
    subject: UUID, bundle: Bundle, ways: Sequence[Way | None], holder_of: Callable[[Bundle], bytes], install: Install
) -> Bundle:  # fmt: skip
    """New keys, which only these ways open (None: the server's slot). All other slots open nothing any more.

    Raises Tampered where anything is not as it was left, Conflict where another session changes the slots, and
    Unavailable; then everything is as it was, or the next log-in finishes it.
    """
    _check_ways(ways)
    catch_up(subject, install)
    errands.run_errands(subject, bundle, ERRAND_SECONDS)
    now = keyslots.pinned(subject, REASON)
    if roots.problems(subject, bundle, now):
        raise errors.Tampered
    moving.check(subject, bundle)
    new = envelope_people.renewed(bundle)
    row = _stage(subject, new, ways, now, holder_of(new))
    _swap(row, bundle, new)
    _install(row, install)
    finish(subject, new)
    with suppress(errors.Conflict):  # another log-in sealed one at this moment: as good
        roots.seal(subject, new, now.root_version)
    return new


def _check_ways(ways: Sequence[Way | None]) -> None:
    given = [way for way in ways if way is not None]
    if given or not ways:
        factors.check_ways(given)


def _stage(subject: UUID, new: Bundle, ways: Sequence[Way | None], now: Fetched, holder: bytes) -> StagedKeys:
    former = [line.slot_id for line in keyslots.in_force(subject, now).lines]
    slots = [keyslots.for_way(subject, new, way) for way in ways]
    for slot, way in zip(slots, ways, strict=True):
        _prove(slot, way, new)
    listed = lists.signed(new.signing, subject, now.slots_version + 1, [lists.line_of(slot) for slot in slots])
    kept = [(bytes(slot.slot_id), slot.kind, bytes(slot.packed)) for slot in slots]
    staged = _Staged(listed.version, bytes(listed.list_hash), bytes(listed.listing), bytes(listed.statement), kept)
    row, made = StagedKeys.objects.get_or_create(
        subject_id=subject,
        defaults={
            "bundle_version": new.version, "packed": msgspec.msgpack.encode(staged),
            "former": _signed_former(subject, new, former), "holder": holder, "created_at": clock.now(),
        },
    )  # fmt: skip
    if not made:
        raise errors.Conflict
    return row


def _signed_former(subject: UUID, new: Bundle, former: list[bytes]) -> bytes:
    """What the new keys will destroy, by their own word: a table's writer could name the slots in force instead."""
    details = msgspec.msgpack.encode(former)
    return statements.sign(new.signing, "former-slots", subject, subject.bytes, int(clock.now().timestamp()), details)


def _former(row: StagedKeys, bundle: Bundle) -> list[bytes]:
    """Raises Tampered unless these keys signed it for their own subject."""
    try:
        said = statements.verify(signing.public_of(bundle.signing), "former-slots", bytes(row.former))
    except EnvelopeError:
        raise errors.Tampered from None
    if (said.subject, said.target) != (row.subject_id, row.subject_id.bytes):
        raise errors.Tampered
    return msgspec.msgpack.decode(said.details, type=list[bytes])


def _prove(slot: Keyslot, way: Way | None, new: Bundle) -> None:
    """Raises Tampered unless the slot gives just these keys, by what the key store has kept."""
    opened = people.open_slot(slot, keyslots.factor_for(way, bytes(slot.slot_id)), REASON)
    if envelope_people.unpack(opened.payload) != new:
        raise errors.Tampered


def _swap(row: StagedKeys, bundle: Bundle, new: Bundle) -> None:
    """The key store's word decides. Where it refuses, what was staged goes, unless it has obeyed already.

    A refusal may be the answer to a repeated request: then these slots are all that opens the new keys.
    """
    staged, subject = _read(row), row.subject_id
    wish = NewKeys(people.packed_public(new), new.version, Pin(staged.version, staged.hash))
    now, details = int(clock.now().timestamp()), msgspec.msgpack.encode(wish)
    signed = statements.sign(bundle.signing, "new-keys", subject, subject.bytes, now, details)
    try:
        installation.client().renew_keys(subject, signed, staged.statement)
    except (errors.Conflict, errors.Forbidden, errors.NotFound):
        if not _is_swapped(row):
            row.delete()
        raise


def _is_swapped(row: StagedKeys) -> bool:
    return keyslots.pinned(row.subject_id, REASON).slots_hash == _read(row).hash


def _read(row: StagedKeys) -> _Staged:
    """Raises Tampered for what no re-key staged."""
    try:
        return msgspec.msgpack.decode(bytes(row.packed), type=_Staged)
    except msgspec.MsgspecError:
        raise errors.Tampered from None


# ---------- what follows, or is made up for ----------


def catch_up(subject: UUID, install: Install) -> None:
    """Before a log-in looks at slots: those of a re-key that was cut off, put in place if the key store has swapped.

    Needs no keys. What it has not swapped within ten minutes was given up.
    """
    row = StagedKeys.objects.filter(subject_id=subject, installed=False).first()
    if row is None:
        return
    if _is_swapped(row):
        _install(row, install)
    elif row.created_at < clock.now() - keyslots.LEFT_OVER:
        row.delete()


def _install(row: StagedKeys, install: Install) -> None:
    """In one transaction: the new slots instead of all others, and what belongs to it in the accounts."""
    staged, subject = _read(row), row.subject_id
    with transaction.atomic(using=lists.DATABASE):
        if not StagedKeys.objects.filter(subject_id=subject, installed=False).update(installed=True):
            return  # another log-in did it
        Keyslot.objects.filter(subject_id=subject).delete()
        SlotList.objects.filter(subject_id=subject).delete()
        SlotList.objects.create(
            subject_id=subject, list_hash=staged.hash, version=staged.version, listing=staged.listing,
            statement=staged.statement,
        )  # fmt: skip
        for slot_id, kind, packed in staged.slots:
            Keyslot.objects.create(
                subject_id=subject, slot_id=slot_id, kind=kind, packed=packed, created_at=row.created_at
            )  # fmt: skip
        install(bytes(row.holder))


def finish(subject: UUID, bundle: Bundle) -> None:
    """With the new keys: the records, whatever follows, and the secrets of the slots that were. Nothing if all is done.

    Raises Conflict and Tampered as the records do, and Tampered for a row that these keys did not stage: else who
    writes tables could have the owner sign anew what the old keys signed since, or destroy the slots in force.
    What follows may wait for another log-in.
    """
    row = StagedKeys.objects.filter(subject_id=subject, installed=True, bundle_version=bundle.version).first()
    if row is None:
        return
    former = _former(row, bundle)
    moving.move(subject, bundle)
    try:
        for what in _followers:
            what(subject, bundle)
    except errors.NutshellError as failure:
        log.error("what follows a re-key waits for another log-in: %s", failure.code)
        return
    for slot_id in former:
        keyslots.destroy(subject, bundle, slot_id)
    row.delete()
