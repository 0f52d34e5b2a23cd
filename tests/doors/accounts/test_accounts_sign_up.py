"""Signing up, at both doors, and what follows: consent, keys, a session that holds them."""

import pytest
from django.core import mail
from tests.doors.accounts.people import (
    ALICE,
    BOB,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    App,
    browser,
    is_signed_in,
    last_code,
    log_in,
    sign_up,
)

from nutshell.accounts import actions, consents, queries
from nutshell.accounts.models import User
from nutshell.common import errors

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]


def test_alice_signs_up_with_the_code_from_her_mail() -> None:
    client = browser()
    shown = client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    assert shown.status_code == 302
    assert shown.url == "/account/confirm-email/"
    assert mail.outbox[-1].to == [ALICE]
    assert not is_signed_in(client)
    client.post("/account/confirm-email/", {"code": last_code()})
    assert is_signed_in(client)
    assert queries.user_by_email(ALICE).check_password(PASSPHRASE)


def test_a_wrong_code_signs_nobody_in_and_three_end_the_try() -> None:
    client = browser()
    client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    code = last_code()
    for _ in range(3):
        client.post("/account/confirm-email/", {"code": "BBBB-BBBB"})
    client.post("/account/confirm-email/", {"code": code})
    assert not is_signed_in(client)


def test_an_app_signs_up_and_in_over_the_api() -> None:
    app = App()
    assert app.ask("POST", "/auth/signup", {"email": ALICE, "password": PASSPHRASE}).status_code == 401
    verified = app.ask("POST", "/auth/email/verify", {"key": last_code()})
    assert verified.status_code == 200
    assert verified.answer["data"]["user"]["email"] == ALICE
    again = App()
    assert again.log_in().status_code == 200
    assert queries.app_session_actor(again.token).kind == "session"
    user, session = queries.session_from_token(again.token)
    assert user == queries.user_by_email(ALICE)
    assert session["_auth_user_id"] == str(user.pk)


def test_an_address_is_found_however_it_is_written() -> None:
    sign_up(browser(), "Alice@Example.org")
    client = browser()
    log_in(client, "ALICE@EXAMPLE.ORG")
    assert is_signed_in(client)


def test_consent_makes_the_keys_and_the_running_session_gets_them() -> None:
    app = App()
    app.sign_up()
    before = queries.app_session_actor(app.token)
    assert (before.subject, before.keys) == (None, None)
    user = queries.user(before.user_id)
    actions.give_consent(user, "health-data", consents.current()[0].version)
    after = queries.app_session_actor(app.token)
    assert after.subject == user.subject_id
    assert after.keys is not None
    again = App()
    again.log_in()
    assert queries.app_session_actor(again.token).keys == after.keys


def test_consent_given_twice_makes_one_subject() -> None:
    sign_up(browser())
    user, version = queries.user_by_email(ALICE), consents.current()[0].version
    actions.give_consent(user, "health-data", version)
    first = user.subject_id
    actions.give_consent(user, "health-data", version)
    assert queries.user_by_email(ALICE).subject_id == first
    assert [state.given_at is not None for state in queries.consents(user.pk)] == [True]


def test_consent_to_another_version_or_document_is_refused() -> None:
    sign_up(browser())
    user = queries.user_by_email(ALICE)
    with pytest.raises(errors.Conflict):
        actions.give_consent(user, "health-data", "0")
    with pytest.raises(errors.NotFound):
        actions.give_consent(user, "marketing", "1")
    assert User.objects.get(pk=user.pk).subject_id is None


def test_consent_is_withdrawn() -> None:
    sign_up(browser())
    user = queries.user_by_email(ALICE)
    actions.give_consent(user, "health-data", consents.current()[0].version)
    actions.withdraw_consent(user, "health-data")
    assert [state.given_at for state in queries.consents(user.pk)] == [None]
    with pytest.raises(errors.NotFound):
        actions.withdraw_consent(user, "health-data")


def test_an_operator_makes_an_account_that_can_log_in_at_once() -> None:
    actions.create_user(BOB, OTHER_PASSPHRASE)
    client = browser()
    log_in(client, BOB, OTHER_PASSPHRASE)
    assert is_signed_in(client)
    with pytest.raises(errors.Conflict):
        actions.create_user("Bob@example.org", OTHER_PASSPHRASE)
    with pytest.raises(errors.InvalidInput):
        actions.create_user("not an address", OTHER_PASSPHRASE)
    with pytest.raises(errors.InvalidInput):
        actions.create_user(ALICE, "short")


def test_an_invitation_signs_up_without_a_code_and_works_once(settings: object) -> None:
    secret = actions.invite(BOB)
    client = browser()
    assert client.get(f"/account/invitation/{secret}/").status_code == 302
    client.post("/account/signup/", {"email": BOB, "password1": PASSPHRASE})
    assert is_signed_in(client)
    assert browser().get(f"/account/invitation/{secret}/").status_code == 404


def test_an_invitation_vouches_for_its_own_address_only() -> None:
    client = browser()
    client.get(f"/account/invitation/{actions.invite(BOB)}/")
    client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    assert not is_signed_in(client)
    assert mail.outbox[-1].to == [ALICE]
    with pytest.raises(errors.NotFound):
        queries.user_by_email(BOB)


def test_where_sign_up_is_closed_only_the_invited_get_in(settings: object) -> None:
    settings.NUTSHELL = _closed(settings.NUTSHELL)
    client = browser()
    client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    assert User.objects.count() == 0
    assert App().ask("POST", "/auth/signup", {"email": ALICE, "password": PASSPHRASE}).status_code == 403
    client.get(f"/account/invitation/{actions.invite(BOB)}/")
    client.post("/account/signup/", {"email": BOB, "password1": PASSPHRASE})
    assert is_signed_in(client)


def _closed(config: object) -> object:
    from dataclasses import replace

    return replace(config, sign_up="invited")
