"""What surrounds allauth's views: answers that take the same time, guesses counted before they are checked,
and garbage answered with 400 instead of a server error.
"""

import json
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import Login
from allauth.core.internal.ratelimit import respond_429
from allauth.core.internal.sessionkit import get_session_user
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import get_resolver, reverse
from django.utils.translation import gettext

from nutshell.common import errors

from . import guesses, policy, signing_in
from .adapters import display
from .models import User
from .sessions import SessionStore

Answer = Callable[[HttpRequest], HttpResponseBase]

EVEN_SECONDS = 0.25
EVEN = frozenset(
    (
        "account_signup",
        "account_signup_by_passkey",
        "account_reset_password",
        "headless:app:account:signup",
        "headless:app:account:request_password_reset",
        "headless:app:mfa:signup_webauthn",
    )
)
"""Views whose answer must not tell by its time whether an account exists: it is held back to whole quarters of a
second. The work itself is alike on both sides; this hides the rest."""
TOLD_BEFORE_LOOKING = frozenset((400, 403, 405, 413, 429))
"""Answers given before anybody looks for an account: holding them back would let a few requests a second, which no
limit counts, stop a web process."""

FACTOR_VIEWS = frozenset(
    (
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "headless:app:mfa:authenticate",
        "headless:app:mfa:reauthenticate",
        "headless:app:mfa:authenticate_webauthn",
        "headless:app:mfa:reauthenticate_webauthn",
    )
)
PASSWORD_VIEWS = frozenset(("account_change_password", "headless:app:account:change_password"))
"""Views that check the old password themselves, past the adapter. A changed password forgives what was counted."""
FIRST_PASSWORD_VIEWS = frozenset(("account_set_password", "headless:app:account:change_password"))
"""Where somebody who signs in by passkey alone gives themselves a password, with no old one to show."""

_GARBAGE = (RecursionError, TypeError, ValueError, KeyError, AttributeError, OverflowError)
_UNCHECKED = ("webauthn", "signup/passkey", "auth/password/reset")
"""Parts of paths whose views hand a client's JSON or key to code that raises whatever comes."""


def even(answer: Answer) -> Answer:
    """Middleware, outside of all that takes time: holds the answers of the views above back."""

    def held_back(request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = answer(request)
        if request.method == "POST" and _view(request) in EVEN and response.status_code not in TOLD_BEFORE_LOOKING:
            hold_back(started)
        return response

    return held_back


def hold_back(started: float) -> None:
    """Sleep until a whole number of quarters of a second have passed since `started` (monotonic)."""
    spent = time.monotonic() - started
    time.sleep(-spent % EVEN_SECONDS)


class Guard:
    """Middleware around allauth's pages and its API; nothing else is touched."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._answer(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Counts a guess at a factor or an old password before anything checks it; a first password needs a proof."""
        view = _view(request)
        if request.method != "POST" or view not in FACTOR_VIEWS | PASSWORD_VIEWS | FIRST_PASSWORD_VIEWS:
            return None
        user = _guessed_at(request)
        if user is None:
            return None
        if view in FIRST_PASSWORD_VIEWS and not user.has_usable_password():
            return None if policy.is_fresh(request) else _unproved(request)
        return _refused(request, view, user)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Only where the room's own doors are: the other doors word their failures themselves."""
        if not request.path.startswith(("/account/", "/api/auth/")):
            return None
        if isinstance(exception, errors.NutshellError):
            return _failure(request, exception)
        return _problem(HTTPStatus.BAD_REQUEST, errors.Malformed()) if _is_garbage(request, exception) else None


def _failure(request: HttpRequest, error: errors.NutshellError) -> HttpResponse:
    """An expected failure (no key store, no place for hashing) with its own status. A page that would draw who is
    signed in cannot be drawn without the key store: then the sentence alone.
    """
    if request.path.startswith("/api/"):
        return _problem(error.status, error)
    if isinstance(error, errors.Sealed):
        return redirect(f"{reverse('unlock')}?{urlencode({'next': request.path})}")
    try:
        page: HttpResponse = get_resolver().resolve_error_handler(500)(request)
    except errors.NutshellError:
        page = HttpResponse(gettext(error.sentence), content_type="text/plain; charset=utf-8")
    page.status_code = error.status
    return page


def _view(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _unproved(request: HttpRequest) -> HttpResponse:
    """Whoever found an open session must not make it theirs by setting a password of their own."""
    if request.path.startswith("/api/"):
        return _problem(errors.StepUpRequired.status, errors.StepUpRequired())
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")


def _refused(request: HttpRequest, view: str, user: User) -> HttpResponse | None:
    password = view in PASSWORD_VIEWS
    target = guesses.of_password(display(user)) if password else guesses.of_factors(user.pk)
    return None if guesses.take(target) else _too_many(request)


def _guessed_at(request: HttpRequest) -> User | None:
    """Who is signed in by this request's session, or waits there for the second factor.

    By the session that the view will act for: the app's views know the header alone, pages the cookie alone.
    """
    by_app = request.path.startswith("/api/")
    store = SessionStore(request.headers.get(signing_in.SESSION_TOKEN)) if by_app else request.session
    user = get_session_user(store)
    if user is None and isinstance(pending := store.get(LOGIN_SESSION_KEY), dict):
        user = Login.deserialize(pending).user
    return user if isinstance(user, User) else None


def _too_many(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _problem(HTTPStatus.TOO_MANY_REQUESTS, errors.TooMany())
    return respond_429(request)


def _is_garbage(request: HttpRequest, exception: Exception) -> bool:
    parsed = any(part in request.path for part in _UNCHECKED)
    if isinstance(exception, RecursionError) or (parsed and isinstance(exception, _GARBAGE)):
        return True
    return isinstance(exception, ValueError) and request.path.startswith("/api/") and not _is_json(request.body)


def _is_json(body: bytes) -> bool:
    """allauth knows what is badly formed, but not that Python reads no number of more than 4,300 digits."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _problem(status: int, error: errors.NutshellError) -> HttpResponse:
    said = gettext(error.sentence) % error.params
    answer = JsonResponse({"status": status, "errors": [{"message": said}]}, status=status)
    if status == errors.Unavailable.status:
        answer["Retry-After"] = str(errors.RETRY_SECONDS)
    return answer
