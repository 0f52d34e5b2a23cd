"""Which language pages speak: the person's setting; before sign-in what a visitor chose, or else the browser asks for.

The cookie carries it to pages that know nobody's settings: before sign-in, and those of the accounts' room.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from nutshell import forms

COOKIE_SECONDS = 365 * 24 * 3600


def remember(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=COOKIE_SECONDS, secure=True, httponly=True,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )  # fmt: skip


def remember_of(request: HttpRequest, response: HttpResponse) -> None:
    """The language of whose page this is, where their browser carries another."""
    look = getattr(request, "look", None)
    if look is not None and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != look.language:
        remember(response, look.language)


def chosen(request: HttpRequest) -> HttpResponse:
    """A visitor's choice, back on the page where it was made."""
    wish = forms.parse_form(forms.ChooseLanguage, request.POST)
    response = HttpResponseRedirect(_back(request, wish.next))
    response.status_code = 303
    remember(response, wish.language)
    return response


def _back(request: HttpRequest, wanted: str) -> str:
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=True)
    return iri_to_uri(wanted) if safe else "/"
