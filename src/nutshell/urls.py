"""The root of all routes: health for the load balancer, then the doors."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from nutshell.api import problems
from nutshell.ops import health
from nutshell.web import errors

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include("nutshell.api.urls")),
    path("", include("nutshell.web.urls")),
    path("", include("nutshell.accounts.urls")),
]


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    """Beside every route: `/api/v1/people/../..` is no page, whatever a client made of its dots."""
    return problems.unknown_path(request) if request.path.startswith("/api/") else errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever no view and no door answered, in the words of the door at which it was asked."""
    if request.path.startswith("/api/"):
        return problems.server_error(request)
    return errors.server_error(request)


handler400 = "nutshell.web.errors.bad_request"
handler403 = "nutshell.web.errors.forbidden"
handler404 = "nutshell.urls.not_found"
handler500 = "nutshell.urls.server_error"
