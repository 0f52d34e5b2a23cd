"""Weeks, months and years: trends, averages, and which foods gave what."""

from datetime import date, timedelta

import pytest
from diary_vault import DiaryVault

from nutshell.common import errors
from nutshell.common.clock import Day
from nutshell.diary import actions, queries
from nutshell.diary.types import NewEntry, NewQuick

EGG, BANANA = "sr28:01123", "sr28:09040"


def days_before(day: Day, count: int) -> Day:
    return Day(day - timedelta(days=count))


@pytest.fixture
def november(alice: DiaryVault, monday: Day) -> DiaryVault:
    """Monday: eggs, complete. Sunday: a canteen meal of unknown make-up. Saturday: nothing. Friday: eggs, banana."""
    actions.log(alice, monday, NewEntry(food_id=EGG, amount=100))
    actions.set_complete(alice, monday, True)
    actions.quick_add(alice, days_before(monday, 1), NewQuick(name="Canteen", kcal=500))
    friday = days_before(monday, 3)
    actions.log_many(alice, friday, [NewEntry(food_id=EGG, amount=200), NewEntry(food_id=BANANA, amount=100)])
    return alice


def test_a_trend_has_a_place_for_every_day_and_breaks_where_nothing_is_known(november: DiaryVault, monday: Day) -> None:
    trend = queries.trends(november, days_before(monday, 3), monday, ["208", "203"])
    assert trend.days == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    assert trend.nutrients["208"].amount == [375.0, None, 500.0, 143.0]
    assert trend.nutrients["203"].amount == [26.21, None, None, 12.56]
    assert trend.nutrients["203"].coverage == [1.0, 0.0, 0.0, 1.0]
    assert (trend.complete, trend.entries) == ([False, False, False, True], [2, 0, 1, 1])
    assert trend.nutrients["208"].unit == "kcal"


def test_a_trend_and_a_day_say_the_same(november: DiaryVault, monday: Day) -> None:
    friday = days_before(monday, 3)
    view = queries.day(november, friday)
    trend = queries.trends(november, friday, friday, ["306", "401", "314", "208"])
    for nutrient, series in trend.nutrients.items():
        assert (series.amount[0], series.coverage[0]) == (view.total(nutrient).amount, view.total(nutrient).coverage)


def test_a_trend_over_months_and_years_reads_once(november: DiaryVault, monday: Day) -> None:
    before = november.statements
    trend = queries.trends(november, Day(date(2024, 2, 29)), monday, ["208"])
    assert november.statements == before + 1
    assert (len(trend.days), trend.days[0]) == (999, "2024-02-29")
    assert sum(amount is not None for amount in trend.nutrients["208"].amount) == 3


@pytest.mark.parametrize("nutrients", [[], ["208"] * 0, ["nope"], [str(one) for one in range(501, 513)]])
def test_a_trend_of_no_or_unknown_or_too_many_nutrients_is_refused(
    alice: DiaryVault, monday: Day, nutrients: list[str]
) -> None:
    with pytest.raises(errors.InvalidInput):
        queries.trends(alice, monday, monday, nutrients)


@pytest.mark.parametrize("first", [date(2026, 11, 24), date(1990, 1, 1)])
def test_a_span_that_runs_backwards_or_for_decades_is_refused(alice: DiaryVault, monday: Day, first: date) -> None:
    with pytest.raises(errors.InvalidInput):
        queries.trends(alice, Day(first), monday, ["208"])


def test_an_average_names_its_days_and_leaves_out_where_nothing_is_known(november: DiaryVault, monday: Day) -> None:
    averages = queries.averages(november, days_before(monday, 6), monday)
    rows = {row.id: row for row in averages.nutrients}
    assert (averages.days, averages.of) == (3, 7)
    assert (rows["208"].amount, rows["208"].days) == (339.333, 3)
    assert (rows["203"].amount, rows["203"].days) == (19.385, 2)
    assert (rows["314"].amount, rows["314"].days) == (None, 0)


def test_an_average_of_complete_days_counts_only_those(november: DiaryVault, monday: Day) -> None:
    averages = queries.averages(november, days_before(monday, 6), monday, complete_only=True)
    assert (averages.days, averages.nutrients[0].amount) == (1, 143.0)


def test_an_average_of_nothing_is_unknown(alice: DiaryVault, monday: Day) -> None:
    averages = queries.averages(alice, monday, monday)
    assert (averages.days, {row.amount for row in averages.nutrients}) == (0, {None})


def test_contributors_say_which_foods_gave_and_which_are_unknown(november: DiaryVault, monday: Day) -> None:
    found = queries.contributors(november, days_before(monday, 6), monday, "203")
    assert [(food.food_id, food.amount, food.times, food.grams) for food in found.foods] == [
        (EGG, 37.68, 2, 300.0), (BANANA, 1.09, 1, 100.0)
    ]  # fmt: skip
    assert found.foods[0].share == pytest.approx(37.68 / 38.77)
    assert (found.amount, found.unknown) == (38.77, ["Canteen"])


def test_the_week_ends_with_the_day(november: DiaryVault, monday: Day) -> None:
    week = queries.week(november, monday)
    assert [(day.date[-2:], day.energy, day.entries, day.complete) for day in week[3:]] == [
        ("20", 375.0, 2, False), ("21", None, 0, False), ("22", 500.0, 1, False), ("23", 143.0, 1, True)
    ]  # fmt: skip


def test_a_month_has_all_its_days(november: DiaryVault, monday: Day) -> None:
    month = queries.month(november, monday)
    assert (len(month), month[0].date, month[22].energy) == (30, "2026-11-01", 143.0)
    assert len(queries.month(november, Day(date(2024, 2, 5)))) == 29


def test_a_page_of_a_day_prefetches_all_it_reads(november: DiaryVault, monday: Day) -> None:
    wanted = queries.addresses(monday)
    assert [address.collection for address in wanted] == ["index", "notes", *["diary"] * 7]
    assert wanted[-1].name == "2026-11-23"
