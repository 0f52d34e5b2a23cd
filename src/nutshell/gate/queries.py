"""What an owner may ask about their own data without opening a collection of it."""

from datetime import tzinfo
from uuid import UUID

from nutshell.accounts.policy import check_open
from nutshell.common import errors
from nutshell.vault.keys import OwnerBundle

from . import ledger as lines
from .types import Actor, LedgerLines, LedgerWish


def ledger(actor: Actor, wish: LedgerWish) -> LedgerLines:
    """Who did what with the owner's data and account, the latest first.

    Raises ConsentRequired before there are keys, Forbidden for anything but an owner's session.
    """
    return lines.lines(actor, *_owner(actor), wish)


def ledger_csv(actor: Actor, wish: LedgerWish, zone: tzinfo) -> bytes:
    """The same as a table, times in this zone (RFC 4180, UTF-8)."""
    return lines.as_csv(ledger(actor, wish).lines, zone)


def _owner(actor: Actor) -> tuple[UUID, OwnerBundle]:
    check_open(actor)
    assert actor.subject is not None
    if not isinstance(actor.keys, OwnerBundle):
        raise errors.Forbidden
    return actor.subject, actor.keys
