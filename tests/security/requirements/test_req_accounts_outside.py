# ruff: noqa: E501, RUF001 - tables, one case a line, with signs that must be told apart
"""Passwords, guesses and whether an account exists, as somebody from outside sees them (req-36, req-37)."""

import re
import statistics
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.security.requirements.people import APP, PASSPHRASE, Browser, Person, Phone, forget_limits
from tests.stack import Stack, short_folder

pytestmark = pytest.mark.stack
KNOWN, UNKNOWN = "known@example.org", "unknown@example.org"
COUNT = 5


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    """One of its own: its limits are used up."""
    stack = Stack(short_folder())
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture(scope="module", autouse=True)
def alice(product: Stack) -> Person:
    return Person(product, KNOWN).agree()


REFUSED = [
    "short", "fourteen chars", "password", "password12345678", "123456789012345", "111111111111111111", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaa",
    "iloveyouiloveyou", "weak-passwords@example.org", "passwordpassword", "nutshellnutshell",
]  # fmt: skip
TAKEN = [
    "tinsel orbit maple quarrel",
    "ein Fluß fließt früh",
    "日本語のとても長い合言葉です！一二三四",
    "all lower case words",
    "x8" * 32 + "end",
    " spaces within it ",
]


@pytest.mark.parametrize("password", REFUSED)
def test_req_36_a_password_that_is_short_or_common_is_refused_at_sign_up(product: Stack, password: str) -> None:
    forget_limits(product)
    with Browser(product) as browser:
        answer = browser.post("/account/signup/", {"email": "weak-passwords@example.org", "password1": password})
    assert answer.status_code == 200, (password, answer.status_code)
    assert 'class="error' in answer.text or "errorlist" in answer.text or 'role="alert"' in answer.text


@pytest.mark.parametrize("password", TAKEN)
def test_req_36_a_long_password_of_any_signs_is_taken(product: Stack, password: str) -> None:
    forget_limits(product)
    address = f"strong-{TAKEN.index(password)}@example.org"
    with Browser(product) as browser:
        answer = browser.post("/account/signup/", {"email": address, "password1": password})
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/confirm-email/"), password


def asked(stack: Stack, kind: str, address: str) -> httpx.Response:
    forms = {
        "sign-up": ("/account/signup/", {"email": address, "password1": PASSPHRASE}),
        "reset": ("/account/password/reset/", {"email": address}),
        "sign-in": ("/account/login/", {"login": address, "password": "wrong passphrase for all"}),
    }
    with Browser(stack) as browser:
        browser.form_token()
        return browser.post(*forms[kind])


def asked_by_app(stack: Stack, kind: str, address: str) -> httpx.Response:
    bodies = {
        "sign-up": ("/auth/signup", {"email": address, "password": PASSPHRASE}),
        "reset": ("/auth/password/request", {"email": address}),
        "sign-in": ("/auth/login", {"email": address, "password": "wrong passphrase for all"}),
    }
    path, body = bodies[kind]
    return Phone(stack).http.post(APP + path, json=body)


@pytest.mark.parametrize("kind", ["sign-up", "reset", "sign-in"])
@pytest.mark.parametrize("door", [asked, asked_by_app], ids=["pages", "app"])
def test_req_37_no_answer_tells_whether_an_account_exists(product: Stack, kind: str, door) -> None:
    times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    seen: dict[str, set[tuple[object, ...]]] = {KNOWN: set(), UNKNOWN: set()}
    for number in range(COUNT):
        for address in (KNOWN, UNKNOWN):
            forget_limits(product)
            asked_for = address if address == KNOWN else f"{number}-{kind}-{door.__name__}-{UNKNOWN}"
            begun = time.perf_counter()
            answer = door(product, kind, asked_for)
            times[address].append(time.perf_counter() - begun)
            seen[address].add(told(answer, asked_for))
    assert seen[KNOWN] == seen[UNKNOWN]
    known, unknown = (statistics.median(times[address]) for address in (KNOWN, UNKNOWN))
    print(f"req-37 {kind} by {door.__name__}: {known * 1000:.0f} ms known, {unknown * 1000:.0f} ms unknown")
    assert abs(known - unknown) < 0.2


def told(answer: httpx.Response, address: str) -> tuple[object, ...]:
    """Status, body and headers, without the address that was typed and what is random in each answer."""
    text = re.sub(
        r'name="csrfmiddlewaretoken" value="\w+"|"session_token": ?"[^"]+"|value="[0-9a-f-]{36}"', "", answer.text
    )
    names = sorted(set(answer.headers) - {"date"})
    return answer.status_code, answer.headers.get("location"), text.replace(address, "ADDRESS"), tuple(names)


def test_req_36_guessing_is_stopped_also_with_a_forged_address_for_each_guess(product: Stack) -> None:
    victim = Person(product, "guessed@example.org")
    tried = 0
    for number in range(110):
        forget_limits(product)  # as if each guess came from another address and another minute
        headers = {
            "X-Forwarded-For": f"198.51.100.{number}",
            "X-Real-IP": f"198.51.100.{number}",
            "Forwarded": f"for=198.51.100.{number}",
        }
        answer = Phone(product, **headers).http.post(
            f"{APP}/auth/login", json={"email": victim.email, "password": f"wrong {number:09}"}
        )
        tried += answer.status_code == 400 and "too_many" not in answer.text
        if "too_many" in answer.text or answer.status_code == 429:
            break
    print(f"req-36: {tried} guesses were judged before the account refused more")
    assert tried <= 100
    forget_limits(product)
    right = Phone(product).http.post(f"{APP}/auth/login", json={"email": victim.email, "password": PASSPHRASE})
    assert right.status_code in (400, 429)


def test_req_36_the_limit_of_an_address_does_not_believe_what_a_client_says_of_its_own(product: Stack) -> None:
    forget_limits(product)
    refused = 0
    for number in range(45):
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        body = {"email": f"nobody-{number}@example.org", "password": "wrong passphrase for all"}
        refused += Phone(product, **headers).http.post(f"{APP}/auth/login", json=body).status_code == 429
    print(f"req-36: of 45 log-ins with 45 forged addresses {refused} were refused by the limit of the real one")
    assert refused >= 10
    forget_limits(product)
