"""What is told and released of few people, and how many messages one participant gets."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyrage
import pytest
from tests.doors.api.conftest import Person
from tests.doors.api.test_studies_api import Phone, joined, ok, opened, released

from nutshell.common import clock
from nutshell.studies import policy, releases
from nutshell.studies.models import Message
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
NAMES = ("alice", "bob", "carol", "dana", "erin")
Key = pyrage.x25519.Identity
People = Callable[[str], Person]


@pytest.fixture
def rosa(person: People) -> Phone:
    grantee.forget()
    return Phone(person("rosa").consent())


@pytest.fixture
def key() -> Key:
    return Key.generate()


def many(person: People, number: int) -> list[Phone]:
    return [Phone(person(name).consent()) for name in NAMES[:number]]


def test_fewer_than_five_people_are_neither_counted_listed_nor_released(person: People, rosa: Phone, key: Key) -> None:
    path = opened(rosa, key)
    before = ok(rosa("GET", path))
    for phone in many(person, 4):
        joined(phone, path)
    assert ok(rosa("GET", path)) == before
    assert before["participants"] is None
    assert ok(rosa("GET", f"{path}/participants")) == {"items": [], "few": True}
    refused = rosa("POST", f"{path}/releases")
    assert (refused.status_code, "Fewer than five" in refused.json()["detail"]) == (409, True)
    assert ok(rosa("GET", f"{path}/releases"))["items"] == []
    assert not releases.build_next()


def test_five_people_are(person: People, rosa: Phone, key: Key) -> None:
    path = opened(rosa, key)
    people = many(person, 5)
    parts = {joined(phone, path)["pseudonym"] for phone in people}
    assert ok(rosa("GET", path))["participants"] == 5
    assert {row["pseudonym"] for row in released(rosa, path, key)[0]} == parts
    ok(people[0]("DELETE", "/account", {"password": "a long passphrase of alice"}))
    listed = ok(rosa("GET", f"{path}/participants"))
    assert (len(listed["items"]), listed["few"]) == (4, False)  # a release named them already
    assert rosa("POST", f"{path}/releases").status_code == 409
    assert ok(rosa("GET", path))["participants"] is None


def test_a_release_of_five_of_whom_one_pauses_before_it_is_built_is_not_built(
    person: People, rosa: Phone, key: Key
) -> None:
    path = opened(rosa, key)
    people = many(person, 5)
    for phone in people:
        joined(phone, path)
    ok(rosa("POST", f"{path}/releases"), 202)
    ok(people[0]("PATCH", f"{path}/part", {"paused": True}), 204)
    assert releases.build_next()
    (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
    assert (line["state"], line["participants"], line["rows"], line["bytes"]) == ("few", 0, 0, 0)
    assert rosa("GET", f"{path}/releases/1").status_code == 404
    ok(people[0]("PATCH", f"{path}/part", {"paused": False}), 204)
    assert len(released(rosa, path, key)[0]) == 5


def test_a_person_who_logged_nothing_makes_no_release_of_five(person: People, rosa: Phone, key: Key) -> None:
    path = opened(rosa, key)
    people = many(person, 5)
    for phone in people:
        joined(phone, path)
    for entry in ok(people[0]("GET", "/diary/2026-11-23"))["entries"]:
        ok(people[0]("DELETE", f"/diary/2026-11-23/entries/{entry['id']}"), 204)
    ok(rosa("POST", f"{path}/releases"), 202)
    assert releases.build_next()
    assert ok(rosa("GET", f"{path}/releases"))["items"][0]["state"] == "few"


# ---------- messages ----------


def write(rosa: Phone, path: str, pseudonym: str) -> Any:
    return rosa("POST", f"{path}/messages", {"pseudonym": pseudonym, "text": "Please log your evenings."})


def test_a_participant_gets_five_messages_within_a_day(person: People, rosa: Phone, key: Key) -> None:
    path = opened(rosa, key)
    alice, bob = many(person, 2)
    hers, his = joined(alice, path)["pseudonym"], joined(bob, path)["pseudonym"]
    for _ in range(policy.MESSAGES_A_DAY):
        ok(write(rosa, path, hers), 204)
    assert len(ok(alice("GET", f"{path}/part"))["messages"]) == 5
    refused = write(rosa, path, hers)
    assert (refused.status_code, "five messages within a day" in refused.json()["detail"]) == (429, True)
    ok(write(rosa, path, his), 204)  # for each participant
    assert Message.objects.count() == 6
    Message.objects.update(at=clock.now() - timedelta(days=1, seconds=1))
    ok(write(rosa, path, hers), 204)


def test_twenty_messages_wait_for_a_participant_at_most(person: People, rosa: Phone, key: Key) -> None:
    path = opened(rosa, key)
    (alice,) = many(person, 1)
    hers = joined(alice, path)["pseudonym"]
    ok(write(rosa, path, hers), 204)
    (one,) = Message.objects.all()
    for _ in range(policy.MESSAGES_WAITING - 1):
        one.pk, one.at = one.pk.__class__(int=one.pk.int + 1), clock.now() - timedelta(days=2)
        one.save(force_insert=True)
    refused = write(rosa, path, hers)
    assert (refused.status_code, "unread" in refused.json()["detail"]) == (429, True)
    ok(alice("GET", f"{path}/part"))
    ok(write(rosa, path, hers), 204)
