"""What people write into pages."""

from typing import Any

import pytest
from django.http import QueryDict

from nutshell import forms
from nutshell.common import errors
from nutshell.diary.types import NewEntry
from nutshell.forms import sentences as say
from nutshell.forms.numbers import UNCLEAR, parse_number


def page(text: str) -> QueryDict:
    return QueryDict(text)


def wrong(parse: Any, *arguments: Any) -> dict[str, str]:
    with pytest.raises(errors.InvalidInput) as caught:
        parse(*arguments)
    return caught.value.fields


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), ("1,5", 1.5), ("1/2", 0.5), ("1 1/2", 1.5), ("½", 0.5), ("1½", 1.5), (" 2 ", 2.0), (".5", 0.5)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "a", "1/0", "1e5", "nan", "inf", "1_000", "--1", "1.2.3", "٣", "0x10", "1" * 40])
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|long|zero"):
        parse_number(text)


def test_a_page_logs_with_its_own_field_names() -> None:
    sent = page("csrfmiddlewaretoken=x&once=k1&food=sr28:01123&amount=1/2&unit=1&meal=lunch&time=12:30&act=add")
    food = forms.parse_form(forms.LogFood, sent)
    assert food.key == "k1"
    assert food.entry() == NewEntry(
        food_id="sr28:01123", amount=0.5, unit="portion", portion_id="1", meal="lunch", time=750
    )


def test_a_comma_that_can_mean_two_things_is_asked_about() -> None:
    assert wrong(forms.parse_form, forms.LogFood, page("food=sr28:01123&amount=1,500")) == {"amount": UNCLEAR}


@pytest.mark.parametrize("amount", ["0", "-5", "1e9", "nan", "inf", "100001", "many"])
def test_a_wrong_amount_is_marked_at_the_pages_field(amount: str) -> None:
    assert wrong(forms.parse_form, forms.LogFood, page(f"food=sr28:01123&amount={amount}")) == {"amount": say.AMOUNT}


def test_an_empty_time_is_no_time_and_an_empty_amount_is_missing() -> None:
    assert forms.parse_form(forms.LogFood, page("food=sr28:01123&amount=5&time=")).entry().time is None
    assert wrong(forms.parse_form, forms.LogFood, page("food=sr28:01123&amount=")) == {"amount": say.NEEDED}


def test_an_empty_figure_of_a_quick_add_is_unknown_not_zero() -> None:
    quick = forms.parse_form(forms.QuickAdd, page("name=Soup&energy=300&protein=&carb=0")).entry()
    assert (quick.kcal, quick.protein, quick.carbs) == (300.0, None, 0.0)


def test_chosen_entries_come_as_boxes() -> None:
    first, second = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    chosen = forms.parse_form(forms.MoveEntries, page(f"entry={first}&entry={second}&to_day=2026-11-24&to_meal="))
    assert [str(one) for one in chosen.entries] == [first, second]
    assert chosen.to_meal is None
    assert wrong(forms.parse_form, forms.MoveEntries, page("entry=1&to_day=2026-11-24")) == {"entry": say.ENTRIES}


def test_an_unknown_query_parameter_is_named() -> None:
    assert wrong(forms.parse_query, forms.TrendQuery, page("from=2026-11-01&to=2026-11-02&nutrient=208")) == {
        "nutrient": say.UNKNOWN
    }
    query = forms.parse_query(forms.TrendQuery, page("from=2026-11-01&to=2026-11-02&nutrients=208,203"))
    assert query.ids == ["208", "203"]
    assert forms.parse_query(forms.SearchQuery, page("q=egg&limit=5")).limit == 5
    assert wrong(forms.parse_query, forms.SearchQuery, page("limit=51")) == {"limit": say.LIMIT}


def test_eleven_nutrients_are_one_too_many() -> None:
    many = ",".join(["208"] * 11)
    asked = page(f"from=2026-11-01&to=2026-11-02&nutrients={many}")
    assert wrong(forms.parse_query, forms.TrendQuery, asked) == {"nutrients": say.TREND_NUTRIENTS}


def test_a_food_form_takes_its_units_in_rows_and_its_nutrients_by_id() -> None:
    sent = page("name=Bar&unit_name=bar&unit_grams=40&unit_name=&unit_grams=&basis=1&n-208=180&n-203=1,5&n-204=")
    food = forms.parse_food_form(sent).food()
    assert food.basis_grams == 40.0
    assert food.nutrients == {"208": 180.0, "203": 1.5}
    assert [(serving.name, serving.grams) for serving in food.servings] == [("bar", 40.0)]


def test_a_food_form_marks_the_nutrient_that_is_wrong() -> None:
    assert wrong(forms.parse_food_form, page("name=Bar&n-208=lots")) == {"n-208": say.VALUE}
    assert wrong(forms.parse_food_form, page("n-208=1")) == {"name": say.NEEDED}
    assert "servings" in wrong(forms.parse_food_form, page("name=Bar&unit_name=bar&unit_grams=0"))


def test_a_page_of_some_profile_fields_leaves_the_others() -> None:
    before = forms.ProfileInput(height=170.0, meals=("First", "Second"))
    after = forms.parse_profile_form(page("weight=62,5&sex=female"), before)
    assert (after.weight, after.sex, after.height, after.meals) == (62.5, "female", 170.0, ("First", "Second"))
    assert forms.parse_profile_form(page("meals=Early%0ALate%0A"), before).meals == ("Early", "Late")


def test_own_limits_come_as_pairs_and_an_empty_pair_is_none() -> None:
    after = forms.parse_targets_form(page("min-401=100&max-401=&min-307=&max-307=2300&min-303="))
    assert {limit.nutrient: (limit.minimum, limit.maximum) for limit in after.limits} == {
        "401": (100.0, None),
        "307": (None, 2300.0),
    }
    assert wrong(forms.parse_targets_form, page("min-401=x")) == {"min-401": say.VALUE}


def test_one_tap_says_food_amount_and_unit() -> None:
    new = NewEntry(food_id="sr28:01123", amount=2, unit="portion", portion_id="1")
    text = forms.pick_of(new)
    assert forms.LogFood.picked(text, meal="lunch").entry() == NewEntry(
        food_id="sr28:01123", amount=2, unit="portion", portion_id="1", meal="lunch"
    )


@pytest.mark.parametrize("pick", ["", "sr28:01123", "sr28:01123|x|g", "sr28:01123|nan|g", "egg|1|g", "a|b|c|d"])
def test_another_text_is_no_tap(pick: str) -> None:
    assert wrong(forms.LogFood.picked, pick) == {"pick": say.CHOICE}


SEVERAL = "meal=lunch&time=12:30&once=k&amount-sr28:01123=1/2&unit-sr28:01123=1&amount-sr28:08120=50&unit-sr28:08120=g"


def test_several_foods_of_one_form_share_meal_time_and_key() -> None:
    many = forms.parse_several(page(SEVERAL), ["sr28:01123", "sr28:08120"])
    assert many.key == "k"
    assert [one.entry() for one in many.entries] == [
        NewEntry(food_id="sr28:01123", amount=0.5, unit="portion", portion_id="1", meal="lunch", time=750),
        NewEntry(food_id="sr28:08120", amount=50.0, meal="lunch", time=750),
    ]


def test_what_is_wrong_with_one_of_several_foods_stands_at_its_field() -> None:
    sent = page(SEVERAL.replace("=1/2", "=many").replace("12:30", "25:00"))
    assert wrong(forms.parse_several, sent, ["sr28:01123", "sr28:08120"]) == {
        "amount-sr28:01123": say.AMOUNT, "time": say.TIME,
    }  # fmt: skip
    assert wrong(forms.parse_several, page(""), ["sr28:01123"]) == {"amount-sr28:01123": say.NEEDED}
    assert wrong(forms.parse_several, page(SEVERAL), []) == {"take": say.NO_FOOD}
