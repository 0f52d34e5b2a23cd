"""On pages: Alice sends Bob a copy of her bread, he reads who sent what, and takes it or declines."""

import re

import pytest
from django.test import Client
from tests.doors.web.people import text_of
from tests.doors.web.test_web_sharing import nothing_kept, shared

from nutshell.grants import actions as grants

__all__ = ["nothing_kept"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])


def bread(client: Client) -> str:
    made = client.post("/foods/new", {"name": "Rye bread", "brand": "Own oven", "n-208": "250", "basis": "100g"})
    return made["Location"]


def sent(alice: Client, food: str) -> str:
    page = text_of(alice.get(f"{food}/send"))
    to = re.search(r'name="to" value="([^"]+)"', page)[1]
    assert alice.post(f"{food}/send", {"to": to}).status_code == 303
    return to


def answers(page: str) -> dict[str, str]:
    return {act: url for url, act in re.findall(r'action="(/people/sent/[^"]+/(take|decline))"', page)}


def test_bob_takes_what_alice_sent(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    food = bread(alice)
    assert f'href="{food}/send"' in text_of(alice.get(food))
    sent(alice, food)
    for path in ("/foods", "/people"):
        assert "alice@example.org sent you a food: Rye bread" in text_of(bob.get(path)), path
    took = bob.post(answers(text_of(bob.get("/foods")))["take"])
    page = text_of(bob.get(took["Location"]))
    assert "A copy that alice@example.org sent you" in page
    assert "sent you a food" not in text_of(bob.get("/foods"))
    edit = f"{took['Location']}/edit"
    assert 'name="copied_from"' not in text_of(bob.get(edit))
    assert bob.post(edit, {"name": "My bread", "n-208": "240", "basis": "100g", "version": "1"}).status_code == 303
    assert "A copy that alice@example.org sent you" in text_of(bob.get(took["Location"]))


def test_bob_declines(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    sent(alice, bread(alice))
    urls = answers(text_of(bob.get("/people")))
    assert bob.post(urls["decline"].replace("decline", "eat")).status_code == 404
    assert bob.post(urls["decline"]).status_code == 303
    assert bob.post(urls["take"]).status_code == 404
    assert "Rye bread" not in text_of(bob.get("/foods"))


def test_what_cannot_be_read_can_only_be_declined(alice: Client, bob: Client) -> None:
    """Whatever a sender's program put in is judged like any other input."""
    shared(alice, bob)
    to = sent(alice, bread(alice))
    bob.get("/foods")
    actor = _actor(alice)
    for payload in (
        b"\xff",
        b'{"name": ""}',
        b'{"name": "Bread\\u0007"}',
        b'{"name": "Bread", "nutrients": {"208": -1}}',
    ):
        grants.send(actor, _uuid(to), "food", payload)
    for _ in range(4):  # each request does at least one errand, a slow machine no more
        page = text_of(bob.get("/foods"))
    assert page.count("sent you a food that cannot be read") == 8  # each in the row and its button
    assert page.count(">Take it<") == 1
    broken = re.findall(r'action="(/people/sent/[^"]+/decline)"', page)[-1]
    assert bob.post(broken.replace("decline", "take")).status_code in (400, 422)
    assert bob.post(broken).status_code == 303


def test_a_wish_without_a_person_is_asked_again(alice: Client, bob: Client) -> None:
    food = bread(alice)
    assert "You can send to people who share with you" in text_of(alice.get(f"{food}/send"))
    shared(alice, bob)
    assert alice.post(f"{food}/send", {}).status_code == 422
    assert alice.post(f"{food}/send", {"to": "00000000-0000-4000-8000-000000000000"}).status_code == 404


def _uuid(text: str):
    from uuid import UUID

    return UUID(text)


def _actor(client: Client):
    from nutshell.accounts import queries
    from nutshell.accounts.types import Actor
    from nutshell.vault import keys

    store = client.session
    held = keys.unpack_bundle(store.keys_packed)
    user = queries.user(int(store["_auth_user_id"]))
    return Actor(user.pk, user.subject_id, "session", held)
