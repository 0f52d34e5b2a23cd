"""A researcher learns nobody's identity and changes nothing behind what was agreed; a token reaches no study."""

import json
import re
from typing import Any

import pyrage
import pytest
from tests.doors.api.conftest import Caller
from tests.doors.api.test_studies_api import DAY, OUTSIDE, STUDY, WINDOW, Phone, agreed, joined, ok, opened, released

from nutshell.api.sharing import ROUTES as SHARING
from nutshell.api.studies import ROUTES as STUDIES
from nutshell.studies.models import Enrolment, Study

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity
PART = {**WINDOW, "version": 1, "terms": "0" * 64}


def all_that_rosa_reads(rosa: Phone, path: str) -> str:
    """Every answer that a researcher gets, with those that are refused."""
    number = len(ok(rosa("GET", f"{path}/releases"))["items"])
    places = ["/studies", path, f"{path}/participants", f"{path}/releases", f"{path}/part", f"{path}/part/copy"]
    places += [f"{path}/releases/{one}" for one in range(number + 2)]
    places += ["/people", "/grants", "/audit", "/account", f"{path}/preview?first_day=2026-11-01&last_day=2026-11-30"]
    return "".join(rosa("GET", place).content.decode() for place in places)


def test_nothing_that_a_researcher_reads_names_a_participant(at: Phones, key: Key) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    path = opened(rosa, key)
    grants = [joined(phone, path)["grant_id"] for phone in (alice, bob)]
    released(rosa, path, key)
    ok(alice("PATCH", f"{path}/part", {"paused": True}), 204)
    ok(bob("DELETE", f"{path}/part", {"wish": "keep"}))
    read = all_that_rosa_reads(rosa, path)
    for named in (alice.subject, bob.subject, "alice@", "bob@", *grants, *map(str, study_subjects())):
        assert named not in read, named
        assert named.replace("-", "") not in read, named


def study_subjects() -> list[Any]:
    return list(Study.objects.values_list("subject_id", flat=True))


def test_neither_a_participants_diary_nor_their_other_grants_open_for_the_researcher(at: Phones, key: Key) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    grant = joined(alice, path)["grant_id"]
    for place in (f"diary/{DAY}", f"trends?from={DAY}&to={DAY}&nutrients=208"):
        assert rosa("GET", f"/people/{alice.subject}/{place}").status_code == 404
    for method, place, body in (
        ("PATCH", f"/grants/{grant}", {"paused": False}), ("DELETE", f"/grants/{grant}", None),
        ("DELETE", f"/people/grants/{grant}", None), ("GET", f"/invitations/{grant}/{'A' * 43}", None),
        ("PUT", f"/grants/{grant}", {"collections": ["diary", "notes"]}),
    ):  # fmt: skip
        assert rosa(method, place, body).status_code == 404, place
    assert ok(rosa("GET", "/people"))["items"] == []


def test_the_same_person_is_another_one_in_another_study(at: Phones, key: Key) -> None:
    rosa, alice, bob = at["rosa"], at["alice"], at["bob"]
    one, other = opened(rosa, key), opened(rosa, key)
    mine = [joined(alice, path) for path in (one, other)]
    for path in (one, other):
        joined(bob, path)
    assert mine[0]["pseudonym"] != mine[1]["pseudonym"]
    for path, absent in ((one, mine[1]), (other, mine[0])):
        read = rosa("GET", f"{path}/participants").content.decode() + json.dumps(released(rosa, path, key)[0])
        assert absent["pseudonym"] not in read
        assert ok(rosa("GET", f"{path}/participants"))["items"] == sorted(
            ok(rosa("GET", f"{path}/participants"))["items"], key=lambda one: one["pseudonym"]
        )
        told = rosa("POST", f"{path}/messages", {"pseudonym": absent["pseudonym"], "text": "Is that you?"})
        assert told.status_code == 404
    ok(alice("DELETE", f"{one}/part", {"wish": "keep"}))
    assert ok(alice("POST", f"{one}/part", agreed(alice, one)), 201)["pseudonym"] not in {
        part["pseudonym"] for part in mine
    }


def test_nothing_that_was_agreed_to_changes_after_a_study_is_opened(at: Phones, key: Key) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    shown = ok(alice("GET", path))
    wider = {**STUDY, "nutrients": ["208", "606"], "last_day": "2026-12-31"}
    for state in ("open", "closed", "open"):
        ok(rosa("PATCH", path, {"state": state}), 204)
        assert rosa("PUT", path, wider).status_code == 409
        assert rosa("PUT", f"{path}/approval", {"number": "x", "on": DAY, "document": "x"}).status_code == 409
    assert rosa("PATCH", path, {"state": "draft"}).status_code == 422
    assert ok(alice("GET", path)) == shown
    ok(rosa("POST", f"{path}/texts", {"text": "We read all that you ever ate."}), 201)
    copy = ok(alice("GET", f"{path}/part/copy"))
    assert (copy["version"], copy["text"]) == (1, "We read your days and nothing else.")
    assert {row["day"] for row in released(rosa, path, key)[0]} == {DAY}
    assert OUTSIDE not in json.dumps(released(rosa, path, key)[0])


def test_nobody_begins_in_a_draft_a_closed_study_or_under_another_text(at: Phones, key: Key) -> None:
    rosa, alice = at["rosa"], at["alice"]
    draft = "/studies/" + ok(rosa("POST", "/studies", STUDY), 201)["id"]
    path = opened(rosa, key)
    assert alice("POST", f"{draft}/part", PART).status_code == 404
    assert rosa("POST", f"{draft}/part", PART).status_code == 409
    assert alice("GET", f"{draft}/preview?first_day={DAY}&last_day={DAY}").status_code == 404
    ok(rosa("POST", f"{path}/texts", {"text": "Other words."}), 201)
    good = agreed(alice, path)
    for version in (1, 3):
        assert alice("POST", f"{path}/part", {**good, "version": version}).status_code == 409
    ok(rosa("PATCH", path, {"state": "closed"}), 204)
    assert alice("POST", f"{path}/part", good).status_code == 409
    assert ok(alice("GET", "/grants"))["items"] == []
    assert not Enrolment.objects.exists()


def test_who_withdrew_goes_on_with_nothing(at: Phones, key: Key) -> None:
    alice = at["alice"]
    path = opened(at["rosa"], key)
    grant = joined(alice, path)["grant_id"]
    ok(alice("DELETE", f"{path}/part", {"wish": "erase"}))
    for paused in (True, False):
        assert alice("PATCH", f"{path}/part", {"paused": paused}).status_code == 409
        assert alice("PATCH", f"/grants/{grant}", {"paused": paused}).status_code == 409
    assert alice("DELETE", f"{path}/part", {"wish": "keep"}).status_code == 409
    assert ok(alice("GET", f"{path}/part"))["wish"] == "erase"


def test_a_token_of_all_scopes_reaches_neither_studies_nor_grants(person: Any, at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    token = Caller(authorization=f"Bearer {person('zoe').consent().token()}")
    for route in (*STUDIES, *SHARING):
        place = route.path.replace("/studies/{study}", path)
        answer = token(route.method, re.sub(r"\{\w+\}", path.rpartition("/")[2], place), {})
        assert answer.status_code == 401, (route.method, route.path)
    assert not Enrolment.objects.exists()
