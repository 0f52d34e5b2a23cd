"""For the worker: people are told of answers, the officer of what is nearly due, and more people of what is late."""

from datetime import timedelta

from nutshell.accounts import mail
from nutshell.common import clock
from nutshell.common.officers import Officers

from . import policy
from .actions import tell_officers
from .models import RequestRow

KEPT = timedelta(days=2190)
"""Six years after the answer, as 45 CFR 164.530(j) keeps what documents a person's requests."""


def tell() -> int:
    """Whoever asked is told, without its words, that the officer did something. How many were told."""
    return sum(_told(row) for row in RequestRow.objects.filter(untold=True).defer("sealed"))


def _told(row: RequestRow) -> bool:
    if not RequestRow.objects.filter(id=row.id, untold=True).update(untold=False):
        return False  # another worker's
    mail.notify_subject(row.subject_id, "request-extended" if row.state == "open" else "request-answered")
    return True


def remind(officers: Officers) -> int:
    """Each stage of each request once, by whichever worker is first. How many mails' worth were told."""
    return sum(_reminded(row, officers) for row in RequestRow.objects.filter(state="open").defer("sealed"))


def _reminded(row: RequestRow, officers: Officers) -> bool:
    stage = policy.stage(row.made_at, row.due_at, clock.now())
    if stage in ("", row.reminded):
        return False
    if not RequestRow.objects.filter(id=row.id, state="open", reminded=row.reminded).update(reminded=stage):
        return False
    people = officers.dpo if stage == "soon" else dict.fromkeys((*officers.dpo, *officers.privacy))
    tell_officers(row, stage, tuple(people))
    return True


def sweep() -> int:
    """Remove answered requests whose time is over. How many."""
    return RequestRow.objects.exclude(state="open").filter(answered_at__lte=clock.now() - KEPT).delete()[0]
