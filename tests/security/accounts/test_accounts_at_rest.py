"""req-2, req-9, promise-P2, promise-P3: nothing that names, traces or signs in a person lies in clear."""

import base64
import re
import sqlite3
from pathlib import Path

import pytest
from django.core import mail
from django.db import connections
from tests.doors.accounts.passkey import Passkey, as_json
from tests.doors.accounts.people import (
    ALICE,
    BOB,
    PASSPHRASE,
    App,
    browser,
    is_signed_in,
    last_code,
    reauthenticate,
    sign_up,
)

from nutshell.accounts import actions, consents, queries
from nutshell.accounts.models import Session, User

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
AGENT, ADDRESS = "CanaryBrowser/7.31", "203.0.113.77"
NAME, KEY_NAME, TOKEN_NAME = "Canary Lindqvist", "Canary telephone", "Canary script"


def file_bytes(folder: Path) -> bytes:
    """Both databases as files hold them."""
    content = b""
    for alias in ("default", "records"):
        path = folder / f"{alias}.sqlite3"
        target = sqlite3.connect(path)
        connections[alias].ensure_connection()
        # Inside the test's open transaction a backup from this same connection sees its rows.
        target.executescript("\n".join(connections[alias].connection.iterdump()))
        target.commit()
        target.close()
        content += path.read_bytes()
    return content


def shapes(canary: str) -> list[bytes]:
    """A canary as it might stand there: raw, hex, base64 at each offset, UTF-16, lower and upper case."""
    raw = canary.encode()
    coded = [base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in range(3)]
    forms = [raw, raw.lower(), raw.upper(), raw.hex().encode(), raw.hex().upper().encode(), canary.encode("utf-16-le")]
    return [form for form in forms + coded if len(form) > 5]


def hits(content: bytes, canary: str) -> int:
    return sum(content.count(form) for form in shapes(canary))


def test_the_search_would_find_a_canary(tmp_path: Path) -> None:
    sign_up(browser())
    User.objects.update(language="canary-x")
    assert hits(file_bytes(tmp_path), "canary-x") > 0


def test_no_address_name_secret_agent_or_cookie_stands_in_the_databases(tmp_path: Path) -> None:
    client, passkey = browser(**{"user-agent": AGENT, "x-forwarded-for": ADDRESS}), Passkey()
    sign_up(client)
    user = queries.user_by_email(ALICE)
    actions.set_display_name(user, NAME)
    reauthenticate(client)
    secret = re.search(r"[A-Z2-7]{32}", client.get("/account/2fa/totp/activate/").content.decode())[0]
    from tests.doors.accounts.test_accounts_factors import code_of

    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    codes = re.findall(r"\b\d{10}\b", client.get("/account/2fa/recovery-codes/download/").content.decode())
    made = passkey.create(client.get("/account/2fa/webauthn/add/").context["js_data"]["creation_options"])
    added = client.post(
        "/account/2fa/webauthn/add/", {"name": KEY_NAME, "credential": as_json(made), "passwordless": "on"}
    )
    assert added.status_code == 302
    actions.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    cookie = client.cookies["__Host-session"].value
    token = actions.make_token(queries.app_session_actor(cookie), TOKEN_NAME, ["all"])
    browser().post("/account/signup/", {"email": BOB, "password1": PASSPHRASE})
    pending_code = last_code()
    invitation = actions.invite("dana@example.org")
    browser(**{"x-forwarded-for": ADDRESS}).post("/account/login/", {"login": BOB, "password": "wrong " + PASSPHRASE})

    content = file_bytes(tmp_path)
    canaries = [ALICE, BOB, "dana@example.org", NAME, KEY_NAME, TOKEN_NAME, AGENT, ADDRESS, PASSPHRASE, secret, *codes]
    canaries += [
        cookie,
        token.text,
        token.text.removeprefix("nutshell_"),
        invitation,
        pending_code,
        made["id"],
        "$argon2",
    ]
    assert {canary: hits(content, canary) for canary in canaries} == dict.fromkeys(canaries, 0)
    assert queries.user_by_email(ALICE).display_name == NAME
    assert is_signed_in(client)


def test_a_row_copied_to_another_cookie_opens_nothing() -> None:
    alice, bob = App(), App()
    alice.sign_up()
    bob.sign_up(BOB)
    rows = {row.user_id: row for row in Session.objects.filter(user__isnull=False)}
    hers, his = rows[queries.user_by_email(ALICE).pk], rows[queries.user_by_email(BOB).pk]
    Session.objects.filter(handle=his.handle).update(sealed=hers.sealed, epoch=hers.epoch, user_id=hers.user_id)
    with pytest.raises(Exception, match="signed-out"):
        queries.app_session_actor(bob.token)


def test_every_cookie_is_locked_to_host_https_and_server() -> None:
    client = browser()
    client.get("/account/signup/")
    client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    session = client.cookies["__Host-session"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (session["path"], session["domain"]) == ("/", "")
    reauthenticate(client)
    client.post("/account/confirm-email/", {"code": last_code()})
    assert set(client.cookies) >= {"__Host-session", "__Host-csrf", "__Host-messages"}
    for name, cookie in client.cookies.items():
        assert name.startswith("__Host-")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert cookie["secure"] or not cookie.value


def test_a_cookie_that_somebody_made_up_is_not_adopted() -> None:
    client = browser()
    client.cookies["__Host-session"] = "A" * 43
    client.post("/account/signup/", {"email": ALICE, "password1": PASSPHRASE})
    assert client.cookies["__Host-session"].value != "A" * 43


def test_mail_is_sent_to_the_address_only() -> None:
    sign_up(browser())
    assert {tuple(message.to) for message in mail.outbox} == {(ALICE,)}
