"""Trusted contacts (req-24): Alice sealed her account and names Bob; Charlie has nothing to do with it."""

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from tests.doors.accounts.people import (
    ALICE,
    BOB,
    CHARLIE,
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
from tests.doors.accounts.test_accounts_factors import code_of
from tests.keystore import KeyStoreProcess
from tests.security.accounts.test_accounts_sealed import (
    NEW,
    kinds,
    opens_diary,
    reset_page,
    text_of,
    with_sealed_diary,
)

from nutshell.accounts import contacts, queries
from nutshell.accounts.models import Guess, TrustedContact
from nutshell.common import clock, errors
from nutshell.envelope import statements
from nutshell.vault import installation
from nutshell.vault import queries as vaults
from nutshell.vault.sharing import grantee

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]


def app_of(client: Client) -> App:
    """The same session, as an app's."""
    return App(token=client.cookies["__Host-session"].value)


def asked(app: App, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = app.ask(method, path, body, prefix="/api/v1")
    assert answer.status_code == status, answer.content
    return answer.answer


def person(email: str) -> Client:
    client = browser()
    sign_up(client, email)
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})
    reauthenticate(client)
    return client


def subject_of(email: str) -> UUID:
    found = queries.user_by_email(email).subject_id
    assert found is not None
    return found


@pytest.fixture
def alice() -> App:
    grantee.forget()
    client, _code = with_sealed_diary()
    return app_of(client)


@pytest.fixture
def bob(alice: App) -> App:
    """Alice shares something with him: so she knows his keys. His own account is sealed, too."""
    app = app_of(person(BOB))
    is_sealed(app)
    made = asked(alice, "POST", "/grants", {"label": "Bob", "collections": ["targets"]}, 201)
    asked(app, "POST", "/invitations/" + made["link"].partition("/invited/")[2], status=202)
    asked(alice, "GET", "/diary/2026-11-23")
    return app


def is_sealed(app: App) -> None:
    code = asked(app, "POST", "/account/recovery-code", status=201)["recovery_code"]
    asked(app, "PUT", "/account/sealed", {"recovery_code": code, "password": PASSPHRASE})


def named(alice: App, bob: App, days: int = 3) -> str:
    """Bob is Alice's contact and said yes; the id."""
    body = {"contact": str(subject_of(BOB)), "days": days}
    (made,) = asked(alice, "POST", "/account/contacts", body, 201)["items"]
    asked(bob, "PATCH", f"/contacts/{made['id']}", {"accept": True}, 204)
    return str(made["id"])


def days_pass(key_store: KeyStoreProcess, days: int) -> None:
    """For both: what the accounts say, and what the key store counts by its own clock."""
    earlier = timedelta(days=days)
    for row in TrustedContact.objects.exclude(started_at=None):
        TrustedContact.objects.filter(id=row.id).update(started_at=row.started_at - earlier)
    only_the_key_stores_days_pass(key_store, days)


def only_the_key_stores_days_pass(key_store: KeyStoreProcess, days: int) -> None:
    with closing(sqlite3.connect(key_store.database, timeout=20)) as database, database:
        database.execute(
            "UPDATE secret SET started_at = datetime(started_at, ?) WHERE kind = 'contact'", [f"-{days} days"]
        )


def reset_with(code: str) -> Client:
    visitor = browser()
    page = reset_page(visitor)
    visitor.post(page.request["PATH_INFO"], NEW | {"recovery_code": code})
    return visitor


def comes_back(visitor: Client) -> bool:
    log_in(visitor, password=OTHER_PASSPHRASE)
    return is_signed_in(visitor) and opens_diary(visitor)


def test_a_contact_brings_alice_back_after_her_days(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    assert asked(bob, "POST", f"/contacts/{contact}/code", status=409)["type"] == "conflict"
    days_pass(key_store, 3)
    code = asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"]
    assert comes_back(reset_with(code))
    assert kinds() == ["password", "password", "recovery", "recovery"]  # of both
    assert TrustedContact.objects.get().state == "used"
    assert not comes_back(reset_with(code)) or queries.user_by_email(ALICE).check_password(OTHER_PASSPHRASE)


def test_req_24_before_her_days_are_over_the_key_store_gives_nothing(
    alice: App, bob: App, key_store: KeyStoreProcess
) -> None:
    """Whoever has the server's tables may write into them what they like: the key store has a clock of its own."""
    contact = named(alice, bob, days=5)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    TrustedContact.objects.update(started_at=clock.now() - timedelta(days=30))
    code = asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"]
    assert not comes_back(reset_with(code))
    only_the_key_stores_days_pass(key_store, 4)
    assert not comes_back(reset_with(code))


def test_a_recovery_that_nobody_began_gives_nothing(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    contact = named(alice, bob, days=1)
    TrustedContact.objects.update(started_at=clock.now() - timedelta(days=30), state="started")
    code = asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"]
    assert not comes_back(reset_with(code))


def test_alice_objects_and_what_was_handed_on_opens_nothing(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    days_pass(key_store, 3)
    code = asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"]
    before = TrustedContact.objects.get()
    asked(alice, "POST", f"/account/contacts/{contact}/stop", status=204)
    TrustedContact.objects.update(state="handed", handed=before.handed, word=before.word)  # put back by a table writer
    assert not comes_back(reset_with(code))
    kinds_told = [line["kind"] for line in asked(alice, "GET", "/audit")["items"]]
    assert kinds_told.index("contact-stopped") < kinds_told.index("contact-started") < kinds_told.index("contact-named")


def test_a_removed_contacts_old_row_opens_nothing(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    days_pass(key_store, 3)
    code = asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"]
    kept = TrustedContact.objects.get()
    asked(alice, "DELETE", f"/account/contacts/{contact}", status=204)
    kept.save(force_insert=True)
    assert not comes_back(reset_with(code))


def test_another_code_and_another_contact_open_nothing(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    contact = named(alice, bob)
    charlie = app_of(person(CHARLIE))
    for method, path in (("PATCH", ""), ("POST", "/start"), ("POST", "/code")):
        asked(charlie, method, f"/contacts/{contact}{path}", {"accept": True}, 404)
    asked(charlie, "POST", f"/account/contacts/{contact}/stop", status=404)
    asked(charlie, "DELETE", f"/account/contacts/{contact}", status=404)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    days_pass(key_store, 3)
    asked(bob, "POST", f"/contacts/{contact}/code", status=201)
    assert not comes_back(reset_with("0000-1111-2222-3333-4444-5555-6666-7777"))
    TrustedContact.objects.update(grantee_id=subject_of(CHARLIE))
    assert asked(charlie, "POST", f"/contacts/{contact}/code", status=409)["type"] == "tampered"


def test_the_key_store_takes_nobodys_word_but_the_contacts_own(
    alice: App, bob: App, key_store: KeyStoreProcess
) -> None:
    named(alice, bob)
    slot_id, client = bytes(TrustedContact.objects.get().slot_id), installation.client()
    charlie = person(CHARLIE)
    keys = vaults.open_by_server_slot(subject_of(CHARLIE), "login")
    forged = statements.sign(keys.signing, "contact-start", subject_of(BOB), slot_id, 0)
    own = statements.sign(keys.signing, "contact-start", subject_of(CHARLIE), slot_id, 0)
    for word in (forged, own):
        with pytest.raises(errors.Forbidden):
            client.start_contact(slot_id, word)
    with pytest.raises(errors.NotFound):
        client.fetch(subject_of(ALICE), slot_id, "recovery")
    assert is_signed_in(charlie)


def test_only_who_shares_something_is_named_once_and_at_most_three(alice: App, bob: App) -> None:
    person(CHARLIE)
    asked(alice, "POST", "/account/contacts", {"contact": str(subject_of(CHARLIE)), "days": 3}, 404)
    named(alice, bob)
    asked(alice, "POST", "/account/contacts", {"contact": str(subject_of(BOB)), "days": 3}, 409)
    asked(alice, "POST", "/account/contacts", {"contact": str(subject_of(BOB)), "days": 31}, 422)


def test_inv_i7_only_whose_account_is_sealed_is_a_contact(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    """The server opens an account that is not sealed: with it, it would open hers."""
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    asked(bob, "DELETE", "/account/sealed")
    days_pass(key_store, 3)
    asked(bob, "POST", f"/contacts/{contact}/code", status=409)
    row = TrustedContact.objects.get()
    assert (row.state, bytes(row.sealed_factor)) == ("lapsed", b"")
    asked(alice, "DELETE", f"/account/contacts/{contact}", status=204)
    body = {"contact": str(subject_of(BOB)), "days": 3}
    assert "not sealed" in asked(alice, "POST", "/account/contacts", body, 409)["detail"]


def test_unsealing_ends_it(alice: App, bob: App) -> None:
    named(alice, bob)
    asked(alice, "DELETE", "/account/sealed")
    assert (TrustedContact.objects.count(), "contact" in kinds()) == (0, False)


def test_a_contact_who_declined_cannot_begin(alice: App, bob: App) -> None:
    (made,) = asked(alice, "POST", "/account/contacts", {"contact": str(subject_of(BOB)), "days": 3}, 201)["items"]
    asked(bob, "PATCH", f"/contacts/{made['id']}", {"accept": False}, 204)
    asked(bob, "POST", f"/contacts/{made['id']}/start", status=409)


def test_owners_are_told_each_day_while_a_recovery_runs(alice: App, bob: App) -> None:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    assert contacts.remind() == 0
    TrustedContact.objects.update(told_on=clock.utc_day() - timedelta(days=1))
    mail.outbox.clear()
    assert (contacts.remind(), contacts.remind()) == (1, 0)
    (told,) = mail.outbox
    assert (told.to, told.subject) == ([ALICE], "A recovery of your account has begun")
    assert "bob" not in told.body.lower()


def handed_on(alice: App, bob: App, key_store: KeyStoreProcess) -> str:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    days_pass(key_store, 3)
    return str(asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"])


def test_an_app_resets_with_the_contacts_code(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    code, app = handed_on(alice, bob, key_store), App()
    app.ask("POST", "/auth/password/request", {"email": ALICE})
    body = {"key": last_link().rstrip("/").rsplit("/", 1)[1], "password": OTHER_PASSPHRASE}
    assert app.ask("POST", "/auth/password/reset", body).status_code == 400
    app.ask("POST", "/auth/password/reset", body | {"recovery_code": code})
    assert App().log_in(password=OTHER_PASSPHRASE).status_code == 200
    assert TrustedContact.objects.get().state == "used"


def test_the_contacts_code_does_not_go_around_the_second_factor(
    alice: App, bob: App, key_store: KeyStoreProcess
) -> None:
    code, client = handed_on(alice, bob, key_store), browser()
    log_in(client)
    reauthenticate(client)
    secret = re.search(r"[A-Z2-7]{32}", text_of(client.get("/account/2fa/totp/activate/")))
    assert secret
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret[0])})
    visitor = reset_with(code)
    assert log_in(visitor, password=OTHER_PASSPHRASE).url == "/account/2fa/authenticate/"
    assert not is_signed_in(visitor)
    visitor.post("/account/2fa/authenticate/", {"code": code_of(secret[0], 2)})
    assert opens_diary(visitor)


def test_a_wrong_code_counts_as_a_guess(alice: App, bob: App, key_store: KeyStoreProcess) -> None:
    handed_on(alice, bob, key_store)
    before = Guess.objects.count()
    assert not comes_back(reset_with("0000-1111-2222-3333-4444-5555-6666-7777"))
    assert Guess.objects.count() > before


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_erasing_either_of_the_two_ends_it(alice: App, bob: App, key_store: KeyStoreProcess, who: str) -> None:
    code = handed_on(alice, bob, key_store)
    gone, stays = (alice, bob) if who == "alice" else (bob, alice)
    asked(gone, "DELETE", "/account", {"password": PASSPHRASE})
    assert TrustedContact.objects.count() == 0
    assert asked(stays, "GET", "/contacts" if who == "alice" else "/account/contacts")["items"] == []
    if who == "bob":
        assert not comes_back(reset_with(code))


def test_who_is_trusted_and_closes_their_account_is_told_to_be_gone(alice: App, bob: App) -> None:
    named(alice, bob)
    mail.outbox.clear()
    asked(bob, "DELETE", "/account")
    assert "A trusted contact of yours is none any more" in [one.subject for one in mail.outbox if one.to == [ALICE]]
    assert not TrustedContact.objects.exists()


def test_every_page_says_that_a_recovery_runs(alice: App, bob: App) -> None:
    contact, page = named(alice, bob), browser()
    page.cookies["__Host-session"] = alice.token
    assert not says_that_a_recovery_runs(page)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    assert says_that_a_recovery_runs(page)
    asked(alice, "POST", f"/account/contacts/{contact}/stop", status=204)
    assert not says_that_a_recovery_runs(page)


def says_that_a_recovery_runs(client: Client) -> bool:
    answer = client.get("/keyboard")
    assert answer.status_code == 200
    return "A recovery of your account is running." in answer.content.decode()


def test_after_a_recovery_every_page_asks_for_new_keys_until_they_are_made(
    alice: App, bob: App, key_store: KeyStoreProcess
) -> None:
    contact = named(alice, bob)
    asked(bob, "POST", f"/contacts/{contact}/start", status=204)
    days_pass(key_store, 3)
    back = reset_with(asked(bob, "POST", f"/contacts/{contact}/code", status=201)["code"])
    assert comes_back(back)
    assert asks_for_new_keys(back)
    reauthenticate(back, OTHER_PASSPHRASE)
    app = app_of(back)
    code = asked(app, "POST", "/account/recovery-code", status=201)["recovery_code"]
    asked(app, "POST", "/account/keys", {"recovery_code": code, "password": OTHER_PASSPHRASE})
    assert not asks_for_new_keys(back)
    assert not TrustedContact.objects.exists()


def asks_for_new_keys(client: Client) -> bool:
    return "A trusted contact brought you back." in client.get("/keyboard").content.decode()
