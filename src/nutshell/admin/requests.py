"""What people ask of the officer: the list with its clocks, one request with its words, and the officer's acts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from nutshell.common import errors
from nutshell.rights import actions, policy, queries
from nutshell.rights.types import STATES, Request

from .door import operator_of
from .numbers import number_of

KINDS = {
    "question": _("question"), "objection": _("objection"), "amendment": _("amendment"), "complaint": _("complaint"),
}  # fmt: skip
STAGES = {"soon": _("due soon"), "missed": _("late")}
DO = {"answered": _("Answer"), "accepted": _("Accept the amendment"), "denied": _("Do not accept it")}


@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """All of them, or with `?number=` one, which is recorded as read."""
    if "number" in request.GET:
        return _one(request, number_of(request.GET["number"]))
    found = [
        {
            "line": line, "kind": KINDS[line.kind], "state": gettext(STATES[line.state]),
            "stage": STAGES.get(line.stage, ""),
        }
        for line in queries.register()
    ]  # fmt: skip
    return render(request, "admin/requests.html", {"place": "requests", "found": found})


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """One of the officer's acts. What was typed comes back with the sentence that says why it did not count."""
    number, text = number_of(request.POST.get("number", "")), request.POST.get("text", "")
    try:
        _act(request, number, request.POST.get("act", ""), text)
    except errors.InvalidInput as wrong:
        return _one(request, number, {"error": gettext(wrong.fields["text"]), "typed": text}, 422)
    except errors.Conflict as conflict:
        return _one(request, number, {"error": gettext(conflict.sentence), "typed": text}, 409)
    return _one(request, number, {"done": gettext("It is stored, and the person is told.")})


def _act(request: HttpRequest, number: int, act: str, text: str) -> None:
    operator = operator_of(request)
    if act in DO:
        actions.answer(number, act, text, operator.actor, operator.name)  # type: ignore[arg-type]
    elif act == "extend":
        actions.extend(number, text, operator.actor)
    elif act == "rebut":
        actions.rebut(number, text, operator.actor)
    else:
        raise errors.Malformed


def _one(request: HttpRequest, number: int, said: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    found = actions.read(number, operator_of(request).actor)
    context = {
        "place": "requests", "found": found, "kind": KINDS[found.kind], "state": gettext(STATES[found.state]),
        "acts": _acts(found), **(said or {}),
    }  # fmt: skip
    return render(request, "admin/request.html", context, status=status)


def _acts(found: Request) -> list[tuple[str, Any]]:
    """What the officer may do now: the word that is sent, and what stands on its button."""
    if found.state == "open":
        some: list[tuple[str, Any]] = [(outcome, DO[outcome]) for outcome in policy.OUTCOMES[found.kind]]
        return some if found.extended_at else [*some, ("extend", _("Take longer, and say why"))]
    if found.words.disagreement and not found.words.rebuttal:
        return [("rebut", _("Answer the disagreement"))]
    return []
