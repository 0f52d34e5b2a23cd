"""Who can only write tables gets no reset mail for somebody else's account; what a new password ends and forgives."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from tests.doors.accounts.people import ALICE, PASSPHRASE, App, browser, log_in, sign_up

from nutshell.accounts import actions, addresses, consents, guesses, queries
from nutshell.accounts.models import Guess, Token, User

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("key_store")]
MALLORY = "mallory@example.org"
NEW = "another long passphrase of hers"


def asked_for_reset(email: str) -> list[str]:
    cache.clear()
    mail.outbox.clear()
    assert Client().post("/account/password/reset/", {"email": email}, secure=True).status_code == 302
    return [one.body for one in mail.outbox if "/password/reset/key/" in one.body]


def test_alice_can_reset_by_her_address() -> None:
    sign_up(browser())
    assert len(asked_for_reset(ALICE)) == 1


@pytest.mark.parametrize("copied", [False, True])
def test_an_address_that_was_pointed_at_her_account_gets_no_mail(copied: bool) -> None:
    sign_up(browser())
    mallory = actions.create_user(MALLORY, "a long passphrase of mallory")
    alice = queries.user_by_email(ALICE)
    EmailAddress.objects.filter(user=mallory).update(user=alice, primary=False)
    if copied:
        User.objects.filter(pk=alice.pk).update(address_mark=mallory.address_mark)
    assert asked_for_reset(MALLORY) == []


def test_a_new_address_counts_once_its_code_came_back() -> None:
    user = actions.create_user(ALICE, PASSPHRASE)
    assert addresses.belongs(user, ALICE)
    assert not addresses.belongs(user, MALLORY)
    assert not addresses.belongs(User(anchor=user.anchor), ALICE)


def with_token() -> tuple[Client, User]:
    client = browser()
    sign_up(client)
    user = queries.user_by_email(ALICE)
    actions.give_consent(user, "health-data", consents.current()[0].version)
    app = App()
    app.log_in()
    actions.make_token(queries.app_session_actor(app.token), "phone", ("all",), None)
    return client, user


@pytest.mark.parametrize(("extra", "left"), [({}, 0), ({"keep_tokens": "1"}, 1)])
def test_a_changed_password_ends_tokens_unless_they_are_kept(key_store, extra: dict[str, str], left: int) -> None:
    client, user = with_token()
    change = {"oldpassword": PASSPHRASE, "password1": NEW, "password2": NEW, **extra}
    assert client.post("/account/password/change/", change).status_code == 302
    assert Token.objects.filter(user=user).count() == left


@pytest.mark.parametrize(("extra", "left"), [({}, 0), ({"keep_tokens": True}, 1), ({"keep_tokens": "1"}, 0)])
def test_so_it_does_for_an_app(key_store, extra: dict[str, object], left: int) -> None:
    _, user = with_token()
    app = App()
    app.log_in()
    body = {"current_password": PASSPHRASE, "new_password": NEW, **extra}
    assert app.ask("POST", "/account/password/change", body).status_code == 200
    assert Token.objects.filter(user=user).count() == left


def test_a_reset_does_not_forgive_guesses_at_the_second_factor() -> None:
    sign_up(browser())
    user = queries.user_by_email(ALICE)
    for target in (guesses.of_factors(user.pk), guesses.of_password(ALICE)):
        Guess.objects.create(target=target, count=guesses.MOST, last_at="2026-01-01T00:00Z")
    (body,) = asked_for_reset(ALICE)
    link = next(word for word in body.split() if "/password/reset/key/" in word)
    client = browser()
    form = client.get("/" + link.split("/", 3)[3]).url
    client.post(form, {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert [one.target for one in Guess.objects.all()] == [guesses.of_factors(user.pk)]
    actions.unlock(user)
    assert not Guess.objects.exists()
    log_in(client, password=NEW)
