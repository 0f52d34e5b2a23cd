"""Pages of this room that allauth lacks: the list of sessions (its own keeps cookies in clear) and invitations."""

from allauth.account.internal.decorators import login_not_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nutshell.common import errors

from . import actions, invitations, queries
from .models import User
from .types import SessionInfo


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """The devices that are signed in; POST signs out all but this one."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    if request.method == "POST":
        actions.end_other_sessions(request.user.pk, request.session.handle)
        return redirect("usersessions_list")
    found = queries.sessions(request.user.pk, request.session.handle)
    lines = [_line(session) for session in found]
    context = {"sessions": lines, "session_count": len(lines), "show_last_seen_at": True}
    return render(request, "usersessions/usersession_list.html", context)


def _line(session: SessionInfo) -> dict[str, object]:
    return {
        "id": session.id,
        "user_agent": session.agent,
        "ip": session.address,
        "created_at": session.started_at,
        "last_seen_at": session.used_at,
        "is_current": session.is_current,
    }


@never_cache
@login_not_required
@require_safe
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of an invitation: on to sign-up with the address filled in; a dead link reads as an absent page."""
    try:
        invitations.take_up(request, secret)
    except errors.NotFound:
        return render(request, "404.html", status=404)
    return redirect("account_signup")
