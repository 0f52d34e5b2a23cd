"""Other people by name: whose data is looked at, and who changed mine."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from nutshell.accounts import queries as accounts
from nutshell.clinics import queries as clinics
from nutshell.targets.types import Changed

from .frame import Visitor


def owner_of(who: Visitor, subject: UUID) -> dict[str, Any]:
    """What they are called: by themselves, or by a clinic that they are a client of."""
    name = accounts.names_of([subject]).get(subject, "") or clinics.knows(who.actor, subject)
    return {"name": name, "is_known": bool(name)}


def changed_of(who: Visitor, changed: Changed | None) -> dict[str, Any]:
    """Who else made the targets that count now, and when; empty for one's own."""
    if changed is None:
        return {}
    name = accounts.names_of([changed.by]).get(changed.by) or gettext("Somebody")
    return {"name": name, "at": who.look.wall(datetime.fromtimestamp(changed.at, UTC))}
