"""Alice sends Bob a copy of her bread: it waits sealed to him, he takes it or leaves it, and nothing else opens."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.doors.api.conftest import Caller, Person
from tests.doors.api.test_sharing_api import DAY, Phone, shared

from nutshell.vault.models import Errand, InboxItem
from nutshell.vault.sharing import grantee, inbox

pytestmark = pytest.mark.django_db(databases=["default", "records"])
BREAD = {
    "name": "Rye bread", "brand": "Own oven", "nutrients": {"208": 250, "203": 8.5}, "supplement": False,
    "servings": [{"name": "slice", "grams": 40}],
}  # fmt: skip


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("alice", "bob", "charlie")}


def bread_of(phone: Phone, **more: Any) -> str:
    return phone("POST", "/foods/mine", {**BREAD, **more}).json()["id"]


def sent(sender: Phone, to: Phone, food: str) -> int:
    return sender("POST", f"/foods/mine/{food}/copies", {"to": to.subject}).status_code


def box(phone: Phone) -> list[dict[str, Any]]:
    """After as many requests as it takes: each files for a twentieth of a second."""
    while Errand.objects.filter(kind="file").exists():
        phone("GET", "/inbox")
    answer = phone("GET", "/inbox")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


@pytest.mark.parametrize("sender", ["alice", "bob"])
def test_a_copy_goes_either_way_along_a_grant_and_becomes_an_own_food(at: dict[str, Phone], sender: str) -> None:
    shared(at["alice"], at["bob"])
    one, other = at[sender], at["bob" if sender == "alice" else "alice"]
    bread = bread_of(one)
    assert [peer["subject"] for peer in one("GET", "/people/peers").json()["items"]] == [other.subject]
    assert sent(one, other, bread) == 202
    (item,) = box(other)
    assert (item["writer"], item["name"], item["food"]) == (one.subject, f"{sender}@example.org", "Rye bread")
    taken = other("POST", f"/inbox/{item['id']}")
    assert taken.status_code == 201, taken.content
    kept = other("GET", f"/foods/{taken.json()['id']}").json()
    assert (kept["sent_by"], kept["kcal_per_100g"], kept["portions"][0]["grams"]) == (f"{sender}@example.org", 250, 40)
    assert kept["brand"] == "Own oven"
    assert box(other) == []
    assert other("POST", f"/inbox/{item['id']}").status_code == 404
    assert len(other("GET", "/foods/mine").json()["items"]) == 1
    assert (InboxItem.objects.count(), Errand.objects.filter(kind="file").count()) == (0, 0)


def test_nothing_of_the_senders_opens_and_the_copy_stands_alone(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob)
    bread = bread_of(alice)
    sent(alice, bob, bread)
    (item,) = box(bob)
    assert bob("GET", f"/foods/{bread}").status_code == 404
    mine = bob("POST", f"/inbox/{item['id']}").json()["id"]
    alice("PUT", f"/foods/mine/{bread}", {**BREAD, "name": "Wheat bread"})
    alice("DELETE", f"/grants/{grant}")
    assert bob("GET", f"/foods/{mine}").json()["name"] == "Rye bread"
    assert bob("PUT", f"/foods/mine/{mine}", {**BREAD, "name": "My bread"}).json()["sent_by"] == "alice@example.org"
    assert bob("GET", f"/people/{alice.subject}/diary/{DAY}").status_code == 403


def test_what_is_declined_is_gone(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    shared(alice, bob)
    sent(alice, bob, bread_of(alice))
    (item,) = box(bob)
    assert bob("DELETE", f"/inbox/{item['id']}").status_code == 204
    assert box(bob) == []
    assert bob("GET", "/foods/mine").json()["items"] == []


def test_a_stranger_and_whose_grant_ended_or_is_paused_sends_nothing(at: dict[str, Phone]) -> None:
    alice, bob, charlie = at["alice"], at["bob"], at["charlie"]
    grant = shared(alice, bob)
    bread, cake = bread_of(alice), bread_of(charlie)
    assert sent(charlie, alice, cake) == 404
    assert sent(alice, alice, bread) == 404
    assert sent(charlie, alice, bread) == 404
    alice("PATCH", f"/grants/{grant}", {"paused": True})
    assert sent(alice, bob, bread) == 404
    alice("DELETE", f"/grants/{grant}")
    assert sent(bob, alice, bread_of(bob)) == 404
    assert InboxItem.objects.count() == 0


def test_only_own_foods_and_only_so_many(at: dict[str, Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = at["alice"], at["bob"]
    shared(alice, bob)
    bread = bread_of(alice)
    assert sent(alice, bob, "sr28:01123") == 404
    assert alice("POST", f"/foods/mine/{bread}/copies", {"to": "bob"}).status_code == 422
    assert [sent(alice, bob, bread) for _ in range(inbox.MOST_UNFILED + 1)] == [202] * inbox.MOST_UNFILED + [409]
    assert len(box(bob)) == inbox.MOST_UNFILED
    monkeypatch.setattr(inbox, "MOST_WAITING", inbox.MOST_UNFILED + 1)
    assert [sent(alice, bob, bread) for _ in range(3)] == [202] * 3
    assert len(box(bob)) == inbox.MOST_UNFILED + 1
    monkeypatch.setattr(inbox, "MOST_BYTES", 10)
    assert sent(alice, bob, bread) == 422


def test_the_sender_reads_it_in_the_ledger(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob)
    sent(alice, bob, bread_of(alice))
    (line,) = [one for one in alice("GET", "/audit").json()["items"] if one["kind"] == "copy-sent"]
    assert (line["grant"], line["by"]) == (grant, "me")


def test_a_token_sends_and_takes_nothing(person: Callable[[str], Person]) -> None:
    token = Caller(authorization=f"Bearer {person('alice').consent().token()}")
    for method, path in (("GET", "/inbox"), ("GET", "/people/peers"), ("POST", "/foods/mine/mine:x/copies")):
        assert token(method, path).status_code == 401
