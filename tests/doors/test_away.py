"""A database or the key store away: both doors answer 503 with words, when to try again, and nothing of what failed."""

import sqlite3

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.test import Client
from tests.doors.web.people import agree, log, new_account
from tests.keystore import key_store, node  # noqa: F401

from nutshell.accounts import actions as accounts
from nutshell.accounts import queries
from nutshell.common import clock, errors
from nutshell.vault import installation

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
SECRET = "SELECT of alice@example.org"
LOST = [
    OperationalError(SECRET),
    InterfaceError(SECRET),
    DatabaseError(SECRET),  # what SQLite says of a file that is no database any more
    errors.Unavailable(),
]
PAGES = ["/today", "/access", "/settings", "/account/login/", "/account/email/", "/trends"]
CALLS = [
    ("get", "/api/v1/profile"),
    ("get", "/api/v1/audit"),
    ("get", "/api/auth/app/v1/auth/session"),
    ("post", "/api/auth/app/v1/auth/2fa/authenticate"),  # asks before any view is reached
]


@pytest.fixture
def alice():
    client = new_account("alice@example.org")
    agree(client)
    log(client)
    client.raise_request_exception = False
    return client


@pytest.fixture(params=LOST, ids=lambda failure: type(failure).__name__)
def lost(request, monkeypatch):
    """Call it, and every statement of every database fails from then on."""

    def statement(*_):
        raise request.param

    def lose():
        for alias in ("default", "records"):
            monkeypatch.setattr(connections[alias], "execute_wrappers", [statement])
        monkeypatch.setattr(installation, "_held", None)
        monkeypatch.setattr(installation, "_client", None)
        monkeypatch.setattr(installation, "client", lambda: statement())

    return lose


def sent(alice, method, path, **headers):
    return getattr(alice, method)(path, headers={"host": "localhost", "x-forwarded-proto": "https", **headers})


def expect_words(answer):
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert "Nothing was lost; try again in a minute." in text
    for secret in ("SELECT", "alice", "Traceback", "Error"):
        assert secret not in text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_to_do(alice, lost, method, path):
    lost()
    answer = sent(alice, method, path)
    if answer.status_code in (405, 403) and method == "post":
        return  # refused before anything was asked
    expect_words(answer)
    assert answer["Content-Type"].startswith("text/html")
    again = path if method == "get" else "/"
    assert f'href="{again}">Try again' in answer.content.decode()


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_the_api_says_what_to_do(alice, lost, method, path):
    session = alice.cookies["__Host-session"].value
    lost()
    answer = sent(Client(raise_request_exception=False), method, path, **{"x-session-token": session})
    expect_words(answer)
    assert "json" in answer["Content-Type"]
    assert answer.json()["status"] == 503


def test_a_bearers_call_says_what_to_do(alice, lost):
    actor = queries.app_session_actor(alice.cookies["__Host-session"].value)
    token = accounts.make_token(actor, "phone", ["diary:read"]).text
    lost()
    path = f"/api/v1/diary/{clock.utc_day().isoformat()}"
    answer = sent(Client(raise_request_exception=False), "get", path, authorization=f"Bearer {token}")
    expect_words(answer)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_is_not_called_an_outage(alice, monkeypatch):
    def faulty(*_):
        raise sqlite3.ProgrammingError(SECRET)

    monkeypatch.setattr(connections["records"], "execute_wrappers", [faulty])
    answer = sent(alice, "get", "/today", accept="text/html")
    for path in ("/day/2026-11-23", "/trends"):
        answer = sent(alice, "get", path)
        assert answer.status_code == 500, path
        assert SECRET not in answer.content.decode()
