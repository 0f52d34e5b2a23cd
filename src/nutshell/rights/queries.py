"""Reads: one's own requests, and for the officer all of them without their words."""

from datetime import datetime
from typing import NamedTuple, cast

from nutshell.accounts.types import Actor
from nutshell.common import clock

from . import policy, rows
from .models import RequestRow
from .types import Kind, Request, State

ANSWERED = 100
"""How many answered requests the officer's list goes back."""


class Line(NamedTuple):
    """A request in the officer's list. `stage`: "", "soon" or "missed" while it is open."""

    number: int
    kind: Kind
    state: State
    due_at: datetime
    stage: str


def mine(actor: Actor) -> list[Request]:
    """My requests, the last first; of a frozen account, too. Raises Tampered."""
    if actor.subject is None:
        return []
    return [rows.opened(row) for row in RequestRow.objects.filter(subject_id=actor.subject).order_by("-number")]


def register() -> list[Line]:
    """Open ones first, by when they are due, then the last answered."""
    found = RequestRow.objects.defer("sealed")
    waiting, done = found.filter(state="open").order_by("due_at"), found.exclude(state="open").order_by("-answered_at")
    return [_line(row) for row in (*waiting, *done[:ANSWERED])]


def _line(row: RequestRow) -> Line:
    stage = policy.stage(row.made_at, row.due_at, clock.now()) if row.state == "open" else ""
    return Line(row.number, cast(Kind, row.kind), cast(State, row.state), row.due_at, stage)
