"""Taking everything along as one file, and bringing such a file back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext, ngettext

from nutshell.accounts import policy
from nutshell.accounts import queries as accounts
from nutshell.archives import actions, jobs
from nutshell.archives.types import Brought
from nutshell.common import clock
from nutshell.common.errors import Conflict, ConsentRequired, InvalidInput, Malformed, NotFound, TooLarge
from nutshell.gate import Actor

from . import errors
from .frame import Visitor, page, see_other


def account_export(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Order a file, see how far it is, fetch it, or throw it away; of a frozen account as well."""
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return _export_page(request, actor)
    return _export_act(request, actor, request.POST.get("act", "make"))


def _export_act(request: HttpRequest, actor: Actor, act: str) -> HttpResponseBase:
    if act == "fetch":
        return _fetched(request, actor)
    if act == "drop":
        jobs.drop(actor)
    elif act == "make":
        policy.check_rate(request, actor.user_id, "export")
        jobs.start(request.session, accounts.to_take_along(request, actor), clock.utc_day())
    else:
        raise Malformed
    return see_other("account_export")


def _fetched(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """By a form and no link: it ends what waits, so nothing may load it beforehand."""
    try:
        parts = jobs.fetch(request.session, actor)
    except NotFound:
        return see_other("account_export")
    except Conflict as wrong:
        return _export_page(request, actor, {"act": errors.sentence_of(wrong)})
    name = f'attachment; filename="nutshell-{clock.utc_day().isoformat()}.zip"'
    return StreamingHttpResponse(parts, content_type="application/zip", headers={"Content-Disposition": name})


def _export_page(request: HttpRequest, actor: Actor, told: dict[str, str] | None = None) -> HttpResponse:
    if actor.subject is None:
        raise ConsentRequired
    shown = {"job": jobs.state(request.session, actor), "frozen": actor.frozen, "errors": told or {}}
    return render(request, "web/export.html", shown, status=409 if told else 200)


def account_import(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _import_page(request)
    policy.check_rate(request, who.actor.user_id, "import")
    sent = request.FILES.get("file")
    try:
        brought = actions.bring_back(who.actor, sent.read() if sent else b"", who.today())
    except InvalidInput as wrong:
        return _import_page(request, errors.fields_of(wrong))
    except TooLarge as wrong:
        return _import_page(request, {"file": errors.sentence_of(wrong)})
    messages.success(request, _told(brought))
    return see_other("account_import")


def _import_page(request: HttpRequest, told: dict[str, str] | None = None) -> HttpResponse:
    shown: dict[str, Any] = {"errors": told or {}}
    return page(request, "web/import.html", "settings", shown, 422 if told else 200)


def _told(brought: Brought) -> str:
    if brought == Brought(0, 0, 0, 0):
        return gettext("Everything in this file was here already.")
    entries = ngettext("%(n)d entry", "%(n)d entries", brought.entries) % {"n": brought.entries}
    days = ngettext("%(n)d day", "%(n)d days", brought.days) % {"n": brought.days}
    foods = ngettext("%(n)d own food", "%(n)d own foods", brought.foods) % {"n": brought.foods}
    notes = ngettext("%(n)d note", "%(n)d notes", brought.notes) % {"n": brought.notes}
    return gettext("Brought back: %(what)s.") % {"what": ", ".join((entries, days, foods, notes))}
