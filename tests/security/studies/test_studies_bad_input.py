"""Whatever is sent to studies is answered with a sentence and a 4xx, through both doors, and leaves nothing behind."""

from typing import Any

import pyrage
import pytest
from tests.doors.api.test_studies_api import STUDY, WINDOW, Phone, agreed, ok, opened

from nutshell.studies.models import Enrolment, Message, Release, Study, StudyText
from nutshell.vault.models import Grant

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity
HUGE = "x" * 1_000_000
DAYS = ("0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "20261101", "2026-11-01T0", "", None, 20261101, True)
TEXTS = ("a\0b", "\0", HUGE, "", None, 7, [], {}, ["x"], "\ud800")
WRONG_STUDIES: list[Any] = [
    *[{**STUDY, name: wrong} for name in ("title", "protocol", "contact") for wrong in TEXTS],
    *[{**STUDY, "nutrients": wrong} for wrong in (["208"] * 11, [], ["999999"], ["208\0"], [208], "208", None, [[]])],
    *[{**STUDY, name: day} for name in ("first_day", "last_day") for day in DAYS],
    {**STUDY, "first_day": "2026-11-30", "last_day": "2026-11-01"}, {**STUDY, "first_day": "1990-01-01"},
    {**STUDY, "founder_id": "x"}, {}, [], None, 1, "x",
]  # fmt: skip


def refused(answer: Any, about: object = "") -> None:
    """A 4xx with a problem's sentence."""
    shown = str(about)[:200]
    assert 400 <= answer.status_code < 500, (answer.status_code, shown, answer.content[:300])
    told = answer.json()
    assert told["title"] or told["detail"] or told["fields"], shown


def counts() -> list[int]:
    return [kind.objects.count() for kind in (Study, StudyText, Enrolment, Message, Release, Grant)]


@pytest.fixture
def path(at: Phones, key: Key) -> str:
    return opened(at["rosa"], key)


def test_no_wrong_study_is_founded_or_changed(at: Phones) -> None:
    rosa = at["rosa"]
    draft = "/studies/" + ok(rosa("POST", "/studies", STUDY), 201)["id"]
    before, shown = counts(), ok(rosa("GET", draft))
    for wrong in WRONG_STUDIES:
        refused(rosa("POST", "/studies", wrong), wrong)
        refused(rosa("PUT", draft, wrong), wrong)
    assert counts() == before
    assert ok(rosa("GET", draft)) == shown


def test_what_is_no_json_is_told_so(at: Phones, path: str) -> None:
    rosa, alice, before = at["rosa"], at["alice"], counts()
    places = (
        (rosa, "POST", "/studies"), (rosa, "PUT", path), (rosa, "PUT", f"{path}/approval"), (rosa, "PATCH", path),
        (rosa, "POST", f"{path}/texts"), (rosa, "PUT", f"{path}/recipient"), (rosa, "POST", f"{path}/messages"),
        (alice, "POST", f"{path}/part"), (alice, "PATCH", f"{path}/part"), (alice, "DELETE", f"{path}/part"),
    )  # fmt: skip
    for raw in (b"", b"\0", b"{", b"\xff\xfe", b'{"title": NaN}', b"[" * 100_000, b'{"a":1,"a":2}'):
        for phone, method, place in places:
            refused(phone(method, place, raw), (raw[:20], method, place))
    assert counts() == before


def test_a_researchers_wrong_words_are_refused(at: Phones, path: str) -> None:
    rosa, before, recipient = at["rosa"], counts(), Study.objects.get().recipient
    draft = "/studies/" + ok(rosa("POST", "/studies", STUDY), 201)["id"]
    approval = {"number": "EC 1", "on": "2026-10-01", "document": "x"}
    for text in TEXTS:
        refused(rosa("POST", f"{path}/texts", {"text": text}), text)
        refused(rosa("POST", f"{path}/messages", {"pseudonym": "ABCDEFGH", "text": text}), text)
        refused(rosa("POST", f"{path}/messages", {"pseudonym": text, "text": "x"}), text)
        refused(rosa("PUT", f"{path}/recipient", {"recipient": text}), text)
        refused(rosa("PATCH", path, {"state": text}), text)
        for name in ("number", "document"):
            refused(rosa("PUT", f"{draft}/approval", {**approval, name: text}), text)
    for day in DAYS:
        if day not in ("0001-01-01", "9999-12-31"):
            refused(rosa("PUT", f"{draft}/approval", {**approval, "on": day}), day)
    assert counts() == [before[0] + 1, *before[1:]]
    assert Study.objects.get(state="open").recipient == recipient


def test_what_is_no_key_is_no_recipient(at: Phones, path: str) -> None:
    secret = "AGE-SECRET-KEY-1" + "Q" * 58
    for recipient in ("age1" + "q" * 58, "age1" + "x" * 70, secret, "age1pq1" + "q" * 50, "age1" + "a" * 24):
        refused(at["rosa"]("PUT", f"{path}/recipient", {"recipient": recipient}), recipient)


def test_no_wrong_days_are_previewed_or_agreed_to(at: Phones, path: str) -> None:
    alice, before, terms = at["alice"], counts(), agreed(at["alice"], path)
    outside = ("2026-10-31", "2026-12-01")
    for name in ("first_day", "last_day"):
        for day in (*DAYS, *outside):
            refused(alice("POST", f"{path}/part", {**terms, name: day}), (name, day))
            span = {**WINDOW, name: day}
            refused(alice("GET", f"{path}/preview?first_day={span['first_day']}&last_day={span['last_day']}"), span)
    for version in (0, 2, -1, 10**30, "1", None, 1.5, True):
        refused(alice("POST", f"{path}/part", {**terms, "version": version}), version)
    for wrong in ("", "0" * 64, "A" * 64, terms["terms"][:-1], None, 7, HUGE):
        refused(alice("POST", f"{path}/part", {**terms, "terms": wrong}), wrong)
    for place in ("/preview", "/preview?first_day=2026-11-01", "/preview?first_day=%00&last_day=%00"):
        refused(alice("GET", path + place), place)
    refused(alice("POST", f"{path}/part", {**terms, "first_day": "2026-11-30", "last_day": "2026-11-01"}))
    assert counts() == before


def test_no_release_has_such_a_number(at: Phones, path: str) -> None:
    for number in ("0", "-1", "9" * 20, "%00", "1.0", "%D9%A3", "%C2%B2", "x", "1e3"):
        refused(at["rosa"]("GET", f"{path}/releases/{number}"), number)


def test_no_study_has_such_an_address(at: Phones) -> None:
    places = (
        (at["rosa"], "GET", "", None), (at["rosa"], "PUT", "", STUDY), (at["rosa"], "POST", "/releases", None),
        (at["rosa"], "GET", "/participants", None), (at["alice"], "GET", "/part/copy", None),
        (at["alice"], "POST", "/part", {**WINDOW, "version": 1}), (at["alice"], "DELETE", "/part", {"wish": "keep"}),
        (at["alice"], "PATCH", "/part", {"paused": True}),
    )  # fmt: skip
    for study in ("x", "%00", "0", "00000000-0000-0000-0000-000000000000", "'", "9" * 400):
        for phone, method, place, body in places:
            answer = phone(method, f"/studies/{study}{place}", body)
            assert answer.status_code in (404, 422), (study, method, place, answer.content)
