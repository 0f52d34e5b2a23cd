"""Sealed accounts at both doors (req-24, req-37): sealing, the second factor, opening later, new passwords."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.doors.accounts.passkey import Passkey, as_json
from tests.doors.accounts.people import (
    ALICE,
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
from tests.doors.accounts.test_accounts_factors import SHORT, code_of

from nutshell.accounts import queries, waiting
from nutshell.accounts.models import Guess, Session, Token, User
from nutshell.accounts.sessions import SessionStore
from nutshell.common import clock
from nutshell.vault import sealed
from nutshell.vault.factors import new_recovery_code
from nutshell.vault.slots.models import Keyslot

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
PAGE, UNLOCK = "/settings/sealed", "/unlock"


def text_of(answer: Any) -> str:
    return answer.content.decode()


def shown_code(client: Client) -> str:
    return re.search(r'class="phrase">([0-9A-Z-]{39})<', text_of(client.post(PAGE, {"act": "code"})))[1]


def with_diary() -> Client:
    client = browser()
    sign_up(client)
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})
    reauthenticate(client)
    return client


def with_sealed_diary() -> tuple[Client, str]:
    client = with_diary()
    code = shown_code(client)
    assert client.post(PAGE, {"act": "seal", "recovery_code": code, "password": PASSPHRASE}).status_code == 303
    return client, code


def kinds() -> list[str]:
    return sorted(Keyslot.objects.values_list("kind", flat=True))


def opens_diary(client: Client) -> bool:
    return client.get("/foods").status_code == 200


# ---------- sealing ----------


def test_a_code_is_shown_once_typed_back_and_then_the_account_is_sealed() -> None:
    client = with_diary()
    code = shown_code(client)
    assert kinds() == ["server"], "nothing is sealed before the code is typed back"
    wrong = client.post(PAGE, {"act": "seal", "recovery_code": new_recovery_code(), "password": PASSPHRASE})
    assert wrong.status_code == 422
    assert "This is not the code that was shown" in text_of(wrong)
    assert code not in text_of(wrong)
    wrong = client.post(PAGE, {"act": "seal", "recovery_code": code, "password": OTHER_PASSPHRASE})
    assert "This is not your password" in text_of(wrong)
    assert kinds() == ["server"]
    sent = {"act": "seal", "recovery_code": code.lower().replace("-", " "), "password": PASSPHRASE}
    assert client.post(PAGE, sent).status_code == 303
    assert kinds() == ["password", "recovery"]
    page = text_of(client.get(PAGE))
    assert "nobody can open it, not even us" in page
    assert code not in page
    assert opens_diary(client), "the session that sealed goes on"
    assert "Your account was sealed" in text_of(client.get("/access"))


def test_a_code_of_another_session_or_none_seals_nothing() -> None:
    client = with_diary()
    code = shown_code(client)
    other = browser()
    log_in(other)
    for sent in (code, ""):
        answer = other.post(PAGE, {"act": "seal", "recovery_code": sent, "password": PASSPHRASE})
        assert answer.status_code == 422
    assert kinds() == ["server"]


def test_the_code_lies_nowhere_between_its_showing_and_its_typing() -> None:
    client = with_diary()
    code = shown_code(client)
    store = SessionStore(client.cookies["__Host-session"].value)
    held = json.dumps(store.load())
    assert code not in held
    assert code.replace("-", "") not in held


def test_sealing_asks_for_a_fresh_proof() -> None:
    client = with_diary()
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    for answer in (client.get(PAGE), client.post(PAGE, {"act": "code"}), client.post(PAGE, {"act": "unseal"})):
        assert answer.url.startswith("/account/reauthenticate/")


def test_a_short_password_cannot_seal_and_a_sealed_account_takes_none() -> None:
    client = with_diary()
    secret = re.search(r"[A-Z2-7]{32}", text_of(client.get("/account/2fa/totp/activate/")))[0]
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    change = {"oldpassword": PASSPHRASE, "password1": SHORT, "password2": SHORT}
    assert client.post("/account/password/change/", change).status_code == 302
    reauthenticate(client, SHORT)
    assert "Make a recovery code" not in text_of(client.get(PAGE))
    refused = client.post(PAGE, {"act": "seal", "recovery_code": shown_code(client), "password": SHORT})
    assert refused.status_code == 422
    assert kinds() == ["server"]
    client.post("/account/password/change/", {"oldpassword": SHORT, "password1": PASSPHRASE, "password2": PASSPHRASE})
    reauthenticate(client)
    sealed = client.post(PAGE, {"act": "seal", "recovery_code": shown_code(client), "password": PASSPHRASE})
    assert sealed.status_code == 303
    again = client.post("/account/password/change/", change)
    assert "too short" in text_of(again)


def test_unsealing_gives_the_server_its_slot_back() -> None:
    client, _ = with_sealed_diary()
    assert client.post(PAGE, {"act": "unseal"}).status_code == 303
    assert kinds() == ["server"]
    again = browser()
    log_in(again)
    assert opens_diary(again)


def test_a_new_recovery_code_counts_when_it_is_typed_back() -> None:
    client, old = with_sealed_diary()
    new = shown_code(client)
    locked = locked_session()
    assert locked.post(UNLOCK, {"recovery_code": new}).status_code == 422
    assert client.post(PAGE, {"act": "keep", "recovery_code": new}).status_code == 303
    assert locked.post(UNLOCK, {"recovery_code": old}).status_code == 422
    assert locked.post(UNLOCK, {"recovery_code": new}).status_code == 303
    assert opens_diary(locked)


# ---------- signing in ----------


def locked_session() -> Client:
    """Somebody who signed in without bringing the account's key, as by a passkey that has none."""
    client = browser()
    user = queries.user_by_email(ALICE)
    client.force_login(user)
    return client


def test_a_password_opens_a_sealed_account_as_it_signs_in() -> None:
    with_sealed_diary()
    client = browser()
    log_in(client)
    assert opens_diary(client)
    assert waiting.FIELD not in SessionStore(client.cookies["__Host-session"].value).load()


def test_an_app_signs_in_to_a_sealed_account() -> None:
    with_sealed_diary()
    app = App()
    assert app.log_in().status_code == 200
    assert app.ask("GET", "/foods/mine", prefix="/api/v1").status_code == 200


def test_the_key_waits_sealed_until_the_second_factor_has_passed() -> None:
    client = with_diary()
    secret = re.search(r"[A-Z2-7]{32}", text_of(client.get("/account/2fa/totp/activate/")))[0]
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    reauthenticate(client)
    client.post(PAGE, {"act": "seal", "recovery_code": shown_code(client), "password": PASSPHRASE})
    assert kinds() == ["password", "recovery"]
    other = browser()
    assert log_in(other).url == "/account/2fa/authenticate/"
    pending = SessionStore(other.cookies["__Host-session"].value)
    assert waiting.FIELD in pending.load()
    assert pending.keys_packed == b"", "the vault is not open before the second factor"
    assert not is_signed_in(other)
    other.post("/account/2fa/authenticate/", {"code": "000000"})
    assert not is_signed_in(other)
    assert SessionStore(other.cookies["__Host-session"].value).keys_packed == b""
    other.post("/account/2fa/authenticate/", {"code": code_of(secret, 2)})
    assert opens_diary(other)
    assert waiting.FIELD not in SessionStore(other.cookies["__Host-session"].value).load()


def test_a_session_without_the_key_reads_nothing_and_is_asked_for_it() -> None:
    _, code = with_sealed_diary()
    client = locked_session()
    for url in ("/foods", "/access", "/settings", "/account/close", PAGE, "/trends"):
        answer = client.get(url)
        assert answer.status_code == 303, url
        assert answer.url.startswith(UNLOCK) or answer.url.startswith("/account/reauthenticate")
    assert client.post(UNLOCK, {"password": OTHER_PASSPHRASE}).status_code == 422
    assert client.post(UNLOCK, {"recovery_code": new_recovery_code()}).status_code == 422
    assert client.post(UNLOCK, {}).status_code == 422
    assert not opens_diary(client)
    client.post(UNLOCK, {"recovery_code": code})
    assert opens_diary(client)
    other = locked_session()
    other.post(f"{UNLOCK}?next=/foods", {"password": PASSPHRASE})
    assert opens_diary(other)


def test_a_session_without_the_key_can_remove_or_overwrite_nothing() -> None:
    """Declining, agreeing, withdrawing and closing all need the owner's signature: none of them goes past it."""
    with_sealed_diary()
    client, before = locked_session(), (User.objects.count(), kinds())
    fresh = client.session
    fresh["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp()}]
    fresh.save()
    client.post("/consent/health-data", {"act": "decline"})
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})
    client.post("/consent/health-data/withdraw", {"sure": "yes"})
    client.post("/account/close", {"sure": "yes"})
    client.post("/access/tokens/new", {"name": "x", "scope": ["all"]})
    client.post(PAGE, {"act": "unseal"})
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    assert client.post("/account/password/change/", change).url.startswith(UNLOCK)
    assert (User.objects.count(), kinds()) == before
    assert Token.objects.count() == 0
    again = browser()
    log_in(again)
    assert opens_diary(again)


def test_an_app_without_the_key_removes_nothing_even_with_the_password() -> None:
    with_sealed_diary()
    client = locked_session()
    fresh = client.session
    fresh["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp()}]
    fresh.save()
    app = App(token=client.cookies["__Host-session"].value)
    for path, body in (("/account", {"password": PASSPHRASE}), ("/account", None), ("/consents/health-data", None)):
        refused = v1(app, "DELETE", path, body)
        assert (refused.status_code, refused.answer["type"]) == (403, "sealed")
    assert (User.objects.count(), kinds()) == (1, ["password", "recovery"])
    assert queries.consents(User.objects.get().pk)[0].given_at is not None


def test_no_more_than_a_hundred_wrong_codes_are_tried() -> None:
    _, code = with_sealed_diary()
    client = locked_session()
    client.post(UNLOCK, {"recovery_code": new_recovery_code()})
    assert Guess.objects.filter(target=f"recovery:{queries.user_by_email(ALICE).pk}").update(count=100) == 1
    assert client.post(UNLOCK, {"recovery_code": code}).status_code == 429
    assert not opens_diary(client)


# ---------- passwords ----------


def test_a_changed_password_rewraps_one_slot_and_ends_other_sessions() -> None:
    client, _ = with_sealed_diary()
    other = browser()
    log_in(other)
    recovery = bytes(Keyslot.objects.get(kind="recovery").packed)
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    assert client.post("/account/password/change/", change).status_code == 302
    assert kinds() == ["password", "recovery"]
    assert bytes(Keyslot.objects.get(kind="recovery").packed) == recovery
    assert opens_diary(client)
    assert not is_signed_in(other)
    again = browser()
    log_in(again)
    assert not is_signed_in(again)
    log_in(again, password=OTHER_PASSPHRASE)
    assert opens_diary(again)


def test_a_change_that_is_not_stored_leaves_the_old_password(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = with_sealed_diary()
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    with monkeypatch.context() as patch:
        patch.setattr(User, "save", lambda *_, **__: (_ for _ in ()).throw(OSError("disk")))
        with pytest.raises(OSError, match="disk"):
            client.post("/account/password/change/", change)
    assert kinds() == ["password", "recovery"]
    again = browser()
    log_in(again)
    assert opens_diary(again)


def test_of_two_changes_at_once_the_password_stored_last_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another device's change comes whole between this one's new slot and its new password."""
    client, _ = with_sealed_diary()
    other, third, add, between = browser(), "saffron ladder glacier pebble", sealed.add, []
    log_in(other)

    def other_change_next(*rest: Any) -> bytes:
        made = add(*rest)
        if not between:
            between.append(True)
            earlier = {"oldpassword": PASSPHRASE, "password1": third, "password2": third}
            assert other.post("/account/password/change/", earlier).status_code == 302
            assert kinds() == ["password", "recovery"]
        return made

    monkeypatch.setattr(sealed, "add", other_change_next)
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    client.post("/account/password/change/", change)
    assert kinds() == ["password", "recovery"]
    again = browser()
    log_in(again, password=OTHER_PASSPHRASE)
    assert opens_diary(again)


def test_a_sealed_account_is_closed_by_its_owner_like_any_other() -> None:
    client, _ = with_sealed_diary()
    assert client.post("/account/close", {"sure": "yes"}).url.startswith("/account/receipt/")
    assert User.objects.count() == Keyslot.objects.count() == 0


def reset_page(visitor: Client) -> Any:
    visitor.post("/account/password/reset/", {"email": ALICE})
    return visitor.get(last_link(), follow=True)


NEW = {"password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}


@pytest.mark.parametrize("code", [None, "", "wrong", "0000-0000"])
def test_a_reset_of_a_sealed_account_is_refused_without_its_recovery_code(code: str | None) -> None:
    with_sealed_diary()
    visitor = browser()
    page = reset_page(visitor)
    asked = text_of(page)
    assert asked.index('name="recovery_code"') < asked.index('name="password1"')
    sent = NEW if code is None else NEW | {"recovery_code": new_recovery_code() if code == "wrong" else code}
    assert visitor.post(page.request["PATH_INFO"], sent).status_code == 200
    again = browser()
    log_in(again, password=OTHER_PASSPHRASE)
    assert not is_signed_in(again)
    log_in(again)
    assert opens_diary(again)


def test_a_signed_in_session_does_not_stand_in_for_the_code_of_a_reset() -> None:
    client, _ = with_sealed_diary()
    page = reset_page(client)
    assert client.post(page.request["PATH_INFO"], NEW).status_code == 200
    assert log_in(browser(), password=OTHER_PASSPHRASE).status_code == 200
    assert queries.user_by_email(ALICE).check_password(PASSPHRASE)


def test_a_reset_with_the_recovery_code_opens_with_the_new_password_only() -> None:
    old_session, code = with_sealed_diary()
    visitor = browser()
    page = reset_page(visitor)
    assert visitor.post(page.request["PATH_INFO"], NEW | {"recovery_code": code}).status_code == 302
    assert not is_signed_in(visitor)
    assert not is_signed_in(old_session)
    assert kinds() == ["password", "recovery"]
    log_in(visitor)
    assert not is_signed_in(visitor)
    log_in(visitor, password=OTHER_PASSPHRASE)
    assert opens_diary(visitor)
    assert "Your recovery code was used" in text_of(visitor.get("/access"))


def test_a_reset_with_the_code_does_not_go_around_the_second_factor() -> None:
    client = with_diary()
    secret = re.search(r"[A-Z2-7]{32}", text_of(client.get("/account/2fa/totp/activate/")))[0]
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    reauthenticate(client)
    code = shown_code(client)
    client.post(PAGE, {"act": "seal", "recovery_code": code, "password": PASSPHRASE})
    visitor = browser()
    page = reset_page(visitor)
    visitor.post(page.request["PATH_INFO"], NEW | {"recovery_code": code})
    assert log_in(visitor, password=OTHER_PASSPHRASE).url == "/account/2fa/authenticate/"
    assert not is_signed_in(visitor)
    visitor.post("/account/2fa/authenticate/", {"code": code_of(secret, 2)})
    assert opens_diary(visitor)


def test_an_unsealed_account_is_reset_as_before_and_no_slot_changes() -> None:
    with_diary()
    before = [bytes(slot.packed) for slot in Keyslot.objects.all()]
    visitor = browser()
    page = reset_page(visitor)
    assert 'name="recovery_code"' not in text_of(page)
    assert visitor.post(page.request["PATH_INFO"], NEW).status_code == 302
    assert [bytes(slot.packed) for slot in Keyslot.objects.all()] == before
    log_in(visitor, password=OTHER_PASSPHRASE)
    assert opens_diary(visitor)


def test_a_reset_by_an_app_asks_for_the_code_too() -> None:
    _, code = with_sealed_diary()
    app = App()
    app.ask("POST", "/auth/password/request", {"email": ALICE})
    key = re.search(r"/key/([^/\s]+)", last_link())
    body = {"key": key[1] if key else last_link().rstrip("/").rsplit("/", 1)[1], "password": OTHER_PASSPHRASE}
    for more in ({}, {"recovery_code": new_recovery_code()}, {"recovery_code": 7}, {"recovery_code": None}):
        refused = app.ask("POST", "/auth/password/reset", body | more)
        assert refused.status_code == 400
        assert refused.answer["errors"][0]["code"].startswith("recovery_code_")
    assert queries.user_by_email(ALICE).check_password(PASSPHRASE)
    app.ask("POST", "/auth/password/reset", body | {"recovery_code": code})
    other = App()
    assert other.log_in(password=OTHER_PASSPHRASE).status_code == 200
    assert other.ask("GET", "/foods/mine", prefix="/api/v1").status_code == 200


# ---------- the API's twin ----------


def v1(app: App, method: str, path: str, body: Any = None) -> Any:
    return app.ask(method, path, body, prefix="/api/v1")


def app_with_diary() -> App:
    app = App()
    app.sign_up()
    v1(app, "POST", "/consents", {"document": "health-data", "version": "1"})
    app.ask("POST", "/auth/reauthenticate", {"password": PASSPHRASE})
    return app


def test_an_app_seals_renews_the_code_and_unseals() -> None:
    app = app_with_diary()
    assert v1(app, "GET", "/account/sealed").answer == {"sealed": False, "open": True, "ways": []}
    code = v1(app, "POST", "/account/recovery-code").answer["recovery_code"]
    refused = v1(app, "PUT", "/account/sealed", {"recovery_code": code, "password": OTHER_PASSPHRASE})
    assert (refused.status_code, list(refused.answer["fields"])) == (422, ["password"])
    state = v1(app, "PUT", "/account/sealed", {"recovery_code": code, "password": PASSPHRASE}).answer
    assert (state["sealed"], state["open"], sorted(way["kind"] for way in state["ways"])) == (
        True, True, ["password", "recovery"],
    )  # fmt: skip
    again = v1(app, "PUT", "/account/sealed", {"recovery_code": code, "password": PASSPHRASE})
    assert again.status_code == 409
    new = v1(app, "POST", "/account/recovery-code").answer["recovery_code"]
    assert v1(app, "PUT", "/account/recovery-code", {"recovery_code": code}).status_code == 422
    assert v1(app, "PUT", "/account/recovery-code", {"recovery_code": new}).status_code == 200
    assert v1(app, "DELETE", "/account/sealed").answer["sealed"] is False
    assert v1(app, "DELETE", "/account/sealed").status_code == 409
    assert kinds() == ["server"]


def test_an_app_without_the_key_gets_problem_documents_and_opens() -> None:
    _, code = with_sealed_diary()
    client = locked_session()
    app = App(token=client.cookies["__Host-session"].value)
    for method, path in (("GET", "/foods/mine"), ("GET", "/audit"), ("POST", "/account/recovery-code")):
        refused = v1(app, method, path)
        assert (refused.status_code, refused.answer["type"]) in {(403, "sealed"), (401, "step-up-required")}
    assert v1(app, "GET", "/account/sealed").answer["open"] is False
    assert v1(app, "POST", "/account/sealed/open", {}).status_code == 422
    assert v1(app, "POST", "/account/sealed/open", {"password": OTHER_PASSPHRASE}).status_code == 422
    assert v1(app, "POST", "/account/sealed/open", {"recovery_code": code}).answer["open"] is True
    assert v1(app, "GET", "/foods/mine").status_code == 200


def test_a_token_of_a_sealed_account_goes_on_and_is_no_way_to_the_sealing() -> None:
    client, _ = with_sealed_diary()
    made = client.post("/access/tokens/new", {"name": "Scale", "scope": ["diary:read"], "until": ""})
    token = re.search(r"nutshell_[\w-]{43}", text_of(made))[0]
    api = browser(authorization=f"Bearer {token}")
    assert api.get("/api/v1/diary/2026-11-23").status_code == 200
    assert api.get("/api/v1/account/sealed").status_code == 401
    Token.objects.update(epoch=clock.utc_day() - timedelta(days=1))
    assert api.get("/api/v1/diary/2026-11-23").status_code == 200, "a new day opens the token's own slot"


def test_a_passkey_without_a_key_of_its_own_leads_to_the_password() -> None:
    client, passkey = with_diary(), Passkey()
    page = client.get("/account/2fa/webauthn/add/")
    made = passkey.create(page.context["js_data"]["creation_options"])
    client.post("/account/2fa/webauthn/add/", {"name": "Key", "passwordless": "on", "credential": as_json(made)})
    reauthenticate(client)
    client.post(PAGE, {"act": "seal", "recovery_code": shown_code(client), "password": PASSPHRASE})
    other = browser()
    options = other.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    other.post("/account/2fa/webauthn/login/", {"credential": as_json(passkey.get(options["request_options"]))})
    assert Session.objects.filter(user__isnull=False).count() >= 2
    assert other.get("/foods").url.startswith(UNLOCK)
    other.post(f"{UNLOCK}?next=/foods", {"password": PASSPHRASE})
    assert opens_diary(other)


# ---------- passkeys with a key of their own ----------

PRF = "cHJm" * 10 + "cHI"
"""32 bytes in base64url, as a passkey's PRF gives them."""


def passkey_signs_in(client: Client, passkey: Passkey, prf: str) -> Any:
    options = client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    sent = {"credential": as_json(passkey.get(options["request_options"])), "prf": prf}
    return client.post("/account/2fa/webauthn/login/", sent)


def with_passkey_that_opens() -> tuple[Client, Passkey]:
    client, passkey = with_diary(), Passkey()
    made = passkey.create(client.get("/account/2fa/webauthn/add/").context["js_data"]["creation_options"])
    client.post("/account/2fa/webauthn/add/", {"name": "Key", "passwordless": "on", "credential": as_json(made)})
    reauthenticate(client)
    client.post(PAGE, {"act": "seal", "recovery_code": shown_code(client), "password": PASSPHRASE})
    assert client.post(PAGE, {"act": "passkey", "prf": PRF}).status_code == 303
    assert kinds() == ["passkey", "password", "recovery"]
    return client, passkey


def test_a_passkey_with_a_key_of_its_own_opens_as_it_signs_in() -> None:
    _, passkey = with_passkey_that_opens()
    other = browser()
    passkey_signs_in(other, passkey, PRF)
    assert opens_diary(other)


@pytest.mark.parametrize("prf", ["", "A" * 43, "cHJm", "no base64!", PRF[:-1]])
def test_another_passkeys_key_or_garbage_opens_nothing(prf: str) -> None:
    _, passkey = with_passkey_that_opens()
    other = browser()
    passkey_signs_in(other, passkey, prf)
    assert other.get("/foods").url.startswith(UNLOCK)
    assert other.post(UNLOCK, {"prf": prf}).status_code == 422
    assert other.post(f"{UNLOCK}?next=/foods", {"prf": PRF}).status_code == 303
    assert opens_diary(other)


def test_a_passkeys_key_alone_signs_nobody_in() -> None:
    with_passkey_that_opens()
    visitor = browser()
    visitor.post("/account/login/", {"login": ALICE, "password": OTHER_PASSPHRASE, "prf": PRF})
    assert not is_signed_in(visitor)
    assert visitor.post(UNLOCK, {"prf": PRF}).url.startswith("/account/login/")


@pytest.mark.django_db(databases=["default", "records"], transaction=True)
def test_a_removed_passkey_opens_nothing_any_more() -> None:
    client, _ = with_passkey_that_opens()
    removal = re.search(r'href="(/account/2fa/webauthn/[^"]*/remove/)"', text_of(client.get("/account/2fa/webauthn/")))
    locked = locked_session()
    reauthenticate(locked)
    assert locked.post(removal[1]).url.startswith(UNLOCK), "without the owner's keys its slot could not go"
    assert kinds() == ["passkey", "password", "recovery"]
    client.post(removal[1])
    assert kinds() == ["password", "recovery"]
    assert locked.post(UNLOCK, {"prf": PRF}).status_code == 422


def test_passkeys_are_let_open_and_stopped_by_an_app_at_most_eight() -> None:
    app = app_with_diary()
    assert v1(app, "POST", "/account/sealed/passkeys", {"prf": PRF}).status_code == 409
    code = v1(app, "POST", "/account/recovery-code").answer["recovery_code"]
    v1(app, "PUT", "/account/sealed", {"recovery_code": code, "password": PASSPHRASE})
    assert v1(app, "POST", "/account/sealed/passkeys", {"prf": "x"}).status_code == 422
    for n in range(8):
        assert v1(app, "POST", "/account/sealed/passkeys", {"prf": f"{n}" * 42 + "A"}).status_code == 201
    assert v1(app, "POST", "/account/sealed/passkeys", {"prf": PRF}).status_code == 422
    assert v1(app, "DELETE", "/account/sealed/passkeys").status_code == 200
    assert kinds() == ["password", "recovery"]
