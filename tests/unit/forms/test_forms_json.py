"""What JSON may say, and the one sentence for each thing that it may not."""

import json
from typing import Any

import pytest

from nutshell import forms
from nutshell.common import errors
from nutshell.forms import sentences as say

EGG: dict[str, Any] = {"food_id": "sr28:01123", "amount": 50}


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def wrong(kind: Any, content: bytes) -> dict[str, str]:
    with pytest.raises(errors.InvalidInput) as caught:
        forms.parse_json(kind, content)
    return caught.value.fields


def test_a_food_is_logged_in_grams_without_naming_the_unit() -> None:
    entry = forms.parse_json(forms.LogFood, body(**EGG)).entry()
    assert (entry.food_id, entry.amount, entry.unit, entry.portion_id) == ("sr28:01123", 50.0, "g", None)


def test_a_portion_may_be_given_by_its_id_or_as_the_unit() -> None:
    by_id = forms.parse_json(forms.LogFood, body(**EGG, portion_id="1", unit="portion")).entry()
    as_unit = forms.parse_json(forms.LogFood, body(**EGG, unit="1")).entry()
    assert by_id == as_unit
    assert by_id.portion_id == "1"


def test_a_time_becomes_minutes_and_null_is_no_time() -> None:
    assert forms.parse_json(forms.LogFood, body(**EGG, time="07:40")).entry().time == 460
    assert forms.parse_json(forms.LogFood, body(**EGG, time=None)).entry().time is None


@pytest.mark.parametrize("amount", [0, -1, 100_001, 1e300, True, "50", None, [], {}])
def test_an_amount_that_nobody_eats_is_refused_with_a_sentence(amount: Any) -> None:
    assert wrong(forms.LogFood, body(food_id="sr28:01123", amount=amount)) == {"amount": say.AMOUNT}


@pytest.mark.parametrize("raw", [b"1e999", b"-1e999"])
def test_an_infinite_amount_is_refused(raw: bytes) -> None:
    assert wrong(forms.LogFood, b'{"food_id": "sr28:01123", "amount": ' + raw + b"}") == {"amount": say.AMOUNT}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"amount": NaN}', b'{"amount": Infinity}',
        b'{"note": "' + b'\\ud8' + b'"}', b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"amount": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_malformed(content: bytes) -> None:
    with pytest.raises(errors.Malformed):
        forms.parse_json(forms.LogFood, content)


def test_more_than_a_megabyte_is_too_large() -> None:
    with pytest.raises(errors.TooLarge):
        forms.parse_json(forms.DayNote, body(note="x" * 1_000_001))


def test_a_long_note_is_refused_at_its_field() -> None:
    assert wrong(forms.DayNote, body(note="x" * 10_001)) == {"note": say.DAY_NOTE}


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\ud800"])
def test_control_characters_are_refused_in_every_text(sign: str) -> None:
    assert wrong(forms.DayNote, body(note=f"a{sign}b")) == {"note": say.CONTROL}
    assert wrong(forms.LogFood, body(food_id=f"sr28:{sign}", amount=1))["food_id"] == say.CONTROL


def test_a_note_may_have_lines() -> None:
    assert forms.parse_json(forms.DayNote, body(note="one\n\ttwo")).note == "one\n\ttwo"


def test_an_unknown_field_is_refused_by_its_name() -> None:
    assert wrong(forms.LogFood, body(**EGG, gramms=5)) == {"gramms": say.UNKNOWN}


def test_a_field_given_twice_is_refused_by_its_name() -> None:
    assert wrong(forms.LogFood, b'{"amount": 1, "amount": 2}') == {"amount": say.TWICE}


def test_every_wrong_field_gets_its_own_sentence() -> None:
    found = wrong(forms.LogFood, body(food_id="egg", amount=0, time="25:00", meal=""))
    assert found == {"food_id": say.FOOD, "amount": say.AMOUNT, "time": say.TIME, "meal": say.MEAL}


def test_what_is_needed_is_asked_for() -> None:
    assert wrong(forms.LogFood, b"{}") == {"food_id": say.NEEDED, "amount": say.NEEDED}


@pytest.mark.parametrize("day", ["2026-02-30", "1899-12-31", "2200-01-01", "23.11.2026", "", 5, None])
def test_a_wrong_date_is_refused(day: Any) -> None:
    assert wrong(forms.CopyEntries, body(to_day=day)) == {"to_day": say.DATE}


def test_a_change_tells_absent_from_null() -> None:
    assert forms.parse_json(forms.ChangeEntry, b"{}").edit() == forms.ChangeEntry().edit()
    assert forms.parse_json(forms.ChangeEntry, body(time=None)).edit().time is None
    assert forms.parse_json(forms.ChangeEntry, body(amount=3)).edit().amount == 3.0


def test_the_entries_address_takes_foods_and_quick_adds() -> None:
    assert isinstance(forms.parse_log(body(**EGG)), forms.LogFood)
    quick = forms.parse_log(body(name="Soup", kcal=300))
    assert isinstance(quick, forms.QuickAdd)
    assert (quick.entry().kcal, quick.entry().protein) == (300.0, None)


def test_an_own_food_keeps_unknown_apart_from_zero() -> None:
    food = forms.parse_json(forms.OwnFood, body(name="Bar", nutrients={"208": 400, "203": 0, "204": None})).food()
    assert food.nutrients == {"208": 400.0, "203": 0.0}


def test_an_own_food_per_serving_takes_the_first_serving_as_its_measure() -> None:
    raw = body(name="Bar", basis="serving", servings=[{"name": "bar", "grams": 40}], nutrients={"208": 180})
    assert forms.parse_json(forms.OwnFood, raw).food().basis_grams == 40.0


def test_a_nutrient_that_is_not_a_number_is_refused() -> None:
    assert wrong(forms.OwnFood, body(name="Bar", nutrients={"208": "much"})) == {"nutrients": say.NUTRIENTS}
    assert wrong(forms.OwnFood, body(name="Bar", nutrients={"208": -1})) == {"nutrients": say.NUTRIENTS}


def test_a_token_takes_only_scopes_of_the_right_shape() -> None:
    made = forms.parse_json(forms.MakeToken, body(name="phone", scopes=["diary:write", "all"]))
    assert made.scopes == ("diary:write", "all")
    assert wrong(forms.MakeToken, body(name="phone", scopes=["diary:destroy"])) == {"scopes": say.SCOPES}
    assert wrong(forms.MakeToken, body(name="phone", scopes=[])) == {"scopes": say.SCOPES}


def test_a_profile_is_judged_with_sentences_too() -> None:
    found = wrong(forms.ProfileInput, body(height=5, weight=-1, sex="cat", birth_date="yesterday"))
    assert found == {"height": say.HEIGHT, "weight": say.WEIGHT, "sex": say.CHOICE, "birth_date": say.DATE}


def test_a_wrong_day_or_id_in_an_address_is_an_address_without_anything() -> None:
    for text in ("2026-13-01", "today", "1899-12-31", "2026-11-23\x00"):
        with pytest.raises(errors.NotFound):
            forms.parse_day(text)
    with pytest.raises(errors.NotFound):
        forms.parse_id("1")


def test_basis_serving_without_a_serving_is_refused() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        forms.parse_json(forms.OwnFood, body(name="Bar", basis="serving")).food()
    assert caught.value.fields == {"basis": say.SERVINGS}


def test_each_wrong_item_of_a_list_is_named_by_its_place() -> None:
    found = wrong(forms.LogMany, body(entries=[EGG, {**EGG, "amount": -1}, {"food_id": "sr28:01123"}, 7]))
    assert found == {
        "entries.1.amount": say.AMOUNT, "entries.2.amount": say.NEEDED, "entries.3.amount": say.NEEDED,
        "entries.3.food_id": say.NEEDED,
    }  # fmt: skip
    assert wrong(forms.LogMany, body(entries=[])) == {"entries": say.ENTRIES}
