"""Second factors and passkeys, at both doors."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from tests.doors.accounts.passkey import Passkey, as_json
from tests.doors.accounts.people import (
    ALICE,
    OTHER_PASSPHRASE,
    PASSPHRASE,
    App,
    browser,
    is_signed_in,
    last_code,
    last_link,
    log_in,
    reauthenticate,
    sign_up,
)

from nutshell.accounts import queries
from nutshell.accounts.cache import hidden_key
from nutshell.accounts.models import CacheEntry
from nutshell.common import clock

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
SHORT = "quiet-9b"


def code_of(secret: str, step: int = 1) -> str:
    """A code of the present half minute, or of the next (2). Each is accepted once, and setting up uses none."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[step]))


def with_totp(client: Client) -> str:
    """Alice, signed up, with an authenticator app. The app's secret."""
    sign_up(client)
    reauthenticate(client)
    secret = re.search(r"[A-Z2-7]{32}", client.get("/account/2fa/totp/activate/").content.decode())[0]
    activated = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert activated.status_code == 302
    return secret


def test_an_authenticator_app_is_asked_for_after_the_password() -> None:
    secret = with_totp(browser())
    client = browser()
    assert log_in(client).url == "/account/2fa/authenticate/"
    assert not is_signed_in(client)
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert not is_signed_in(client)
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert is_signed_in(client)


def test_a_code_of_the_app_is_good_once() -> None:
    secret = with_totp(browser())
    code = code_of(secret)
    for client, expected in ((browser(), True), (browser(), False)):
        log_in(client)
        client.post("/account/2fa/authenticate/", {"code": code})
        assert is_signed_in(client) is expected


def test_a_used_code_is_remembered_for_as_long_as_it_is_good() -> None:
    """The app's next code is taken now, and still good in a minute and a half."""
    secret = with_totp(browser())
    code, client = code_of(secret, 2), browser()
    log_in(client)
    client.post("/account/2fa/authenticate/", {"code": code})
    assert is_signed_in(client)
    user = queries.user_by_email(ALICE)
    entry = CacheEntry.objects.get(cache_key=hidden_key(f"allauth.mfa.totp.used?user={user.pk}&code={code}", "", 1))
    assert entry.expires > clock.now() + timedelta(seconds=90)


def test_a_log_in_that_waits_for_its_factor_ends_with_the_old_password() -> None:
    owner = browser()
    secret = with_totp(owner)
    waiting = browser()
    log_in(waiting)
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    owner.post("/account/password/change/", change)
    waiting.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert not is_signed_in(waiting)
    assert is_signed_in(owner)


def test_a_backup_code_stands_in_for_the_app_once() -> None:
    client = browser()
    with_totp(client)
    codes = re.findall(r"\b\d{10}\b", client.get("/account/2fa/recovery-codes/download/").content.decode())
    assert len(set(codes)) == 10
    for visitor, expected in ((browser(), True), (browser(), False)):
        log_in(visitor)
        visitor.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert is_signed_in(visitor) is expected


def test_an_app_adds_a_second_factor_and_logs_in_with_it() -> None:
    app = App()
    app.sign_up()
    assert app.ask("GET", "/account/authenticators/totp").status_code == 404
    secret = app.ask("GET", "/account/authenticators/totp").answer["meta"]["secret"]
    refused = app.ask("POST", "/account/authenticators/totp", {"code": code_of(secret)})
    assert refused.status_code == 401
    assert app.ask("POST", "/auth/reauthenticate", {"password": PASSPHRASE}).status_code == 200
    assert app.ask("POST", "/account/authenticators/totp", {"code": code_of(secret)}).status_code == 200
    codes = app.ask("GET", "/account/authenticators/recovery-codes").answer["data"]["unused_codes"]

    other = App()
    pending = other.log_in()
    assert pending.status_code == 401
    assert {"id": "mfa_authenticate", "is_pending": True} in [
        {"id": flow["id"], "is_pending": flow.get("is_pending")} for flow in pending.answer["data"]["flows"]
    ]
    with pytest.raises(Exception, match="signed-out"):
        queries.app_session_actor(other.token)
    assert other.ask("POST", "/auth/2fa/authenticate", {"code": codes[3]}).status_code == 200
    assert queries.app_session_actor(other.token).user_id == queries.user_by_email(ALICE).pk


def test_a_passkey_signs_up_and_is_the_only_way_in() -> None:
    client, passkey = browser(), Passkey()
    client.post("/account/signup/passkey/", {"email": ALICE})
    client.post("/account/confirm-email/", {"code": last_code()})
    assert not is_signed_in(client)
    page = client.get("/account/2fa/webauthn/signup/")
    made = passkey.create(page.context["js_data"]["creation_options"])
    client.post("/account/2fa/webauthn/signup/", {"name": "Alice's telephone", "credential": as_json(made)})
    assert is_signed_in(client)
    assert not queries.user_by_email(ALICE).has_usable_password()

    again = browser()
    options = again.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()[
        "request_options"
    ]
    again.post("/account/2fa/webauthn/login/", {"credential": as_json(passkey.get(options))})
    assert is_signed_in(again)


def test_an_app_signs_up_and_in_by_passkey() -> None:
    app, passkey = App(), Passkey()
    app.ask("POST", "/auth/webauthn/signup", {"email": ALICE})
    app.ask("POST", "/auth/email/verify", {"key": last_code()})
    options = app.ask("GET", "/auth/webauthn/signup").answer["data"]["creation_options"]
    body = {"name": "Telephone", "credential": passkey.create(options)}
    assert app.ask("PUT", "/auth/webauthn/signup", body).status_code == 200
    other = App()
    options = other.ask("GET", "/auth/webauthn/login").answer["data"]["request_options"]
    assert other.ask("POST", "/auth/webauthn/login", {"credential": passkey.get(options)}).status_code == 200
    assert queries.app_session_actor(other.token).user_id == queries.user_by_email(ALICE).pk


def test_a_passkey_of_another_site_signs_nobody_in() -> None:
    client, passkey = browser(), Passkey(origin="https://nutshell.example.net")
    client.post("/account/signup/passkey/", {"email": ALICE})
    client.post("/account/confirm-email/", {"code": last_code()})
    made = passkey.create(client.get("/account/2fa/webauthn/signup/").context["js_data"]["creation_options"])
    client.post("/account/2fa/webauthn/signup/", {"name": "x", "credential": as_json(made)})
    assert not is_signed_in(client)


def test_a_reset_password_does_not_go_around_the_second_factor() -> None:
    with_totp(browser())
    client = browser()
    client.post("/account/password/reset/", {"email": ALICE})
    page = client.get(last_link(), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    assert not is_signed_in(client)
    assert log_in(client, password=OTHER_PASSPHRASE).url == "/account/2fa/authenticate/"
    assert not is_signed_in(client)


def test_a_reset_password_does_not_go_around_a_passkey() -> None:
    client, passkey = browser(), Passkey()
    client.post("/account/signup/passkey/", {"email": ALICE})
    client.post("/account/confirm-email/", {"code": last_code()})
    made = passkey.create(client.get("/account/2fa/webauthn/signup/").context["js_data"]["creation_options"])
    client.post("/account/2fa/webauthn/signup/", {"name": "x", "credential": as_json(made)})
    thief = browser()
    thief.post("/account/password/reset/", {"email": ALICE})
    page = thief.get(last_link(), follow=True)
    thief.post(page.request["PATH_INFO"], {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE})
    log_in(thief, password=OTHER_PASSPHRASE)
    assert not is_signed_in(thief)


def test_a_short_password_is_fine_beside_an_app_and_then_keeps_the_app() -> None:
    client = browser()
    with_totp(client)
    change = {"oldpassword": PASSPHRASE, "password1": SHORT, "password2": SHORT}
    assert client.post("/account/password/change/", change).status_code == 302
    reauthenticate(client, SHORT)
    kept = client.post("/account/2fa/totp/deactivate/", {})
    assert "at least 15 characters" in kept.content.decode()
    change = {"oldpassword": SHORT, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    client.post("/account/password/change/", change)
    reauthenticate(client, OTHER_PASSPHRASE)
    client.post("/account/2fa/totp/deactivate/", {})
    assert log_in(browser(), password=OTHER_PASSPHRASE).url == "/"


@pytest.mark.django_db(databases=["default", "records"], transaction=True)
def test_an_app_cannot_remove_the_last_factor_beside_a_short_password() -> None:
    client = browser()
    with_totp(client)
    client.post("/account/password/change/", {"oldpassword": PASSPHRASE, "password1": SHORT, "password2": SHORT})
    reauthenticate(client, SHORT)
    app = App(token=client.cookies["__Host-session"].value)
    refused = app.ask("DELETE", "/account/authenticators/totp")
    assert refused.status_code == 409
    assert "15 characters" in refused.answer["errors"][0]["message"]
    assert app.ask("GET", "/account/authenticators/totp").status_code == 200


@pytest.mark.django_db(databases=["default", "records"], transaction=True)
def test_the_only_passkey_of_somebody_without_a_password_cannot_be_removed() -> None:
    app, passkey = App(), Passkey()
    app.ask("POST", "/auth/webauthn/signup", {"email": ALICE})
    app.ask("POST", "/auth/email/verify", {"key": last_code()})
    options = app.ask("GET", "/auth/webauthn/signup").answer["data"]["creation_options"]
    app.ask("PUT", "/auth/webauthn/signup", {"name": "Telephone", "credential": passkey.create(options)})
    options = app.ask("GET", "/auth/webauthn/reauthenticate").answer["data"]["request_options"]
    app.ask("POST", "/auth/webauthn/reauthenticate", {"credential": passkey.get(options)})
    mine = app.ask("GET", "/account/authenticators").answer["data"]
    refused = app.ask("DELETE", "/account/authenticators/webauthn", {"authenticators": [mine[0]["id"]]})
    assert refused.status_code == 409
    assert len(app.ask("GET", "/account/authenticators").answer["data"]) == len(mine)
