"""Two requests at once: what was agreed to stays, numbers are given once, and nobody reads a failure of ours."""

import pyrage
import pytest
from tests.doors.api.test_studies_api import STUDY, Phone, joined, ok, opened, released, written
from tests.security.studies.test_studies_leaving_midway import when_called

from nutshell.studies import policy, publishing, queries
from nutshell.studies.models import Release, StudyText

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity


@pytest.mark.parametrize("what", ["the study", "the approval"])
def test_a_change_that_is_on_its_way_when_a_study_is_opened_is_not_made(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    rosa = at["rosa"]
    path = written(rosa, key)
    shown = ok(rosa("GET", path))
    when_called(monkeypatch, policy, "check_is_draft", lambda: ok(rosa("PATCH", path, {"state": "open"}), 204))
    if what == "the study":
        answer = rosa("PUT", path, {**STUDY, "nutrients": ["606"], "title": "Other"})
    else:
        answer = rosa("PUT", f"{path}/approval", {"number": "None", "on": "2026-01-01", "document": "x"})
    assert answer.status_code == 409
    assert ok(at["alice"]("GET", path)) == {**shown, "state": "open"}


def test_of_two_texts_at_once_with_one_number_one_is_refused(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = at["rosa"]
    path = opened(rosa, key)
    when_called(monkeypatch, queries, "mine", lambda: ok(rosa("POST", f"{path}/texts", {"text": "One."}), 201))
    assert rosa("POST", f"{path}/texts", {"text": "Other."}).status_code == 409
    assert not StudyText.objects.filter(text="Other.").exists()


def test_two_orders_at_once_are_one_release(at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    rosa = at["rosa"]
    path = opened(rosa, key)
    joined(at["alice"], path)
    when_called(monkeypatch, queries, "taking_part", lambda: ok(rosa("POST", f"{path}/releases"), 202))
    assert rosa("POST", f"{path}/releases").status_code == 409
    assert Release.objects.count() == 1


@pytest.mark.parametrize("way", ["one", "all"])
def test_whoever_ended_the_grant_elsewhere_can_still_ask_to_erase(at: Phones, key: Key, way: str) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    grant = joined(alice, path)["grant_id"]
    released(rosa, path, key)
    alice("DELETE", f"/grants/{grant}" if way == "one" else "/grants")
    told = ok(alice("DELETE", f"{path}/part", {"wish": "erase"}))
    assert (told["state"], told["wish"]) == ("revoked", "erase")
    assert rosa("GET", f"{path}/releases/1").status_code == 404
    assert ok(rosa("GET", f"{path}/participants"))["items"][0]["wish"] == "erase"


def test_of_two_changes_of_which_one_comes_in_between_the_other_is_refused_and_nothing_is_lost(
    at: Phones, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is stored whole while the first is listed and not stored yet."""
    rosa = at["rosa"]
    path = opened(rosa, key)
    when_called(monkeypatch, publishing, "_pin", lambda: ok(rosa("POST", f"{path}/texts", {"text": "One."}), 201))
    assert rosa("PATCH", path, {"state": "closed"}).status_code == 409
    shown = ok(at["alice"]("GET", path))
    assert (shown["text"], shown["state"], shown["version"]) == ("One.", "open", 2)
    assert joined(at["alice"], path)["version"] == 2
    ok(rosa("PATCH", path, {"state": "closed"}), 204)
