"""One or two nutrients over weeks and months: lines that break where nothing is known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import gate
from nutshell.catalog.nutrients import BY_ID
from nutshell.common import clock
from nutshell.common.aims import Aim, Aims
from nutshell.common.clock import Day
from nutshell.common.errors import Forbidden
from nutshell.diary import queries as diary
from nutshell.diary.types import Series, Sum, Trends
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import charts, rows, words
from .frame import Visitor, page
from .measures import daily_unit
from .owners import owner_of

SPANS = (30, 90, 365)


def trends(request: HttpRequest, who: Visitor) -> HttpResponse:
    wanted, until = _wanted(request), who.today()
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        found = diary.trends(vault, wanted.first_day(until), until, wanted.nutrients)
        aims = targets.in_force(vault, until)
    return page(request, "web/trends.html", "trends", _context(who, wanted, found, aims))


def their_trends(request: HttpRequest, who: Visitor, subject: UUID) -> HttpResponse:
    """Of somebody who shares the diary: the days that they share, with their targets where they share those."""
    gate.reaches(who.actor, subject, Purpose.DIARY_READ)
    wanted, until = _wanted(request), who.today()
    first = wanted.first_day(until)
    with gate.enter(who.actor, subject, Purpose.DIARY_READ, f"{first.isoformat()}/{until.isoformat()}") as vault:
        found = diary.trends(vault, first, until, wanted.nutrients)
        aims = shared_aims(vault, until)
    context = {"owner": owner_of(who, subject), "back_url": reverse("their_day", args=[subject, until])}
    return page(request, "web/trends.html", "access", {**context, **_context(who, wanted, found, aims)})


def shared_aims(vault: OpenVault, day: Day) -> Aims:
    """Those in force on the day; none for whom the targets are not shared with."""
    try:
        return targets.in_force(vault, day)
    except Forbidden:
        return Aims()


class Wanted(NamedTuple):
    """One nutrient, perhaps another beside it ("" for none), over so many days."""

    first: str
    second: str
    length: int

    @property
    def nutrients(self) -> list[str]:
        return list(dict.fromkeys(name for name in (self.first, self.second) if name))

    def first_day(self, until: Day) -> Day:
        return Day(until - timedelta(days=self.length - 1))


def _wanted(request: HttpRequest) -> Wanted:
    first, second = request.GET.get("a", ""), request.GET.get("b", "")
    length = next((span for span in SPANS if request.GET.get("span") == str(span)), SPANS[0])
    return Wanted(first if first in BY_ID else "208", second if second in BY_ID else "", length)


def _context(who: Visitor, wanted: Wanted, found: Trends, aims: Aims) -> dict[str, Any]:
    logged = any(found.entries)
    return {
        "measures": _measures(wanted.first, wanted.second), "spans": _spans(*wanted),
        "tiles": [tile for name in wanted.nutrients for tile in _tiles(who, name, found)] if logged else [],
        "panels": [_panel(who, name, found, aims) for name in wanted.nutrients] if logged else [],
        "rows": _table(who, found) if logged else [],
    }  # fmt: skip


def _measures(first: str, second: str) -> list[dict[str, Any]]:
    groups = [
        {"name": rows.group_name(name), "options": [{"id": one.id, "name": words.name_of(one)} for one in some]}
        for name, some in rows.in_groups()
    ]
    nothing = {"name": gettext("None"), "options": [{"id": "", "name": gettext("Nothing")}]}
    return [
        {"name": "a", "label": gettext("Measure"), "value": first, "groups": groups},
        {"name": "b", "label": gettext("Beside it"), "value": second, "groups": [nothing, *groups]},
    ]


def _spans(first: str, second: str, length: int) -> list[dict[str, Any]]:
    names = {30: gettext("30 days"), 90: gettext("90 days"), 365: gettext("A year")}
    return [
        {"name": names[span], "url": f"?a={first}&b={second}&span={span}", "chosen": span == length} for span in SPANS
    ]


def _scaled(series: Series, factor: float) -> list[float | None]:
    return [None if amount is None else amount * factor for amount in series.amount]


def _tiles(who: Visitor, name: str, found: Trends) -> list[dict[str, Any]]:
    """Means over all logged days and over the complete ones, each with the days it rests on."""
    unit, factor = daily_unit(BY_ID[name], who.look)
    series = found.nutrients[name]
    whole = [place for place, done in enumerate(found.complete) if done]
    logged = [place for place, count in enumerate(found.entries) if count]
    told = ((whole, gettext("mean of %(n)d complete days")), (logged, gettext("mean of %(n)d days with entries")))
    tiles = [(_mean(series, places, factor), text) for places, text in told]
    name_text = words.name_of(BY_ID[name])
    return [
        {"value": value, "unit": unit, "text": f"{name_text}, {text % {'n': count}}"}
        for (value, count), text in tiles
        if count
    ]


def _mean(series: Series, places: Sequence[int], factor: float) -> tuple[Sum, int]:
    known = [(series.amount[place], series.coverage[place]) for place in places if series.amount[place] is not None]
    if not known:
        return Sum(None, 0.0), 0
    amounts, shares = zip(*known, strict=True)
    return Sum(sum(amounts) / len(amounts) * factor, sum(shares) / len(shares)), len(known)


def _panel(who: Visitor, name: str, found: Trends, aims: Aims) -> dict[str, Any]:
    unit, factor = daily_unit(BY_ID[name], who.look)
    amounts = _scaled(found.nutrients[name], factor)
    aim = next((aim for aim in aims.aims if aim.nutrient == name), Aim(name))
    values = [charts.DayValue(amount, done) for amount, done in zip(amounts, found.complete, strict=True)]
    chart = charts.line(values, _band(aim, factor), aim.maximum * factor if aim.maximum else None)
    dates = [clock.parse_day(day) for day in found.days]
    return {
        "id": name, "title": words.name_of(BY_ID[name]), "unit": unit, "summary": _summary(amounts, unit),
        "note": gettext("The line breaks over days of which nothing is known."), "chart": chart,
        "marks": [
            {"x": x, "anchor": anchor, "text": words.day_and_month(dates[place])} for x, anchor, place in chart.marks
        ],
    }  # fmt: skip


def _band(aim: Aim, factor: float) -> tuple[float, float] | None:
    """From the minimum to the maximum; around a target alone, its nearest twentieth."""
    if aim.minimum is None:
        return None
    low = aim.minimum * factor
    return (low, aim.maximum * factor) if aim.maximum else (low * 0.95, low * 1.05)


def _summary(amounts: Sequence[float | None], unit: str) -> str:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return gettext("Nothing is known of this in the span.")
    values = {"low": words.number(min(known), 1), "high": words.number(max(known), 1), "unit": unit}
    told = gettext("Between %(low)s and %(high)s %(unit)s; %(n)d of %(all)d days are known.")
    return told % {**values, "n": len(known), "all": len(amounts)}


def _table(who: Visitor, found: Trends) -> list[dict[str, Any]]:
    columns = [
        _scaled(series, daily_unit(BY_ID[name], who.look)[1]) for name, series in found.nutrients.items()
    ]  # fmt: skip
    return [
        {"label": words.short_day(clock.parse_day(day)), "values": [column[place] for column in columns]}
        for place, day in enumerate(found.days)
    ]
