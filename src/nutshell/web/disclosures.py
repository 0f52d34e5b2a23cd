"""To whom something of the diary was opened in six years: a page, and a file to take along."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell.common import clock
from nutshell.gate import disclosures as accounting
from nutshell.gate.disclosures import Disclosure

from .access_people import NAMES, PURPOSES
from .frame import Visitor, page

_WHAT = {"notes": _("Notes"), "emergency": _("Opened in an emergency"), **NAMES}


def disclosures(request: HttpRequest, who: Visitor) -> HttpResponse:
    found = accounting.summed(accounting.lines(who.actor, clock.now()))
    return page(request, "web/disclosures.html", "access", {"disclosures": [_row(who, one) for one in found]})


def _row(who: Visitor, one: Disclosure) -> dict[str, Any]:
    return {
        "recipient": one.recipient or gettext("Somebody whose account is gone"), "grant": one.label,
        "what": str(_WHAT.get(one.what, one.what)), "writes": one.writes,
        "purpose": str(dict(PURPOSES).get(one.purpose, "")), "times": one.times,
        "first": who.look.wall(one.first), "last": who.look.wall(one.last),
    }  # fmt: skip


def file(request: HttpRequest, who: Visitor) -> HttpResponse:  # noqa: ARG001 - every view is given the request
    """Each of them on a line, in the person's zone."""
    table = accounting.as_csv(accounting.lines(who.actor, clock.now()), ZoneInfo(who.look.zone))
    name = f'attachment; filename="nutshell-disclosures-{clock.utc_day().isoformat()}.csv"'
    media = "text/csv; charset=utf-8; header=present"
    return HttpResponse(table, content_type=media, headers={"Content-Disposition": name})
