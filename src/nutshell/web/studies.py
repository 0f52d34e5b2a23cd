"""Studies: a participant's pages. What would be sent is shown before anything is agreed to."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import policy
from nutshell.catalog.nutrients import BY_ID
from nutshell.common import errors as failures
from nutshell.common.errors import InvalidInput
from nutshell.studies import joining, published, queries
from nutshell.studies import policy as rules
from nutshell.studies.types import Read, StudyView, Taking, Window

from . import errors
from .frame import Visitor, page, see_other

STATES = {
    "accepted": _("Begins with your next page"), "active": _("You take part"), "paused": _("Paused"),
    "revoked": _("You withdrew"), "expired": _("Over"), "left": _("The study gave it up"),
    "erased": _("The study is gone"),
}  # fmt: skip
MOST_SHOWN = 14
"""Rows of the preview that stand on the page; all of them are counted."""


def studies(request: HttpRequest, who: Visitor) -> HttpResponse:
    context = {
        "taking": [{"study": one.study, "state_text": STATES[one.state]} for one in queries.takings(who.actor)],
        "founded": queries.founded(who.actor),
    }
    return page(request, "web/studies.html", "access", context)


def study(request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    part = _part(who, study_id)
    try:
        view = queries.study(who.actor, study_id)
    except failures.Tampered:
        return _altered(request, part)
    typed, told = _typed(request.GET, view, who), {}
    running = part is not None and part["state"] in rules.RUNNING
    try:
        preview = None if running else _preview(who, view, typed)
    except InvalidInput as wrong:
        preview, told = None, errors.fields_of(wrong)
    context = {
        "study": view, "nutrients": _named(view), "part": part, "typed": typed, "running": running,
        "preview": preview, "errors": told,
    }  # fmt: skip
    return page(request, "web/study.html", "access", context, 422 if told else 200)


def _altered(request: HttpRequest, part: dict[str, Any] | None) -> HttpResponse:
    """Of a study that is not as it was published only the own part is shown: it can be ended. Raises Tampered."""
    if part is None:
        raise failures.Tampered(published.ALTERED)
    running = part["state"] in rules.RUNNING
    context = {"study": part["study"], "part": part, "running": running, "nutrients": [], "errors": {}}
    return page(request, "web/study.html", "access", context, 409)


def _agree(request: HttpRequest, who: Visitor, study_id: UUID, wrong: InvalidInput | None = None) -> HttpResponse:
    view = queries.study(who.actor, study_id)
    context = {
        "study": view, "nutrients": _named(view), "typed": _typed(request.POST or request.GET, view, who),
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/study_agree.html", "access", context, 422 if wrong else 200)


def _typed(sent: QueryDict, view: StudyView, who: Visitor) -> dict[str, str]:
    first, last = _days(view, who)
    return {"first_day": sent.get("first_day", first), "last_day": sent.get("last_day", last)}


def _part(who: Visitor, study_id: UUID) -> dict[str, Any] | None:
    try:
        found: Taking = queries.taking(who.actor, study_id)
    except failures.NotFound:
        return None
    return {**msgspec.structs.asdict(found), "state_text": STATES[found.state], "at": who.look.local(found.at)}


def _days(view: StudyView, who: Visitor) -> tuple[str, str]:
    """What is offered: from today on, or all of the study's days where it is over or has not begun."""
    first = max(view.draft.first_day, min(who.today(), view.draft.last_day))
    return first.isoformat(), view.draft.last_day.isoformat()


def _named(view: StudyView) -> list[dict[str, str]]:
    return [{"id": one, "name": BY_ID[one].name, "unit": BY_ID[one].unit} for one in view.draft.nutrients]


def _preview(who: Visitor, view: StudyView, typed: dict[str, str]) -> dict[str, Any]:
    wish = forms.parse_form(forms.StudyWindow, _Typed(typed))
    rows = joining.preview(who.actor, view.id, Window(wish.first_day, wish.last_day))
    return {"count": len(rows), "rows": rows[-MOST_SHOWN:], "more": max(len(rows) - MOST_SHOWN, 0)}


class _Typed(dict[str, str]):
    """What a form's parser takes, of a plain dict."""

    def getlist(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


def take_part(request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    """What is agreed to, in full; then the agreement. It needs a fresh proof of who it is."""
    policy.check_fresh(request)
    if request.method != "POST":
        return _agree(request, who, study_id)
    try:
        wish = forms.parse_form(forms.TakePart, request.POST)
        read, window = Read(wish.version, wish.terms), Window(wish.first_day, wish.last_day)
        joining.take_part(who.actor, study_id, read, window)
    except InvalidInput as wrong:
        return _agree(request, who, study_id, wrong)
    messages.success(request, gettext("You take part. You can pause or withdraw at any moment."))
    return see_other("study", study_id)


def study_act(request: HttpRequest, who: Visitor, study_id: UUID, act: str) -> HttpResponse:
    """One of the page's forms. Raises NotFound for another act."""
    if act == "pause":
        joining.pause(who.actor, study_id)
        messages.success(request, gettext("Paused. Nothing of you is released until you go on."))
    elif act == "resume":
        joining.resume(who.actor, study_id)
        messages.success(request, gettext("It goes on."))
    elif act != "withdraw":
        raise failures.NotFound
    else:
        wish = forms.parse_form(forms.Withdraw, request.POST)
        joining.withdraw(who.actor, study_id, wish.wish)
        messages.success(request, gettext("You withdrew. The next release holds nothing of you."))
    return see_other("study", study_id)


def consent_copy(_request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    """The signed copy, as a file to keep."""
    body = msgspec.json.format(msgspec.json.encode(queries.copy(who.actor, study_id)), indent=2)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="consent.json"'
    return response


def approval_file(_request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    """The ethics committee's document: saved, never shown here, since somebody else made it."""
    response = HttpResponse(queries.approval_file(who.actor, study_id), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="ethics-approval.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
