"""What the load balancer asks each web process every second."""

from django.http import HttpRequest, HttpResponse


def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers. It touches no database, so that a slow disk does not take all nodes out at once."""
    return HttpResponse(b"ok\n", content_type="text/plain; charset=utf-8")
