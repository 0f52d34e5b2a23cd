"""What is asked of a web process: whether it lives, whether it wants work, and what of the product works."""

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import draining
from .status.looking import findings


def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers. It touches no database, so that a slow one does not take all nodes out at once."""
    return _said("ok")


def readyz(_request: HttpRequest) -> HttpResponse:
    """What the load balancer asks every second: 503 says that this process is about to end."""
    if draining.mark(settings.NUTSHELL).exists():
        return _said("draining", 503)
    return _said("ok")


def partz(_request: HttpRequest) -> HttpResponse:
    """For the status page: by part whether it works, null where nobody could look. Caddy keeps it inside."""
    return HttpResponse(msgspec.json.encode(findings()), content_type="application/json")


def _said(word: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{word}\n", status=status, content_type="text/plain; charset=utf-8")
