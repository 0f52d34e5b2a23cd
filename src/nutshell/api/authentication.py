"""Who calls: a bearer token, an app's session token, or the browser's session cookie. One answer for all: an Actor."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from nutshell.accounts import queries as accounts
from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.gate.types import Actor

BEARER = "Bearer "
SESSION_TOKEN = "X-Session-Token"  # noqa: S105 - a header's name


def caller_of(request: HttpRequest, caller: str) -> Actor | None:
    """The actor of this request, as the route wants it ("anyone", "bearer", "session"; "frozen": a session, of a frozen
    account, too). Raises SignedOut, Frozen."""
    if caller == "anyone":
        return None
    if caller in ("session", "frozen"):
        return _session_actor(request, caller == "frozen")
    text = request.META.get("HTTP_AUTHORIZATION", "")
    if text.startswith(BEARER):
        return accounts.token_actor(text[len(BEARER) :].strip())
    return _session_actor(request)


def _session_actor(request: HttpRequest, even_frozen: bool = False) -> Actor:
    token = request.headers.get(SESSION_TOKEN)
    if token:
        return accounts.app_session_actor(token, even_frozen)
    actor = accounts.session_actor(request, even_frozen)
    _check_same_site(request)
    return actor


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG002 - Django's signature
        raise errors.Forbidden(N_("This request did not come from a page of this site."))


def _check_same_site(request: HttpRequest) -> None:
    """A cookie is sent by any page, so an unsafe request with one must carry the form token."""
    _Csrf(_unreached).process_view(request, _unreached, (), {})


_unreached: Callable[..., HttpResponse] = HttpResponse
