"""Another's diary, under their grant: one day with its nutrients. It never looks like one's own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from nutshell import gate
from nutshell.accounts import queries as accounts
from nutshell.common import errors
from nutshell.common.aims import Aims
from nutshell.common.clock import Day
from nutshell.diary import queries as diary
from nutshell.diary.views import DayView
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import day as day_page
from . import nutrients, rows
from .frame import Visitor, page


def day(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    with gate.enter(who.actor, subject, Purpose.DIARY_READ, date.isoformat()) as vault:
        view = diary.day(vault, date, _aims(vault, date))
    name = accounts.names_of([subject]).get(subject, "")
    return page(request, "web/theirs.html", "access", _context(who, view, subject, name))


def _aims(vault: OpenVault, date: Day) -> Aims:
    """Of a day that keeps none: theirs of now, where they share them."""
    try:
        return targets.in_force(vault, date)
    except errors.Forbidden:
        return Aims()


def _context(who: Visitor, view: DayView, subject: UUID, name: str) -> dict[str, Any]:
    report = nutrients.of_day(view)
    return {
        "owner": {"name": name, "is_known": bool(name)},
        "day": _shown_day(who, view.date, subject) | {"is_empty": not view.entries},
        "energy": day_page.energy_of(view),
        "macros": day_page.macros_of(view),
        "meals": [day_page.meal_of(meal, view.date, None) for meal in view.meals if meal.entries],
        "columns": [
            [nutrients.group_of(who, group, report) for group in report.groups if group.name in column]
            for column in rows.COLUMNS
        ],
    }


def _shown_day(who: Visitor, date: Day, subject: UUID) -> dict[str, Any]:
    """As of one's own, but its neighbours are their days."""
    shown = day_page.shown_day(who, date)
    for name, step in (("previous", -1), ("next", 1)):
        beside = day_page.neighbour(date, step)
        shown[name] = {**shown[name], "url": reverse("their_day", args=[subject, beside])}
    return shown
