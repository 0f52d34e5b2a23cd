"""Handing a profile over to who joins: their diary goes under their own keys, and the keys that the clinic held are
destroyed with all that lay under them."""

from uuid import UUID

from nutshell import gate
from nutshell.accounts.types import Actor
from nutshell.clinics import joining
from nutshell.common import clock
from nutshell.diary import taking_over
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.keys import OwnerBundle, OwnerKeys
from nutshell.vault.records import Vault


def take_over(actor: Actor, invitation: UUID, secret: str) -> tuple[UUID, OwnerBundle] | None:
    """Copy what the clinic kept for me into my own diary. Subject and keys of the profile, to be erased; None where
    there is none. May be repeated. Raises NotFound for a dead link, Tampered."""
    found = joining.held_keys(actor, invitation, secret)
    if found is None:
        return None
    held, bundle = found
    source = Vault(held, held, OwnerKeys(bundle), frozenset())
    with gate.enter(actor, actor.subject, Purpose.PROFILE_WRITE) as vault:
        for address in targets.addresses():
            taking_over.take_record(source, vault, address)
    with gate.enter(actor, actor.subject, Purpose.FOODS_WRITE) as vault:
        taking_over.take_foods(source, vault)
    with gate.enter(actor, actor.subject, Purpose.DIARY_WRITE) as vault:
        taking_over.take_days(source, vault, clock.FIRST_DAY, clock.LAST_DAY)
    joining.take_notes(actor, held, bundle)
    return found
