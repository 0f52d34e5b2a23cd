"""Asking the data-protection officer, by session, of a frozen account, too."""

from django.conf import settings
from django.http import HttpRequest

from nutshell import forms
from nutshell.common.errors import ConsentRequired
from nutshell.gate.types import Actor
from nutshell.rights import actions, queries

from . import shapes
from .routing import Reply, Route


def requests(request: HttpRequest, caller: Actor) -> Reply:
    return _reply(caller)


def _reply(caller: Actor, status: int = 200) -> Reply:
    if caller.subject is None:
        raise ConsentRequired
    return Reply(shapes.Requests(queries.mine(caller)), status)


def ask(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.AskOfficer, request.body)
    actions.ask(caller, wish.kind, wish.text, settings.NUTSHELL.officers)
    return _reply(caller, 201)


def disagree(request: HttpRequest, caller: Actor) -> Reply:
    said = forms.parse_json(forms.Disagree, request.body)
    actions.disagree(caller, said.number, said.text, settings.NUTSHELL.officers)
    return _reply(caller, 201)


ROUTES = (
    Route("GET", "/account/requests", requests, "What I asked the data-protection officer, with the answers", "frozen",
          answers=shapes.Requests),
    Route("POST", "/account/requests", ask, "Ask the data-protection officer. Answered within a month", "frozen",
          takes=forms.AskOfficer, answers=shapes.Requests, status=201),
    Route("POST", "/account/requests/disagreement", disagree,
          "Disagree with an amendment that was not accepted: kept with the answer", "frozen", takes=forms.Disagree,
          answers=shapes.Requests, status=201),
)  # fmt: skip
