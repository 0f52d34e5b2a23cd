"""The caseload: all clients of a clinic, those first who need attention."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nutshell.caseload import queries
from nutshell.caseload.types import Line
from nutshell.catalog.nutrients import BY_ID
from nutshell.clinics import keys, members
from nutshell.clinics import queries as clinics
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.diary.adherence import Adherence, DayMark, Off

from . import words
from .clinics import frame_of, told_of
from .frame import Visitor, page
from .look import initials
from .templatetags.nutshell import goal, with_unit

DAYS = 7
QUIET = 3
"""Days without entries after which a client is worth a look."""
SOON = timedelta(days=30)
"""An access that ends within it is told."""
MOST_OFF = 2
TICK = 66.67
"""Where a bar's target stands, in percent of its width."""
SHOWN = (
    ("", _("All")), ("off", _("Off target")), ("quiet", _("Quiet for 3 days")), ("ending", _("Ending soon")),
    ("invited", _("Invited")),
)  # fmt: skip
_STATES = {
    "listed": _("Not asked yet"), "invited": _("Invited"), "paused": _("Paused by the client"),
    "ended": _("Shares no more"), "held": _("Held by the clinic"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A client in the table."""

    line: Line
    off: bool
    quiet: bool
    ending: bool

    def is_shown(self, show: str) -> bool:
        if show == "invited":
            return self.line.client.state == "invited"
        return not show or {"off": self.off, "quiet": self.quiet, "ending": self.ending}.get(show, False)

    def weight(self) -> tuple[int, str]:
        """Who needs attention first; then by name."""
        found = self.line.client
        return -(3 * self.quiet + 2 * self.off + self.ending + bool(_unseen(found))), found.name.casefold()


def clinic(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    acting = keys.acting(who.actor, clinic)
    altered = members.settle(acting)
    today = who.today()
    if acting.role == "assistant":
        lines = [Line(one, None) for one in clinics.clients(acting)]
    else:
        lines = queries.caseload(who.actor, clinic, today, DAYS).lines
    rows = [_row(line) for line in lines]
    show, query, group = (request.GET.get(name, "") for name in ("show", "q", "group"))
    shown = [one for one in rows if one.is_shown(show) and _is_found(one, query, group)]
    context = {
        **frame_of(acting, "caseload"), **told_of(altered), "query": query, "number": len(rows), "group": group,
        "span": _span(today), "week_title": _week_title(today),
        "filters": [
            {"name": name, "number": sum(one.is_shown(id_) for one in rows), "here": id_ == show,
             "url": f"?show={id_}" if id_ else "?"}
            for id_, name in SHOWN
        ],
        "groups": sorted({one.line.client.group for one in rows if one.line.client.group}, key=str.casefold),
        "rows": [_shown(who, clinic, one) for one in sorted(shown, key=Row.weight)],
    }  # fmt: skip
    return page(request, "web/caseload.html", "clinics", context)


def _is_found(row: Row, query: str, group: str) -> bool:
    found = row.line.client
    return query.casefold() in f"{found.name} {found.group}".casefold() and (not group or found.group == group)


def _row(line: Line) -> Row:
    done = line.adherence
    ends = line.client.until
    quiet = done is not None and not any(one.entries for one in done.days[-QUIET:])
    ending = ends is not None and clock.now() < ends <= clock.now() + SOON
    return Row(line, bool(done and (done.off or _is_off(done))), quiet, ending)


def _is_off(done: Adherence) -> bool:
    """Energy: judged on enough days, and mostly not kept."""
    return done.judged >= QUIET and done.kept * 2 < done.judged


def _unseen(client: Any) -> list[Any]:
    return [one for one in client.emergencies if one.verdict is None]


def _span(today: Day) -> str:
    first = Day(today - timedelta(days=DAYS - 1))
    return gettext("%(first)s to %(last)s") % {"first": words.short_day(first), "last": words.short_day(today)}


def _week_title(today: Day) -> str:
    first = Day(today - timedelta(days=DAYS - 1))
    return gettext("Logged, %(first)s to %(last)s") % {"first": words.weekday(first), "last": words.weekday(today)}


def _shown(who: Visitor, clinic: UUID, row: Row) -> dict[str, Any]:
    found, done = row.line.client, row.line.adherence
    return {
        "name": found.name, "initials": initials(found.name), "url": reverse("client", args=[clinic, found.id]),
        "sub": " · ".join(text for text in (found.group, str(_STATES.get(found.state, ""))) if text),
        "marks": [_mark(one) for one in done.days] if done else [], "week_text": _week_text(done) if done else "",
        "energy": _energy(done) if done else None, "tags": _tags(row),
        "until": who.look.date_of(found.until - timedelta(days=1)) if found.until else None,
        "closed": found.state == "active" and not found.open_to_me,
    }  # fmt: skip


def _mark(one: DayMark) -> str:
    if not one.entries:
        return "d0"
    return "d2" if one.complete else "d1"


def _week_text(done: Adherence) -> str:
    complete = sum(one.complete for one in done.days if one.entries)
    told = gettext("%(complete)d complete, %(partly)d partly, %(none)d without entries")
    return told % {"complete": complete, "partly": done.logged - complete, "none": len(done.days) - done.logged}


def _energy(done: Adherence) -> dict[str, Any] | None:
    """Mean of the days that have both energy and a target; None where there is none."""
    if done.energy is None or done.target is None:
        return None
    return {
        "mean": done.energy, "target": done.target, "days": done.judged,
        "percent": f"{min(100.0, TICK * done.energy / done.target):.1f}",
        "hatched": any(not one.entries or not one.complete for one in done.days),
    }  # fmt: skip


def _tags(row: Row) -> list[dict[str, Any]]:
    found, done = row.line.client, row.line.adherence
    told: list[tuple[str, bool]] = []
    if done and row.quiet:
        told.append((_quiet_text(done), True))
    if done and _is_off(done):
        off = ngettext("Energy off on %(n)d day", "Energy off on %(n)d days", done.judged - done.kept)
        told.append((off % {"n": done.judged - done.kept}, True))
    told += [(_off_text(one), True) for one in (done.off[:MOST_OFF] if done else ())]
    if _unseen(found):
        told.append((gettext("An emergency to look at"), True))
    if row.ending:
        told.append((gettext("Ends soon"), False))
    return [{"text": text, "warn": warn} for text, warn in told]


def _quiet_text(done: Adherence) -> str:
    if done.last is None:
        return gettext("Quiet all week")
    since = Day(clock.parse_day(done.last) + timedelta(days=1))
    return gettext("Quiet since %(day)s") % {"day": words.weekday(since)}


def _off_text(one: Off) -> str:
    name = words.name_of(BY_ID[one.nutrient])
    if one.over:
        told = {"name": name, "amount": with_unit(one.amount, one.unit), "limit": goal(one.limit, one.unit)}
        return gettext("%(name)s %(amount)s, at most %(limit)s") % told
    told = {"name": name, "percent": f"{100 * one.amount / one.limit:.0f}"}
    return gettext("%(name)s %(percent)s %% of target") % told
