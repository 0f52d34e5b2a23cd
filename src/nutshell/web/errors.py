"""Expected failures as pages. Bad input goes back to its form (the views do that); everything else ends here."""

import sys
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from nutshell.common import errors
from nutshell.vault.away import is_away

from .look import Look
from .measures import told

WITH_SUPPORT_CODE = (errors.Tampered, errors.ConfigurationError)
"""Failures that a person cannot end alone; the code tells support which it is."""


def answer(request: HttpRequest, error: errors.NutshellError) -> HttpResponse:
    """The page for an error, or the way to what it asks for (sign-in, consent, opening, confirming who it is)."""
    way_on = _way_on(error)
    if way_on:
        return go(request, f"{way_on}?{urlencode({'next': _back_to(request)})}")
    if request.headers.get("HX-Request") and request.method != "GET":
        messages.error(request, sentence_of(error))
        return HttpResponseClientRedirect(_back_to(request))
    return error_page(request, error)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Leave for another page, as a whole page also where htmx asked for a part of one."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    response = redirect(url)
    response.status_code = 303
    return response


def _way_on(error: errors.NutshellError) -> str:
    if isinstance(error, errors.SignedOut):
        return reverse("account_login")
    if isinstance(error, errors.ConsentRequired):
        return reverse("consent", args=["health-data"])
    if isinstance(error, errors.Sealed):
        return reverse("unlock")
    if isinstance(error, errors.Frozen):
        return reverse("frozen")
    if isinstance(error, errors.StepUpRequired):
        return reverse("account_reauthenticate")
    return ""


def _back_to(request: HttpRequest) -> str:
    """The page to come back to: this one if it can be opened again, else the one that the form stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if shown.netloc != request.get_host() or not shown.path.startswith("/"):
        return reverse("today")
    return shown.path + (f"?{shown.query}" if shown.query else "")


def sentence_of(error: errors.NutshellError, look: Look | None = None) -> str:
    """The error's sentence in the page's language; for bad input the first about a field, in the person's units."""
    if isinstance(error, errors.InvalidInput):
        return next((told(text, look) for text in error.fields.values()), gettext(error.sentence))
    return gettext(error.sentence) % error.params if error.params else gettext(error.sentence)


def fields_of(error: errors.InvalidInput, look: Look | None = None) -> dict[str, str]:
    return {name: told(text, look) for name, text in error.fields.items()}


_TITLES = {
    "invalid-input": _("This cannot be kept as it is"),
    "malformed": _("This request could not be read"),
    "forbidden": _("This is not open to you"),
    "not-found": _("Nothing is here"),
    "no-longer-shared": _("No longer shared"),
    "conflict": _("This was changed meanwhile"),
    "precondition-failed": _("This was changed meanwhile"),
    "too-large": _("This is too large"),
    "too-many": _("Too many tries"),
    "tampered": _("Something does not match its seal"),
}


def error_page(request: HttpRequest, error: errors.NutshellError) -> HttpResponse:
    if isinstance(error, errors.Unavailable):
        return unavailable(request, error)
    code = error.code if isinstance(error, WITH_SUPPORT_CODE) else ""
    title = _TITLES.get(error.code, _("Something is not right"))
    shared = isinstance(error, errors.NoLongerShared)
    shown = {"error": {"title": title, "sentence": sentence_of(error), "code": code, "was_shared": shared}}
    return _no_store(render(request, "web/error.html", shown, status=error.status))


def unavailable(request: HttpRequest, error: errors.Unavailable) -> HttpResponse:
    """Drawn from nothing but this file's words: who is signed in could not be asked."""
    chosen = getattr(request, "LANGUAGE_CODE", None)  # absent where even the language could not be asked
    with translation.override(translation.get_language() if chosen else translation.get_language_from_request(request)):
        again = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        page = render_to_string("503.html", {"sentence": sentence_of(error), "again": again})
    response = HttpResponse(page, status=error.status)
    response["Retry-After"] = str(errors.RETRY_SECONDS)
    return _no_store(response)


# ---------- Django's own handlers ----------


def bad_request(request: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    return _handled(request, 400)


def forbidden(request: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    return _handled(request, 403)


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    return _handled(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    failure = sys.exc_info()[1]
    if isinstance(failure, errors.Unavailable):
        return unavailable(request, failure)
    if is_away(failure):
        return unavailable(request, errors.Unavailable())
    return _handled(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    return _no_store(render(request, "403_csrf.html", status=403))


def method_not_allowed(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    response = _handled(request, 404)
    response.status_code = 405
    response["Allow"] = ", ".join(methods)
    return response


def _handled(request: HttpRequest, status: int) -> HttpResponse:
    return _no_store(render(request, f"{status}.html", status=status))


def _no_store(response: Any) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    page: HttpResponse = response
    return page
