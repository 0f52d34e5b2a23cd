"""Dana may write into November of Alice's diary: what she tries beyond that, and what Alice keeps whatever she does."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.doors.api.conftest import Person, person, the_catalog
from tests.doors.api.test_sharing_api import DAY, EGG, LATER, Phone, shared
from tests.keystore import key_store, node

from nutshell.diary import actions, days
from nutshell.vault.sharing import grantee

__all__ = ["key_store", "node", "person", "the_catalog"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])
WRITES = {"mode": "write", "purpose": "family", "label": "Dana"}
ALL = "collections,first_day,last_day"
BANANA = {**EGG, "food_id": "sr28:09040"}
Phones = dict[str, Phone]


@pytest.fixture
def at(node: object, person: Callable[[str], Person]) -> Phones:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("alice", "dana", "erin")}


@pytest.fixture
def grant(at: Phones) -> str:
    return shared(at["alice"], at["dana"], **WRITES)


@pytest.fixture
def hers(at: Phones) -> str:
    """Alice's diary, as others reach it."""
    return f"/people/{at['alice'].subject}"


def entries(phone: Phone, day: str = DAY) -> list[dict[str, Any]]:
    answer = phone("GET", f"/diary/{day}")
    assert answer.status_code == 200
    return answer.json()["entries"]


# ---------- ids and keys of requests ----------


def test_an_entrys_id_that_is_alices_overwrites_nothing_of_hers(at: Phones, grant: str, hers: str) -> None:
    alice, dana = at["alice"], at["dana"]
    own = alice("POST", f"/diary/{DAY}/entries", EGG).json()
    before = entries(alice)
    sent = dana("POST", f"{hers}/diary/{DAY}/entries", {**BANANA, "id": own["id"], "amount": 1})
    assert (sent.status_code, sent.json()["author"], sent.json()["name"]) == (201, alice.subject, own["name"])
    assert entries(alice) == before
    alice("DELETE", f"/diary/{DAY}/entries/{own['id']}")
    assert dana("POST", f"{hers}/diary/{DAY}/entries", {**BANANA, "id": own["id"]}).status_code == 409
    assert entries(alice) == []


def test_an_entrys_id_from_a_day_out_of_reach_says_nothing_of_that_day(at: Phones, grant: str, hers: str) -> None:
    alice, dana = at["alice"], at["dana"]
    own = alice("POST", f"/diary/{LATER}/entries", EGG).json()
    before = entries(alice, LATER)
    for id_ in (own["id"], str(uuid4())):
        sent = dana("POST", f"{hers}/diary/{DAY}/entries", {**BANANA, "id": id_})
        assert (sent.status_code, sent.json()["author"]) == (201, dana.subject)
    assert entries(alice, LATER) == before


@pytest.mark.parametrize("first", ["alice", "dana"])
def test_a_requests_key_that_the_other_used_hides_nothing_and_lends_no_name(
    at: Phones, grant: str, hers: str, first: str
) -> None:
    alice, dana = at["alice"], at["dana"]
    key, place = {"Idempotency-Key": str(uuid4())}, f"/diary/{DAY}/entries"
    order = [(alice, place), (dana, hers + place)]
    for phone, path in order if first == "alice" else reversed(order):
        for _ in range(2):
            made = phone("POST", path, EGG, **key)
            assert (made.status_code, made.json()["author"]) == (201, phone.subject)
    assert sorted(one["author"] for one in entries(alice)) == sorted((alice.subject, dana.subject))


def test_a_requests_key_of_a_day_out_of_reach_opens_nothing_of_it(at: Phones, grant: str, hers: str) -> None:
    alice, dana, key = at["alice"], at["dana"], {"Idempotency-Key": str(uuid4())}
    own = alice("POST", f"/diary/{LATER}/entries", EGG, **key).json()
    for day in (DAY, LATER):
        answer = dana("POST", f"{hers}/diary/{day}/entries", BANANA, **key)
        assert own["id"] not in answer.content.decode()
        assert "Egg" not in answer.content.decode()
        assert answer.status_code < 500
    assert len(entries(alice, LATER)) == 1


@pytest.mark.parametrize("name", ["author", "by", "changed_by", "subject", "version", "changed_at"])
def test_nobody_says_who_wrote(at: Phones, grant: str, hers: str, name: str) -> None:
    alice, dana = at["alice"], at["dana"]
    assert dana("POST", f"{hers}/diary/{DAY}/entries", {**EGG, name: alice.subject}).status_code == 422
    own = alice("POST", f"/diary/{DAY}/entries", EGG).json()["id"]
    assert dana("PATCH", f"{hers}/diary/{DAY}/entries/{own}", {"amount": 1, name: alice.subject}).status_code == 422
    assert [(one["author"], one["changed_by"], one["amount"]) for one in entries(alice)] == [
        (alice.subject, None, 100.0)
    ]


# ---------- others' entries, other days ----------


def test_two_writers_stand_under_their_own_names_even_in_each_others_entries(at: Phones, grant: str, hers: str) -> None:
    alice, dana, erin = at["alice"], at["dana"], at["erin"]
    shared(alice, erin, **{**WRITES, "label": "Erin"})
    entry = dana("POST", f"{hers}/diary/{DAY}/entries", EGG).json()["id"]
    assert erin("PATCH", f"{hers}/diary/{DAY}/entries/{entry}", {"amount": 9}).status_code == 200
    (seen,) = entries(alice)
    assert (seen["author"], seen["changed_by"], seen["before"]["amount"]) == (dana.subject, erin.subject, 100.0)
    assert erin("DELETE", f"{hers}/diary/{DAY}/entries/{entry}").status_code == 204
    assert alice("GET", f"/diary/{DAY}").status_code == 200
    for place in ("undo", "copy", "move", f"entries/{entry}/undo", "acts"):
        assert erin("POST", f"{hers}/diary/{DAY}/{place}", {}).status_code in (404, 405)


def test_no_act_on_a_day_out_of_reach_finds_or_changes_anything(at: Phones, grant: str, hers: str) -> None:
    alice, dana = at["alice"], at["dana"]
    own = alice("POST", f"/diary/{LATER}/entries", EGG).json()["id"]
    before, path = entries(alice, LATER), f"{hers}/diary/{LATER}"
    answers = [
        dana(method, path + place, body, **headers)
        for headers in ({}, {"If-Match": '"1"'})
        for method, place, body in (
            ("PATCH", f"/entries/{own}", {"amount": 1}), ("DELETE", f"/entries/{own}", None),
            ("PATCH", "", {"complete": True}), ("POST", "/entries", EGG),
            ("PATCH", f"/entries/{uuid4()}", {"amount": 1}), ("DELETE", f"/entries/{uuid4()}", None),
        )
    ]  # fmt: skip
    assert all(400 <= answer.status_code < 500 for answer in answers), [one.status_code for one in answers]
    assert not any("Egg" in answer.content.decode() for answer in answers)
    assert (answers[0].status_code, answers[1].status_code) == (answers[4].status_code, answers[5].status_code)
    assert entries(alice, LATER) == before


def test_a_day_of_the_same_month_that_is_not_shared_is_out_of_reach_too(at: Phones, hers: str) -> None:
    """The month's keys open it; the days are the gate's to keep."""
    alice, dana, other = at["alice"], at["dana"], "2026-11-24"
    shared(alice, dana, **WRITES, first_day=DAY, last_day=DAY)
    key = {"Idempotency-Key": str(uuid4())}
    own = alice("POST", f"/diary/{other}/entries", EGG).json()["id"]
    before, path = entries(alice, other), f"{hers}/diary/{other}"
    for method, place, body in (
        ("POST", "/entries", BANANA), ("PATCH", f"/entries/{own}", {"amount": 1}), ("DELETE", f"/entries/{own}", None),
        ("PATCH", "", {"complete": True}), ("POST", "/entries", {**BANANA, "id": own}),
    ):  # fmt: skip
        answer = dana(method, path + place, body, **key)
        assert 400 <= answer.status_code < 500, (method, place, answer.status_code)
        assert "Egg" not in answer.content.decode()
    assert dana("GET", path).json()["entries"] == []
    assert entries(alice, other) == before
    assert dana("POST", f"{hers}/diary/{DAY}/entries", BANANA).status_code == 201


def test_trends_over_a_wide_span_hold_the_shared_days_alone(at: Phones, grant: str, hers: str) -> None:
    alice, dana = at["alice"], at["dana"]
    for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"):
        alice("POST", f"/diary/{day}/entries", EGG)
    trend = dana("GET", f"{hers}/trends?from=2026-10-01&to=2026-12-31&nutrients=208").json()
    found = [day for day, number in zip(trend["days"], trend["entries"], strict=True) if number]
    assert found == ["2026-11-01", "2026-11-30"]
    assert sum(bool(amount) for amount in trend["nutrients"]["208"]["amount"]) == 2
    assert {trend["entries"][trend["days"].index(day)] for day in ("2026-10-31", "2026-12-01")} == {0}


# ---------- a write on its way when the grant ends ----------


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do `act` once, between what a write read and what it stores."""
    real, done = days.add, []

    def first(*given: Any, **named: Any) -> Any:
        if not done:
            done.append(1)
            act()
        return real(*given, **named)

    monkeypatch.setattr(actions.days, "add", first)


@pytest.mark.parametrize("way", ["revoked", "narrowed", "stopped", "left"])
def test_a_write_on_its_way_when_the_grant_ends_is_not_stored(
    at: Phones, grant: str, hers: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    alice, dana = at["alice"], at["dana"]
    own = alice("POST", f"/diary/{DAY}/entries", EGG).json()["id"]
    ends = {
        "revoked": lambda: alice("DELETE", f"/grants/{grant}"),
        "narrowed": lambda: alice("PUT", f"/grants/{grant}", {"collections": ["notes"], "confirmed": ALL}),
        "stopped": lambda: alice("DELETE", "/grants"),
        "left": lambda: (dana("DELETE", f"/people/grants/{grant}"), alice("GET", f"/diary/{DAY}")),
    }
    meanwhile(monkeypatch, ends[way])
    sent = dana("POST", f"{hers}/diary/{DAY}/entries", BANANA)
    assert 400 <= sent.status_code < 500, sent.content
    assert [one["id"] for one in entries(alice)] == [own]
    assert alice("POST", f"/diary/{DAY}/entries", BANANA).status_code == 201
    assert len(entries(alice)) == 2


def test_the_next_write_after_a_pause_is_refused_and_the_diary_stays_whole(
    at: Phones, grant: str, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, dana = at["alice"], at["dana"]
    meanwhile(monkeypatch, lambda: alice("PATCH", f"/grants/{grant}", {"paused": True}))
    assert dana("POST", f"{hers}/diary/{DAY}/entries", BANANA).status_code < 500
    assert dana("POST", f"{hers}/diary/{DAY}/entries", BANANA).status_code == 403
    assert {one["author"] for one in entries(alice)} <= {dana.subject}
