"""The root of all routes: health for the load balancer, then the doors."""

from django.urls import include, path

from nutshell.ops import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("api/v1/", include("nutshell.api.urls")),
    path("", include("nutshell.web.urls")),
    path("", include("nutshell.accounts.urls")),
]

handler400 = "nutshell.web.errors.bad_request"
handler403 = "nutshell.web.errors.forbidden"
handler404 = "nutshell.web.errors.not_found"
handler500 = "nutshell.web.errors.server_error"
