"""The report of somebody who shares the diary: means over a span with their coverage, targets, and the foods behind."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.diary import queries as diary
from nutshell.diary.addresses import day_address, last_days
from nutshell.gate import Purpose

from . import errors, nutrients, trends
from .frame import Visitor, page
from .owners import owner_of

SPANS = (7, 30, 90)


class Asked(NamedTuple):
    """What the form shows, and the report that it asked for; None where the form was wrong."""

    typed: dict[str, Any]
    query: forms.ReportQuery | None
    told: dict[str, str]


def their_report(request: HttpRequest, who: Visitor, subject: UUID) -> HttpResponse:
    """Only of the days that are shared. Raises NotFound for a stranger and for one's own, NoLongerShared."""
    gate.reaches(who.actor, subject, Purpose.DIARY_READ)
    asked = _asked(request, who.today())
    context = {
        "owner": owner_of(who, subject), "back_url": reverse("their_day", args=[subject, who.today()]), "theirs": True,
        "asked": asked.typed, "errors": asked.told,
        **(_report(who, subject, asked.query) if asked.query else {}), "spans": _spans(who.today(), asked.query),
    }  # fmt: skip
    return page(request, "web/their_report.html", "access", context, 422 if asked.told else 200)


def _asked(request: HttpRequest, today: Day) -> Asked:
    if not request.GET:
        query = _last(today, SPANS[0])
        return Asked(_typed(query), query, {})
    try:
        query = forms.parse_query(forms.ReportQuery, request.GET)
        diary.check_report_span(query.first, query.last)
    except InvalidInput as wrong:
        typed = {"first": request.GET.get("from", ""), "last": request.GET.get("to", "")}
        return Asked(typed, None, errors.fields_of(wrong))
    return Asked(_typed(query), query, {})


def _last(today: Day, length: int) -> forms.ReportQuery:
    return forms.ReportQuery(first=Day(today - timedelta(days=length - 1)), last=today)


def _typed(query: forms.ReportQuery) -> dict[str, Any]:
    return {"first": query.first.isoformat(), "last": query.last.isoformat(), "complete": query.complete}


def _report(who: Visitor, subject: UUID, query: forms.ReportQuery) -> dict[str, Any]:
    first, last = query.first, query.last
    length = (last - first).days + 1
    with gate.enter(who.actor, subject, Purpose.DIARY_READ, f"{first.isoformat()}/{last.isoformat()}") as vault:
        vault.read([day_address(one) for one in last_days(last, length)])
        aims = trends.shared_aims(vault, last)
        view = diary.day(vault, last, aims)
        further = reverse("their_trends", args=[subject])
        found = nutrients.report_of(who, vault, view, length, query.complete, aims, further)
    found["known"] |= {"fill_url": ""}
    return found


def _spans(today: Day, query: forms.ReportQuery | None) -> list[dict[str, Any]]:
    names = {7: gettext("7 days"), 30: gettext("30 days"), 90: gettext("90 days")}
    offered = [(names[length], _last(today, length)) for length in SPANS]
    return [
        {"name": name, "url": f"?from={one.first.isoformat()}&to={one.last.isoformat()}", "chosen": one == query}
        for name, one in offered
    ]
