"""What a person chose: own minimum and maximum, macro modes, and the limits that a day passed."""

from datetime import date, timedelta

import pytest

from nutshell.common import errors
from nutshell.common.aims import Aim, Aims
from nutshell.targets import policy, queries
from nutshell.targets.types import (
    ByGrams,
    ByRatio,
    ByReference,
    Facts,
    Keto,
    Limits,
    MacroDays,
    OverLimit,
    Profile,
    Source,
    TargetSettings,
)

DAY = date(2026, 11, 23)


def aims(facts: Profile, **chosen: object) -> dict[str, Aim]:
    found = queries.aims(facts, TargetSettings(**chosen), DAY)  # type: ignore[arg-type]
    return {aim.nutrient: aim for aim in found.aims}


def test_an_own_minimum_replaces_the_reference_and_keeps_its_limit(alice: Profile) -> None:
    found = aims(alice, limits=(Limits("401", minimum=200.0),))["401"]
    assert found == Aim("401", 200.0, 2000.0, "own", "DRI UL")


def test_an_own_maximum_counts_everything_even_where_the_reference_counts_supplements(alice: Profile) -> None:
    found = aims(alice, limits=(Limits("304", maximum=500.0),))["304"]
    assert found == Aim("304", 320.0, 500.0, "DRI RDA", "own")


def test_an_own_range_for_a_nutrient_without_reference(alice: Profile) -> None:
    assert aims(alice, limits=(Limits("601", 0.0, 300.0),))["601"] == Aim("601", 0.0, 300.0, "own", "own")


def test_own_limits_need_no_facts() -> None:
    assert aims(Profile(), limits=(Limits("401", 100.0),)) == {"401": Aim("401", 100.0, origin="own")}


def test_a_ratio_divides_the_budget_by_4_4_and_9_kcal_a_gram(alice: Profile) -> None:
    found = aims(alice, own_budget=2000.0, macros=ByRatio(30, 40, 30))
    assert (found["203"].minimum, found["205"].minimum, found["204"].minimum) == (150, 200, 66.67)
    assert found == aims(alice, own_budget=2000.0, macros=ByRatio(3, 4, 3))
    assert found["203"].maximum is None


def test_grams_need_neither_facts_nor_budget() -> None:
    found = aims(Profile(), macros=ByGrams(120, 200, 70))
    assert {name: aim.minimum for name, aim in found.items()} == {"203": 120, "205": 200, "204": 70}


def test_keto_bounds_net_carbohydrate_and_fills_the_budget_with_fat(alice: Profile) -> None:
    found = aims(alice, own_budget=1800.0, macros=Keto(20.0, 1.5))
    assert found["net-carbs"] == Aim("net-carbs", None, 20.0, "", "own")
    assert found["203"].minimum == 96
    assert found["204"].minimum == pytest.approx((1800 - 4 * (96 + 20)) / 9, abs=0.1)
    assert "205" not in found, "the carbohydrate RDA contradicts keto"


def test_without_a_choice_fat_and_carbohydrate_are_ranges_of_the_budget(alice: Profile) -> None:
    found = aims(alice, own_budget=2000.0)
    assert found["204"] == Aim("204", 44.44, 77.78, "DRI AMDR", "DRI AMDR")
    assert found["205"] == Aim("205", 225.0, 325.0, "DRI AMDR", "DRI AMDR")


def test_a_small_budget_does_not_pull_carbohydrate_below_its_rda(alice: Profile) -> None:
    found = aims(alice, own_budget=900.0)["205"]
    assert found == Aim("205", 130.0, 146.2, "DRI RDA", "DRI AMDR")
    assert aims(alice, own_budget=500.0)["205"] == Aim("205", 130.0, None, "DRI RDA")


def test_an_amount_above_an_upper_limit_is_a_matter_of_health(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(), DAY)
    assert queries.over_limits({"401": 2500.0, "328": 100.0}, wanted) == (
        OverLimit("401", 2500.0, 2000.0, "DRI UL", supplement_only=False, health=True),
    )


def test_sodium_above_its_cdrr_is_told(alice: Profile) -> None:
    (over,) = queries.over_limits({"307": 3100.0}, queries.aims(alice, TargetSettings(), DAY))
    assert (over.nutrient, over.origin, over.health) == ("307", "DRI CDRR", True)


def test_magnesium_niacin_and_folate_from_food_pass_no_limit(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(), DAY)
    assert queries.over_limits({"304": 900.0, "406": 90.0, "435": 2400.0, "320": 9000.0, "323": 1200.0}, wanted) == ()


def test_magnesium_from_supplements_is_held_against_its_limit(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(), DAY)
    (over,) = queries.over_limits({"304": 700.0}, wanted, supplements={"304": 400.0})
    assert (over.amount, over.maximum, over.supplement_only) == (400, 350, True)


def test_retinol_and_folic_acid_are_told_once_under_the_form_that_counts(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(), DAY)
    amounts: dict[str, float | None] = {"319": 4000.0, "320": 5000.0, "431": 1500.0, "435": 2550.0}
    told = queries.over_limits(amounts, wanted, supplements=amounts)
    assert [over.nutrient for over in told] == ["319", "431"]


def test_carrots_pass_no_limit_whatever_their_carotene(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(), DAY)
    assert queries.over_limits({"320": 6000.0, "319": 0.0}, wanted) == ()


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_an_unknown_amount_passes_nothing(unknown: float | None, alice: Profile) -> None:
    assert queries.over_limits({"401": unknown}, queries.aims(alice, TargetSettings(), DAY)) == ()


def test_an_own_maximum_and_a_range_are_aims_not_health() -> None:
    wanted = Aims(1, (Aim("601", None, 300.0, "", "own"), Aim("204", 40.0, 70.0, "DRI AMDR", "DRI AMDR")))
    told = queries.over_limits({"601": 310.0, "204": 80.0}, wanted)
    assert [over.health for over in told] == [False, False]


def test_exactly_the_limit_is_not_above_it(alice: Profile) -> None:
    assert queries.over_limits({"401": 2000.0}, queries.aims(alice, TargetSettings(), DAY)) == ()


def test_efsa_limits_are_used_with_efsa(alice: Profile) -> None:
    wanted = queries.aims(alice, TargetSettings(source=Source.EFSA), DAY)
    told = queries.over_limits({"415": 13.0, "307": 2100.0}, wanted)
    assert [(over.nutrient, over.maximum) for over in told] == [("415", 12), ("307", 2000)]


DAY_PLAN = MacroDays((0, 3), ByGrams(120, 300, 50))


def test_other_macros_hold_on_their_days_of_the_week() -> None:
    chosen = TargetSettings(macros=ByGrams(90, 200, 60), macros_by_weekday=(DAY_PLAN,))
    monday = date(2026, 11, 23)
    week = [queries.aims(Facts(), chosen, monday + timedelta(days=n)).aims for n in range(7)]
    assert [next(aim.minimum for aim in day if aim.nutrient == "203") for day in week] == [120, 90, 90, 120, 90, 90, 90]


@pytest.mark.parametrize(
    "plans",
    [
        (DAY_PLAN, MacroDays((3,), ByReference())),
        (MacroDays((1, 1), ByReference()),),
        (MacroDays((), ByReference()),),
        (MacroDays((7,), ByReference()),),
        (MacroDays((1,), ByRatio(0, 0, 0)),),
        tuple(MacroDays((1,), ByReference()) for _ in range(8)),
    ],
)
def test_plans_of_weekdays_that_cannot_be_are_refused(plans: tuple[MacroDays, ...]) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        policy.check_settings(TargetSettings(macros_by_weekday=plans))
    assert set(refused.value.fields) == {"macros_by_weekday"}
