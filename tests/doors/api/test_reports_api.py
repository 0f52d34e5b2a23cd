"""Means of a span against targets, and the foods behind a nutrient: of one's own days, and of those that are shared."""

from typing import Any

import pytest
from tests.doors.api.test_sharing_api import DAY, EGG, Phone, at, shared

__all__ = ["at"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
LATER = "2026-11-24"
"""Of the same month, so that the month's keys open it: leaving it out is the gate's."""
SPAN = f"from={DAY}&to={LATER}"
PROTEIN = "203"


@pytest.fixture
def alice(at: Phones) -> Phone:
    """Two days of eggs, twice as many on the later one, and a target of her own."""
    alice = at["alice"]
    limits = [{"nutrient": PROTEIN, "minimum": 50}]
    assert alice("PUT", "/targets", {"limits": limits}).status_code == 200
    for day, amount in ((DAY, 100), (LATER, 200)):
        assert alice("POST", f"/diary/{day}/entries", {**EGG, "amount": amount, "unit": "g"}).status_code == 201
    assert alice("PATCH", f"/diary/{LATER}", {"complete": True}).status_code == 200
    return alice


def row(found: Any, nutrient: str = PROTEIN) -> Any:
    (one,) = (row for group in found["groups"] for row in group["rows"] if row["id"] == nutrient)
    return one


def report(phone: Phone, query: str, whose: str = "") -> Any:
    answer = phone("GET", f"{whose}/report?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_report_is_the_mean_of_the_days_that_count_against_my_targets(alice: Phone) -> None:
    both, one = report(alice, SPAN), report(alice, f"{SPAN}&complete=true")
    assert (both["days"], one["days"], one["complete_only"]) == (2, 1, True)
    assert row(one)["amount"] == pytest.approx(row(both)["amount"] * 4 / 3, rel=1e-4)
    assert (row(both)["minimum"], row(both)["coverage"]) == (50, 1.0)
    assert row(both)["share"] == pytest.approx(row(both)["amount"] / 50)


def test_the_foods_behind_a_nutrient_have_their_shares_of_it(alice: Phone) -> None:
    found = alice("GET", f"/report/foods?{SPAN}&nutrient={PROTEIN}").json()
    (food,) = found["foods"]
    assert (food["food_id"], food["times"], food["share"]) == (EGG["food_id"], 2, 1.0)


def test_of_another_a_report_holds_the_days_that_are_shared_and_no_others(alice: Phone, at: Phones) -> None:
    shared(alice, at["bob"], first_day=DAY, last_day=DAY, collections=["diary"])
    hers = f"/people/{alice.subject}"
    found = report(at["bob"], SPAN, hers)
    assert (found["days"], row(found)["amount"]) == (1, row(report(alice, f"from={DAY}&to={DAY}"))["amount"])
    assert row(found)["minimum"] is None  # the targets are not shared
    foods = at["bob"]("GET", f"{hers}/report/foods?{SPAN}&nutrient={PROTEIN}").json()["foods"]
    assert [food["times"] for food in foods] == [1]


def test_targets_that_are_shared_stand_in_the_report(alice: Phone, at: Phones) -> None:
    shared(alice, at["bob"], first_day=None, last_day=None, collections=["diary", "targets"])
    assert row(report(at["bob"], SPAN, f"/people/{alice.subject}"))["minimum"] == 50


def test_each_report_is_one_line_of_the_ledger_with_its_span(alice: Phone, at: Phones) -> None:
    shared(alice, at["bob"])
    report(at["bob"], SPAN, f"/people/{alice.subject}")
    lines = [one for one in alice("GET", "/audit").json()["items"] if one["actor"] == at["bob"].subject]
    assert [(one["collection"], one["about"]) for one in lines if one["collection"]] == [("diary", [f"{DAY}/{LATER}"])]


def test_a_stranger_a_grant_without_the_diary_and_one_that_ended_get_none(alice: Phone, at: Phones) -> None:
    grant = shared(alice, at["bob"])
    shared(alice, at["dana"], collections=["targets"], first_day=None, last_day=None)
    hers = f"/people/{alice.subject}"
    addresses = (f"{hers}/report?{SPAN}", f"{hers}/report/foods?{SPAN}&nutrient=208")
    assert [at["charlie"]("GET", one).status_code for one in addresses] == [404, 404]
    assert [at["dana"]("GET", one).status_code for one in addresses] == [404, 404]
    assert alice("DELETE", f"/grants/{grant}").status_code == 204
    assert [at["bob"]("GET", one).status_code for one in addresses] == [403, 403]
