"""What the front lets through, with the product running."""

import json
import re
import socket
import subprocess
import time

import httpx
from tests.stack import Stack

from nutshell.ops import caddy, config

ALICE, PASSPHRASE = "front.alice@example.org", "tinsel orbit maple quarrel"


def asks_for_a_reset(stack: Stack, host: str) -> httpx.Response:
    with stack.client() as browser:
        return browser.post("/api/auth/app/v1/auth/password/request", json={"email": ALICE}, headers={"Host": host})


def test_no_mail_leads_to_a_port_that_a_stranger_named(stack: Stack) -> None:
    """The link in a mail is made of the Host header; another port of this host may be somebody else's."""
    stack.command("user", "add", ALICE, text=PASSPHRASE + "\n")
    before = len(stack.printed)
    assert asks_for_a_reset(stack, f"{stack.host}:4444").status_code == 421
    assert asks_for_a_reset(stack, f"{stack.host}:{stack.https_port}").status_code == 200
    links = re.findall(r"https?://[^/\s]+", stack.mail_to(ALICE, before))
    assert set(links) == {stack.url}
    assert ":4444/" not in "\n".join(stack.printed[before:])


def test_a_page_under_another_port_shows_the_way_to_the_right_one(stack: Stack) -> None:
    with stack.client() as browser:
        answer = browser.get("/privacy", headers={"Host": f"{stack.host}:4444"})
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{stack.url}/privacy")


def test_no_request_is_taken_before_the_handshake_is_done(stack: Stack) -> None:
    """Early data of HTTP/3 can be recorded and sent again; Caddy takes it unless it is told not to."""
    found = next(stack.data.rglob("Caddyfile"))
    binary = caddy.verified_binary(config.load(stack.environ))
    adapted = subprocess.run(
        [binary, "adapt", "--config", found, "--adapter", "caddyfile"], capture_output=True, check=True, timeout=20
    )
    servers = json.loads(adapted.stdout)["apps"]["http"]["servers"].values()
    assert [server["allow_0rtt"] for server in servers] == [False] * len(servers)


def test_static_files_end_at_their_folder(stack: Stack) -> None:
    for path in ("/static/../run/Caddyfile", "/static/..%2frun%2fCaddyfile", "/static/%2e%2e/secret-key", "/static/"):
        with stack.context().wrap_socket(
            socket.create_connection(("127.0.0.1", stack.https_port)), server_hostname=stack.host
        ) as raw:
            host = f"{stack.host}:{stack.https_port}"
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert raw.recv(4096).split()[1] in (b"404", b"400", b"308", b"303", b"301")


def test_bodies_that_trickle_hold_nobody_up(stack: Stack) -> None:
    slow = []
    for _ in range(6):
        raw = stack.context().wrap_socket(
            socket.create_connection(("127.0.0.1", stack.https_port)), server_hostname=stack.host
        )
        head = f"POST /account/login/ HTTP/1.1\r\nHost: {stack.host}:{stack.https_port}\r\nContent-Length: 400000\r\n"
        raw.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + b"a" * 300_000)
        slow.append(raw)
    started = time.monotonic()
    with stack.client() as browser:
        assert browser.get("/account/login/").status_code == 200
    assert time.monotonic() - started < 3
    for raw in slow:
        raw.close()
