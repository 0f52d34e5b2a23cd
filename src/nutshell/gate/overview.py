"""A look at many clients at once stands in each of their ledgers once a day, not with every reload of the page.

Kept in this process's memory, where no table can say that somebody has looked who has not: another process, or a
restart, writes one line more.
"""

from uuid import UUID

from nutshell.common import clock

from .types import Actor

Look = tuple[UUID | None, UUID, UUID | None, str]

_seen: dict[Look, None] = {}
MOST = 100_000


def look_of(actor: Actor, owner: UUID, grant: UUID | None, about: str) -> Look:
    """What makes two looks of a day the same one: who looked, at whose, under which grant, at what."""
    return actor.subject, owner, grant, f"{clock.utc_day().isoformat()} {about}"


def is_told(look: Look) -> bool:
    return look in _seen


def keep(look: Look) -> None:
    """It stands in the owner's ledger."""
    if len(_seen) >= MOST:
        _seen.clear()
    _seen[look] = None
