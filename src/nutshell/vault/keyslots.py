"""Changing which lasting slots a subject has: listed and pinned first, believed afterwards."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError

from nutshell.common import clock, errors
from nutshell.envelope import people as envelope_people
from nutshell.envelope import signing, statements
from nutshell.envelope.listings import SlotLine, SlotListing
from nutshell.envelope.people import Bundle

from . import factors, installation, people
from .factors import Way
from .keystore.types import Fetched, Reason
from .slots import lists
from .slots.models import Keyslot

TRIES = 5
PERSONAL = ("password", "recovery", "passkey")
"""Kinds that a person opens with something of their own. An account with these and no server slot is sealed."""
OPENING = ("server", *PERSONAL)
"""Kinds whose payload is the whole bundle."""
LEFT_OVER = timedelta(minutes=10)
"""A slot in no list for this long was left by something interrupted: nobody is about to pin it any more."""


def new(subject: UUID, slot_id: bytes, kind: str, opener: bytes, factor: bytes, payload: bytes) -> Keyslot:
    """A slot, not stored yet."""
    packed = people.sealed_slot(subject, slot_id, kind, opener, factor, payload)
    return Keyslot(subject_id=subject, slot_id=slot_id, kind=kind, packed=packed, created_at=clock.now())


def for_way(subject: UUID, bundle: Bundle, way: Way | None) -> Keyslot:
    """A slot for this way (None: the server's) with these keys, not stored yet; its secret lies in the key store."""
    slot_id, kind = people.new_slot_id(), way.kind if way else "server"
    opener = installation.client().put_secret(subject, slot_id, kind)
    return new(subject, slot_id, kind, opener, factor_for(way, slot_id), envelope_people.pack(bundle))


def factor_for(way: Way | None, slot_id: bytes) -> bytes:
    return factors.factor_of(way, slot_id) if way else b""


def of_kind(subject: UUID, *kinds: str) -> list[Keyslot]:
    """The stored slots of these kinds, the newest first."""
    return list(Keyslot.objects.filter(subject_id=subject, kind__in=kinds).order_by("-created_at"))


def is_sealed(subject: UUID) -> bool:
    """Whether only the person's own factors open this account."""
    kinds = {slot.kind for slot in of_kind(subject, *OPENING)}
    return "server" not in kinds and "recovery" in kinds


def open_server_slot(subject: UUID, reason: Reason) -> people.OpenedSlot:
    """The server's slot, opened and listed. Raises NotFound, Tampered, and Sealed for an account whose owner took
    it away, also where an interruption left its row.
    """
    recoverable = bool(of_kind(subject, "recovery"))
    for slot in of_kind(subject, "server"):
        with suppress(errors.NotFound):
            opened = people.open_slot(slot, b"", reason)
            listing = in_force(subject, opened.pinned)
            if any(line.kind == "server" for line in listing.lines) or not recoverable:
                lists.listed(listing, slot)
                return opened
    raise errors.Sealed if recoverable else errors.NotFound


def in_force(subject: UUID, pinned_now: Fetched) -> SlotListing:
    """The list that the key store names, by the owner that it names. Raises Tampered."""
    return lists.in_force(subject, pinned_now, people.public_of(pinned_now.public).signing)


def pinned(subject: UUID, reason: Reason) -> Fetched:
    """What the key store pins about the subject. Raises NotFound.

    A sealed account is asked for by its recovery slot: of all its openers that one helps nobody to guess.
    """
    for slot in (*of_kind(subject, "server"), *of_kind(subject, "recovery")):
        with suppress(errors.NotFound):
            return installation.client().fetch(subject, bytes(slot.slot_id), reason)
    raise errors.NotFound


def change(
    subject: UUID,
    bundle: Bundle,
    add: Sequence[Keyslot] = (),
    remove: Collection[bytes] = (),
    need: Collection[bytes] = (),
) -> None:
    """The owner signs another list. What it drops is destroyed in the key store before its row goes, so that
    an interruption leaves a row by which the next log-in finds the secret.

    Raises Conflict, also where a slot that it `need`s is not listed any more, or none would be left that opens the
    whole: two sessions that each drop the other's must not lose the account. Raises Tampered.
    """
    for _ in range(TRIES):
        now = pinned(subject, "step-up")
        lines = lists.in_force(subject, now, signing.public_of(bundle.signing)).lines
        listed = [*(line for line in lines if line.slot_id not in remove), *map(lists.line_of, add)]
        _check_opens(listed, need)
        fresh = [slot for slot in add if slot._state.adding]
        try:
            row = lists.store(bundle.signing, subject, now.slots_version + 1, listed, fresh)
            lists.pin(row, now.slots_version)
        except IntegrityError:
            raise errors.Conflict from None  # another session adds a server slot at this moment
        except errors.Conflict:
            continue
        for slot_id in remove:
            destroy(subject, bundle, slot_id)
        return lists.tidy(row)
    raise errors.Conflict


def _check_opens(listed: Sequence[SlotLine], need: Collection[bytes]) -> None:
    """Raises Conflict unless all that is needed is listed, and the server's slot or a code with something beside it."""
    kinds = {line.kind for line in listed}
    opens = "server" in kinds or ("recovery" in kinds and kinds & {"password", "passkey"})
    if not opens or set(need) - {line.slot_id for line in listed}:
        raise errors.Conflict


def destroy(subject: UUID, bundle: Bundle, slot_id: bytes) -> None:
    """Its secret, in the key store: the slot opens nothing any more."""
    statement = statements.sign(bundle.signing, "destroy", subject, slot_id, int(clock.now().timestamp()))
    try:
        installation.client().destroy(slot_id, statement)
    except errors.NotFound:
        return  # ended by its date, or destroyed by an attempt that was interrupted


def clear_left_over(subject: UUID, bundle: Bundle, listing: SlotListing) -> None:
    """Destroy what an interrupted sealing or unsealing left: slots of the whole bundle that no list in force names."""
    named = {line.slot_id for line in listing.lines}
    for slot in of_kind(subject, *OPENING):
        if bytes(slot.slot_id) not in named and slot.created_at < clock.now() - LEFT_OVER:
            destroy(subject, bundle, bytes(slot.slot_id))
            slot.delete()
