"""What is answered instead of a page: one sentence each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell.common import errors

STRANGER = _(
    "This certificate belongs to no operator any more. `nutshell admin list` on the machine says who there is."
)
_EXPIRED = _("This form is too old. Go back, load the page anew and send it again.")
_ABSENT = _("There is no such page.")
_MALFORMED = _("This request cannot be read.")
_BROKEN = _("Something broke here. It is in admin.log; nothing was changed.")


def _said(request: HttpRequest, sentence: object, status: int) -> HttpResponse:
    return render(request, "admin/error.html", {"sentence": sentence}, status=status)


def refused(request: HttpRequest, sentence: object) -> HttpResponse:
    return _said(request, sentence, 403)


def failed(request: HttpRequest, error: errors.NutshellError) -> HttpResponse:
    """An expected failure, such as a key store that does not answer."""
    return _said(request, gettext(error.sentence) % error.params, error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's own signature
    return _said(request, _EXPIRED, 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _said(request, _MALFORMED, 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _said(request, _ABSENT, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _said(request, _BROKEN, 500)
