"""Signing in with the second factor, and out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from nutshell.common import errors
from nutshell.operators import actions

from .door import COOKIE, operator_of


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The certificate said who it is; the code of the operator's app says that they sit there."""
    operator = operator_of(request)
    if request.method != "POST":
        return render(request, "admin/sign_in.html", {"operator": operator})
    try:
        secret = actions.sign_in(operator.id, request.POST.get("code", ""))
    except errors.InvalidInput as wrong:
        context = {"operator": operator, "error": gettext(wrong.fields["code"])}
        return render(request, "admin/sign_in.html", context, status=422)
    answer = redirect("overview")
    answer.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="Strict")
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    actions.sign_out(operator_of(request).id, request.COOKIES.get(COOKIE, ""))
    answer = redirect("sign_in")
    answer.delete_cookie(COOKIE)
    return answer
