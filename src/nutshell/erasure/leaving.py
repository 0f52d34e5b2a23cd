"""A person leaves, or takes the consent back: what both doors call."""

from datetime import datetime

import msgspec
from django.db import transaction

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents, freezing, mail, queries
from nutshell.clinics import ending
from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.gate.types import Actor
from nutshell.vault import erasing

from . import actions, clinics
from .models import EraseOrder

LONGEST_DAYS = 14
_NOTHING_KEPT = N_("Nothing is kept in this account yet, so it is removed at once. Choose no days.")
_ALONE = N_(
    "You alone administer a clinic, which would end with you. Close it or let somebody else administer it first, or "
    "remove your account at once."
)


class Erased(msgspec.Struct, frozen=True):
    """`receipt` is packed and signed (docs/envelope-v1.md), empty where there were no keys; `rows` counts by table.

    At `final_at` the last backup is gone that could have opened anything.
    """

    receipt: bytes
    erased_at: datetime
    final_at: datetime
    rows: dict[str, int]


class Waiting(msgspec.Struct, frozen=True):
    """A removal that is carried out at `due_at` unless it is taken back. `keep_account`: of the data alone."""

    ordered_at: datetime
    due_at: datetime
    keep_account: bool


def close(actor: Actor) -> Erased:
    """Remove the account and all that belongs to it. There is no way back. Raises Sealed: the wish must be signed."""
    _check_not_sealed(actor)
    if actor.subject is None:
        accounts.delete_user(queries.user(actor.user_id))
        return Erased(b"", clock.now(), clock.now(), {})
    clinics.close_all_alone(actor)
    return _read(actions.close_account(actor.subject, actor.keys))


def close_later(actor: Actor, days: int, session: bytes) -> Waiting:
    """Freeze the account now and remove it after so many days (1 to 14), unless it is taken back.

    `session`: the handle of the one that stays signed in. Raises Sealed, InvalidInput for an account without keys,
    Conflict where a clinic would be left without an administrator.
    """
    return _order(actor, days, session, keep_account=False)


def withdraw_consent(actor: Actor, document: str) -> Erased | None:
    """Take a consent back. Without the one for health data nothing of it may stay: all of it is erased.

    Raises NotFound for a consent that was not given, Sealed.
    """
    _check_not_sealed(actor)
    user = queries.user(actor.user_id)
    accounts.withdraw_consent(user, document)
    if document != consents.HEALTH_DATA or actor.subject is None:
        return None
    clinics.close_all_alone(actor)
    return _read(actions.wipe(actor.subject, actor.keys))


def withdraw_later(actor: Actor, document: str, days: int, session: bytes) -> Waiting:
    """Take the consent for health data back: from now on nothing is done with the data, and after so many days it is
    erased. Raises as `close_later`, NotFound for a consent that was not given, InvalidInput for any other document.
    """
    if document != consents.HEALTH_DATA:
        raise errors.InvalidInput({"undo_days": _NOTHING_KEPT})
    return _order(actor, days, session, keep_account=True)


def _order(actor: Actor, days: int, session: bytes, *, keep_account: bool) -> Waiting:
    _check_not_sealed(actor)
    _check_can_wait(actor)
    assert actor.subject is not None
    with transaction.atomic():
        if keep_account:
            accounts.withdraw_consent(queries.user(actor.user_id), consents.HEALTH_DATA)
        order = actions.order(actor.subject, actor.keys, keep_account=keep_account, undo_days=days)
        freezing.leave_at(actor.user_id, order.due_at, session)
        mail.notify_of_removal(actor.user_id, order.due_at)
    return _waiting(order)


def _check_can_wait(actor: Actor) -> None:
    if actor.subject is None:
        raise errors.InvalidInput({"undo_days": _NOTHING_KEPT})
    if ending.administered_alone(actor):
        raise errors.Conflict(_ALONE)


# ---------- while it waits ----------


def waiting(actor: Actor) -> Waiting | None:
    found = actions.waiting(actor.subject) if actor.subject else None
    return _waiting(found) if found else None


def take_back(actor: Actor, language: str) -> None:
    """Nothing is removed, and what was open to others is open again. A consent that was withdrawn is given anew,
    to the text in this language.

    Raises NotFound where nothing waits, Conflict once it is too late.
    """
    if actor.subject is None or actions.waiting(actor.subject) is None:
        raise errors.NotFound
    with transaction.atomic():
        if actions.take_back(actor.subject).keep_account:
            accounts.agree_again(queries.user(actor.user_id), consents.HEALTH_DATA, language)
        freezing.stay(actor.user_id)


def remove_now(actor: Actor) -> Erased:
    """Do not wait. Raises NotFound where nothing waits."""
    if actor.subject is None:
        raise errors.NotFound
    return _read(actions.hurry(actor.subject))


def _waiting(order: EraseOrder) -> Waiting:
    return Waiting(order.created_at, order.due_at, order.keep_account)


def _check_not_sealed(actor: Actor) -> None:
    if actor.sealed:
        raise errors.Sealed


def _read(packed: bytes) -> Erased:
    receipt = erasing.opened(packed)
    return Erased(packed, receipt.erased_at, receipt.final_at, receipt.rows)
