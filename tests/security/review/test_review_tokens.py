"""What the page of access says about a token is what the token can do, and no key answers for another act."""

from typing import Any

import pytest
from django.test import Client
from tests.doors.api.conftest import Caller, Person

from nutshell.accounts import actions as accounts
from nutshell.accounts import queries
from nutshell.common import errors
from nutshell.web import access

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
DAY = "/diary/2026-11-23"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g"}
READS = {"diary": DAY, "foods": "/foods/mine", "targets": "/targets", "profile": "/profile", "index": "/foods?q=egg"}


@pytest.fixture
def alice(db: None) -> Person:
    return Person("alice").consent()


def as_app(person: Person, *scopes: str) -> Caller:
    return Caller(authorization=f"Bearer {person.token(*scopes)}")


@pytest.mark.parametrize(
    "scope", ["diary:read", "foods:read", "foods:write", "profile:read", "notes:read", "index:read"]
)
def test_promise_p5_the_page_shows_everything_that_a_token_reads(alice: Person, scope: str) -> None:
    app = as_app(alice, scope)
    reads = {name for name, path in READS.items() if app("GET", path).status_code == 200}
    shown = {name for name in READS if access._cell(frozenset((scope,)), name) != "closed"}
    assert reads == shown


def test_a_removal_is_not_answered_as_done_because_its_key_was_used_for_logging(alice: Person) -> None:
    app: Any = as_app(alice, "all")
    key = {"idempotency-key": "one"}
    entry = app("POST", f"{DAY}/entries", EGG, **key).json()["id"]
    assert app("PATCH", f"{DAY}/entries/{entry}", {"amount": 5}, **key).json()["amount"] == 5
    assert app("DELETE", f"{DAY}/entries/{entry}", **key).status_code == 204
    assert app("GET", DAY).json()["entries"] == []
    assert app("POST", f"{DAY}/entries", EGG, **key).status_code == 409


def test_an_account_has_an_end_to_its_tokens(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_TOKENS", 2)
    actor = queries.app_session_actor(str(alice.session().session_key))
    for _ in range(2):
        accounts.make_token(actor, "phone", ("diary:read",))
    with pytest.raises(errors.InvalidInput):
        accounts.make_token(actor, "phone", ("diary:read",))
    accounts.end_token(actor, queries.tokens(actor.user_id)[0].id)
    accounts.make_token(actor, "phone", ("diary:read",))


def test_a_path_that_only_looks_like_the_api_reaches_no_page_with_a_bearer_token(alice: Person) -> None:
    bearer = {"authorization": f"Bearer {alice.token('all')}"}
    for path in ("/api/v1/../account/close", "//api/v1/diary/2026-11-23", "/API/v1/diary/2026-11-23", "/api/v1"):
        assert Client(headers=bearer).get(path).status_code in (301, 404)
