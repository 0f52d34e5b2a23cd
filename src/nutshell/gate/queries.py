"""What an owner may ask about their own data without opening a collection of it."""

from nutshell.accounts.policy import check_open
from nutshell.audit import queries as audit
from nutshell.audit.types import LedgerEntry
from nutshell.common import errors
from nutshell.vault.keys import OwnerKeys, keys_of

from .types import Actor


def ledger(actor: Actor) -> list[LedgerEntry]:
    """Who did what with the owner's data and account, the latest first.

    Raises ConsentRequired before there are keys, Forbidden for anything but an owner's session.
    """
    check_open(actor)
    assert actor.subject is not None
    keys = keys_of(actor.keys)
    if not isinstance(keys, OwnerKeys):
        raise errors.Forbidden
    return audit.ledger(actor.subject, keys.bundle.ledger)
