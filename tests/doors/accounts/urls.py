"""The product's routes, and stand-ins for pages of the web door that templates link to."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from nutshell.urls import urlpatterns as product

NAMES = ("home", "today", "today_add", "nutrients", "trends", "foods", "you", "access", "settings", "keyboard")
MORE = ("privacy", "security", "settings_profile", "settings_targets", "settings_keys", "account_close", "token_new", "manifest")


def blank(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [*product, *(path("" if name == "home" else f"{name}/", blank, name=name) for name in NAMES + MORE)]
