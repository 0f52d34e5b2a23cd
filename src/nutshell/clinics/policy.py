"""What a role may do, and who may open what a client shares. The keys decide the rest."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.grants.policy import check_known
from nutshell.vault.types import CHARTS, CLIENTS, OFFICE, REACH, WRITABLE

from .sealed import Client, Emergency
from .types import Asked, Role

REACHES: dict[Role, tuple[str, ...]] = {
    "assistant": (CLIENTS,),
    "clinician": (CHARTS, CLIENTS, REACH),
    "administrator": (CHARTS, CLIENTS, OFFICE, REACH),
}
"""What a membership grants of the clinic's vault, by role. All of it for writing, but the keys themselves."""
WRITES: dict[Role, frozenset[str]] = {
    "assistant": frozenset((CLIENTS,)),
    "clinician": frozenset((CHARTS, CLIENTS)),
    "administrator": frozenset((CHARTS, CLIENTS)),
}
EMERGENCY = timedelta(hours=4)
"""How long an emergency opens a client to who is not on the team."""
MOST_CLIENTS = 2_000
MOST_MEMBERS = 200
MOST_EMERGENCIES = 100
"""Kept with one client, the latest."""
MOST_NOTES = 1_000
OPEN_FOR = timedelta(days=7)

_LAST = N_("A clinic needs an administrator. Make somebody else one first, or close the clinic.")
_TWICE = N_("You belong to this clinic already.")
_MANY = N_("This is more than a clinic can keep here.")
_ROLE = N_("Your role in this clinic does not allow this. Ask an administrator of the clinic.")
_NOT_ALLOWED = N_("This client has not agreed that others than their team open it in an emergency.")
_OFF_TEAM = N_("You are not on this client's team. Ask somebody who is to take you in.")
_ON_TEAM = N_("You are on this client's team and need no emergency.")
_SELF = N_("Somebody else has to look at this: not who opened it.")
_REVIEWED = N_("Somebody has looked at this already.")
_CHOOSE = N_("Choose at least one thing to ask for.")
_WRITE = N_("Only the diary, notes, targets and measurements can be opened for writing.")
_TEAM = N_("Choose members of this clinic who may open diaries.")


def role_of(collections: Iterable[str]) -> Role:
    """By what the keys reach."""
    reached = set(collections)
    if OFFICE in reached:
        return "administrator"
    return "clinician" if REACH in reached else "assistant"


def check_role(role: Role, *allowed: Role) -> None:
    """Raises errors.Forbidden for another."""
    if role not in allowed:
        raise errors.Forbidden(_ROLE)


def refuse_last() -> NoReturn:
    raise errors.Conflict(_LAST)


def refuse_twice() -> NoReturn:
    raise errors.Conflict(_TWICE)


def check_room(number: int, most: int) -> None:
    """Raises errors.Conflict where no more fits."""
    if number >= most:
        raise errors.Conflict(_MANY)


def check_team(team: Iterable[UUID], clinicians: Iterable[UUID]) -> None:
    if not set(team) <= set(clinicians):
        raise errors.InvalidInput({"team": _TEAM})


def check_asked(asked: Asked) -> None:
    """What a clinic may ask for. Raises errors.InvalidInput."""
    check_known(asked.collections)
    if not asked.collections:
        raise errors.InvalidInput({"collections": _CHOOSE})
    if asked.mode == "write" and not WRITABLE & set(asked.collections):
        raise errors.InvalidInput({"mode": _WRITE})


# ---------- which member sees which client ----------


def is_on_team(client: Client, member: UUID) -> bool:
    return not client.team or member in client.team


def check_on_team(client: Client, member: UUID) -> None:
    """Raises errors.Forbidden."""
    if not is_on_team(client, member):
        raise errors.Forbidden(_OFF_TEAM)


def emergency_of(client: Client, member: UUID) -> Emergency | None:
    """One that this member began and that is not over."""
    now = clock.now().timestamp()
    return next((one for one in client.emergencies if one.member == member and one.began <= now < one.until), None)


def lets_open(client: Client, member: UUID, writes: bool, allows_emergency: bool) -> bool:
    """Whether the clinic's own rule lets this member open the client. An emergency only lets read."""
    if is_on_team(client, member):
        return True
    return not writes and allows_emergency and emergency_of(client, member) is not None


def check_emergency(client: Client, member: UUID, allows_emergency: bool) -> None:
    """Raises errors.Conflict for who needs none, errors.Forbidden where the client has not agreed to any."""
    if is_on_team(client, member):
        raise errors.Conflict(_ON_TEAM)
    if not allows_emergency:
        raise errors.Conflict(_NOT_ALLOWED)


def check_review(emergency: Emergency, reviewer: UUID) -> None:
    """Raises errors.Conflict for one's own, and for a second review."""
    if emergency.member == reviewer:
        raise errors.Conflict(_SELF)
    if emergency.verdict is not None:
        raise errors.Conflict(_REVIEWED)
