# ruff: noqa: E501 - tables, one case a line
"""What every answer of every route carries, over HTTPS and over plain HTTP (req-7 to req-10), and who runs how (inv-I17)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.doors.test_matrix import ACCOUNT_PAGES, API, APP_API, PAGES
from tests.security.requirements.people import APP, EGG, Browser, Person, Phone
from tests.stack import Stack

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
FILLED = {
    "date": DAY,
    "food": EGG,
    "entry": "0" * 8,
    "act": "x",
    "clinic": "x",
    "client": "x",
    "emergency": "x",
    "invitation": "x",
    "token": "x",
    "session": "x",
    "repeat": "x",
    "grant": "x",
    "secret": "x",
    "subject": "x",
    "item": "x",
    "study": "x",
    "researcher": "x",
    "contact": "x",
    "number": "1",
}
A_YEAR = 31_536_000
SAME_SITE = {
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def filled(path: str) -> str:
    return "/" + re.sub(r"\{(\w+)\}", lambda name: FILLED[name[1]], path.strip())


PAGE_PATHS = sorted({filled(path) for path in (*PAGES, *ACCOUNT_PAGES)} | {"/no-such-page", "/healthz"})
API_PATHS = sorted({filled("api/v1/" + route.split(" ")[1]) for route in API} | {f"{APP}/{path}" for path in APP_API}
                   | {"/api/v1/openapi.json", "/api/v1/", "/api/v1/none", "/api/none"})  # fmt: skip
ALL_PATHS = [*PAGE_PATHS, *API_PATHS]


@pytest.fixture(scope="module")
def alice(person: Callable[[str], Person]) -> Person:
    somebody = person("front")
    somebody.phone()("POST", f"/diary/{DAY}/entries", {"food_id": EGG, "amount": 50, "unit": "g"})
    return somebody


@pytest.fixture(scope="module")
def answers(stack: Stack, alice: Person) -> list[httpx.Response]:
    """Every route by GET and by POST, to nobody and to Alice; the API also with a token and with a wrong one."""
    nobody, phone, wrong = Browser(stack), alice.phone(), Phone(stack, Authorization="Bearer nutshell_wrong")
    found = [
        browser.get(path) for browser in (nobody, alice.browser) for path in ALL_PATHS if path != "/account/logout/"
    ]
    found += [nobody.http.post(path) for path in ALL_PATHS]
    found += [client.http.get(path) for client in (phone, wrong) for path in API_PATHS]
    found += [nobody.http.request(method, "/today") for method in ("PUT", "TRACE", "OPTIONS", "HEAD")]
    return found


def test_req_7_every_page_over_plain_http_is_sent_to_https(stack: Stack) -> None:
    wrong = []
    with httpx.Client() as client:
        for path in PAGE_PATHS:
            answer = client.get(stack.plain_url + path)
            if (answer.status_code, answer.headers.get("location")) != (308, stack.url + path):
                wrong.append((path, answer.status_code, answer.headers.get("location")))
    print(f"req-7: {len(PAGE_PATHS)} pages over plain HTTP, {len(wrong)} not answered 308")
    assert wrong == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_req_7_no_call_of_the_api_is_served_over_plain_http(stack: Stack, alice: Person, method: str) -> None:
    good = {"Authorization": alice.phone().http.headers["Authorization"], "X-Session-Token": alice.cookie}
    with httpx.Client(headers=good) as client:
        served = [path for path in API_PATHS if client.request(method, stack.plain_url + path).status_code != 403]
    print(f"req-7: {len(API_PATHS)} calls by {method} over plain HTTP, {len(served)} served")
    assert served == []


def test_req_8_every_answer_of_every_route_carries_the_headers(answers: list[httpx.Response]) -> None:
    wrong = [
        (str(one.request.url), one.request.method, one.status_code, fault) for one in answers for fault in faults(one)
    ]
    print(f"req-8: {len(answers)} answers of {len(ALL_PATHS)} routes, {len(wrong)} without their headers")
    assert wrong == []


def faults(answer: httpx.Response) -> Iterator[str]:
    headers = answer.headers
    age = re.match(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    policy = headers.get("content-security-policy", "")
    if not age or int(age[1]) < A_YEAR:
        yield "strict-transport-security"
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        yield f"content-security-policy {policy}"
    if re.search(r"https?:|\*|data:|blob:", policy):
        yield f"a host in the policy: {policy}"
    if headers.get("x-content-type-options") != "nosniff":
        yield "x-content-type-options"
    if "no-store" not in headers.get("cache-control", "") and is_personal(answer):
        yield f"cache-control {headers.get('cache-control')}"
    for name, wanted in SAME_SITE.items():
        if headers.get(name) != wanted:
            yield name
    if "access-control-allow-origin" in headers:
        yield "access-control-allow-origin"
    if "server" in headers or "x-powered-by" in headers:
        yield "server"


def is_personal(answer: httpx.Response) -> bool:
    public = (
        "/privacy",
        "/security",
        "/robots.txt",
        "/manifest.webmanifest",
        "/.well-known/security.txt",
        "/api/v1/openapi.json",
    )
    return answer.request.url.path not in public


def test_req_9_every_cookie_of_every_answer_is_bound(answers: list[httpx.Response]) -> None:
    cookies = [cookie for one in answers for cookie in one.headers.get_list("set-cookie")]
    loose = [cookie.split("=")[0] for cookie in cookies if not bound(cookie)]
    names = sorted({cookie.split("=")[0] for cookie in cookies})
    print(f"req-9: {len(cookies)} cookies ({', '.join(names)}), {len(loose)} loose")
    assert {"__Host-csrf"} <= set(names)
    assert loose == []


def bound(cookie: str) -> bool:
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    closed = {"httponly"} & parts or {"max-age=0"} & parts  # a cookie that is taken away holds nothing
    strict = bool(closed) and {"secure", "path=/"} <= parts and bool(parts & {"samesite=lax", "samesite=strict"})
    return cookie.startswith("__Host-") and strict and not any(part.startswith("domain") for part in parts)


def test_req_9_the_session_cookie_is_bound(stack: Stack, alice: Person) -> None:
    with Browser(stack) as browser:
        cookies = browser.sign_in(alice.email).headers.get_list("set-cookie")
    assert any(cookie.startswith("__Host-session=") for cookie in cookies)
    assert all(bound(cookie) for cookie in cookies)


_FETCHED = re.compile(
    r"""(?:src|srcset|href|action|formaction|poster|data|content|hx-(?:get|post|put|patch|delete))\s*=\s*["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|url\(\s*["']?((?:https?:)?//[^"')]+)|@import\s+["']?((?:https?:)?//[^"';]+)""", re.IGNORECASE)  # fmt: skip


def test_req_10_no_page_names_another_host(stack: Stack, alice: Person, answers: list[httpx.Response]) -> None:
    pages = [
        one for one in answers if "html" in one.headers.get("content-type", "") or "manifest" in str(one.request.url)
    ]
    foreign = [
        (str(page.request.url), url) for page in pages for url in fetched(page.text) if not url.startswith(stack.url)
    ]
    inline = [
        str(page.request.url)
        for page in pages
        if re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page.text)
    ]
    print(f"req-10: {len(pages)} pages, {len(foreign)} other hosts, {len(inline)} with inline script or style")
    assert len(pages) > 60
    assert foreign == []
    assert inline == []


def fetched(text: str) -> list[str]:
    """Addresses with a host that a browser would contact by itself or by a click on a button."""
    links = re.sub(r'<a\s[^>]*href="https?://[^"]*"[^>]*>', "", text)  # a link is followed by a person, not by the page
    return [next(filter(None, found)) for found in _FETCHED.findall(links)]


_ASKED = re.compile(
    r"""(?:fetch|open|import|importScripts|Worker|EventSource|WebSocket|sendBeacon|src\s*=|href\s*=)\s*\(?\s*["'`](?:https?|wss?):"""
)
"""Code that asks an address with a host; hosts in comments and in messages are not asked."""


def test_req_10_no_static_file_asks_another_host(stack: Stack) -> None:
    files = [
        path for path in (stack.data / "static").rglob("*") if path.suffix in (".css", ".js", ".json", ".html", ".svg")
    ]
    asking = [
        (path.name, found) for path in files for found in (*_ASKED.findall(path.read_text()), *fetched(_css(path)))
    ]
    print(f"req-10: {len(files)} static files, {len(asking)} ask another host")
    assert len(files) > 5
    assert asking == []


def _css(path: Path) -> str:
    return path.read_text() if path.suffix == ".css" else ""


def test_inv_i17_no_process_may_leave_a_core_and_none_shows_a_secret_on_its_command_line(stack: Stack) -> None:
    assert stack.process is not None
    processes = {stack.process.pid: "launcher", **stack.processes()}
    loose = [command for pid, command in processes.items() if not re.search(
        r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())]  # fmt: skip
    print(f"inv-I17: {len(processes)} processes, {len(loose)} may leave a core")
    assert len(processes) >= 8
    assert loose == []
