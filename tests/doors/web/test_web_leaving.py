"""Leaving: everything is erased in one act, and the receipt opens for whoever holds it."""

import re

import pytest
from django.test import Client
from tests.doors.web.people import ALICE, PASSPHRASE, agree, browser, day_url, log, text_of

from nutshell.accounts.models import User
from nutshell.vault.models import Record

# The erase cuts the databases' logs, which no open transaction allows.
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
