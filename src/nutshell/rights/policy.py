"""By when a request must be answered, and what may follow what. Pure."""

from calendar import monthrange
from datetime import datetime, timedelta

from .types import Kind, State

MONTHS = 1
"""GDPR article 12(3); an amendment's 60 days (45 CFR 164.526(b)(2)) are never shorter."""
MONTHS_LATER = 3
"""With the two months more that article 12(3) gives once, where the person is told why within the first."""
AMENDMENT_DAYS_LATER = 90
"""45 CFR 164.526(b)(2)(ii): 60 days and once 30 more. The shorter of this and the GDPR's counts."""
SOON = 0.75
"""Share of the time after which the officer is reminded."""
MOST_OPEN = 10
"""Requests of one person that wait at once."""
OUTCOMES: dict[Kind, tuple[State, ...]] = {
    "question": ("answered",), "objection": ("answered",), "complaint": ("answered",),
    "amendment": ("accepted", "denied"),
}  # fmt: skip


def due(made: datetime) -> datetime:
    return _months_after(made, MONTHS)


def due_later(kind: Kind, made: datetime) -> datetime:
    """By when, once the time was extended."""
    latest = _months_after(made, MONTHS_LATER)
    return min(latest, made + timedelta(days=AMENDMENT_DAYS_LATER)) if kind == "amendment" else latest


def _months_after(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day (Regulation 1182/71, article 3(2)(c))."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def stage(made: datetime, until: datetime, now: datetime) -> str:
    """ "", "soon" when most of the time is over, "missed" when all of it is."""
    if now > until:
        return "missed"
    return "soon" if now >= made + SOON * (until - made) else ""
