"""The report: every nutrient of a day or a span against its target, what gave it, what is not known."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import gate
from nutshell.catalog import names as food_names
from nutshell.catalog.nutrients import BY_ID
from nutshell.common.aims import Aims
from nutshell.common.clock import Day
from nutshell.diary import actions as diary_actions
from nutshell.diary import queries as diary
from nutshell.diary import totals, views
from nutshell.diary.addresses import day_address, last_days
from nutshell.diary.totals import Sums
from nutshell.diary.types import Entry, ReportGroup, ReportRow, Sum
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import day as day_page
from . import rows, words
from .frame import Visitor, page, see_other
from .measures import daily_unit

SPANS = {"7": 7, "30": 30}
MOST_FOODS = 4
MOST_MISSING = 8


class Report(NamedTuple):
    """Groups of rows with what they rest on: `entries` of `days` days, `known` the common share, 0 to 1."""

    groups: list[ReportGroup]
    entries: Sequence[Entry]
    sums: Sums
    days: int
    known: float | None


def today(request: HttpRequest, who: Visitor) -> HttpResponse:
    response = see_other("day_nutrients", who.today())
    response["Location"] += f"?{request.GET.urlencode()}" if request.GET else ""
    return response


def nutrients(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    length, complete = span_of(request)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        vault.read([*map(day_address, last_days(date, length)), *targets.addresses()])
        view = day_page.seen(vault, who, date)
        context = report_of(who, vault, view, length, complete, _against(vault, view, length))
    return page(request, "web/nutrients.html", "nutrients", {"day": day_page.shown_day(who, date), **context})


def _against(vault: OpenVault, view: views.DayView, length: int) -> Aims:
    return view.aims if length == 1 else targets.in_force(vault, view.date)


def span_of(request: HttpRequest) -> tuple[int, bool]:
    """How many days, and whether only the complete ones."""
    span, complete = request.GET.get("span", "day"), request.GET.get("complete") == "1"
    return SPANS.get(span, 30 if complete else 1), complete


def report_of(
    who: Visitor, vault: OpenVault, view: views.DayView, length: int, complete: bool, aims: Aims, trends_url: str = ""
) -> dict[str, Any]:
    """The report of the days that end with the view's, as the page shows it; a span is held against these aims.

    `trends_url`: where a row leads on to; one's own trends unless said.
    """
    further = trends_url or reverse("trends")
    report = _of_day(view) if length == 1 else _of_span(vault, view.date, length, complete, aims)
    return {
        "spans": _spans(length, complete), "span": _span_in_words(view.date, length, report),
        "known": _known(view, report, length),
        "columns": [
            [_group(who, group, report, further) for group in report.groups if group.name in column]
            for column in rows.COLUMNS
        ],
    }  # fmt: skip


def _of_day(view: views.DayView) -> Report:
    return Report(views.report(view), view.entries, view.sums, 1, view.known_share)


def _of_span(vault: OpenVault, date: Day, length: int, complete: bool, in_force: Aims) -> Report:
    """Means a day over the logged (or the complete) days, against the targets of the last one."""
    days = [diary_actions.read_day(vault, one) for one in last_days(date, length)]
    entries = [entry for one in days if one.complete or not complete for entry in one.entries]
    means = diary.averages(vault, Day(date - timedelta(days=length - 1)), date, complete)
    groups = diary.mean_report(means, in_force)
    shares = [mean.coverage for mean in means.nutrients if BY_ID[mean.id].in_sr28]
    return Report(groups, entries, totals.sums(entries), means.days, median(shares) if means.days else None)


def _spans(length: int, complete: bool) -> list[dict[str, Any]]:
    same, other = "&complete=1" * complete, int(not complete)
    offered = (
        (gettext("Day"), "?span=day", length == 1),
        (gettext("7 days"), f"?span=7{same}", length == 7),
        (gettext("30 days"), f"?span=30{same}", length == 30),
        (gettext("Complete days only"), f"?span={max(length, 7)}&complete={other}", complete),
    )
    return [{"name": name, "url": url, "chosen": chosen} for name, url, chosen in offered]


def _span_in_words(date: Day, length: int, report: Report) -> dict[str, Any]:
    if length == 1:
        return {"text": words.long_date(date), "is_day": True, "averages": ""}
    first = words.long_date(Day(date - timedelta(days=length - 1)))
    averages = gettext("Means a day over %(days)d of %(all)d days.") % {"days": report.days, "all": length}
    text = gettext("%(first)s to %(last)s") % {"first": first, "last": words.long_date(date)}
    return {"text": text, "is_day": False, "averages": averages}


def _known(view: views.DayView, report: Report, length: int) -> dict[str, Any]:
    found: dict[str, Any] = {"share": report.known, "why": "", "fill_url": "", "fill_text": ""}
    vague = max(view.incomplete, key=lambda entry: entry.energy or 0.0, default=None) if length == 1 else None
    if vague is not None:
        why = gettext("%(name)s has amounts that are not known, so sums are “at least”. Rows that know less say so.")
        found["why"] = why % {"name": vague.name}
        found["fill_url"] = day_page.entry_url(view.date, vague.id)
        found["fill_text"] = gettext("Describe %(name)s") % {"name": vague.name}
    return found


def _group(who: Visitor, group: ReportGroup, report: Report, trends_url: str) -> dict[str, Any]:
    return {
        "id": group.name,
        "name": rows.group_name(group.name),
        "score": rows.score(row.share for row in group.rows),
        "rows": [_row(who, row, report, trends_url) for row in group.rows],
    }


def _row(who: Visitor, row: ReportRow, report: Report, trends_url: str) -> dict[str, Any]:
    unit, factor = daily_unit(BY_ID[row.id], who.look)
    found = diary.contributors_of(report.entries, row.id, MOST_FOODS, report.sums)
    common = report.known or 0.0
    daily = factor / max(report.days, 1)
    red = row.over and rows.is_health_limit(row)
    return {
        "name": words.name_of(BY_ID[row.id]), "sub": rows.is_part(BY_ID[row.id]), "unit": unit,
        "known": row.coverage if row.amount is not None and row.coverage < common - 0.02 else None,
        "sum": Sum(None if row.amount is None else row.amount * factor, row.coverage), "share": row.share,
        "bar": rows.bar(row.amount, row.minimum, row.maximum, row.coverage, common, red),
        "warning": _warning(row, unit, factor) if red else "", "target_text": _target_text(row, unit, factor),
        "foods": [
            {"name": food_names.short(one.name, one.food_id), "amount": one.amount * daily, "share": one.share}
            for one in found.foods
        ],
        "missing": found.unknown[:MOST_MISSING] if row.amount is not None else [gettext("all foods")],
        "trend_url": f"{trends_url}?a={row.id}",
    }  # fmt: skip


def _warning(row: ReportRow, unit: str, factor: float) -> str:
    limit = f"{words.number((row.maximum or 0.0) * factor, 1)}\u202f{unit}"
    if row.supplement_only:
        taken = f"{words.number((row.from_supplements or 0.0) * factor, 1)}\u202f{unit}"
        return gettext("From supplements: %(taken)s. The limit is %(limit)s.") % {"taken": taken, "limit": limit}
    return gettext("Above the limit of %(limit)s.") % {"limit": limit}


def _target_text(row: ReportRow, unit: str, factor: float) -> str:
    bounds = (
        (row.minimum, row.origin, gettext("Target %(amount)s, %(origin)s.")),
        (row.maximum, row.maximum_origin, gettext("At most %(amount)s, %(origin)s.")),
    )
    return " ".join(
        said % {"amount": f"{words.number(bound * factor, 1)}\u202f{unit}", "origin": rows.origin_text(origin)}
        for bound, origin, said in bounds
        if bound is not None
    )
