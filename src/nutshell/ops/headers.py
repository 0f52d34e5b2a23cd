"""Security headers of every answer that Django gives. Caddy adds the same to what it answers itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .response_headers import API, PAGE

Answer = Callable[[HttpRequest], HttpResponse]


def page_headers(answer: Answer) -> Answer:
    return lambda request: _with(answer(request), PAGE)


def api_items(response: HttpResponse) -> list[tuple[str, str]]:
    """The answer's headers with the API's, as WSGI takes them. Views spell the names as they stand in the table."""
    return list({**API, **dict(response.items())}.items())


def _with(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
