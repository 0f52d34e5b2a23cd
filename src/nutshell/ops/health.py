"""What the load balancer asks each web process every second."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import draining


def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers; with 503 if it is about to end.

    It touches no database, so that a slow one does not take all nodes out at once.
    """
    if draining.mark(settings.NUTSHELL).exists():
        return HttpResponse(b"draining\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(b"ok\n", content_type="text/plain; charset=utf-8")
