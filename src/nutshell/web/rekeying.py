"""New keys: what that ends, and the act. A sealed account makes a new recovery code on the way."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from nutshell import forms
from nutshell.accounts import policy, rekeying, sealing
from nutshell.common.errors import InvalidInput

from . import errors
from .frame import Visitor, page, see_other


def new_keys(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Needs a fresh proof: it decides who can open the diary from now on."""
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return _page(request, who)
    if request.POST.get("act") == "code":
        return _page(request, who, code=sealing.new_code(request))
    try:
        wish = forms.parse_form(forms.RenewKeys, request.POST)
        rekeying.renew(request, who.actor, wish.recovery_code, wish.password)
    except InvalidInput as wrong:
        return _page(request, who, wrong=wrong)
    messages.success(request, gettext("You have new keys. What the old ones opened is closed."))
    return see_other("settings")


def _page(request: HttpRequest, who: Visitor, code: str = "", wrong: InvalidInput | None = None) -> HttpResponse:
    shown = {"sealed": sealing.state_of(who.actor).sealed, "code": code, "typing": bool(code or wrong)}
    told = errors.fields_of(wrong) if wrong else {}
    return page(request, "web/new_keys.html", "settings", {"keys": shown, "errors": told}, 422 if wrong else 200)
