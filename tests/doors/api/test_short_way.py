"""The short way of bearer calls finds the same views, and says the same headers, as Django's own chain."""

import io

import pytest
from django.urls import resolve

from nutshell.api.routing import Route
from nutshell.api.urls import ROUTES, view_of
from nutshell.ops.response_headers import API
from nutshell.wsgi import application

pytestmark = pytest.mark.django_db(databases=["default", "records"])


def example(route: Route) -> str:
    return "/api/v1" + route.path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("address", sorted({example(route) for route in ROUTES}))
def test_the_table_finds_what_djangos_resolver_finds(address: str) -> None:
    found, expected = view_of(address), resolve(address)
    assert found.keywords == expected.kwargs
    assert found.func.__closure__[0].cell_contents == expected.func.__wrapped__.__closure__[0].cell_contents


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/diary//entries", "/api/v1/diary/2026-11-23/"])
def test_an_address_that_is_not_in_the_table_answers_a_problem(address: str) -> None:
    status, headers, body = asked(address)
    assert (status, headers["Content-Type"]) == ("404 Not Found", "application/problem+json")
    assert b"There is nothing here." in body


def test_every_answer_of_the_short_way_carries_the_security_headers() -> None:
    for address, expected in (
        ("/healthz", "200 OK"),
        ("/readyz", "200 OK"),
        ("/partz", "200 OK"),
        ("/api/v1/diary/2026-11-23", "401 Unauthorized"),
    ):
        status, headers, _ = asked(address)
        assert status == expected
        assert {name: headers[name] for name in API} == API


def asked(address: str) -> tuple[str, dict[str, str], bytes]:
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "443", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "https",
        "HTTP_AUTHORIZATION": "Bearer nut_unknown",
    }  # fmt: skip
    said: list = []
    body = b"".join(application(environ, lambda status, headers: said.append((status, dict(headers)))))
    return (*said[0], body)
