"""What a day adds up to, what it rests on, and what is not known (feat-D4: missing is never zero)."""

import json
from decimal import Decimal

import msgspec
import pytest
from diary_vault import DiaryVault

from nutshell.catalog import queries as catalog
from nutshell.catalog.nutrients import BY_ID, GROUPS, NUTRIENTS
from nutshell.common.aims import Aim, Aims
from nutshell.common.clock import Day
from nutshell.diary import actions, food_actions, queries
from nutshell.diary.types import WATER, NewEntry, NewFood, NewQuick

FOODS = (
    "01123", "01077", "01001", "04053", "05062", "09003", "09040", "09200", "11090", "11124", "11352", "11457", "11529",
    "12061", "12155", "15076", "16057", "16069", "18069", "19095", "20038", "20040", "14209", "14355", "23572",
)  # fmt: skip


def grams(food: str, amount: float) -> NewEntry:
    return NewEntry(food_id=f"sr28:{food}", amount=amount, meal="lunch")


@pytest.mark.parametrize("number", FOODS)
def test_a_foods_first_portion_matches_sr28_to_the_digit(alice: DiaryVault, monday: Day, number: str) -> None:
    food = catalog.current().food(f"sr28:{number}")
    portion = food.portions[0]
    actions.log(
        alice, monday, NewEntry(food_id=food.id, amount=portion.usual, unit="portion", portion_id=portion.id)
    )  # fmt: skip
    view = queries.day(alice, monday)
    weight = Decimal(str(portion.grams)) * Decimal(str(portion.usual))
    stated = [value for value in catalog.current().provenance(food.id) if value.source_code and value.nutrient in BY_ID]
    assert len(stated) > 30
    for value in stated:
        exact = Decimal(str(value.amount)) * weight / 100
        assert view.total(value.nutrient).amount == pytest.approx(float(exact), rel=5e-6, abs=1e-12)


def test_published_figures_of_a_breakfast(alice: DiaryVault, monday: Day) -> None:
    """Two large eggs and a medium banana, from the printed SR28 rows: 71.5 kcal and 6.28 g protein an egg of 50 g,
    105.02 kcal, 1.2862 g protein, 422.44 mg potassium a banana of 118 g; potassium 69 mg an egg."""
    actions.log_many(alice, monday, [grams("01123", 100), grams("09040", 118)])
    view = queries.day(alice, monday)
    assert view.energy.amount == 248.02
    assert view.total("203").amount == 13.8462
    assert view.total("306").amount == 560.44


def test_what_no_food_knows_is_unknown_and_not_zero(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    iodine = next(total for total in queries.day(alice, monday).totals if total.id == "314")
    assert (iodine.amount, iodine.coverage) == (None, 0.0)
    assert queries.day(alice, monday).unknown_for("314") == ["Egg, whole, raw, fresh"]


def test_a_known_zero_is_zero(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    fibre = queries.day(alice, monday).total("291")
    assert (fibre.amount, fibre.coverage) == (0.0, 1.0)


def test_coverage_is_the_share_of_the_energy_that_knows(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    actions.quick_add(alice, monday, NewQuick(name="Canteen", kcal=429))
    view = queries.day(alice, monday)
    assert (view.total("203").amount, view.total("203").coverage) == (12.56, 0.25)
    assert view.unknown_for("203") == ["Canteen"]
    assert [entry.name for entry in view.incomplete] == ["Canteen"]


def test_water_weighs_nothing_but_is_named(alice: DiaryVault, monday: Day) -> None:
    actions.log_many(alice, monday, [grams("01123", 100), NewEntry(food_id=WATER, amount=250)])
    view = queries.day(alice, monday)
    unknown = [nutrient.id for nutrient in NUTRIENTS if view.total(nutrient.id).coverage == 1.0
               and view.unknown_for(nutrient.id)]  # fmt: skip
    assert unknown
    assert view.unknown_for(unknown[0]) == [catalog.current().food(WATER).name]


def test_a_day_of_water_only_counts_coverage_by_entries(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, NewEntry(food_id=WATER, amount=250))
    view = queries.day(alice, monday)
    assert (view.energy.amount, view.energy.coverage) == (0.0, 1.0)
    assert view.total("314").coverage == 0.0


def test_energy_that_is_unknown_is_not_counted_as_none(alice: DiaryVault, monday: Day) -> None:
    food = food_actions.create_food(alice, NewFood(name="Grandma's", nutrients={"203": 10}))
    actions.log(alice, monday, NewEntry(food_id=food.food_id, amount=100))
    view = queries.day(alice, monday)
    assert (view.energy.amount, view.shown[0].energy, view.total("203").amount) == (None, None, 10.0)


def test_an_empty_day_knows_nothing_and_is_zero_for_no_one(alice: DiaryVault, monday: Day) -> None:
    view = queries.day(alice, monday)
    assert {total.amount for total in view.totals} == {None}
    assert (view.version, view.known_share, view.lowest(), view.complete) == (0, None, [], False)


def test_the_api_answer_is_json_without_nan_and_with_every_tracked_nutrient(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    actions.quick_add(alice, monday, NewQuick(name="Canteen", kcal=300, meal="breakfast"))
    aims = Aims(1, (Aim("401", 90.0, 2000.0),))
    answer = json.loads(msgspec.json.encode(queries.answer(queries.day(alice, monday, aims))))
    assert [total["id"] for total in answer["totals"]] == [nutrient.id for nutrient in NUTRIENTS]
    assert [entry["name"] for entry in answer["entries"]] == ["Canteen", "Egg, whole, raw, fresh"]
    assert (answer["date"], answer["version"], answer["complete"]) == ("2026-11-23", 2, False)
    vitamin_c = next(total for total in answer["totals"] if total["id"] == "401")
    assert (vitamin_c["target"], vitamin_c["unit"], vitamin_c["amount"]) == (90.0, "mg", 0.0)


def test_meals_have_their_own_sums(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    actions.quick_add(alice, monday, NewQuick(name="Canteen", kcal=143, meal="lunch", time=725))
    breakfast, lunch, *_ = queries.day(alice, monday).meals
    assert (breakfast.energy.amount, breakfast.entries, breakfast.time) == (0.0, (), None)
    assert (lunch.energy.amount, lunch.protein.amount, lunch.protein.coverage) == (286.0, 12.56, 0.5)
    assert lunch.time == "12:05"


def test_the_report_holds_amounts_against_aims_in_groups(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    aims = Aims(1, (Aim("203", 50.24, None, "DRI RDA"), Aim("601", None, 300.0, "", "own"), Aim("401", 90.0)))
    report = queries.report(queries.day(alice, monday), aims)
    rows = {row.id: row for group in report for row in group.rows}
    assert [group.name for group in report] == list(GROUPS)
    assert len(rows) == len(NUTRIENTS)
    assert (rows["203"].share, rows["203"].origin, rows["203"].over) == (0.25, "DRI RDA", False)
    assert (rows["601"].amount, rows["601"].over, rows["601"].share) == (372.0, True, None)
    assert rows["401"].share == 0.0


def test_a_supplement_only_limit_counts_supplements_only(alice: DiaryVault, monday: Day) -> None:
    pill = food_actions.create_food(alice, NewFood(name="Magnesium", nutrients={"304": 40_000}, supplement=True))
    aims = Aims(1, (Aim("304", 320.0, 350.0, "DRI RDA", "DRI UL", True),))
    actions.log(alice, monday, grams("12061", 1000))

    def magnesium() -> tuple[bool, float | None]:
        report = queries.report(queries.day(alice, monday), aims)
        row = next(row for group in report for row in group.rows if row.id == "304")
        return row.over, row.from_supplements

    assert magnesium() == (False, None)
    actions.log(alice, monday, NewEntry(food_id=pill.food_id, amount=1))
    assert magnesium() == (True, 400.0)


def test_the_lowest_nutrients_are_those_furthest_below_their_aim(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100))
    aims = Aims(1, (Aim("203", 10.0), Aim("401", 90.0), Aim("291", 25.0), Aim("314", 150.0), Aim("303", 17.5)))
    view = queries.day(alice, monday, aims)
    assert [total.id for total in view.lowest()] == ["401", "291", "303"]
    assert queries.gap_helpers(view)


def test_a_tiny_difference_of_coverage_is_not_rounded_to_all(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, grams("01123", 100_000))
    actions.quick_add(alice, monday, NewQuick(name="Crumb", kcal=0.001))
    assert queries.day(alice, monday).total("203").coverage < 1.0
