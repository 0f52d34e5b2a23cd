"""Trusted contacts: named by the owner of a sealed account, asked, begun, stopped, handed on, and used at a reset.

The contact tells the owner a code. It opens the account only together with the link that is mailed to its own address,
and only after the days that the owner set; meanwhile the owner can stop it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.vault import contacts, factors
from nutshell.vault import queries as vault_queries
from nutshell.vault.actions import LogIn
from nutshell.vault.contacts import Handed, Named
from nutshell.vault.factors import Way
from nutshell.vault.keys import OwnerBundle

from . import mail, policy, queries
from .models import TrustedContact
from .types import Actor, Contact

MOST = 3
_EMPTY: dict[str, object] = {"sealed_factor": b"", "handed": b"", "word": b"", "started_at": None}
"""Of a contact who cannot help any more."""
DAYS = (1, 30)
"""How many days an owner may let a contact wait: at least, at most."""

_NOT_SEALED = N_("Your account is not sealed: a mailed link brings you back, and you need no contact.")
_THEIRS_OPEN = N_(
    "Their own account is not sealed, so this server could open yours with it. Ask them to seal it first."
)
_MANY = N_("Three contacts are the most. Remove one first.")
_ALREADY = N_("This person is a contact of yours already.")
_NOT_NOW = N_("This cannot be done any more. Look at it again.")
_WAIT = N_("The days that the owner set are not over yet.")

# ---------- as an owner ----------


def name(actor: Actor, contact: UUID, days: int) -> None:
    """Somebody with whom I share, or who shares with me, may begin a recovery. Raises NotFound, Conflict."""
    subject, bundle = policy.owner_of(actor)
    if not vault_queries.is_sealed(subject):
        raise errors.Conflict(_NOT_SEALED)
    mine = TrustedContact.objects.filter(subject_id=subject)
    if mine.filter(grantee_id=contact).exists():
        raise errors.Conflict(_ALREADY)
    if mine.count() >= MOST:
        raise errors.Conflict(_MANY)
    if not vault_queries.is_sealed(contact):
        contacts.check_peer(subject, bundle, contact)
        raise errors.Conflict(_THEIRS_OPEN)
    named = contacts.name(subject, bundle, contact, days)
    try:
        with transaction.atomic():
            TrustedContact.objects.create(
                subject_id=subject, grantee_id=contact, slot_id=named.slot_id, sealed_factor=named.sealed_factor,
                days=days,
            )  # fmt: skip
            _tell("contact-named", subject, subject)
    except IntegrityError:
        contacts.drop(subject, bundle, named.slot_id)
        raise errors.Conflict(_ALREADY) from None
    mail.notify_subject(contact, "contact-asked")


def mine(actor: Actor) -> list[Contact]:
    """My contacts."""
    subject, _ = policy.owner_of(actor)
    rows = list(TrustedContact.objects.filter(subject_id=subject).order_by("named_at"))
    called = queries.names_of(row.grantee_id for row in rows)
    return [_contact(row, called.get(row.grantee_id, "")) for row in rows]


def remove(actor: Actor, contact_id: UUID) -> None:
    """Their slot opens nothing any more. Raises NotFound."""
    subject, bundle = policy.owner_of(actor)
    row = _mine(subject, contact_id)
    _end(row, bundle)
    _tell("contact-removed", subject, subject)


def stop(actor: Actor, contact_id: UUID) -> None:
    """Object to a recovery that was begun. Raises NotFound, Conflict where none runs."""
    subject, bundle = policy.owner_of(actor)
    row = _mine(subject, contact_id)
    if row.state not in ("started", "handed"):
        raise errors.Conflict(_NOT_NOW)
    contacts.stop(subject, bundle, bytes(row.slot_id))
    TrustedContact.objects.filter(id=row.id).update(state="accepted", started_at=None, handed=b"", word=b"")
    _tell("contact-stopped", subject, subject)
    mail.notify_subject(row.grantee_id, "contact-stopped")


def end_all(subject: UUID, bundle: OwnerBundle) -> None:
    """Of an account that is not sealed any more; and what it was for others."""
    for row in TrustedContact.objects.filter(subject_id=subject):
        _end(row, bundle)
    _lapse(subject)


def gone(contact: UUID) -> None:
    """They are erased: whom they were to help is told. May be repeated."""
    _lapse(contact)


def _lapse(contact: UUID) -> None:
    """Whoever is not sealed any more is nobody's contact: the server could open with their keys what they hold."""
    rows = TrustedContact.objects.filter(grantee_id=contact).exclude(state__in=("lapsed", "used"))
    owners = list(rows.values_list("subject_id", flat=True))
    rows.update(state="lapsed", **_EMPTY)
    for owner in owners:
        mail.notify_subject(owner, "contact-lapsed")


def _end(row: TrustedContact, bundle: OwnerBundle) -> None:
    contacts.drop(row.subject_id, bundle, bytes(row.slot_id))
    row.delete()


def _mine(subject: UUID, contact_id: UUID) -> TrustedContact:
    return _row(Q(id=contact_id, subject_id=subject))


def _row(wanted: Q) -> TrustedContact:
    row = TrustedContact.objects.filter(wanted).first()
    if row is None:
        raise errors.NotFound
    return row


def _contact(row: TrustedContact, called: str) -> Contact:
    return Contact(row.id, called, row.days, row.state, row.named_at, _open_from(row))


def _open_from(row: TrustedContact) -> datetime | None:
    return row.started_at + timedelta(days=row.days) if row.started_at else None


# ---------- as a contact ----------


def of_others(actor: Actor) -> list[Contact]:
    """Whose contact I am, or am asked to be."""
    contact, _ = policy.owner_of(actor)
    rows = list(TrustedContact.objects.filter(grantee_id=contact).order_by("named_at"))
    called = queries.names_of(row.subject_id for row in rows)
    return [_contact(row, called.get(row.subject_id, "")) for row in rows]


def answer(actor: Actor, contact_id: UUID, accepts: bool) -> None:
    """Accept or decline to be somebody's contact. Raises NotFound, Conflict."""
    row = _theirs(actor, contact_id, "asked")
    _move(row, "asked", state="accepted" if accepts else "declined")


def start(actor: Actor, contact_id: UUID) -> None:
    """Begin the recovery of somebody who asked me to. They are told at once. Raises NotFound, Conflict."""
    contact, bundle = policy.owner_of(actor)
    row = _theirs(actor, contact_id, "accepted")
    contacts.start(contact, bundle, bytes(row.slot_id))
    with transaction.atomic():
        _move(row, "accepted", state="started", started_at=clock.now(), told_on=clock.utc_day())
        _tell("contact-started", row.subject_id, contact)
    mail.notify_subject(row.subject_id, "contact-started")


def hand_on(actor: Actor, contact_id: UUID) -> str:
    """After the owner's days: a code to tell them, shown this once. Raises NotFound, Conflict before that."""
    contact, bundle = policy.owner_of(actor)
    row = _theirs(actor, contact_id, "started", "handed")
    open_from = _open_from(row)
    if open_from is None or open_from > clock.now():
        raise errors.Conflict(_WAIT)
    code = factors.new_recovery_code()
    way = factors.by_recovery_code(code)
    assert way is not None
    named = Named(bytes(row.slot_id), bytes(row.sealed_factor))
    handed = contacts.hand_on(contact, bundle, row.subject_id, named, way)
    _move(row, row.state, state="handed", handed=handed.factor, word=handed.word)
    return code


def _theirs(actor: Actor, contact_id: UUID, *states: str) -> TrustedContact:
    contact, _ = policy.owner_of(actor)
    row = _row(Q(id=contact_id, grantee_id=contact))
    if row.state not in states:
        raise errors.Conflict(_NOT_NOW)
    return row


def _move(row: TrustedContact, before: str, **values: object) -> None:
    """Compare-and-swap: what the owner did meanwhile stands."""
    if not TrustedContact.objects.filter(id=row.id, state=before).update(**values):
        raise errors.Conflict(_NOT_NOW)


# ---------- at a reset ----------


def recovered(subject: UUID, code: Way) -> LogIn | None:
    """The keys of an account by a contact's code, after which that contact's slot is used up. None for another code."""
    for row in TrustedContact.objects.filter(subject_id=subject, state="handed"):
        opened = contacts.open_(subject, bytes(row.slot_id), Handed(bytes(row.handed), bytes(row.word)), code)
        if opened is not None:
            _tell("contact-used", subject, row.grantee_id)
            mail.notify_subject(subject, "contact-used")
            return opened
    return None


def use_up(subject: UUID, bundle: OwnerBundle) -> None:
    """After a new password is stored: what was handed on opens nothing any more.

    The row stays, without anything in it, and says that keys of somebody who was locked out are still in force: new
    ones take it away, and until then every page asks for them.
    """
    for row in TrustedContact.objects.filter(subject_id=subject, state="handed"):
        contacts.drop(subject, bundle, bytes(row.slot_id))
        TrustedContact.objects.filter(id=row.id).update(state="used", **_EMPTY)


# ---------- time ----------


def remind() -> int:
    """For the worker: tell owners once a day that a recovery runs. How many were told."""
    today = clock.utc_day()
    running = TrustedContact.objects.filter(state__in=("started", "handed")).exclude(told_on=today)
    return sum(_reminded(row, today) for row in running)


def _reminded(row: TrustedContact, today: clock.Day) -> bool:
    if not TrustedContact.objects.filter(id=row.id, told_on=row.told_on).update(told_on=today):
        return False
    mail.notify_subject(row.subject_id, "contact-started")
    return True


def _tell(kind: str, subject: UUID, actor: UUID) -> None:
    with transaction.atomic():
        audit.record(kind, subject, str(actor))


def peers_without(actor: Actor, peers: Iterable[UUID]) -> list[UUID]:
    """Of these people, those who are no contact of mine yet."""
    subject, _ = policy.owner_of(actor)
    there = set(TrustedContact.objects.filter(subject_id=subject).values_list("grantee_id", flat=True))
    return [one for one in peers if one not in there]
