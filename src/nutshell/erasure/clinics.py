"""What goes with a clinic, with a profile that it kept, and with its last administrator: what both doors call."""

from uuid import UUID

from nutshell.accounts.types import Actor
from nutshell.caseload import actions as caseloads
from nutshell.clinics import ending, held, joining
from nutshell.grants.types import Terms

from . import actions


def close(actor: Actor, clinic: UUID) -> None:
    """Erase a clinic with all that it keeps; its clients' grants end. Raises NotFound, Forbidden for all but
    administrators."""
    for subject, keys in ending.of_clinic(actor, clinic):
        actions.close_account(subject, keys)


def close_all_alone(actor: Actor) -> None:
    """Before an administrator's own keys go: the clinics that nobody else could administer."""
    for acting in ending.administered_alone(actor):
        close(actor, acting.clinic)


def remove_profile(actor: Actor, clinic: UUID, client: UUID) -> None:
    """Erase the diary of a client without an account. Raises NotFound, Forbidden for all but administrators."""
    subject, keys = held.keys_to_remove(actor, clinic, client)
    actions.close_account(subject, keys)
    held.forget(actor, clinic, client)


def join(actor: Actor, invitation: UUID, secret: str, wish: Terms, emergency: bool, take_over: bool) -> UUID:
    """Share with a clinic. The profile that it kept is taken over first, and erased: nothing that the clinic held opens
    any more. That is ordered as soon as all of it is the client's, so that an interruption does not leave it there.

    The grant's id. Raises NotFound for a dead link, InvalidInput, Conflict, Tampered.
    """
    joining.check(actor, invitation, secret, wish, emergency)
    kept = caseloads.take_over(actor, invitation, secret) if take_over else None
    if kept is not None:
        actions.order(*kept)
    grant_id = joining.join(actor, invitation, secret, wish, emergency)
    if kept is not None:
        actions.close_account(*kept)
    return grant_id
