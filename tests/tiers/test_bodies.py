"""Bodies that are too long, too slow or cut off: a clear answer, nothing half stored, and nobody else waits."""

import json
import socket
import ssl
import time
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse

import pytest
from tests.security.requirements.people import EGG, Person
from tests.stack import Stack

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
MORE = b"a" * 100_000
READ_BODY_SECONDS, READ_HEAD_SECONDS = 30, 10


class Raw:
    """One connection to the front, and whatever bytes a test wants to send over it."""

    def __init__(self, stack: Stack, path: str, *headers: str) -> None:
        self.stack = stack
        plain = socket.create_connection(("127.0.0.1", stack.https_port))
        self.socket: ssl.SSLSocket = stack.context().wrap_socket(plain, server_hostname="localhost")
        self.socket.settimeout(READ_BODY_SECONDS + 10)
        head = (f"POST {path} HTTP/1.1", f"Host: localhost:{stack.https_port}", *headers)
        self.socket.sendall("\r\n".join(head).encode())

    def chunks(self, parts: Iterable[bytes], end: bool = True) -> "Raw":
        self.socket.sendall(b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for part in parts:
                self.socket.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            self.socket.sendall(b"0\r\n\r\n" if end else b"")
        except OSError:
            pass  # refused while we were sending
        return self

    def answer(self) -> tuple[int, str]:
        """Status and text; 0 and nothing where the connection ended, or stayed silent until our patience did."""
        answer = HTTPResponse(self.socket, method="POST")
        try:
            answer.begin()
            return answer.status, f"{answer.headers}{answer.read().decode()}"
        except (OSError, HTTPException):
            return 0, ""


def expect_nobody_waits(stack: Stack) -> None:
    started = time.monotonic()
    with stack.client() as other:
        assert other.get("/account/login/").status_code == 200
        assert other.post(f"/api/v1/diary/{DAY}/entries", json={}).status_code == 401
        assert other.get("/today").status_code == 303
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("pause", [0, 0.01], ids=["at once", "bit by bit"])
@pytest.mark.parametrize("path", ["/api/v1/foods", "/api/v1/tokens", "/account/login/", "/settings"])
def test_a_body_without_a_length_that_grows_too_long_is_told_so(stack: Stack, path: str, pause: float) -> None:
    for _ in range(4):
        status, text = Raw(stack, path, "Content-Type: application/json").chunks(slowly(30, pause)).answer()
        assert status == 413, text
        assert "Send at most 2 MB." in text
        assert ("application/problem+json" in text) == path.startswith("/api/")
    expect_nobody_waits(stack)


def slowly(count: int, pause: float) -> Iterable[bytes]:
    for _ in range(count):
        time.sleep(pause)
        yield MORE


def test_a_body_that_says_it_is_too_long_is_told_so(stack: Stack) -> None:
    for path in ("/api/v1/foods", "/account/login/"):
        raw = Raw(stack, path, "Content-Length: 2000000", "", "")
        raw.socket.sendall(MORE * 20)
        status, text = raw.answer()
        assert (status, "Send at most 2 MB." in text) == (413, True)


@pytest.mark.parametrize("path", ["/account/import", "/api/v1/account/import"])
def test_an_archive_may_be_larger_if_it_says_its_length(stack: Stack, path: str) -> None:
    raw = Raw(stack, path, "Content-Length: 3000000", "", "")
    raw.socket.sendall(MORE * 30)
    assert raw.answer()[0] in (401, 403)
    long = Raw(stack, path, "Content-Length: 8000000", "", "")
    long.socket.sendall(MORE * 4)  # with less, the front waits for the rest
    unmeasured = Raw(stack, path).chunks([MORE])
    for status, text in (long.answer(), unmeasured.answer()):
        assert (status, "8 MB" in text) == (413, True), text
    expect_nobody_waits(stack)


def test_a_whole_body_without_a_length_is_taken(stack: Stack) -> None:
    alice = Person(stack, "bodies.alice@example.org").agree()
    token = f"Authorization: Bearer {alice.token()}"
    body = json.dumps({"food_id": EGG, "amount": 60, "unit": "g"}).encode()
    raw = Raw(stack, f"/api/v1/diary/{DAY}/entries", token, "Content-Type: application/json")
    assert raw.chunks([body[:9], body[9:]]).answer()[0] == 201
    assert Raw(stack, "/account/login/").chunks([MORE] * 19).answer()[0] == 403


@pytest.mark.parametrize("path", ["/api/v1/foods", "/api/v1/tokens", "/account/login/"])
def test_a_long_body_that_a_process_refuses_unread_costs_nobody_a_process(stack: Stack, path: str) -> None:
    for _ in range(6):
        raw = Raw(stack, path, "Content-Length: 1900000", "", "")
        raw.socket.sendall(MORE * 19)
        assert raw.answer()[0] in (401, 403, 405)
    expect_nobody_waits(stack)


def test_bodies_that_stop_hold_nobody_up_end_in_time_and_store_nothing(stack: Stack) -> None:
    bob = Person(stack, "bodies.bob@example.org").agree()
    json_type, bearer = "Content-Type: application/json", f"Authorization: Bearer {bob.token()}"
    entry = json.dumps({"food_id": EGG, "amount": 60, "unit": "g"}).encode()
    cookies = "; ".join(f"{name}={text}" for name, text in bob.browser.http.cookies.items())
    form = ("Content-Type: application/x-www-form-urlencoded", f"Cookie: {cookies}", f"Origin: {stack.url}")
    token = bob.browser.form_token()
    where = f"/api/v1/diary/{DAY}/entries"
    started = time.monotonic()
    stopped = [Raw(stack, where, bearer, json_type).chunks([entry], end=False) for _ in range(3)]
    for _ in range(3):
        raw = Raw(stack, f"/day/{DAY}/note", *form, "Content-Length: 400000", "", "")
        raw.socket.sendall(f"csrfmiddlewaretoken={token}&note=half".encode() + b"a" * 300_000)
        stopped.append(raw)
    head = Raw(stack, where, "Content-Len")
    for _ in range(5):
        expect_nobody_waits(stack)
    head.answer()
    assert time.monotonic() - started < READ_HEAD_SECONDS + 3
    assert [raw.answer()[0] for raw in stopped[:3]] == [499] * 3
    assert time.monotonic() - started < READ_BODY_SECONDS + 5
    for _ in range(5):
        expect_nobody_waits(stack)
    assert bob.phone()("GET", f"/diary/{DAY}").json()["entries"] == []
    assert "half" not in bob.browser.get(f"/day/{DAY}").text
