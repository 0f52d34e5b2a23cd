"""What ends with an administrator, or with a clinic: for erasing. The keys that sign for it are in no other hand."""

from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import errors
from nutshell.vault.keys import OwnerBundle

from . import keys, links, members, policy
from .keys import Acting


def administered_alone(actor: Actor) -> list[Acting]:
    """The clinics that nobody else administers: they end with this person."""
    found = [one for one in keys.all_acting(actor) if one.role == "administrator"]
    return [one for one in found if not _others(one)]


def _others(acting: Acting) -> bool:
    return any(
        one.role == "administrator" and one.subject not in (None, acting.member) for one in members.members(acting)
    )


def wards(acting: Acting) -> list[tuple[UUID, OwnerBundle]]:
    """The profiles that the clinic holds, with their keys, and the clinic itself last."""
    held = [(one.held, one.id) for one in links.clients(acting).values() if one.held]
    found = []
    for subject, client in held:
        try:
            found.append((subject, links.held_bundle(acting, subject, client)))
        except errors.NotFound:
            continue  # erased before, and cut off in between
    return [*found, (acting.clinic, acting.bundle())]


def of_clinic(actor: Actor, clinic: UUID) -> list[tuple[UUID, OwnerBundle]]:
    """All that goes when an administrator closes a clinic. Raises NotFound, Forbidden for another role."""
    acting = keys.acting(actor, clinic)
    policy.check_role(acting.role, "administrator")
    return wards(acting)
