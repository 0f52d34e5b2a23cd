"""A token is made by who proved who they are, is told on every page, and ends with a reset password."""

import time

import pytest
from allauth.account.signals import password_reset
from django.test import Client
from tests.doors.api.conftest import Caller

from nutshell.accounts.models import User
from nutshell.accounts.policy import FRESH_SECONDS

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "/diary/2026-11-23"
WANTED = {"name": "Phone", "scopes": ["all"]}


def test_a_session_without_a_fresh_proof_makes_no_token(alice):
    store = alice.session()
    app = Caller(**{"x-session-token": str(store.session_key)})
    store["account_authentication_methods"] = [{"method": "password", "at": time.time() - FRESH_SECONDS - 1}]
    store.save()
    refused = app("POST", "/tokens", WANTED)
    assert (refused.status_code, refused.json()["type"]) == (401, "step-up-required")
    assert app("GET", "/tokens").json()["items"] == []


def test_a_reset_password_ends_every_token(alice):
    phone = Caller(authorization=f"Bearer {alice.token()}")
    assert phone("GET", DAY).status_code == 200
    password_reset.send(sender=User, request=None, user=alice.user)
    assert phone("GET", DAY).status_code == 401


def test_the_chip_says_how_many_apps_can_open_the_diary(alice):
    browser = Client()
    browser.cookies["__Host-session"] = str(alice.session().session_key)
    assert "Only you" in browser.get("/day/2026-11-23", secure=True).content.decode()
    alice.token()
    page = browser.get("/day/2026-11-23", secure=True).content.decode()
    assert "Shared with 1" in page
    assert "Only you" not in page
