"""The day over the API: log, read, change, remove; conditional and repeated requests."""

import uuid

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "/diary/2026-11-23"
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g", "meal": "breakfast", "time": "07:40"}


def log(api, **changes):
    answer = api("POST", f"{DAY}/entries", {**EGG, **changes})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_logged_food_stands_in_the_day_with_its_totals(api):
    log(api)
    day = api("GET", DAY).json()
    assert [entry["name"] for entry in day["entries"]] == ["Egg, whole, raw, fresh"]
    totals = {total["id"]: total for total in day["totals"]}
    assert totals["208"]["amount"] == 143.0
    assert totals["208"]["coverage"] == 1.0


def test_a_nutrient_that_no_food_gives_is_unknown_not_zero(api):
    log(api)
    iodine = next(total for total in api("GET", DAY).json()["totals"] if total["id"] == "314")
    assert (iodine["amount"], iodine["coverage"]) == (None, 0.0)


def test_a_portion_is_weighed_by_the_food(api):
    portions = api("GET", "/foods/sr28:01123").json()["portions"]
    large = next(portion for portion in portions if portion["name"].startswith("large"))
    entry = log(api, amount=2, unit="portion", portion_id=large["id"])
    assert entry["grams"] == 2 * large["grams"]


def test_the_same_idempotency_key_logs_once(api):
    first = api("POST", f"{DAY}/entries", EGG, **{"idempotency-key": "abc"}).json()
    second = api("POST", f"{DAY}/entries", EGG, **{"idempotency-key": "abc"}).json()
    assert first["id"] == second["id"]
    assert len(api("GET", DAY).json()["entries"]) == 1


def test_an_entry_that_brings_its_id_twice_is_one_entry(api):
    mine = str(uuid.uuid4())
    log(api, id=mine)
    log(api, id=mine)
    assert [entry["id"] for entry in api("GET", DAY).json()["entries"]] == [mine]


def test_a_quick_add_keeps_what_was_not_given_unknown(api):
    answer = api("POST", f"{DAY}/entries", {"name": "Cake at work", "kcal": 320, "meal": "snacks"})
    assert answer.status_code == 201, answer.content
    totals = {total["id"]: total for total in api("GET", DAY).json()["totals"]}
    assert totals["208"]["amount"] == 320
    assert totals["203"]["amount"] is None


def test_a_change_with_an_old_version_is_refused(api):
    entry = log(api)
    where = f"{DAY}/entries/{entry['id']}"
    tag = api("PATCH", where, {"amount": 50})["ETag"]
    assert api("PATCH", where, {"amount": 60}, **{"if-match": '"1"'}).status_code == 412
    assert api("PATCH", where, {"amount": 60}, **{"if-match": tag}).json()["grams"] == 60


def test_an_unchanged_day_answers_not_modified(api):
    log(api)
    tag = api("GET", DAY)["ETag"]
    assert api("GET", DAY, **{"if-none-match": tag}).status_code == 304
    log(api)
    assert api("GET", DAY, **{"if-none-match": tag}).status_code == 200


def test_a_removed_entry_is_gone_and_gone_twice_is_not_found(api):
    entry = log(api)
    where = f"{DAY}/entries/{entry['id']}"
    assert api("DELETE", where).status_code == 204
    assert api("DELETE", where).status_code == 404
    assert api("GET", DAY).json()["entries"] == []


def test_a_day_is_marked_complete(api):
    log(api)
    assert api("PATCH", DAY, {"complete": True}).json()["complete"] is True


def test_trends_name_days_without_entries_as_unknown(api):
    log(api)
    span = api("GET", "/trends?from=2026-11-22&to=2026-11-23&nutrients=208,203").json()
    assert span["days"] == ["2026-11-22", "2026-11-23"]
    assert span["nutrients"]["208"]["amount"] == [None, 143.0]


def test_targets_of_the_profile_stand_in_the_day(api):
    profile = {"sex": "female", "birth_date": "1992-03-14", "height": 168, "weight": 62}
    assert api("PUT", "/profile", profile).status_code == 200
    iron = next(total for total in api("GET", DAY).json()["totals"] if total["id"] == "303")
    assert iron["target"] == 18
