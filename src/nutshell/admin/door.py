"""Who comes in: an operator's certificate first, then a signed-in session of that same operator."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve

from nutshell.common.errors import NutshellError
from nutshell.operators import queries
from nutshell.operators.types import OperatorInfo

from .errors import STRANGER, failed, refused

COOKIE = "__Host-operator"
CERTIFICATE = "nutshell.certificate"
"""Where the listener puts the SHA-256 of the certificate that the connection was made with (ops.admin_process)."""
BEFORE_SIGN_IN = frozenset(("sign_in", "asset"))


class Door:
    """Middleware, the last before a view: whatever is not let in here reaches none."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            turned_away = _turned_away(request)
        except NutshellError as error:
            return failed(request, error)
        return turned_away or self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return failed(request, error) if isinstance(error, NutshellError) else None


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """None for an operator who may go on."""
    operator = queries.by_certificate(request.META.get(CERTIFICATE, b""))
    if operator is None:
        return refused(request, STRANGER)
    request.operator = operator  # type: ignore[attr-defined]
    if resolve(request.path_info).view_name in BEFORE_SIGN_IN:
        return None
    signed_in = queries.is_signed_in(operator.id, request.COOKIES.get(COOKIE, ""))
    return None if signed_in else redirect("sign_in")


def operator_of(request: HttpRequest) -> OperatorInfo:
    """Whom the door let in."""
    found: OperatorInfo = request.operator  # type: ignore[attr-defined]
    return found
