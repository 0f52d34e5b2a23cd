"""People's accounts: inviting, disabling, enabling. Nothing here shows who has one."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nutshell.common import errors
from nutshell.operators import actions, queries

from .door import operator_of

SIGN_UP_DAYS = 30


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    return _page(request, {})


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """The link appears once, on this very answer."""
    return _done(request, "invite", _invited)


@require_POST
def disable(request: HttpRequest) -> HttpResponse:
    return _done(request, "disable", _disabled)


@require_POST
def enable(request: HttpRequest) -> HttpResponse:
    return _done(request, "enable", _enabled)


Said = dict[str, object]


def _invited(email: str, actor: str) -> Said:
    return {"link": f"{settings.NUTSHELL.origin}/account/invitation/{actions.invite(email, actor)}/"}


def _disabled(email: str, actor: str) -> Said:
    actions.disable(email, actor)
    return {"done": gettext("Disabled. Its sessions and tokens have ended.")}


def _enabled(email: str, actor: str) -> Said:
    actions.enable(email, actor)
    return {"done": gettext("It can sign in again.")}


def _done(request: HttpRequest, act: str, do: Callable[[str, str], Said]) -> HttpResponse:
    """Do it as the operator who sits there; the page says how it went, and which form it was."""
    email = request.POST.get("email", "").strip()
    try:
        said = do(email, operator_of(request).actor)
    except errors.InvalidInput as wrong:
        return _refused(request, act, email, " ".join(map(gettext, wrong.fields.values())))
    except errors.NotFound:
        return _refused(request, act, email, gettext(actions.NO_ACCOUNT))
    except errors.Conflict as conflict:
        return _refused(request, act, email, gettext(conflict.sentence))
    return _page(request, {"act": act, **said})


def _refused(request: HttpRequest, act: str, typed: str, sentence: str) -> HttpResponse:
    return _page(request, {"act": act, "typed": typed, "error": sentence}, 422)


def _page(request: HttpRequest, said: Said, status: int = 200) -> HttpResponse:
    context = {"place": "accounts", "sign_ups": queries.sign_ups(SIGN_UP_DAYS), **said}
    return render(request, "admin/accounts.html", context, status=status)
