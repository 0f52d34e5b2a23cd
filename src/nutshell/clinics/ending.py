"""What ends with an administrator, or with a clinic: for erasing. The keys that sign for it are in no other hand. And
what has ended by itself: for the worker."""

from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.vault.keys import OwnerBundle
from nutshell.vault.sharing import clinics

from . import joining, keys, links, members, policy
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


def sweep() -> int:
    """For the worker: invitations that nobody can use any more, and what is left of memberships that are over. How
    many."""
    return joining.sweep(clock.now()) + clinics.sweep_left()
