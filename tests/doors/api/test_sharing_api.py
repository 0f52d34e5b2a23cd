"""Alice shares by the API: with Bob her friend, with Dana who may write; Charlie reaches nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from tests.doors.api.conftest import Caller, Person

from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY, LATER = "2026-11-23", "2026-12-24"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g", "meal": "breakfast"}


class Phone(Caller):
    """Somebody's app: with their session."""

    def __init__(self, person: Person) -> None:
        super().__init__(**{"x-session-token": str(person.session().session_key)})
        self.subject = str(person.user.subject_id)


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("alice", "bob", "dana", "charlie")}


def offered(phone: Phone, **terms: Any) -> tuple[str, str]:
    """(grant id, path of the invitation)."""
    wish = {"label": "Bob", "collections": ["diary"], "first_day": "2026-11-01", "last_day": "2026-11-30", **terms}
    answer = phone("POST", "/grants", wish)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    return made["id"], "/invitations/" + made["link"].partition("/invited/")[2]


def shared(owner: Phone, with_: Phone, **terms: Any) -> str:
    grant, path = offered(owner, **terms)
    assert with_("POST", path).status_code == 202
    assert owner("GET", f"/diary/{DAY}").status_code == 200  # the owner's next request completes it
    return grant


def test_alice_shows_bob_a_month_and_he_sees_just_that(at: dict[str, Phone]) -> None:
    alice, bob, charlie = at["alice"], at["bob"], at["charlie"]
    for day in (DAY, LATER):
        alice("POST", f"/diary/{day}/entries", EGG)
    grant, path = offered(alice)
    asked = bob("GET", path).json()
    assert (asked["name"], asked["terms"]["collections"]) == ("alice@example.org", ["diary"])
    assert bob("POST", path).status_code == 202
    assert bob("GET", "/people").json()["items"][0]["state"] == "accepted"
    assert bob("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 403
    alice("GET", f"/diary/{DAY}")
    seen = bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    assert [entry["name"] for entry in seen.json()["entries"]] == ["Egg, whole, raw, fresh"]
    assert bob("GET", f"/people/{alice.subject}/diary/{LATER}").json()["entries"] == []
    trend = bob("GET", f"/people/{alice.subject}/trends?from={DAY}&to={LATER}&nutrients=208").json()
    assert [amount for amount in trend["nutrients"]["208"]["amount"] if amount] == [143.0]
    assert bob("POST", f"/people/{alice.subject}/diary/{DAY}/entries", EGG).status_code == 404
    assert charlie("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 404
    assert charlie("GET", f"/people/{grant}/diary/{DAY}").status_code == 404


def test_req_21_the_next_request_after_an_end_is_refused(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob)
    address = f"/people/{alice.subject}/diary/{DAY}"
    assert bob("GET", address).status_code == 200
    assert alice("PATCH", f"/grants/{grant}", {"paused": True}).status_code == 204
    assert bob("GET", address).json()["type"] == "no-longer-shared"
    alice("PATCH", f"/grants/{grant}", {"paused": False})
    assert bob("GET", address).status_code == 200
    assert alice("DELETE", f"/grants/{grant}").status_code == 204
    assert (bob("GET", address).status_code, bob("GET", address).json()["type"]) == (403, "no-longer-shared")
    assert bob("GET", "/people").json()["items"][0]["state"] == "revoked"
    assert alice("DELETE", f"/grants/{grant}").status_code == 409


def test_req_34_the_owner_reads_each_look_once(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob)
    for _ in range(3):
        bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    bob("POST", f"/people/{alice.subject}/diary/{DAY}/entries", EGG)
    lines = [line for line in alice("GET", "/audit").json()["items"] if line["actor"] == bob.subject]
    assert [(line["kind"], line["reason"]) for line in lines] == [
        ("access-refused", "diary-write"), *[("access", "diary-read")] * 3,
    ]  # fmt: skip
    assert {line["grant"] for line in lines} == {grant, None}
    assert alice("GET", "/grants").json()["items"][0]["last_looked"] == lines[1]["at"]


def test_dana_writes_under_her_own_name(at: dict[str, Phone]) -> None:
    alice, dana = at["alice"], at["dana"]
    shared(alice, dana, mode="write", purpose="family", label="Dana")
    made = dana("POST", f"/people/{alice.subject}/diary/{DAY}/entries", EGG)
    assert made.status_code == 201, made.content
    entry = alice("GET", f"/diary/{DAY}").json()["entries"][0]
    assert entry["author"] == dana.subject
    own = alice("POST", f"/diary/{DAY}/entries", EGG).json()["id"]
    changed = dana("PATCH", f"/people/{alice.subject}/diary/{DAY}/entries/{own}", {"amount": 140})
    assert changed.status_code == 200
    (seen,) = [one for one in alice("GET", f"/diary/{DAY}").json()["entries"] if one["id"] == own]
    assert (seen["changed_by"], seen["amount"], seen["before"]["amount"]) == (dana.subject, 140.0, 100.0)
    assert dana("POST", f"/people/{alice.subject}/diary/{LATER}/entries", EGG).status_code == 403


def test_inviting_tells_nothing_of_who_has_an_account(at: dict[str, Phone]) -> None:
    wish = {"label": "x", "collections": ["diary"]}
    for address in ("bob@example.org", "nobody@example.org"):
        answer = at["alice"]("POST", "/grants", {**wish, "email": address})
        assert (answer.status_code, answer.json()["mailed"]) == (201, True)
    known, unknown = [one for one in mail.outbox if one.to != ["alice@example.org"]]
    bodies = [re.sub(r"https?://\S+", "", one.body) for one in (known, unknown)]
    assert bodies[0] == bodies[1]
    assert (known.to, unknown.to) == (["bob@example.org"], ["nobody@example.org"])


def test_what_is_closed_is_not_shared_and_what_is_shared_is_not_closed(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    assert alice("PUT", "/grants/closed", {"collections": ["notes"]}).json() == {"collections": ["notes"]}
    refused = alice("POST", "/grants", {"label": "x", "collections": ["diary", "notes"]})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"collections"})
    assert alice("POST", "/grants", {"label": "x", "collections": ["index"]}).status_code == 422
    shared(alice, bob)
    assert alice("PUT", "/grants/closed", {"collections": ["diary"]}).status_code == 409


def test_a_grant_is_widened_and_narrowed(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    alice("POST", f"/diary/{LATER}/entries", EGG)
    grant = shared(alice, bob)
    later = f"/people/{alice.subject}/diary/{LATER}"
    assert bob("GET", later).json()["entries"] == []
    wider = {"collections": ["diary"], "first_day": "2026-11-01", "last_day": "2026-12-31"}
    refused = alice("PUT", f"/grants/{grant}", wider)
    assert (refused.status_code, 'confirmed: "last_day"' in refused.json()["detail"]) == (409, True)
    assert bob("GET", later).json()["entries"] == []
    assert alice("PUT", f"/grants/{grant}", {**wider, "confirmed": "mode"}).status_code == 409
    assert alice("PUT", f"/grants/{grant}", {**wider, "confirmed": "last_day"}).status_code == 204
    assert len(bob("GET", later).json()["entries"]) == 1
    assert alice("PUT", f"/grants/{grant}", {**wider, "last_day": "2026-11-30"}).status_code == 204
    assert bob("GET", later).json()["entries"] == []


def test_writing_and_the_end_of_a_grant_are_changed(at: dict[str, Phone]) -> None:
    alice, dana = at["alice"], at["dana"]
    grant = shared(alice, dana)
    address, terms = f"/people/{alice.subject}/diary/{DAY}", {"collections": ["diary"], "last_day": "2026-11-30"}
    assert dana("POST", f"{address}/entries", EGG).status_code == 404
    wider = {**terms, "mode": "write", "until": "2199-01-31", "confirmed": "first_day,last_day,mode"}
    assert alice("PUT", f"/grants/{grant}", wider).status_code == 204
    assert alice("GET", "/grants").json()["items"][0]["terms"]["expires"] == "2199-02-01T00:00:00Z"
    assert dana("POST", f"{address}/entries", EGG).status_code == 201
    assert alice("PUT", f"/grants/{grant}", terms).status_code == 204
    assert dana("POST", f"{address}/entries", EGG).status_code == 201
    longer = {**terms, "mode": "read", "until": None, "confirmed": "expires_at"}
    assert alice("PUT", f"/grants/{grant}", longer).status_code == 204
    assert alice("GET", "/grants").json()["items"][0]["terms"]["expires"] is None
    assert dana("POST", f"{address}/entries", EGG).status_code == 404
    assert len(alice("GET", f"/diary/{DAY}").json()["entries"]) == 2
    assert len(dana("GET", address).json()["entries"]) == 2
    for wrong in ({"mode": "own"}, {"until": "soon"}, {"until": "2020-01-01"}):
        assert alice("PUT", f"/grants/{grant}", {**terms, **wrong}).status_code == 422


def test_a_note_is_written_where_notes_are_shared_for_writing(at: dict[str, Phone]) -> None:
    alice, bob, dana = at["alice"], at["bob"], at["dana"]
    address = f"/people/{alice.subject}/diary/{DAY}/note"
    shared(alice, bob, collections=["diary", "notes"])
    shared(alice, dana, collections=["diary", "notes"], mode="write", label="Dana")
    assert dana("PUT", address, {"note": "Slept well"}).json()["note"] == "Slept well"
    assert alice("GET", f"/diary/{DAY}/note").json()["note"] == "Slept well"
    assert bob("GET", address).json()["note"] == "Slept well"
    assert bob("PUT", address, {"note": "no"}).status_code == 404


def test_a_paused_grant_is_changed_and_stays_paused(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob)
    alice("PATCH", f"/grants/{grant}", {"paused": True})
    wider = {"collections": ["diary"], "mode": "write", "confirmed": "first_day,last_day,mode"}
    assert alice("PUT", f"/grants/{grant}", wider).status_code == 204
    assert alice("GET", "/grants").json()["items"][0]["state"] == "paused"
    assert bob("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 403


def test_bob_declines_and_dana_leaves(at: dict[str, Phone]) -> None:
    alice, bob, dana = at["alice"], at["bob"], at["dana"]
    _, path = offered(alice)
    assert bob("DELETE", path).status_code == 204
    assert bob("POST", path).status_code == 404
    grant = shared(alice, dana)
    assert dana("DELETE", f"/people/grants/{grant}").status_code == 204
    assert dana("GET", f"/people/{alice.subject}/diary/{DAY}").json()["type"] == "no-longer-shared"
    assert alice("GET", f"/diary/{DAY}").status_code == 200
    assert {one["state"] for one in alice("GET", "/grants").json()["items"]} == {"declined", "left"}


def test_a_link_without_its_secret_opens_nothing_for_long(at: dict[str, Phone]) -> None:
    alice, bob, charlie = at["alice"], at["bob"], at["charlie"]
    _, path = offered(alice)
    wrong = path.rsplit("/", 1)[0] + "/" + "A" * 43
    charlie("POST", wrong)
    alice("GET", f"/diary/{DAY}")
    assert charlie("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 404
    assert bob("POST", path).status_code == 202
    alice("GET", f"/diary/{DAY}")
    assert bob("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 200
    assert alice("POST", path).status_code == 404


def test_one_button_stops_all_sharing(at: dict[str, Phone]) -> None:
    alice, bob, dana = at["alice"], at["bob"], at["dana"]
    shared(alice, bob)
    shared(alice, dana, mode="write", label="Dana")
    offered(alice)
    assert alice("DELETE", "/grants").json() == {"ended": 3}
    for phone in (bob, dana):
        assert phone("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 403
    assert alice("POST", f"/diary/{DAY}/entries", EGG).status_code == 201


def test_a_token_neither_shares_nor_reads_what_is_shared(person: Callable[[str], Person]) -> None:
    alice, bob = person("alice").consent(), person("bob").consent()
    token = Caller(authorization=f"Bearer {alice.token()}")
    shared = f"/people/{bob.user.subject_id}/diary/{DAY}"
    for method, path in (("GET", "/grants"), ("GET", "/people"), ("GET", shared)):
        assert token(method, path).status_code == 401
