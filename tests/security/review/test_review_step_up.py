"""One session's fresh proof, and one session's guesses, count for that session only."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from tests.doors.accounts.people import ALICE, CHARLIE, OTHER_PASSPHRASE, App, browser, is_signed_in, log_in, sign_up
from tests.doors.accounts.test_accounts_factors import with_totp

from nutshell.accounts import guesses, policy, queries
from nutshell.accounts.models import Guess, User

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]


def agree(client: Client) -> None:
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})


def test_another_sessions_fresh_proof_opens_no_door_to_a_stale_one() -> None:
    """Charlie holds Alice's cookie, and a fresh session of his own in the app's header."""
    alice = browser()
    sign_up(alice)
    agree(alice)
    charlie = App()
    charlie.sign_up(CHARLIE)
    charlie = App()
    charlie.log_in(CHARLIE)
    mine = {"x-session-token": charlie.token}
    for page in ("/account/close", "/consent/health-data/withdraw", "/access/tokens/new"):
        answer = alice.get(page, headers=mine)
        assert (answer.status_code, answer.headers.get("Location", "")[:24]) == (303, "/account/reauthenticate/")
    alice.post("/account/close", {"sure": "yes"}, headers=mine)
    assert User.objects.filter(pk=queries.user_by_email(ALICE).pk).exists()


@pytest.mark.parametrize("header", ["nobody's", "charlie's"])
def test_a_header_of_another_session_hides_no_guess_at_a_second_factor(header: str) -> None:
    with_totp(browser())
    charlie = App()
    if header == "charlie's":
        charlie.sign_up(CHARLIE)
    target = guesses.of_factors(queries.user_by_email(ALICE).pk)
    attacker = browser(**{"x-session-token": charlie.token or "A" * 43})
    log_in(attacker)
    for _ in range(3):
        cache.clear()
        attacker.post("/account/2fa/authenticate/", {"code": "000000"})
    assert Guess.objects.get(target=target).count == 3


@pytest.mark.parametrize("door", ["page", "app"])
def test_an_open_session_of_a_passkey_account_takes_no_first_password_without_a_proof(door: str) -> None:
    """Whoever could set one would confirm everything else with it."""
    alice = browser()
    sign_up(alice)
    log_in(alice)
    user = queries.user_by_email(ALICE)
    user.set_unusable_password()
    user.save()
    log_back_in(alice, user)
    answer = set_password(door, alice)
    assert answer.status_code in (302, 401)
    assert not User.objects.get(pk=user.pk).has_usable_password()
    assert is_signed_in(alice)


def log_back_in(client: Client, user: User) -> None:
    """The session that a passkey made, long ago."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() - policy.FRESH_SECONDS - 1}]
    session.save()


def set_password(door: str, client: Client) -> Any:
    if door == "page":
        return client.post("/account/password/set/", {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    app = App(token=client.cookies["__Host-session"].value)
    return app.ask("POST", "/account/password/change", {"new_password": OTHER_PASSPHRASE})
