"""Rosa founds a study, and lets Bob run it with her for a while."""

import re
from collections.abc import Callable
from uuid import UUID

import pyrage
import pytest
from django.db import connections
from django.test import Client
from tests.doors.api.conftest import Person
from tests.doors.api.test_sharing_api import shared
from tests.doors.api.test_studies_api import Phone, few_will_do, joined, ok, opened, released
from tests.doors.web.people import agree, new_account, reauthenticate, text_of

from nutshell.common import errors
from nutshell.studies import policy, releases
from nutshell.studies.models import Order, Researcher, Study
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
__all__ = ["few_will_do"]
Key = pyrage.x25519.Identity


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    phones = {name: Phone(person(name).consent()) for name in ("rosa", "alice", "bob", "charlie")}
    shared(phones["rosa"], phones["bob"])
    return phones


@pytest.fixture
def key() -> Key:
    return Key.generate()


def named(rosa: Phone, path: str, other: Phone) -> list[dict[str, object]]:
    return ok(rosa("POST", f"{path}/researchers", {"researcher": other.subject}), 201)["items"]


def test_a_second_researcher_runs_the_study_and_the_ledger_says_who_ordered(at: dict[str, Phone], key: Key) -> None:
    rosa, bob = at["rosa"], at["bob"]
    path = opened(rosa, key)
    assert bob("GET", f"{path}/participants").status_code == 404
    joined(at["alice"], path)
    team = named(rosa, path, bob)
    assert [(one["name"], one["founder"], one["mine"]) for one in team] == [
        ("rosa@example.org", True, True), ("bob@example.org", False, False),
    ]  # fmt: skip
    assert [one["id"] for one in ok(bob("GET", "/studies"))["founded"]] == [path.rpartition("/")[2]]
    (part,) = ok(bob("GET", f"{path}/participants"))["items"]
    ok(bob("POST", f"{path}/messages", {"pseudonym": part["pseudonym"], "text": "From Bob."}), 204)
    ok(bob("POST", f"{path}/texts", {"text": "Second."}), 201)
    assert released(bob, path, key)[0]
    assert released(rosa, path, key)[0]
    for phone in (rosa, bob):
        ledger = ok(phone("GET", f"{path}/releases"))["items"]
        assert [(one["number"], one["by"]) for one in ledger] == [(2, "rosa@example.org"), (1, "bob@example.org")]
    (line,) = [one for one in ok(bob("GET", "/audit"))["items"] if one["kind"] == "study-researcher"]
    assert (line["actor"], line["reason"]) == (rosa.subject, "named")


def test_whoever_is_removed_reads_nothing_more_and_what_they_ordered_is_not_built(
    at: dict[str, Phone], key: Key
) -> None:
    rosa, bob = at["rosa"], at["bob"]
    path = opened(rosa, key)
    joined(at["alice"], path)
    named(rosa, path, bob)
    ok(bob("POST", f"{path}/releases"), 202)
    ok(rosa("DELETE", f"{path}/researchers/{bob.subject}"), 204)
    for method, place, body in (
        ("GET", "/participants", None), ("GET", "/releases", None), ("POST", "/releases", None),
        ("POST", "/texts", {"text": "x"}), ("PATCH", "", {"state": "closed"}), ("GET", "/researchers", None),
    ):  # fmt: skip
        assert bob(method, path + place, body).status_code == 404, place
    assert ok(bob("GET", "/studies"))["founded"] == []
    with pytest.raises(errors.Tampered):
        releases.build_next()
    assert ok(rosa("GET", f"{path}/releases"))["items"][0]["state"] == "failed"
    assert released(rosa, path, key)[0]


def test_only_the_founder_names_and_ends_others_and_everybody_can_leave(at: dict[str, Phone], key: Key) -> None:
    rosa, bob, charlie = at["rosa"], at["bob"], at["charlie"]
    path = opened(rosa, key)
    shared(bob, charlie)
    named(rosa, path, bob)
    assert bob("POST", f"{path}/researchers", {"researcher": charlie.subject}).status_code == 409
    assert bob("DELETE", f"{path}/researchers/{rosa.subject}").status_code == 409
    assert rosa("DELETE", f"{path}/researchers/{rosa.subject}").status_code == 409
    assert rosa("POST", f"{path}/researchers", {"researcher": bob.subject}).status_code == 409
    ok(bob("DELETE", f"{path}/researchers/{bob.subject}"), 204)
    assert bob("GET", f"{path}/participants").status_code == 404


def test_nobody_is_named_whose_keys_are_not_known(at: dict[str, Phone], key: Key) -> None:
    """A stranger, nobody, the study itself, and a participant by anything that the study knows."""
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    for other in (alice.subject, at["charlie"].subject, str(UUID(int=7)), str(Study.objects.get().subject_id)):
        assert rosa("POST", f"{path}/researchers", {"researcher": other}).status_code == 404
        assert rosa("DELETE", f"{path}/researchers/{other}").status_code == 404
    own = opened(alice, key)
    ok(rosa("POST", f"{own}/part", {**_wish(rosa, own)}), 201)
    study = Study.objects.get(id=own.rpartition("/")[2]).subject_id
    assert rosa("POST", f"{path}/researchers", {"researcher": str(study)}).status_code == 404
    for wrong in ("", "x", None, 7, "x" * 1000):
        assert rosa("POST", f"{path}/researchers", {"researcher": wrong}).status_code == 422
    assert not Researcher.objects.exists()


def _wish(phone: Phone, path: str) -> dict[str, object]:
    shown = ok(phone("GET", path))
    return {"first_day": "2026-11-10", "last_day": "2026-11-30", "version": 1, "terms": shown["terms"]}


def test_ten_run_a_study_at_most(at: dict[str, Phone], key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    path = opened(at["rosa"], key)
    monkeypatch.setattr(policy, "MOST_RESEARCHERS", 1)
    assert at["rosa"]("POST", f"{path}/researchers", {"researcher": at["bob"].subject}).status_code == 409


def test_whoever_writes_themselves_into_the_tables_runs_nothing(at: dict[str, Phone], key: Key) -> None:
    rosa, bob, charlie = at["rosa"], at["bob"], at["charlie"]
    path = opened(rosa, key)
    study = Study.objects.get()
    named(rosa, path, bob)
    mark = bytes(Researcher.objects.get().mark)
    Researcher.objects.create(study=study, subject_id=charlie.subject, mark=mark)
    assert charlie("GET", f"{path}/participants").status_code == 404
    assert ok(charlie("GET", "/studies"))["founded"] == []
    Study.objects.update(founder_id=charlie.subject)
    assert charlie("GET", f"{path}/participants").status_code == 404
    assert charlie("POST", f"{path}/texts", {"text": "x"}).status_code == 404


def test_a_removed_row_does_not_keep_anybody_in(at: dict[str, Phone], key: Key) -> None:
    """Bob's row is hidden from Rosa by whoever writes tables; her next change of the team leaves him out."""
    rosa, bob, charlie = at["rosa"], at["bob"], at["charlie"]
    path = opened(rosa, key)
    shared(rosa, charlie)
    named(rosa, path, bob)
    Researcher.objects.all().delete()
    named(rosa, path, charlie)
    assert bob("GET", f"{path}/participants").status_code == 404


def test_an_erased_researcher_leaves_nothing_and_the_study_goes_on(at: dict[str, Phone], key: Key) -> None:
    rosa, bob = at["rosa"], at["bob"]
    path = opened(rosa, key)
    joined(at["alice"], path)
    named(rosa, path, bob)
    released(bob, path, key)
    ok(bob("DELETE", "/account", {"password": "a long passphrase of bob"}))
    assert [one["name"] for one in ok(rosa("GET", f"{path}/researchers"))["items"]] == ["rosa@example.org"]
    assert [one["by"] for one in ok(rosa("GET", f"{path}/releases"))["items"]] == [""]
    assert not Order.objects.exists()
    assert released(rosa, path, key)[0]
    id_ = UUID(bob.subject)
    with connections["default"].cursor() as cursor:
        for table in ("study", "study_researcher", "study_order", "study_release"):
            cursor.execute(f"SELECT * FROM {table}")
            everything = b"".join(
                cell if isinstance(cell, bytes) else str(cell).encode() for row in cursor for cell in row
            )
            for trace in (id_.bytes, id_.hex.encode(), bob.subject.encode()):
                assert trace not in everything, table


@pytest.mark.usefixtures("node")
def test_the_page_names_and_removes_a_researcher(person: Callable[[str], Person], key: Key) -> None:
    rosa = new_account("rosa@example.org")
    agree(rosa)
    bob = person("bob").consent()
    phone, path = Phone(bob), _draft(rosa)
    page = text_of(rosa.get(f"{path}/run"))
    assert "Share something with them first" in page
    assert "founded the study" in page
    _share(rosa, phone)
    page = rosa.get(f"{path}/run").content.decode()
    assert re.search(rf'<option value="{phone.subject}">bob@example.org', page)
    reauthenticate(rosa)
    assert rosa.post(f"{path}/run/name", {"researcher": phone.subject}).status_code == 303
    assert "runs it, too" in text_of(rosa.get(f"{path}/run"))
    assert phone("GET", f"{path}/participants").status_code == 200
    assert rosa.post(f"{path}/run/remove", {"researcher": phone.subject}).status_code == 303
    assert phone("GET", f"{path}/participants").status_code == 404
    for wrong in ("", "x"):
        assert rosa.post(f"{path}/run/name", {"researcher": wrong}).status_code == 422


def _draft(rosa: Client) -> str:
    sent = {"title": "Eggs", "protocol": "x", "contact": "Rosa", "first_day": "2026-11-01", "last_day": "2026-11-30",
            "nutrient": ["208"]}  # fmt: skip
    return rosa.post("/studies/new", sent)["Location"].removesuffix("/run")


def _share(rosa: Client, bob: Phone) -> None:
    """Rosa invites, Bob's app accepts, Rosa's next page completes it."""
    page = rosa.post("/access/share", {"label": "Bob", "collection": "diary"}).content.decode()
    link = re.search(r"/invited/[0-9a-f-]{36}/[\w-]+", page)
    assert link, page[:500]
    ok(bob("POST", link[0].replace("/invited/", "/invitations/")), 202)
    rosa.get("/access")
