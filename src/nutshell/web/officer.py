"""Asking the data-protection officer: one page, for a frozen account too, because it needs no keys."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.common.errors import Conflict, ConsentRequired, InvalidInput
from nutshell.gate import Actor
from nutshell.rights import actions, queries
from nutshell.rights.types import STATES, Request

from . import errors
from .frame import see_other

KINDS = {
    "question": _("A question"),
    "amendment": _("Something about me is wrong: correct it"),
    "objection": _("I object to how my data is used"),
    "complaint": _("A complaint"),
}


def requests(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _page(request, actor)
    try:
        wish = forms.parse_form(forms.AskOfficer, request.POST)
        number = actions.ask(actor, wish.kind, wish.text, settings.NUTSHELL.officers)
    except InvalidInput as wrong:
        return _page(request, actor, errors.fields_of(wrong), 422)
    except Conflict as many:
        return _page(request, actor, {"text": errors.sentence_of(many)}, many.status)
    messages.success(request, gettext("Your request has the number %(number)d.") % {"number": number})
    return see_other("requests")


def disagree(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What a person says to a denied amendment; it stays beside the answer."""
    try:
        said = forms.parse_form(forms.Disagree, request.POST)
        actions.disagree(actor, said.number, said.text, settings.NUTSHELL.officers)
    except InvalidInput as wrong:
        about = request.POST.get("number", "")
        return _page(request, actor, {f"{name}-{about}": said for name, said in errors.fields_of(wrong).items()}, 422)
    messages.success(request, gettext("Your statement is kept with the answer."))
    return see_other("requests")


def _page(request: HttpRequest, actor: Actor, told: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    if actor.subject is None:
        raise ConsentRequired
    told = told or {}
    shown: dict[str, Any] = {
        "kinds": list(KINDS.items()), "asked": [_shown(one, told) for one in queries.mine(actor)],
        "typed": request.POST, "frozen": actor.frozen, "errors": told,
    }  # fmt: skip
    return render(request, "web/requests.html", shown, status=status)


def _shown(one: Request, told: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one, "kind": KINDS[one.kind], "state": gettext(STATES[one.state]),
        "may_disagree": one.state == "denied" and not one.words.disagreement,
        "wrong": told.get(f"text-{one.number}", ""),
    }  # fmt: skip
