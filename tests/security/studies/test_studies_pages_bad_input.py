"""Every form of studies in a browser: what cannot be is answered with a 4xx and nothing is stored; sealed accounts."""

import csv
import io
import re
import zipfile
from typing import Any

import pyrage
import pytest
from django.test import Client
from tests.doors.web.people import EGG, agree, day_url, log, new_account, reauthenticate, text_of, today
from tests.security.accounts.test_accounts_sealed import locked_session, with_sealed_diary

from nutshell.studies import published, releases
from nutshell.studies.models import Enrolment, Message, Release, Study, StudyText
from nutshell.vault.models import Grant

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
HUGE = "x" * 1_000_000
TEXTS = ("a\0b", HUGE, "")
DAYS = ("0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "tomorrow", "", "2026-11-01T00:00", "a\0b")
KEY = pyrage.x25519.Identity.generate()


def study_form(**other: Any) -> dict[str, Any]:
    day = today().isoformat()
    sent = {"title": "Eggs", "protocol": "x", "contact": "Rosa", "first_day": day, "last_day": day, "nutrient": ["208"]}
    return sent | other


@pytest.fixture
def rosa() -> Client:
    client = new_account("rosa@example.org")
    agree(client)
    return client


@pytest.fixture
def draft(rosa: Client) -> str:
    """A study that Rosa made; the part of its address."""
    return rosa.post("/studies/new", study_form())["Location"].removesuffix("/run")


@pytest.fixture
def opened(rosa: Client, draft: str) -> str:
    for act, sent in (
        ("approval", {"number": "EC 1", "on": "2026-10-01", "document": "Yes."}), ("text", {"text": "We read."}),
        ("recipient", {"recipient": str(KEY.to_public())}), ("state", {"state": "open"}),
    ):  # fmt: skip
        assert rosa.post(f"{draft}/run/{act}", sent).status_code == 303, act
    return draft


def terms_of(path: str) -> str:
    """What the page carries."""
    return published.check(Study.objects.get(id=path.rpartition("/")[2])).hash.hex()


def stored() -> list[Any]:
    found = [kind.objects.count() for kind in (StudyText, Enrolment, Message, Release, Grant)]
    return [*found, list(Study.objects.order_by("id").values("title", "state", "ethics", "recipient", "nutrients"))]


def refused(answer: Any, about: object) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, str(about)[:200])
    assert len(re.sub(r"<[^>]*>", "", text_of(answer)).split()) > 3, about


def test_no_wrong_study_is_founded_or_changed_by_a_form(rosa: Client, draft: str) -> None:
    before = stored()
    wrong = [{name: text} for name in ("title", "protocol", "contact") for text in TEXTS]
    wrong += [{name: day} for name in ("first_day", "last_day") for day in DAYS]
    wrong += [{"nutrient": chosen} for chosen in ([], ["999999"], ["208"] * 11, ["208\0"], [HUGE])]
    for one in wrong:
        refused(rosa.post("/studies/new", study_form(**one)), one)
        refused(rosa.post(f"{draft}/run/change", study_form(**one)), one)
    assert stored() == before


def test_no_wrong_word_of_a_researcher_is_kept(rosa: Client, opened: str, draft: str) -> None:
    before = stored()
    for text in TEXTS:
        for act, sent in (
            ("text", {"text": text}), ("message", {"pseudonym": "ABCDEFGH", "text": text}), ("state", {"state": text}),
            ("message", {"pseudonym": text, "text": "x"}), ("recipient", {"recipient": text}),
            ("approval", {"number": text, "on": "2026-10-01", "document": "x"}),
        ):  # fmt: skip
            refused(rosa.post(f"{opened}/run/{act}", sent), (act, sent))
    for act in ("", "x", "erase", "%00"):
        refused(rosa.post(f"{opened}/run/{act}", {}), act)
    for number in ("0", "9" * 30, "-1", "%00"):
        refused(rosa.get(f"{opened}/run/releases/{number}"), number)
    assert stored() == before


def test_no_wrong_days_or_version_take_part(rosa: Client, opened: str, alice: Client) -> None:
    before, day = stored(), today().isoformat()
    good = {"version": "1", "terms": terms_of(opened), "first_day": day, "last_day": day}
    wrong = [{name: one} for name in ("first_day", "last_day") for one in (*DAYS, "2026-01-01")]
    wrong += [{"version": one} for one in ("0", "2", "-1", "x", "", "9" * 400, "1.5", "1\0")]
    wrong += [{"terms": one} for one in ("", "x", "0" * 64, HUGE, "a\0b")]
    for one in wrong:
        refused(alice.post(f"{opened}/part", good | one), one)
        if not {"version", "terms"} & set(one):
            refused(alice.get(opened, good | one), one)
    for act in ("pause", "resume", "withdraw", "x", "%00"):
        refused(alice.post(f"{opened}/part/{act}", {"wish": "keep"}), act)
    assert stored() == before
    assert alice.post(f"{opened}/part", good).status_code == 303
    for wish in ("", "x", HUGE, "a\0b"):
        refused(alice.post(f"{opened}/part/withdraw", {"wish": wish}), wish)
    for act in ("", "x", "withdraw2", "end"):
        refused(alice.post(f"{opened}/part/{act}", {"wish": "keep"}), act)
    assert "You take part" in text_of(alice.get(opened))
    assert stored()[1:5] == [1, 0, 0, 1]


def test_whoever_stopped_it_elsewhere_is_still_asked_what_becomes_of_earlier_releases(
    opened: str, alice: Client
) -> None:
    day = today().isoformat()
    alice.post(f"{opened}/part", {"version": "1", "terms": terms_of(opened), "first_day": day, "last_day": day})
    alice.post("/access/stop")
    assert "Withdraw now" in text_of(alice.get(opened))
    assert alice.post(f"{opened}/part/withdraw", {"wish": "erase"}).status_code == 303
    assert "Withdraw now" not in text_of(alice.get(opened))
    assert Enrolment.objects.get().wish == "erase"


def test_whoever_is_not_its_researcher_finds_no_page_of_it(rosa: Client, opened: str, alice: Client) -> None:
    absent = "/studies/0f0e0d0c-0b0a-4908-8706-050403020100"
    for path in ("/run", "/run/change", "/run/releases", "/run/releases/1", "/part/copy"):
        for client, place in ((alice, opened), (rosa, absent)):
            assert client.get(place + path).status_code == 404, path
    for act in ("approval", "text", "recipient", "state", "message", "order"):
        sent = {"state": "closed", "text": "x", "pseudonym": "ABCDEFGH", "recipient": str(KEY.to_public()),
                "number": "1", "on": "2026-10-01", "document": "x"}  # fmt: skip
        assert alice.post(f"{opened}/run/{act}", sent).status_code == 404, act


def test_a_sealed_account_takes_part_while_it_is_open_and_not_while_it_is_shut(rosa: Client, opened: str) -> None:
    client, _ = with_sealed_diary()
    day = today().isoformat()
    wish = {"version": "1", "terms": terms_of(opened), "first_day": today(), "last_day": today()}
    log(client, EGG, "100")
    shut = locked_session()
    before = stored()
    for answer in (shut.post(f"{opened}/part", wish), shut.get(f"{opened}/part"), shut.get(day_url())):
        assert (answer.status_code, re.match("/unlock|/account/reauth", answer["Location"]) is not None) == (303, True)
    assert stored() == before
    reauthenticate(client)
    assert client.post(f"{opened}/part", wish).status_code == 303
    reauthenticate(rosa)
    assert rosa.post(f"{opened}/run/order", {}).status_code == 303
    assert releases.build_next()
    archive = rosa.get(f"{opened}/run/releases/1").content
    text = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(archive, [KEY]))).read("data.csv").decode()
    assert [row["day"] for row in csv.DictReader(io.StringIO(text))] == [day]
