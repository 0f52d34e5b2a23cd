"""The energy budget: formulas against worked figures, its make-up, and goals that would be absurd."""

from datetime import date

import pytest

from nutshell.targets import energy, queries
from nutshell.targets.types import (
    Activity,
    BmrFormula,
    Condition,
    EnergyBudget,
    Facts,
    Profile,
    Sex,
    Source,
    TargetSettings,
)

DAY = date(2026, 11, 23)
MAN = Facts(sex=Sex.MALE, birth_date=date(1996, 1, 1), height=180.0, weight=80.0, body_fat=20.0)
WOMAN = Facts(sex=Sex.FEMALE, birth_date=date(1996, 1, 1), height=165.0, weight=60.0, body_fat=25.0)


def budget(facts: Facts, **chosen: object) -> EnergyBudget:
    return queries.budget(facts, TargetSettings(**chosen), DAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "man", "woman"),
    [
        (BmrFormula.MIFFLIN, 1780.0, 1320.25),
        (BmrFormula.HARRIS_BENEDICT, 1853.632, 1383.683),
        (BmrFormula.KATCH_MCARDLE, 1752.4, 1342.0),
        (BmrFormula.SCHOFIELD, 1790.86, 1333.16),
    ],
)
def test_formulas_give_the_figures_worked_by_hand(formula: BmrFormula, man: float, woman: float) -> None:
    """At 30 years: 180 cm, 80 kg and 20 % fat; 165 cm, 60 kg and 25 % fat."""
    assert queries.bmr(formula, MAN, DAY) == pytest.approx(man, abs=0.01)
    assert queries.bmr(formula, WOMAN, DAY) == pytest.approx(woman, abs=0.01)


def test_schofield_changes_with_the_30th_birthday() -> None:
    before = queries.bmr(BmrFormula.SCHOFIELD, MAN, date(2025, 12, 31))
    assert before == pytest.approx(15.057 * 80 + 692.2)


def test_a_basal_rate_of_1419_with_sedentary_activity_makes_1703() -> None:
    found = budget(Facts(), formula=BmrFormula.OWN, own_bmr=1419.0)
    assert [(part.name, round(part.kcal)) for part in found.parts] == [
        ("Basal metabolic rate", 1419),
        ("Baseline activity", 284),
    ]
    assert found.total is not None
    assert round(found.total) == 1703


def test_each_part_names_its_source_and_the_parts_add_up() -> None:
    found = budget(WOMAN, rate=-0.25, thermic_effect=True)
    assert [part.name for part in found.parts] == [
        "Basal metabolic rate",
        "Baseline activity",
        "Thermic effect of food",
        "Weight goal",
    ]
    assert all(part.source for part in found.parts)
    assert found.total == pytest.approx(sum(part.kcal for part in found.parts))


def test_half_a_kilogram_a_week_is_550_kcal_a_day() -> None:
    found = budget(MAN, rate=-0.5)
    assert found.parts[-1].kcal == -550
    assert found.warnings == ()
    assert budget(MAN, rate=0.5).parts[-1].kcal == 550


def test_the_thermic_effect_keeps_the_balance_or_follows_what_was_eaten() -> None:
    settings = TargetSettings(thermic_effect=True)
    balanced = queries.budget(MAN, settings, DAY)
    assert balanced.total is not None
    assert balanced.parts[-1].kcal == pytest.approx(balanced.total * 0.1)
    assert queries.budget(MAN, settings, DAY, eaten_kcal=1500.0).parts[-1].kcal == 150


@pytest.mark.parametrize(("sex", "least"), [(Sex.FEMALE, 1200.0), (Sex.MALE, 1500.0)])
def test_a_goal_never_pushes_the_budget_below_the_least_and_says_so(sex: Sex, least: float) -> None:
    facts = Facts(sex=sex, birth_date=date(1980, 1, 1), height=165.0, weight=65.0)
    found = budget(facts, rate=-1.5)
    assert found.total == pytest.approx(least)
    assert found.warnings == (energy.BELOW_LEAST,)


def test_the_least_never_raises_a_budget_above_what_the_body_uses() -> None:
    small = Facts(sex=Sex.FEMALE, birth_date=date(1940, 1, 1), height=140.0, weight=35.0)
    found = budget(small, rate=-0.5, activity_factor=0.0)
    assert found.total == found.expenditure
    assert found.warnings == (energy.BELOW_LEAST,)


def test_nobody_loses_weight_during_pregnancy_or_before_18() -> None:
    pregnant = Facts(
        sex=Sex.FEMALE, birth_date=date(1996, 1, 1), height=165.0, weight=60.0, condition=Condition.THIRD_TRIMESTER
    )
    minor = Facts(sex=Sex.MALE, birth_date=date(2012, 1, 1), height=160.0, weight=50.0)
    for facts, sentence in ((pregnant, energy.NO_LOSS_PREGNANT), (minor, energy.NO_LOSS_MINOR)):
        found = budget(facts, rate=-0.5)
        assert found.total == found.expenditure
        assert found.warnings == (sentence,)


def test_a_reached_goal_keeps_the_weight() -> None:
    found = budget(MAN, rate=-0.5, goal_weight=80.0)
    assert found.total == found.expenditure
    assert found.warnings == (energy.GOAL_REACHED,)
    assert budget(MAN, rate=-0.5, goal_weight=75.0).warnings == ()


@pytest.mark.parametrize(
    ("source", "condition", "kcal"),
    [
        (Source.DRI, Condition.SECOND_TRIMESTER, 340),
        (Source.DRI, Condition.THIRD_TRIMESTER, 452),
        (Source.DRI, Condition.LACTATING_EARLY, 330),
        (Source.EFSA, Condition.FIRST_TRIMESTER, 70),
        (Source.EFSA, Condition.LACTATING_EARLY, 500),
    ],
)
def test_pregnancy_and_lactation_add_their_energy(source: Source, condition: Condition, kcal: float) -> None:
    facts = Facts(sex=Sex.FEMALE, birth_date=date(1996, 1, 1), height=165.0, weight=60.0, condition=condition)
    plain = budget(WOMAN, source=source).total
    with_it = budget(facts, source=source).total
    assert plain is not None
    assert with_it is not None
    assert with_it - plain == pytest.approx(kcal)


def test_children_are_reckoned_by_schofield_and_the_part_says_so() -> None:
    child = Facts(sex=Sex.MALE, birth_date=date(2018, 1, 1), weight=25.0)
    found = budget(child)
    assert found.parts[0].source == "Schofield 1985"
    assert found.parts[0].kcal == pytest.approx(22.706 * 25 + 504.3)


@pytest.mark.parametrize("name", ["sex", "birth_date", "height", "weight"])
def test_a_missing_fact_leaves_the_budget_open_and_is_named(name: str, alice: Profile) -> None:
    facts = Profile(**{one: getattr(alice, one) for one in ("sex", "birth_date", "height", "weight") if one != name})
    found = queries.budget(facts, TargetSettings(), DAY)
    assert (found.total, found.missing) == (None, (name,))
    assert all(aim.nutrient != "208" for aim in queries.aims(facts, TargetSettings(), DAY).aims)


def test_katch_mcardle_asks_for_body_fat() -> None:
    facts = Facts(sex=Sex.MALE, birth_date=date(1996, 1, 1), height=180.0, weight=80.0)
    assert budget(facts, formula=BmrFormula.KATCH_MCARDLE).missing == ("body_fat",)


def test_an_own_budget_stands_even_without_facts_and_warns_when_it_is_low() -> None:
    assert budget(Facts(), own_budget=2150.0).total == 2150
    low = budget(WOMAN, own_budget=900.0)
    assert low.total == 900
    assert low.expenditure is not None
    assert low.warnings == (energy.OWN_BELOW_LEAST,)


def test_activity_levels_and_an_own_factor_scale_the_basal_rate() -> None:
    def activity(level: Activity, factor: float | None = None) -> float:
        facts = Facts(sex=Sex.MALE, birth_date=date(1996, 1, 1), height=180.0, weight=80.0, activity=level)
        return budget(facts, activity_factor=factor).parts[1].kcal / 1780

    assert [activity(level) for level in Activity] == pytest.approx([0, 0.2, 0.375, 0.5, 0.9])
    assert activity(Activity.VERY, 0.33) == pytest.approx(0.33)


def test_the_budget_uses_the_age_of_the_day() -> None:
    settings = TargetSettings(activity_factor=0.0)
    before = queries.budget(MAN, settings, date(2025, 12, 31)).total
    after = queries.budget(MAN, settings, date(2026, 1, 1)).total
    assert before is not None
    assert after is not None
    assert before - after == pytest.approx(5)
