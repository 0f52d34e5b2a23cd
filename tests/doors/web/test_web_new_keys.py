"""New keys at both doors: what ends, what goes on, and that a log-in finishes what was cut off."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.doors.accounts.people import PASSPHRASE, App, browser, is_signed_in, log_in, reauthenticate, sign_up

from nutshell.accounts.models import Token, User
from nutshell.vault import keyslots, rekeying
from nutshell.vault.slots.models import Keyslot, StagedKeys

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
PAGE, SEALED, DAY, API = "/settings/new-keys", "/settings/sealed", "/day/2026-11-23", "/api/v1"


def with_diary() -> Client:
    client = browser()
    sign_up(client)
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})
    reauthenticate(client)
    client.post(f"{DAY}/note", {"note": "walked home"})
    return client


def text_of(answer: Any) -> str:
    return answer.content.decode()


def shown_code(client: Client, page: str) -> str:
    return re.search(r'class="phrase">([0-9A-Z-]{39})<', text_of(client.post(page, {"act": "code"})))[1]


def with_token(token: str) -> Any:
    return browser(authorization=f"Bearer {token}").get(f"{API}/diary/2026-11-23")


def slot() -> bytes:
    return bytes(Keyslot.objects.get(kind="server").slot_id)


def test_this_device_goes_on_and_all_others_are_signed_out() -> None:
    client = with_diary()
    other = browser()
    log_in(other)
    before = slot()
    assert "Make new keys" in text_of(client.get(PAGE))
    assert client.post(PAGE, {"act": "renew"}).status_code == 303
    assert slot() != before
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert "walked home" in text_of(client.get(DAY))
    log_in(other)
    assert "walked home" in text_of(other.get(DAY))
    assert "You made new keys" in text_of(client.get("/access/ledger"))


def test_tokens_end_and_the_app_that_makes_the_keys_goes_on() -> None:
    with_diary()
    app = App()
    app.log_in()
    made = app.ask("POST", "/tokens", {"name": "phone", "scopes": ["all"]}, API).answer["token"]
    assert with_token(made).status_code == 200
    answer = app.ask("POST", "/account/keys", {}, API)
    assert answer.status_code == 200, answer.content
    assert not Token.objects.exists()
    assert with_token(made).status_code == 401
    assert app.ask("GET", "/profile", None, API).status_code == 200


def test_it_needs_a_fresh_proof() -> None:
    with_diary()
    late = browser()
    log_in(late)
    session = late.session
    session["account_authentication_methods"] = []
    session.save()
    answer = late.post(PAGE, {"act": "renew"})
    assert answer.status_code == 303
    assert "reauthenticate" in answer["Location"]
    assert Keyslot.objects.count() == 1


def test_a_sealed_account_needs_a_new_code_typed_back() -> None:
    client = with_diary()
    code = shown_code(client, SEALED)
    client.post(SEALED, {"act": "seal", "recovery_code": code, "password": PASSPHRASE})
    new = shown_code(client, PAGE)
    wrong = client.post(PAGE, {"act": "renew", "recovery_code": code, "password": PASSPHRASE})
    assert wrong.status_code == 422
    assert "not the code that was shown" in text_of(wrong)
    assert client.post(PAGE, {"act": "renew", "recovery_code": new, "password": "something else"}).status_code == 422
    done = client.post(PAGE, {"act": "renew", "recovery_code": new, "password": PASSPHRASE})
    assert done.status_code == 303
    assert "walked home" in text_of(client.get(DAY))
    client.post("/account/logout/")
    log_in(client)
    assert "walked home" in text_of(client.get(DAY))


@pytest.mark.parametrize("step", ["_install", "finish"])
def test_a_log_in_finishes_what_was_cut_off(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    client = with_diary()

    class CutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(rekeying, step, cut)
        with pytest.raises(CutError):
            client.post(PAGE, {"act": "renew"})
    again = browser()
    log_in(again)
    assert "walked home" in text_of(again.get(DAY))
    assert not StagedKeys.objects.exists()
    assert len(keyslots.of_kind(User.objects.get().subject_id, "server")) == 1
