"""HTTP/3 is spoken, by the server whose certificate this machine's authority signed, and takes nothing early."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.stack import Stack
from tests.tiers import http3

from nutshell.ops import certificates

pytestmark = pytest.mark.stack
A_DAY = 2**32 - 1
"""How a ticket says that early data is welcome (RFC 9001, 4.6.1)."""


def test_pages_and_api_come_over_http_3_with_all_their_headers(stack: Stack) -> None:
    page = http3.get(stack.https_port, "localhost", stack.ca, "/account/login/")
    assert page.status == 200
    assert b"<form" in page.body
    for name in ("strict-transport-security", "content-security-policy", "x-content-type-options"):
        assert name in page.headers
    api = http3.get(stack.https_port, "localhost", stack.ca, "/api/v1/profile")
    assert (api.status, api.headers["content-type"]) == (401, "application/problem+json")


def test_req_6_over_http_3_a_server_of_another_authority_is_not_believed(stack: Stack, tmp_path: Path) -> None:
    certificates.ensure(tmp_path, "localhost")
    with pytest.raises(ConnectionError):
        http3.get(stack.https_port, "localhost", tmp_path / "ca.crt", "/healthz")


def test_over_http_3_the_certificate_is_for_this_host_only(stack: Stack) -> None:
    with pytest.raises(ConnectionError):
        http3.get(stack.https_port, "nutshell.localhost", stack.ca, "/healthz")


def test_nothing_sent_before_the_handshakes_end_is_taken(stack: Stack) -> None:
    """Early data can be recorded and sent once more. The ticket is changed so that the client sends some anyway."""
    first = http3.get(stack.https_port, "localhost", stack.ca, "/healthz")
    assert first.tickets
    assert not any(ticket.max_early_data_size for ticket in first.tickets)
    eager = replace(first.tickets[0], max_early_data_size=A_DAY)
    again = http3.get(stack.https_port, "localhost", stack.ca, "/healthz", ticket=eager)
    assert (again.status, again.resumed, again.early) == (200, True, False)
