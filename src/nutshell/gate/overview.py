"""A look at many clients at once stands in each of their ledgers once a day, not with every reload of the page.

Kept in this process's memory, where no table can say that somebody has looked who has not: another process, or a
restart, writes one line more.
"""

from uuid import UUID

from nutshell.common import clock

from .types import Actor

_seen: dict[tuple[UUID | None, UUID, str], None] = {}
MOST = 100_000


def is_first(actor: Actor, owner: UUID, about: str) -> bool:
    """Whether this look is to be written down: the first of this member at this owner and these days, today."""
    look = actor.subject, owner, f"{clock.utc_day().isoformat()} {about}"
    if look in _seen:
        return False
    if len(_seen) >= MOST:
        _seen.clear()
    _seen[look] = None
    return True
