"""The day over the API: log, read, change, remove; conditional and repeated requests."""

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "records"])
EGG = {"food_id": "sr28:01123", "amount": 2, "unit": "portion", "portion_id": "4", "meal": "breakfast", "time": "07:40"}


def test_a_logged_food_stands_in_the_day_with_its_totals(api):
    made = api("POST", "/diary/2026-11-23/entries", {"food_id": "sr28:01123", "amount": 100, "unit": "g"})
    assert made.status_code == 201, made.content
    day = api("GET", "/diary/2026-11-23").json()
    assert [entry["name"] for entry in day["entries"]] == ["Egg, whole, raw, fresh"]
    totals = {total["id"]: total for total in day["totals"]}
    assert totals["208"]["amount"] == 143.0
    assert totals["208"]["coverage"] == 1.0
    assert totals["314"]["amount"] is None
