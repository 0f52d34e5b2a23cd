"""Leaving: everything is erased in one act, and the receipt opens for whoever holds it."""

import re

import pytest
from django.test import Client
from tests.archives import made_at_once
from tests.doors.web.people import ALICE, PASSPHRASE, agree, browser, day_url, log, text_of

from nutshell.accounts.models import User
from nutshell.vault.models import Record

# The erase cuts the databases' logs, which no open transaction allows.
__all__ = ["made_at_once"]
pytestmark = pytest.mark.django_db(databases=["default", "records"], transaction=True)


def test_alice_closes_her_account_and_holds_a_receipt(alice: Client) -> None:
    log(alice)
    assert alice.post("/account/close", {}).status_code == 422
    assert Record.objects.count() > 0
    closed = alice.post("/account/close", {"sure": "yes"})
    assert closed.status_code == 303
    receipt = text_of(browser().get(closed.url))
    assert "Your receipt" in receipt
    assert Record.objects.count() == 0
    assert User.objects.count() == 0
    assert alice.get(day_url()).url.startswith("/account/login/")
    file = browser().get(re.search(r'href="(/account/receipt/[^"]+/file)"', receipt)[1])
    assert file["Content-Disposition"].startswith("attachment")
    wrong = "B" if closed.url[-9] != "B" else "C"
    assert browser().get(f"{closed.url[:-9]}{wrong}{closed.url[-8:]}").status_code == 404


def test_alice_withdraws_her_consent_and_may_begin_again(alice: Client) -> None:
    log(alice)
    assert alice.post("/consent/health-data/withdraw", {}).status_code == 422
    withdrawn = alice.post("/consent/health-data/withdraw", {"sure": "yes"})
    assert "Your receipt" in text_of(browser().get(withdrawn.url))
    assert Record.objects.count() == 0
    again = browser()
    again.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    assert again.get("/today").url.startswith("/consent/health-data")
    agree(again)
    assert "Nothing here yet" in text_of(again.get("/today", follow=True))


def sign_in() -> Client:
    client = browser()
    client.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    return client


def test_alice_gives_herself_a_week_and_takes_it_back(alice: Client) -> None:
    log(alice)
    form = text_of(alice.get("/account/close"))
    assert '<option value="7" selected>In 7 days, unless I take it back</option>' in form
    assert alice.post("/account/close", {"sure": "yes", "undo_days": "15"}).status_code == 422
    assert alice.post("/account/close", {"sure": "yes", "undo_days": "7"}).url == "/account/frozen"
    for url in (day_url(), "/access", "/settings", "/foods", "/access/ledger", "/"):
        assert alice.get(url).url.startswith("/account/frozen"), url
    again = sign_in()
    page = text_of(again.get("/today", follow=True))
    assert "Your account will be removed" in page
    assert Record.objects.count() > 0
    assert again.post("/account/frozen", {"act": "stay"}).url == "/today"
    assert "Your account stays" in text_of(again.get("/today", follow=True))
    assert again.get("/account/frozen").url == "/today"


def test_alice_does_not_wait_after_all(alice: Client) -> None:
    log(alice)
    alice.post("/consent/health-data/withdraw", {"sure": "yes", "undo_days": "14"})
    again = sign_in()
    assert "Keep my diary and agree again" in text_of(again.get("/account/frozen"))
    assert again.post("/account/export").status_code == 303
    assert b"".join(again.post("/account/export", {"act": "fetch"})).startswith(b"PK")
    assert again.post("/account/frozen", {"act": "now"}).status_code == 422
    assert again.post("/account/frozen", {"act": "nothing"}).status_code == 400
    assert "Your receipt" in text_of(browser().get(again.post("/account/frozen", {"act": "now", "sure": "yes"}).url))
    assert Record.objects.count() == 0
    assert User.objects.count() == 1


def test_alice_freezes_her_account_and_lifts_it(alice: Client) -> None:
    log(alice)
    assert "Freeze my account" in text_of(alice.get("/access"))
    assert "I object to how my data is used" in text_of(alice.get("/account/restrict"))
    assert alice.post("/account/restrict", {"ground": "whim"}).status_code == 422
    assert alice.post("/account/restrict", {"ground": "claims"}).url == "/account/frozen"
    assert alice.get(day_url()).url.startswith("/account/frozen")
    page = text_of(alice.get("/account/frozen"))
    assert "and nothing else is done with it" in page
    assert "You said: I need my data for a legal claim." in page
    assert alice.post("/account/frozen", {"act": "lift"}).url == "/today"
    assert alice.get(day_url()).status_code == 200
