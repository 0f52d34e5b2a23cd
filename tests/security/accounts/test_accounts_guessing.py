"""req-36: guessing is slowed per account and address, and stopped at a hundred; forged headers are no way round."""

import threading
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from tests.doors.accounts.people import (
    ALICE,
    BOB,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    App,
    browser,
    is_signed_in,
    last_link,
    log_in,
    reauthenticate,
    sign_up,
)
from tests.doors.accounts.test_accounts_factors import code_of, with_totp

from nutshell.accounts import guesses, queries
from nutshell.accounts.models import CacheEntry, Guess

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
WRONG = "not " + PASSPHRASE
LIMITED = "Too many failed login attempts"


def from_address(address: str, forged: str = "") -> Any:
    """A browser at this address; the proxy appends it to whatever the client sent."""
    return browser(**{"x-forwarded-for": f"{forged}, {address}" if forged else address})


def is_limited(answer: Any) -> bool:
    return answer.status_code == 429 or LIMITED in answer.content.decode()


def tries_until_limited(attempt: Any, most: int = 60) -> int:
    return next(turn for turn in range(most) if is_limited(attempt(turn)))


def test_an_account_takes_five_wrong_guesses_in_five_minutes_from_wherever() -> None:
    sign_up(browser())
    assert tries_until_limited(lambda turn: log_in(from_address(f"203.0.113.{turn}"), password=WRONG)) == 5
    assert is_limited(log_in(from_address("198.51.100.9")))


def test_an_address_takes_twenty_wrong_guesses_in_a_minute_at_whatever_account() -> None:
    visitor = from_address("203.0.113.7")
    assert tries_until_limited(lambda turn: log_in(visitor, f"user{turn}@example.org", WRONG)) == 20


def test_a_forged_forwarded_header_is_no_way_round() -> None:
    def attempt(turn: int) -> Any:
        return log_in(from_address("203.0.113.7", forged=f"198.51.100.{turn}"), f"user{turn}@example.org", WRONG)

    assert tries_until_limited(attempt) == 20


def test_neighbours_in_one_ipv6_network_count_as_one() -> None:
    def attempt(turn: int) -> Any:
        return log_in(from_address(f"2001:db8:0:1::{turn + 1:x}"), f"user{turn}@example.org", WRONG)

    assert tries_until_limited(attempt) == 20


def test_an_app_is_limited_alike() -> None:
    App().sign_up()
    assert tries_until_limited(lambda _turn: App().log_in(password=WRONG)) == 5


def test_a_hundred_wrong_guesses_in_a_row_end_it_even_for_somebody_patient() -> None:
    sign_up(browser())
    checked = 0
    for _ in range(guesses.MOST + 20):
        cache.clear()
        checked += not is_limited(log_in(browser(), password=WRONG))
    assert checked == guesses.MOST
    cache.clear()
    client = browser()
    log_in(client)
    assert not is_signed_in(client)
    client.post("/account/password/reset/", {"email": ALICE})
    page = client.get(last_link(), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    log_in(client, password=OTHER_PASSPHRASE)
    assert is_signed_in(client)


def test_a_right_password_starts_the_count_anew() -> None:
    sign_up(browser())
    Guess.objects.create(target=guesses.of_password(ALICE), count=guesses.MOST - 1, last_at="2026-01-01T00:00Z")
    log_in(browser())
    assert not Guess.objects.exists()


def test_a_hundred_wrong_codes_end_it_too_whatever_door() -> None:
    secret = with_totp(browser())
    user = queries.user_by_email(ALICE)
    checked = 0
    for turn in range(guesses.MOST + 10):
        cache.clear()
        if turn % 2:
            client = browser()
            log_in(client)
            answer = client.post("/account/2fa/authenticate/", {"code": "000000"})
        else:
            app = App()
            app.log_in()
            answer = app.ask("POST", "/auth/2fa/authenticate", {"code": "000000"})
        checked += answer.status_code != 429
    assert checked == guesses.MOST
    cache.clear()
    client = browser()
    log_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": code_of(secret)}).status_code == 429
    assert Guess.objects.get(target=guesses.of_factors(user.pk)).count == guesses.MOST


def test_a_right_code_starts_the_count_anew() -> None:
    secret = with_totp(browser())
    client = browser()
    log_in(client)
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert Guess.objects.count() == 1
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert not Guess.objects.exists()


def test_the_old_password_cannot_be_guessed_from_inside_a_session() -> None:
    client = browser()
    sign_up(client)
    checked = 0
    change = {"oldpassword": WRONG, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    app = App(token=client.cookies["__Host-session"].value)
    for turn in range(guesses.MOST + 10):
        cache.clear()
        if turn % 3 == 0:
            answer = reauthenticate(client, WRONG)
        elif turn % 3 == 1:
            answer = client.post("/account/password/change/", change)
        else:
            body = {"current_password": WRONG, "new_password": OTHER_PASSPHRASE}
            answer = app.ask("POST", "/account/password/change", body)
        checked += not is_limited(answer)
    assert checked == guesses.MOST
    cache.clear()
    assert is_limited(client.post("/account/password/change/", {**change, "oldpassword": PASSPHRASE}))


@pytest.mark.django_db(databases=["default", "records"], transaction=True)
@pytest.mark.parametrize("before", [0, guesses.MOST - 3])
def test_guesses_at_the_same_moment_are_all_counted(before: int) -> None:
    target = guesses.of_password(ALICE)
    if before:
        Guess.objects.create(target=target, count=before, last_at="2026-01-01T00:00Z")
    taken: list[bool] = []

    def guess() -> None:
        """Again where the test's database in memory refuses at once: one in a file waits instead."""
        while True:
            try:
                taken.append(guesses.take(target))
                return connection.close()
            except DatabaseError:
                time.sleep(0.005)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == min(8, guesses.MOST - before)
    assert Guess.objects.get().count == before + taken.count(True)


def test_the_limits_keys_tell_neither_account_nor_address() -> None:
    log_in(from_address("203.0.113.7"), ALICE, WRONG)
    keys = list(CacheEntry.objects.values_list("cache_key", flat=True))
    assert keys
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)


def test_counts_of_strangers_are_forgotten_and_those_of_accounts_stay() -> None:
    sign_up(browser())
    for email in (ALICE, BOB):
        Guess.objects.create(target=guesses.of_password(email), count=7, last_at="2026-01-01T00:00Z")
    assert guesses.sweep() == 1
    assert Guess.objects.get().target == guesses.of_password(ALICE)
