"""How everything is: parts, tasks, nodes that may open diaries, the audit trail. And freezing, in one step."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nutshell.audit import checkpoints
from nutshell.audit.verification import verify
from nutshell.common import clock, errors
from nutshell.operators import policy, queries
from nutshell.operators.types import Report
from nutshell.vault import installation
from nutshell.vault.keystore.types import ALL_NODES, NodeState

from . import front
from .door import operator_of


class Line(NamedTuple):
    """One row of a list: `state` is "good", "bad" or "" (nothing to say), in words in `word`."""

    name: str
    sub: str
    word: str
    state: str


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    """No secret goes to this node any more. Sessions that are open go on with what it holds."""
    done = installation.client().freeze(_node(request), operator_of(request).id)
    return _page(request, done=gettext("Frozen.") if done else gettext("It was frozen already."))


@require_POST
def unfreeze(request: HttpRequest) -> HttpResponse:
    done = installation.client().unfreeze(_node(request), operator_of(request).id)
    return _page(request, done=gettext("Answered again.") if done else gettext("It was not frozen by itself."))


def _node(request: HttpRequest) -> str:
    """One that the key store knows, or all. Raises Malformed for what the page did not offer."""
    node = request.POST.get("node", "")
    if node != ALL_NODES and node not in [state.name for state in installation.client().nodes()]:
        raise errors.Malformed
    return node


@require_POST
def verify_trail(request: HttpRequest) -> HttpResponse:
    """Recompute the tree from every leaf and compare it with every checkpoint."""
    findings = verify(installation.client(), settings.NUTSHELL.checkpoints)
    return _page(request, verified=True, findings=[f"{finding.code} {finding.where}" for finding in findings])


def _page(request: HttpRequest, **said: Any) -> HttpResponse:
    reports = queries.reports()
    nodes = _nodes()
    context = {
        "place": "overview", "parts": _parts(reports, nodes is not None), "tasks": _tasks(reports),
        "nodes": [_node_line(state) for state in nodes or []], "all_nodes": ALL_NODES,
        "all_frozen": any(state.name == ALL_NODES and state.frozen_since for state in nodes or []),
        "trail": _trail(), **said,
    }  # fmt: skip
    return render(request, "admin/overview.html", context)


def _nodes() -> list[NodeState] | None:
    """None where the key store does not answer."""
    try:
        return installation.client().nodes()
    except errors.Unavailable:
        return None


def _node_line(state: NodeState) -> dict[str, Any]:
    name = gettext("All nodes") if state.name == ALL_NODES else state.name
    return {"id": state.name, "name": name, "frozen": state.frozen_since, "limit": state.limit}


def _parts(reports: list[Report], key_store: bool) -> list[Line]:
    """What is asked by the console itself, then what a worker says that it reached."""
    own = [
        (gettext("Accounts (database)"), True),  # else there would be no page
        (gettext("Key store"), key_store),
        (gettext("Web pages, through the load balancer"), front.answers(settings.NUTSHELL)),
    ]
    words = {"records": gettext("Records (database)"), "mail": gettext("Mail server")}
    theirs = [
        (words.get(part, part), good, report.worker)
        for report in reports
        if not policy.is_silent(report, clock.now())
        for part, good in sorted(report.parts.items())
    ]
    return [
        *(_line(name, gettext("asked by this page"), good) for name, good in own),
        *(_line(name, gettext("asked by %(worker)s") % {"worker": worker}, good) for name, good, worker in theirs),
    ]


def _line(name: str, sub: str, good: bool) -> Line:
    return Line(name, sub, gettext("answers") if good else gettext("does not answer"), "good" if good else "bad")


def _tasks(reports: list[Report]) -> list[dict[str, Any]]:
    """By worker: whether it is there, and each of its tasks."""
    now = clock.now()
    return [
        {"worker": report.worker, "at": report.at, "silent": policy.is_silent(report, now),
         "lines": [_task(report, number) for number in range(len(report.tasks))]}
        for report in reports
    ]  # fmt: skip


def _task(report: Report, number: int) -> dict[str, Any]:
    task = report.tasks[number]
    if policy.is_stuck(task, report.at):
        word, state = gettext("stuck"), "bad"
    elif task.failure:
        word, state = gettext("failed"), "bad"
    elif task.finished_at is None:
        word, state = gettext("not yet"), ""
    else:
        word, state = gettext("done"), "good"
    return {"name": task.name, "at": task.finished_at, "failure": task.failure, "word": word, "state": state}


def _trail() -> dict[str, Any]:
    """The newest checkpoint outside the databases."""
    try:
        last = checkpoints.last(settings.NUTSHELL.checkpoints)
    except errors.Tampered:
        return {"unreadable": True}
    if last is None:
        return {}
    return {"size": last.checkpoint.size, "at": datetime.fromtimestamp(last.checkpoint.at, UTC)}
