"""req-37: sign-up, log-in and reset answer the same whether an account exists: status, body, headers, time."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from tests.doors.accounts.people import ALICE, PASSPHRASE, App, browser, sign_up

from nutshell.accounts import middleware
from nutshell.accounts.models import Guess

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
NOBODY = "nobody@example.org"


@pytest.fixture(autouse=True)
def alice() -> None:
    """She has an account; what was counted while she made it is forgotten."""
    sign_up(browser())
    mail.outbox.clear()
    cache.clear()


def seen(response: Any, email: str) -> tuple[Any, ...]:
    """All that a visitor sees, without what is random in every answer and the address typed."""
    text = response.content.decode().replace(email, "EMAIL")
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "CSRF", text)
    shown = r'(?<=<p class="phrase" lang="en" data-phrase aria-labelledby="phrase-label">)[a-z -]+'
    text = re.sub(shown, "WORDS", text)
    text = re.sub(r'"session_token": "[\w-]+"', "TOKEN", text)
    headers = {
        name: value for name, value in response.items() if name not in ("Set-Cookie", "Content-Length", "Expires")
    }
    cookies = sorted(response.cookies.keys())
    return response.status_code, headers, cookies, text


def browser_steps(path: str, fields: Callable[[str], dict[str, str]], *later: str) -> Callable[[str], list[Any]]:
    def walk(email: str) -> list[Any]:
        client = browser()
        answers = [client.post(path, fields(email)), *(client.get(page) for page in later)]
        if "confirm-email" in "".join(later):
            answers += [client.post("/account/confirm-email/", {"code": "BBBB-BBBB"}) for _ in range(4)]
        return [seen(answer, email) for answer in answers]

    return walk


def app_sign_up(email: str) -> list[Any]:
    app = App()
    asked = [
        ("POST", "/auth/signup", {"email": email, "password": PASSPHRASE}),
        ("GET", "/auth/session", None),
        ("POST", "/auth/email/verify/resend", None),
        ("POST", "/account/email", {"email": "other@example.org"}),
        *[("POST", "/auth/email/verify", {"key": "BBBB-BBBB"})] * 4,
    ]
    return [seen(app.ask(*each), email) for each in asked]


def app_reset(email: str) -> list[Any]:
    return [seen(App().ask("POST", "/auth/password/request", {"email": email}), email)]


def app_passkey_sign_up(email: str) -> list[Any]:
    app = App()
    return [
        seen(app.ask("POST", "/auth/webauthn/signup", {"email": email}), email),
        seen(app.ask("GET", "/auth/webauthn/signup"), email),
    ]


def app_log_in(email: str) -> list[Any]:
    return [seen(App().log_in(email, "not " + PASSPHRASE), email)]


FLOWS = {
    "sign-up page": browser_steps(
        "/account/signup/", lambda email: {"email": email, "password1": PASSPHRASE}, "/account/confirm-email/"
    ),
    "passkey sign-up page": browser_steps(
        "/account/signup/passkey/", lambda email: {"email": email}, "/account/confirm-email/"
    ),
    "log-in page": browser_steps("/account/login/", lambda email: {"login": email, "password": "not it, not it, no"}),
    "reset page": browser_steps(
        "/account/password/reset/", lambda email: {"email": email}, "/account/password/reset/done/"
    ),
    "sign-up by app": app_sign_up,
    "passkey sign-up by app": app_passkey_sign_up,
    "reset by app": app_reset,
    "log-in by app": app_log_in,
}


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
def test_every_step_answers_alike(flow: Callable[[str], list[Any]]) -> None:
    known = flow(ALICE)
    cache.clear()
    assert known == flow(NOBODY)


@pytest.mark.parametrize("flow", ["sign-up page", "reset page", "sign-up by app", "reset by app"])
def test_either_way_one_mail_goes_to_the_address_typed(flow: str) -> None:
    for email in (ALICE, NOBODY):
        mail.outbox.clear()
        FLOWS[flow](email)
        assert [message.to for message in mail.outbox] == [[email]]


def test_guesses_are_counted_alike() -> None:
    for email in (ALICE, NOBODY):
        App().log_in(email, "not " + PASSPHRASE)
    assert [guess.count for guess in Guess.objects.all()] == [1, 1]


TIMED = {
    "sign-up": lambda email: App().ask("POST", "/auth/signup", {"email": email, "password": PASSPHRASE}),
    "passkey sign-up": lambda email: App().ask("POST", "/auth/webauthn/signup", {"email": email}),
    "reset": lambda email: App().ask("POST", "/auth/password/request", {"email": email}),
    "log-in": lambda email: App().log_in(email, "not " + PASSPHRASE),
}


def spent(clock: Callable[[], float], flow: Callable[[str], Any], email: str) -> float:
    cache.clear()
    Guess.objects.all().delete()
    started = clock()
    flow(email)
    return clock() - started


def quickest(clock: Callable[[], float], flow: Callable[[str], Any], turns: int) -> tuple[float, float]:
    """For an address with an account and for others, taken in turns; the quickest is the least disturbed."""
    flow(ALICE)
    pairs = [(spent(clock, flow, ALICE), spent(clock, flow, f"n{turn}@example.org")) for turn in range(turns)]
    known, unknown = zip(*pairs, strict=True)
    return min(known), min(unknown)


@pytest.mark.usefixtures("measures")
@pytest.mark.parametrize("flow", ["sign-up", "passkey sign-up", "reset"])
def test_the_time_of_a_held_back_answer_tells_nothing(flow: str) -> None:
    known, unknown = quickest(time.perf_counter, TIMED[flow], 6)
    assert abs(known - unknown) < 0.02, f"{known:.4f} s and {unknown:.4f} s"


def test_a_refused_log_in_takes_the_same_work() -> None:
    known, unknown = quickest(time.process_time, TIMED["log-in"], 15)
    assert abs(known - unknown) < max(0.003, 0.1 * known), f"{known:.4f} s and {unknown:.4f} s"


def test_answers_are_held_back_to_whole_quarters_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(middleware.time, "sleep", slept.append)
    monkeypatch.setattr(middleware, "EVEN_SECONDS", 0.25)
    middleware.hold_back(time.monotonic() - 0.26)
    assert 0.2 < slept.pop() < 0.24
    for flow in FLOWS:
        cache.clear()
        FLOWS[flow](NOBODY)
        assert len(slept) == (0 if flow.startswith("log-in") else 1), flow
        slept.clear()


def test_both_sides_of_a_sign_up_and_a_log_in_hash_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from nutshell.envelope import passwords as argon2

    runs: list[str] = []
    hashed, matches = argon2.hashed, argon2.matches
    monkeypatch.setattr(argon2, "hashed", lambda *args: runs.append("x") or hashed(*args))
    monkeypatch.setattr(argon2, "matches", lambda *args: runs.append("x") or matches(*args))
    for flow, expected in (("sign-up", 1), ("passkey sign-up", 0), ("log-in", 1)):
        for email in (ALICE, f"{flow.replace(' ', '')}@example.org"):
            runs.clear()
            cache.clear()
            TIMED[flow](email)
            assert len(runs) == expected, f"{flow} of {email}"
