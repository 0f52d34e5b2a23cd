"""Errors as problem documents (RFC 9457). The only place where this door words a failure."""

import logging
import secrets
import sys

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from nutshell.common import errors
from nutshell.vault.away import is_away

log = logging.getLogger("nutshell.api")
CONTENT_TYPE = "application/problem+json"


class Problem(msgspec.Struct, omit_defaults=True):
    """`type` is the error's code, `detail` one sentence that says what to do, `fields` a sentence a field."""

    type: str
    title: str
    status: int
    detail: str = ""
    fields: dict[str, str] = {}


def response(request: HttpRequest, error: errors.NutshellError) -> HttpResponse:
    """The problem document of an expected failure, in the language that the client asked for."""
    with _language_of(request):
        fields = {name: gettext(text) for name, text in getattr(error, "fields", {}).items()}
        detail = gettext(error.sentence) % error.params if error.params else gettext(error.sentence)
        return _document(Problem(error.code, gettext(type(error).sentence), error.status, detail, fields))


def _language_of(request: HttpRequest) -> translation.override:
    return translation.override(translation.get_language_from_request(request))


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    with _language_of(request):
        detail = gettext("It takes %(methods)s.") % {"methods": allowed}
        answer = _document(
            Problem("method-not-allowed", gettext("This address does not take that method."), 405, detail)
        )
    answer["Allow"] = allowed
    return answer


@csrf_exempt
def unknown_path(request: HttpRequest, **_: str) -> HttpResponse:
    """What every address of this door answers that is not in the table."""
    return response(request, errors.NotFound())


def unexpected(request: HttpRequest, route: str, failure: BaseException | None) -> HttpResponse:
    """A failure nobody foresaw: its type and the route go to the log under a code, nothing of it to the caller."""
    code = secrets.token_hex(4)
    log.error("unexpected %s at %s, support code %s", type(failure).__name__, route, code, exc_info=failure)
    with _language_of(request):
        title = gettext("Something went wrong on our side.")
        detail = gettext("Nothing was lost. If it happens again, tell support: %(code)s.") % {"code": code}
    return _document(Problem("internal", title, 500, detail))


def server_error(request: HttpRequest) -> HttpResponse:
    """What fails around a view: in a session, or in the accounts' own API."""
    failure = sys.exc_info()[1]
    if isinstance(failure, errors.NutshellError):
        return response(request, failure)
    if is_away(failure):
        return response(request, errors.Unavailable())
    return unexpected(request, request.method or "", failure)


def _document(problem: Problem) -> HttpResponse:
    answer = HttpResponse(msgspec.json.encode(problem), content_type=CONTENT_TYPE, status=problem.status)
    answer["Cache-Control"] = "no-store"
    if problem.status == errors.Unavailable.status:
        answer["Retry-After"] = str(errors.RETRY_SECONDS)
    if problem.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="nutshell"'
    return answer
