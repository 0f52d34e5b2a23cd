"""Sessions: how long they last, what they hold, how they are listed and ended."""

import pytest
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
    sign_up,
)

from nutshell.accounts import actions, consents, policy, queries
from nutshell.accounts.models import Session
from nutshell.accounts.sessions import SessionStore
from nutshell.common import errors
from nutshell.common.ids import new_id
from nutshell.vault.keystore.client import KeyStoreClient

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
COOKIE = "__Host-session"


def consenting(email: str = ALICE) -> App:
    """An app whose person has keys, signed in."""
    app = App()
    app.sign_up(email)
    user = queries.user_by_email(email)
    actions.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    queries.app_session_actor(app.token)
    return app


def test_the_keys_come_along_when_the_secret_changes() -> None:
    app = consenting()
    keys = queries.app_session_actor(app.token).keys
    store = SessionStore(app.token)
    store.cycle_key()
    assert store.session_key != app.token
    assert SessionStore(store.session_key).keys_packed
    assert queries.app_session_actor(store.session_key).keys == keys
    with pytest.raises(errors.SignedOut):
        queries.app_session_actor(app.token)


def test_the_keys_come_along_when_the_password_changes_and_other_sessions_end() -> None:
    app = consenting()
    keys, other = queries.app_session_actor(app.token).keys, browser()
    log_in(other)
    assert is_signed_in(other)
    body = {"current_password": PASSPHRASE, "new_password": OTHER_PASSPHRASE}
    assert app.ask("POST", "/account/password/change", body).status_code == 200
    assert SessionStore(app.token).keys_packed
    assert queries.app_session_actor(app.token).keys == keys
    assert not is_signed_in(other)
    assert Session.objects.filter(user__isnull=False).count() == 1


def test_the_vault_opens_once_at_the_log_in_and_never_again(
    node: KeyStoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    consenting()
    asked: list[str] = []
    fetch = KeyStoreClient.fetch_many
    monkeypatch.setattr(KeyStoreClient, "fetch_many", lambda *args: asked.append(args[2]) or fetch(*args))
    app = App()
    app.log_in()
    at_log_in = len(asked)
    assert set(asked) == {"login"}
    for _ in range(3):
        assert queries.app_session_actor(app.token).keys is not None
    assert len(asked) == at_log_in


def test_a_reset_password_ends_every_session() -> None:
    client = browser()
    sign_up(client)
    visitor = browser()
    visitor.post("/account/password/reset/", {"email": ALICE})
    page = visitor.get(last_link(), follow=True)
    visitor.post(page.request["PATH_INFO"], {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    assert not is_signed_in(client)
    assert log_in(visitor).status_code == 200
    log_in(visitor, password=OTHER_PASSPHRASE)
    assert is_signed_in(visitor)


def test_a_reset_link_works_once() -> None:
    sign_up(browser())
    visitor = browser()
    visitor.post("/account/password/reset/", {"email": ALICE})
    link = last_link()
    page = visitor.get(link, follow=True)
    visitor.post(page.request["PATH_INFO"], {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    again = browser().get(link, follow=True)
    assert "password1" not in again.content.decode()


def test_signing_out_removes_the_row() -> None:
    client = browser()
    sign_up(client)
    client.post("/account/logout/")
    assert not is_signed_in(client)
    assert Session.objects.filter(user__isnull=False).count() == 0


def test_sessions_are_listed_with_agent_and_address_and_ended_one_by_one_or_all() -> None:
    phone, desk = browser(**{"user-agent": "Telephone"}), browser(**{"user-agent": "Desk"})
    sign_up(phone)
    log_in(desk)
    user = queries.user_by_email(ALICE)
    listed = queries.sessions(user.pk, SessionStore(desk.cookies[COOKIE].value).handle)
    assert {(one.agent, one.address, one.is_current) for one in listed} == {
        ("Telephone", "127.0.0.1", False),
        ("Desk", "127.0.0.1", True),
    }
    actions.end_other_sessions(user.pk, SessionStore(desk.cookies[COOKIE].value).handle)
    assert not is_signed_in(phone)
    assert is_signed_in(desk)
    actions.end_session(user.pk, Session.objects.get(user=user).public_id)
    assert not is_signed_in(desk)


def test_nobody_ends_the_session_of_another() -> None:
    sign_up(browser())
    bob = browser()
    sign_up(bob, BOB)
    alice = queries.user_by_email(ALICE)
    with pytest.raises(errors.NotFound):
        actions.end_session(alice.pk, Session.objects.get(user=queries.user_by_email(BOB)).public_id)
    with pytest.raises(errors.NotFound):
        actions.end_session(alice.pk, new_id())
    assert is_signed_in(bob)


def test_a_proof_of_identity_is_fresh_for_five_minutes(rf: object, monkeypatch: pytest.MonkeyPatch) -> None:
    app = App()
    app.sign_up()
    app = App()
    app.log_in()
    request = rf.get("/api/v1/account", headers={"X-Session-Token": app.token})
    policy.check_fresh(request)
    import time

    now = time.time()
    monkeypatch.setattr(policy.time, "time", lambda: now + 301)
    with pytest.raises(errors.StepUpRequired):
        policy.check_fresh(request)
    monkeypatch.undo()
    assert not policy.is_fresh(rf.get("/"))
