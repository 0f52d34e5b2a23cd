"""The document describes what the door does."""

import json

import pytest
from django.test import Client
from django.urls import get_resolver
from tests.doors.api.conftest import Caller

from nutshell.api.urls import ROUTES


def test_the_document_is_served_and_names_every_route():
    answer = Caller()("GET", "/openapi.json")
    assert answer.status_code == 200
    document = json.loads(answer.content)
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, f"/api/v1{route.path}") for route in ROUTES}


def test_every_reference_in_the_document_leads_somewhere():
    document = json.loads(Caller()("GET", "/openapi.json").content)
    text = json.dumps(document)
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= set(document["components"]["schemas"])


def test_an_unknown_address_answers_a_problem_document():
    answer = Caller()("GET", "/no/such/thing")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_wrong_method_names_the_right_ones():
    answer = Caller()("DELETE", "/diary/2026-11-23")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, PATCH"


def test_no_route_of_the_resolver_is_missing_from_the_table():
    (api,) = [one for one in get_resolver().url_patterns if str(one.pattern) == "api/v1/"]
    named = {pattern.name for pattern in api.url_patterns if pattern.name not in (None, "openapi")}
    assert named == {route.path for route in ROUTES}


@pytest.mark.parametrize("path", ["/api/", "/api/v2/diary", "/api/v1/", "/api/v1/nothing"])
@pytest.mark.parametrize("method", ["get", "patch", "post"])
def test_an_address_beside_the_api_is_told_as_the_api_tells_it(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
