"""Several foods at once, the order of a meal, notes, and undo over the API."""

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "/diary/2026-11-23"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g", "meal": "breakfast"}
OATS = {"food_id": "sr28:08120", "amount": 50, "unit": "g", "meal": "breakfast"}


def names(api) -> list[str]:
    return [entry["food_id"] for entry in api("GET", DAY).json()["entries"]]


def undo(api, act: str) -> int:
    return api("POST", f"{DAY}/changes/{act}/undo").status_code


def test_several_foods_are_one_act_that_is_undone_as_one(api):
    made = api("POST", f"{DAY}/entries/several", {"entries": [EGG, OATS]}, **{"idempotency-key": "k"})
    again = api("POST", f"{DAY}/entries/several", {"entries": [EGG, OATS]}, **{"idempotency-key": "k"})
    assert made.status_code == 201
    assert again.json() == made.json()
    assert names(api) == ["sr28:01123", "sr28:08120"]
    assert undo(api, made.json()["act"]) == 200
    assert names(api) == []


def test_of_several_foods_with_one_that_is_wrong_none_is_kept(api):
    wrong = api("POST", f"{DAY}/entries/several", {"entries": [EGG, {**OATS, "amount": 0}]})
    assert wrong.status_code == 422
    assert "entries.1.amount" in wrong.content.decode()
    assert (
        api("POST", f"{DAY}/entries/several", {"entries": [EGG, {**OATS, "food_id": "sr28:99999"}]}).status_code == 404
    )
    assert api("POST", f"{DAY}/entries/several", {"entries": []}).status_code == 422
    assert names(api) == []


def test_a_meal_is_put_in_another_order_and_back(api):
    ids = [api("POST", f"{DAY}/entries", one).json()["id"] for one in (EGG, OATS)]
    answer = api("PUT", f"{DAY}/order", {"entries": ids[::-1]})
    assert [entry["id"] for entry in answer.json()["entries"]] == ids[::-1]
    latest = api("GET", f"{DAY}/changes").json()["items"][0]
    assert (latest["kind"], latest["undoable"], latest["meal"]) == ("reorder", True, "breakfast")
    assert undo(api, latest["id"]) == 200
    assert names(api) == ["sr28:01123", "sr28:08120"]


def test_a_note_is_kept_changed_under_its_version_and_undone(api):
    assert api("GET", f"{DAY}/note").json() == {"date": "2026-11-23", "note": "", "version": 0}
    first = api("PUT", f"{DAY}/note", {"note": "Slept badly"})
    assert api("PUT", f"{DAY}/note", {"note": "x"}, **{"if-match": '"0"'}).status_code == 412
    assert api("PUT", f"{DAY}/note", {"note": "Slept well"}, **{"if-match": first["ETag"]}).json()["version"] == 2
    assert api("PUT", f"{DAY}/note", {"note": ""}).json()["version"] == 0
    acts = [change["id"] for change in api("GET", f"{DAY}/changes").json()["items"]]
    assert undo(api, acts[1]) == 409
    assert undo(api, acts[0]) == 200
    assert api("GET", f"{DAY}/note").json()["note"] == "Slept well"


def test_completing_a_day_is_undone(api):
    api("PATCH", DAY, {"complete": True})
    (change,) = api("GET", f"{DAY}/changes").json()["items"]
    assert change["kind"] == "complete"
    assert api("POST", f"{DAY}/changes/{change['id']}/undo").json()["complete"] is False
    assert undo(api, change["id"]) == 404
