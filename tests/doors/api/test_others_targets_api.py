"""Dana, who may change what Alice shares, sets her targets under her own name; Alice sees it and undoes it."""

from functools import partial
from typing import Any

import pytest
from tests.doors.api.test_sharing_api import DAY, EGG, Phone, at, shared

from nutshell.api import sharing
from nutshell.grants.types import Terms
from nutshell.vault.models import Grant, Record, Shelf

__all__ = ["at"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
BOTH = {"collections": ["diary", "targets"], "first_day": None, "last_day": None}


def budget(phone: Phone, path: str = "/targets") -> Any:
    found = phone("GET", path)
    assert found.status_code == 200, found.content
    return found.json()["settings"].get("own_budget")


def sets(phone: Phone, path: str, kcal: float) -> int:
    return phone("PUT", path, {"own_budget": kcal}).status_code


@pytest.fixture
def theirs(at: Phones) -> str:
    """The address of Alice's targets for Dana, who may change them."""
    assert sets(at["alice"], "/targets", 2100) == 200
    shared(at["alice"], at["dana"], label="Dana", mode="write", **BOTH)
    return f"/people/{at['alice'].subject}/targets"


def test_what_dana_sets_counts_and_stands_under_her_name(at: Phones, theirs: str) -> None:
    assert sets(at["dana"], theirs, 1800) == 200
    mine = at["alice"]("GET", "/targets").json()
    assert (mine["settings"]["own_budget"], mine["changed_by"]) == (1800, at["dana"].subject)
    assert mine["changed_at"].startswith("20")
    lines = at["alice"]("GET", "/audit").json()["items"]
    written = [one for one in lines if one["collection"] == "targets" and one["writes"]]
    assert [one["actor"] for one in written] == [at["dana"].subject]


def test_one_undo_takes_back_all_that_she_did_and_nothing_of_mine(at: Phones, theirs: str) -> None:
    for kcal in (1800, 1700):
        assert sets(at["dana"], theirs, kcal) == 200
    undone = at["alice"]("POST", "/targets/undo").json()
    assert (undone["settings"]["own_budget"], undone["changed_by"]) == (2100, None)
    again = at["alice"]("POST", "/targets/undo")
    assert (again.status_code, "Nobody else changed" in again.json()["detail"]) == (409, True)
    assert budget(at["dana"], theirs) == 2100


def test_what_i_save_myself_is_mine_and_is_not_undone(at: Phones, theirs: str) -> None:
    assert sets(at["dana"], theirs, 1800) == 200
    assert sets(at["alice"], "/targets", 1800) == 200  # unchanged: she keeps it
    assert at["alice"]("GET", "/targets").json()["changed_by"] is None
    assert at["alice"]("POST", "/targets/undo").status_code == 409


def test_a_save_that_changes_nothing_is_nobodys_change(at: Phones, theirs: str) -> None:
    assert sets(at["dana"], theirs, 2100) == 200
    assert at["alice"]("GET", "/targets").json()["changed_by"] is None


def test_new_facts_of_mine_do_not_hide_who_changed_my_targets(at: Phones, theirs: str) -> None:
    assert sets(at["dana"], theirs, 1800) == 200
    assert at["alice"]("PUT", "/profile", {"weight": 71.5}).status_code == 200
    assert at["alice"]("GET", "/targets").json()["changed_by"] == at["dana"].subject
    assert at["alice"]("POST", "/targets/undo").json()["settings"]["own_budget"] == 2100


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"mode": "read", "collections": ["diary", "targets"]}, 404),
        ({"mode": "write", "collections": ["diary"]}, 404),
    ],
)
def test_who_may_only_see_them_or_has_other_things_changes_none(at: Phones, terms: dict[str, Any], status: int) -> None:
    shared(at["alice"], at["bob"], **{**BOTH, **terms})
    theirs = f"/people/{at['alice'].subject}/targets"
    assert sets(at["bob"], theirs, 1800) == status
    assert sets(at["charlie"], theirs, 1800) == 404
    assert budget(at["alice"]) is None


def test_a_grant_that_ended_changes_none(at: Phones, theirs: str) -> None:
    grant = Grant.objects.get(state="active").grant_id
    assert at["alice"]("DELETE", f"/grants/{grant}").status_code == 204
    assert sets(at["dana"], theirs, 1800) == 403
    assert budget(at["alice"]) == 2100


@pytest.mark.parametrize("wrong", [{"own_budget": 1}, {"nothing": 1}, {"limits": [{"nutrient": "208x"}]}])
def test_what_cannot_be_is_refused_with_its_field_and_nothing_changes(
    at: Phones, theirs: str, wrong: dict[str, Any]
) -> None:
    refused = at["dana"]("PUT", theirs, wrong)
    assert refused.status_code == 422
    assert budget(at["alice"]) == 2100


def test_a_grant_made_under_the_older_text_asks_its_owner_before_it_lets_set_targets(
    at: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "Terms", partial(Terms, text="1"))
    grant = shared(at["alice"], at["dana"], mode="write", **BOTH)
    theirs = f"/people/{at['alice'].subject}"
    assert at["dana"]("GET", f"{theirs}/targets").status_code == 200
    assert sets(at["dana"], f"{theirs}/targets", 1800) == 404
    assert at["dana"]("POST", f"{theirs}/diary/{DAY}/entries", EGG).status_code == 201
    asked = at["alice"]("PUT", f"/grants/{grant}", BOTH)
    assert (asked.status_code, 'confirmed: "mode"' in asked.json()["detail"]) == (409, True)
    assert sets(at["dana"], f"{theirs}/targets", 1800) == 404
    assert at["alice"]("PUT", f"/grants/{grant}", {**BOTH, "confirmed": "mode"}).status_code == 204
    assert sets(at["dana"], f"{theirs}/targets", 1800) == 200
    assert budget(at["alice"]) == 1800


@pytest.mark.parametrize("what", ["the record", "the manifest", "the signature", "the signer"])
def test_who_writes_the_tables_puts_no_target_under_anybodys_name(at: Phones, theirs: str, what: str) -> None:
    """A row that somebody altered after Dana's change is refused with a sentence, and nothing of it is believed."""
    before = set(Record.objects.values_list("record_id", "version"))
    assert sets(at["dana"], theirs, 1800) == 200
    (changed,) = set(Record.objects.values_list("record_id", "version")) - before
    record = Record.objects.get(record_id=changed[0])
    shelf = Shelf.objects.filter(subject_id=record.subject_id, tag=record.tag, generation=record.generation)
    row, name = {
        "the record": (Record.objects.filter(record_id=record.record_id), "sealed"),
        "the manifest": (shelf, "manifest"),
        "the signature": (shelf, "signature"), "the signer": (shelf, "signer"),
    }[what]  # fmt: skip
    bytes_ = bytearray(row.values_list(name, flat=True).get())
    bytes_[-1] ^= 1
    assert row.update(**{name: bytes(bytes_)}) == 1
    for phone, path in ((at["alice"], "/targets"), (at["dana"], theirs)):
        answer = phone("GET", path)
        assert (answer.status_code, answer.json()["type"]) == (409, "tampered")
    assert at["alice"]("POST", "/targets/undo").json()["type"] == "tampered"
