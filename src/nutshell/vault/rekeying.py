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
from nutshell.envelope import statements
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
            "former": msgspec.msgpack.encode(former), "holder": holder, "created_at": clock.now(),
        },
    )  # fmt: skip
    if not made:
        raise errors.Conflict
    return row


def _prove(slot: Keyslot, way: Way | None, new: Bundle) -> None:
    """Raises Tampered unless the slot gives just these keys, by what the key store has kept."""
    opened = people.open_slot(slot, keyslots.factor_for(way, bytes(slot.slot_id)), REASON)
    if envelope_people.unpack(opened.payload) != new:
        raise errors.Tampered


def _swap(row: StagedKeys, bundle: Bundle, new: Bundle) -> None:
    """The key store's word decides. Where it refuses, what was staged goes."""
    staged, subject = _read(row), row.subject_id
    wish = NewKeys(people.packed_public(new), new.version, Pin(staged.version, staged.hash))
    now, details = int(clock.now().timestamp()), msgspec.msgpack.encode(wish)
    signed = statements.sign(bundle.signing, "new-keys", subject, subject.bytes, now, details)
    try:
        installation.client().renew_keys(subject, signed, staged.statement)
    except (errors.Conflict, errors.Forbidden, errors.NotFound):
        row.delete()
        raise


def _read(row: StagedKeys) -> _Staged:
    return msgspec.msgpack.decode(bytes(row.packed), type=_Staged)


# ---------- what follows, or is made up for ----------


def catch_up(subject: UUID, install: Install) -> None:
    """Before a log-in looks at slots: those of a re-key that was cut off, put in place if the key store has swapped.

    Needs no keys. What it has not swapped within ten minutes was given up.
    """
    row = StagedKeys.objects.filter(subject_id=subject, installed=False).first()
    if row is None:
        return
    if keyslots.pinned(subject, REASON).slots_hash == _read(row).hash:
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

    Raises Conflict and Tampered as the records do; what follows may wait for another log-in.
    """
    row = StagedKeys.objects.filter(subject_id=subject, installed=True, bundle_version=bundle.version).first()
    if row is None:
        return
    moving.move(subject, bundle)
    try:
        for what in _followers:
            what(subject, bundle)
    except errors.NutshellError as failure:
        log.error("what follows a re-key waits for another log-in: %s", failure.code)
        return
    for slot_id in msgspec.msgpack.decode(bytes(row.former), type=list[bytes]):
        keyslots.destroy(subject, bundle, slot_id)
    row.delete()
