"""A person leaves, or takes the consent back: what both doors call."""

from datetime import UTC, datetime

import msgspec

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents, queries
from nutshell.common import clock, errors
from nutshell.gate.types import Actor
from nutshell.vault import erasing

from . import actions, clinics


class Erased(msgspec.Struct, frozen=True):
    """`receipt` is packed and signed (docs/envelope-v1.md), empty where there were no keys; `rows` counts by table.

    At `final_at` the last backup is gone that could have opened anything.
    """

    receipt: bytes
    erased_at: datetime
    final_at: datetime
    rows: dict[str, int]


def close(actor: Actor) -> Erased:
    """Remove the account and all that belongs to it. There is no way back. Raises Sealed: the wish must be signed."""
    _check_not_sealed(actor)
    if actor.subject is None:
        accounts.delete_user(queries.user(actor.user_id))
        return Erased(b"", clock.now(), clock.now(), {})
    clinics.close_all_alone(actor)
    return _read(actions.close_account(actor.subject, actor.keys))


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


def _check_not_sealed(actor: Actor) -> None:
    if actor.sealed:
        raise errors.Sealed


def _read(packed: bytes) -> Erased:
    receipt = erasing.opened(packed)
    erased_at, final_at = (datetime.fromtimestamp(second, UTC) for second in (receipt.erased_at, receipt.final_at))
    return Erased(packed, erased_at, final_at, receipt.rows)
