"""The register of incidents with its clocks, and one incident's timeline. To read: what is done, the command does."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from nutshell.common import clock
from nutshell.incidents import clocks, notices, queries
from nutshell.incidents.types import Entry, Reading, Record

from .numbers import number_of


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """All of them, or with `?number=` one."""
    known, now = clocks.read(settings.NUTSHELL.incident_clocks), clock.now()
    if "number" in request.GET:
        record = queries.record(number_of(request.GET["number"]))
        return render(request, "admin/incident.html", _shown(record, clocks.readings(record, known, now)))
    found = [_line(record, readings) for record, readings in queries.register(known, now)]
    return render(request, "admin/incidents.html", {"place": "incidents", "found": found})


def _line(record: Record, readings: list[Reading]) -> dict[str, Any]:
    """`next` is when the first of the clocks that run is due, None where none runs."""
    due = [reading.due for reading in readings if reading.verdict == "running" and reading.due]
    missed = sum(reading.verdict == "missed" for reading in readings)
    return {"record": record, "state": _state(record), "missed": missed, "next": min(due, default=None)}


def _state(record: Record) -> str:
    return {
        "open": gettext("open"), "contained": gettext("contained"), "closed": gettext("closed"),
        "altered": gettext("altered"),
    }[record.state]  # fmt: skip


def _shown(record: Record, readings: list[Reading]) -> dict[str, Any]:
    return {
        "place": "incidents", "record": record, "state": _state(record), "clocks": list(map(_clock, readings)),
        "entries": list(map(_entry, record.entries)), "notices": notices.counts(record),
    }  # fmt: skip


def _clock(reading: Reading) -> dict[str, Any]:
    words = {
        "met": gettext("met"), "missed": gettext("missed"), "running": gettext("running"),
        "not due": gettext("not begun"),
    }  # fmt: skip
    return {
        "clock": reading.clock,
        "due": reading.due,
        "word": words[reading.verdict],
        "bad": reading.verdict == "missed",
    }


def _entry(entry: Entry) -> dict[str, Any]:
    said = "; ".join(
        f"{name.replace('_', ' ')}: {value}" for name, value in entry.said.items() if value not in ("", None)
    )
    moment: datetime = entry.moment
    return {"sequence": entry.sequence, "kind": entry.kind, "at": moment, "actor": entry.actor, "said": said}
