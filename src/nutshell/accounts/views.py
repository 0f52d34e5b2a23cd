"""Where an invitation's link leads."""

from allauth.account.internal.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nutshell.common import errors

from . import invitations


@never_cache
@login_not_required
@require_safe
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of an invitation: on to sign-up with the address filled in; a dead link reads as an absent page."""
    try:
        invitations.take_up(request, secret)
    except errors.NotFound:
        raise Http404 from None
    return redirect("account_signup")
