# ruff: noqa: E501 - the name of a test is a sentence
"""Schema-driven fuzzing of the whole API of the running product (req-39)."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.security.requirements.people import EGG, Person
from tests.stack import Stack

from nutshell.api import openapi
from nutshell.api.urls import ROUTES

pytestmark = pytest.mark.stack
DOCUMENT = openapi.document(ROUTES)
ENDS_THE_ACCOUNT = {("DELETE", "/api/v1/account"), ("DELETE", "/api/v1/consents/{document}")}
CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
)  # fmt: skip
EXAMPLES = 40
seen: dict[str, int] = {}


@pytest.fixture(scope="module")
def alice(stack: Stack) -> Iterator[Person]:
    person = Person(stack, "fuzzed@example.org").agree()
    person.app("POST", "/diary/2026-11-23/entries", {"food_id": EGG, "amount": 50, "unit": "g"})
    yield person
    print(f"req-39: {sum(seen.values())} calls of {len(seen)} operations")


def _sendable(value: str) -> str:
    """Without what HTTP forbids in a header (RFC 9110, 5.5): the server in front refuses it before any door."""
    return "".join(sign for sign in str(value) if sign.isprintable())


schema = schemathesis.openapi.from_dict(DOCUMENT)


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_req_39_every_operation_answers_as_the_document_says(
    case: schemathesis.Case, stack: Stack, alice: Person
) -> None:
    operation = (case.operation.method.upper(), case.operation.path)
    headers = {"X-Session-Token": alice.cookie}
    if operation in ENDS_THE_ACCOUNT:
        headers = {"X-Session-Token": "A" * 43}
    case.headers = {name: _sendable(value) for name, value in (case.headers or {}).items()}
    seen[" ".join(operation)] = seen.get(" ".join(operation), 0) + 1
    case.call_and_validate(base_url=stack.url, verify=str(stack.ca), headers=headers, checks=CHECKS)


def test_req_39_every_operation_is_in_the_document() -> None:
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == {(route.method, f"/api/v1{route.path}") for route in ROUTES}
