"""What somebody has to look at now and then: weeks of activity, consents by version, and how old the evidence is."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nutshell.accounts.queries import consent_counts
from nutshell.activity import actions, measuring, queries
from nutshell.activity.types import span_of
from nutshell.common import clock, errors
from nutshell.compliance.shown import is_stale, shown

from .door import operator_of


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """All weeks, or with `?week=` one."""
    if "week" in request.GET:
        return _week(request, request.GET["week"])
    found = shown()
    evidence = {"at": found.at, "stale": is_stale(found, clock.now())} if found else None
    context = {"weeks": queries.weeks(), "consents": consent_counts(), "evidence": evidence}
    return render(request, "admin/activity.html", {"place": "activity", **context})


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    week, word = request.POST.get("week", ""), request.POST.get("word", "")
    try:
        actions.look(week, word, operator_of(request).actor)
    except errors.InvalidInput as wrong:
        return _week(request, week, {"error": gettext(wrong.fields["word"]), "typed": word}, 422)
    except errors.Conflict as conflict:
        return _week(request, week, {"error": gettext(conflict.sentence)}, 409)
    return _week(request, week, {"done": gettext("It is written down that you looked.")})


def _week(request: HttpRequest, week: str, said: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """Raises NotFound for what is no week, or none that was reviewed."""
    try:
        found = queries.week(span_of(week).week)
    except errors.InvalidInput:
        raise errors.NotFound from None
    what = {measure.id: measure.what for measure in measuring.read(settings.NUTSHELL.activity_measures)}
    lines = [(line, what.get(line.measure, line.measure)) for line in found.review.lines]
    lines.sort(key=lambda one: not one[0].over)
    context = {"place": "activity", "found": found, "lines": lines, "totals": found.review.totals, **(said or {})}
    return render(request, "admin/week.html", context, status=status)
