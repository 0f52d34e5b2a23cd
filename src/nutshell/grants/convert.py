"""Between the terms that doors use and those that are signed."""

from datetime import UTC, datetime
from typing import get_args

from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.vault.sharing.owner import Terms as Stored

from .types import Mode, Relation, Terms

MODES: dict[str, Mode] = {"read": "read", "write": "write"}
RELATIONS: dict[str, Relation] = {one: one for one in get_args(Relation)}


def stored(terms: Terms) -> Stored:
    first, last = (day.isoformat() if day else "" for day in (terms.first_day, terms.last_day))
    expires_at = int(terms.expires_at.timestamp()) if terms.expires_at else 0
    return Stored(sorted(terms.collections), first, last, terms.mode, terms.purpose, terms.text, expires_at)


def shown(terms: Stored) -> Terms:
    """Raises Tampered for words that this version does not know."""
    if terms.mode not in MODES or terms.purpose not in RELATIONS:
        raise errors.Tampered
    return Terms(
        tuple(terms.collections), _day(terms.first_day), _day(terms.last_day), MODES[terms.mode],
        RELATIONS[terms.purpose], datetime.fromtimestamp(terms.expires_at, UTC) if terms.expires_at else None,
        terms.text_version,
    )  # fmt: skip


def _day(text: str) -> Day | None:
    return clock.parse_day(text) if text else None
