"""This room's routes, for the root to include: allauth's pages under /account/, its app API under /api/auth/."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from . import views


@csrf_exempt
def absent(_request: HttpRequest) -> HttpResponse:
    """Parts of allauth's API that this installation does not have."""
    return JsonResponse({"status": 404}, status=404)


urlpatterns = [
    path("account/invitation/<str:secret>/", views.invitation, name="account_invitation"),
    path("account/", include("allauth.urls")),
    # No telephone numbers are kept, and allauth's views for them assume that an adapter keeps them.
    re_path(
        r"^api/auth/app/v1/(?:account/phone|auth/phone/.*|auth/code/.*|tokens/.*)$", absent, name="headless_absent"
    ),
    path("api/auth/", include("allauth.headless.urls")),
]
