"""Reads: all clients at once."""

from datetime import timedelta
from uuid import UUID

from nutshell import gate
from nutshell.clinics import keys
from nutshell.clinics import queries as clinics
from nutshell.common.clock import Day
from nutshell.diary.adherence import adherence
from nutshell.gate import Actor

from .types import Caseload, Line

LONGEST = 31
"""Days."""


def caseload(actor: Actor, clinic: UUID, last: Day, days: int = 14) -> Caseload:
    """Who logged in the days that end with `last`, and how they kept to their targets.

    Each client whose diary is opened for it reads so in their ledger. Raises NotFound for who is no member,
    NoLongerShared, Forbidden for assistants.
    """
    first = Day(last - timedelta(days=min(days, LONGEST) - 1))
    about = f"{first.isoformat()}/{last.isoformat()}"
    opened = {one.client: one.vault for one in gate.enter_clients(actor, clinic, "diary", about)}
    found = {client: adherence(vault, first, last) for client, vault in opened.items()}
    listed = clinics.clients(keys.acting(actor, clinic))
    lines = [Line(one, found.get(one.id)) for one in listed]
    return Caseload(clinic, first.isoformat(), last.isoformat(), lines)
