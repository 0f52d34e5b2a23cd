"""Taking everything along as one file, and bringing such a file back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext

from nutshell.accounts import policy
from nutshell.accounts import queries as accounts
from nutshell.archives import actions, queries
from nutshell.archives.types import Brought
from nutshell.common import clock
from nutshell.common.errors import InvalidInput, TooLarge
from nutshell.gate import Actor

from . import errors
from .frame import Visitor, page, see_other


def account_export(request: HttpRequest, who: Visitor) -> HttpResponse:
    """The file is the answer: nothing of it stays here."""
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return page(request, "web/export.html", "settings", {})
    return answered(request, who.actor, who.today())


def answered(request: HttpRequest, actor: Actor, today: clock.Day) -> HttpResponse:
    """The file; of a frozen account as well, which is when some people want it."""
    policy.check_rate(request, actor.user_id, "export")
    made = queries.export(accounts.to_take_along(request, actor), today, actor.frozen)
    name = f'attachment; filename="nutshell-{clock.utc_day().isoformat()}.zip"'
    return HttpResponse(made, content_type="application/zip", headers={"Content-Disposition": name})


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
