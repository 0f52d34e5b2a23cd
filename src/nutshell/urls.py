"""The root of all routes: health for the load balancer, then the doors."""

from django.urls import include, path

from nutshell.ops import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("api/v1/", include("nutshell.api.urls")),
    path("", include("nutshell.accounts.urls")),
]
