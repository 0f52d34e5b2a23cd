"""req-38 at the doors of this room: garbage is answered with 4xx, never with 5xx, and nothing of it is stored."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from tests.doors.accounts.passkey import Passkey
from tests.doors.accounts.people import ALICE, HOST, PASSPHRASE, App, browser, last_code, sign_up
from tests.keystore import KeyStoreProcess

from nutshell.accounts.models import User
from nutshell.vault import installation
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.passwords import AT_ONCE

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
DEEP = "[" * 100_000
LONG = b"9" * 5_000
VALUES: list[Any] = [
    None,
    7,
    -1,
    1e308,
    True,
    "",
    "x" * 100_000,
    "a\0b",
    [],
    [[]],
    {},
    {"a": {"b": []}},
    "\ud800",
    "😀",
]
PATHS = {
    "/auth/signup": ("email", "password"),
    "/auth/login": ("email", "password"),
    "/auth/email/verify": ("key",),
    "/auth/password/request": ("email",),
    "/auth/password/reset": ("key", "password"),
    "/auth/2fa/authenticate": ("code",),
    "/auth/webauthn/login": ("credential",),
    "/auth/webauthn/signup": ("email",),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_value_in_an_apps_request_is_the_clients_fault(path: str, value: Any) -> None:
    answer = App().ask("POST", path, dict.fromkeys(PATHS[path], value))
    assert 400 <= answer.status_code < 500
    assert not User.objects.exists()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"7",
        DEEP.encode(),
        b'{"email": ' + DEEP.encode(),
        b'{"email": ' + LONG + b"}",
    ],
    ids=["empty", "no JSON", "no UTF-8", "list", "number", "deep", "deep inside", "more digits than Python reads"],
)
def test_a_body_that_is_no_object_is_the_clients_fault(path: str, body: bytes) -> None:
    client = browser()
    answer = client.generic("POST", f"/api/auth/app/v1{path}", body, content_type="application/json")
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "A" * 10_000, "../../etc", "A" * 42 + "="])
def test_a_made_up_session_token_is_nobody(token: str) -> None:
    answer = App(token=token.encode("utf-8").decode("latin-1")).ask("GET", "/auth/session")
    assert answer.status_code in (401, 410)


@pytest.mark.parametrize("path", ["/account/phone", "/auth/phone/verify", "/auth/code/confirm", "/tokens/refresh"])
def test_what_this_installation_does_not_have_is_absent(path: str) -> None:
    app = App()
    app.sign_up()
    assert app.ask("GET", path).status_code == 404
    assert app.ask("POST", path, {"phone": "+4612345678"}).status_code == 404


BROKEN: list[Any] = [
    {},
    [],
    "x",
    7,
    {"response": []},
    {"response": {"userHandle": 7}},
    {"response": {"userHandle": "é"}},
    {"id": "AAAA", "rawId": "AAAA", "response": {"clientDataJSON": "AAAA", "attestationObject": "AAAA"}},
    {
        "id": "AAAA",
        "rawId": "AAAA",
        "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "A"},
    },
    {"response": {"userHandle": "enp6enp6enp6enp6enp6enp6enp6"}},
]


@pytest.mark.parametrize("credential", BROKEN, ids=repr)
def test_a_broken_credential_is_the_clients_fault_at_both_doors(credential: Any) -> None:
    import json

    app = App()
    app.ask("GET", "/auth/webauthn/login")
    assert 400 <= app.ask("POST", "/auth/webauthn/login", {"credential": credential}).status_code < 500
    client = browser()
    client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    page = client.post("/account/2fa/webauthn/login/", {"credential": json.dumps(credential)})
    assert page.status_code < 500
    client.post("/account/signup/passkey/", {"email": ALICE})
    client.post("/account/confirm-email/", {"code": last_code()})
    client.get("/account/2fa/webauthn/signup/")
    page = client.post("/account/2fa/webauthn/signup/", {"name": "x", "credential": json.dumps(credential)})
    assert page.status_code < 500
    assert not Authenticator.objects.exists()


def test_a_signature_with_one_bit_flipped_signs_nobody_in() -> None:
    app, passkey = App(), Passkey()
    app.ask("POST", "/auth/webauthn/signup", {"email": ALICE})
    app.ask("POST", "/auth/email/verify", {"key": last_code()})
    options = app.ask("GET", "/auth/webauthn/signup").answer["data"]["creation_options"]
    app.ask("PUT", "/auth/webauthn/signup", {"name": "x", "credential": passkey.create(options)})
    other = App()
    options = other.ask("GET", "/auth/webauthn/login").answer["data"]["request_options"]
    credential = passkey.get(options)
    signature = credential["response"]["signature"]
    credential["response"]["signature"] = signature[:-8] + ("A" if signature[-8] != "A" else "B") + signature[-7:]
    assert other.ask("POST", "/auth/webauthn/login", {"credential": credential}).status_code == 400


def test_a_form_without_its_token_is_refused() -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True, SERVER_NAME=HOST, headers={"x-forwarded-proto": "https"})
    assert client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE}).status_code == 403
    assert not User.objects.exists()


def test_when_all_places_for_hashing_are_taken_the_answer_is_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    from nutshell.vault import passwords

    sign_up(browser())
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    for _ in range(AT_ONCE):
        passwords._turns.acquire()
    try:
        assert App().log_in().status_code == 429
    finally:
        for _ in range(AT_ONCE):
            passwords._turns.release()


def test_without_the_key_store_both_doors_answer_503(key_store: KeyStoreProcess) -> None:
    client, app = browser(), App()
    sign_up(client)
    app.log_in()
    reached = installation.client()
    installation.configure(KeyStoreClient.of_installation(("127.0.0.1", 9), key_store.pki, "node"))
    try:
        assert client.get("/account/email/").status_code == 503
        assert app.ask("GET", "/auth/session").status_code == 503
    finally:
        installation.configure(reached)
