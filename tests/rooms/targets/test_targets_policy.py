"""Bad values are refused with one sentence a field, however they came."""

from datetime import date, time

import msgspec
import pytest

from nutshell.common import errors
from nutshell.targets import policy
from nutshell.targets.types import BmrFormula, ByRatio, Condition, Keto, Limits, Profile, Sex, TargetSettings

TODAY = date(2026, 11, 23)


def refused_profile(**fields: object) -> dict[str, str]:
    with pytest.raises(errors.InvalidInput) as caught:
        policy.check_profile(Profile(**fields), TODAY)  # type: ignore[arg-type]
    return caught.value.fields


def refused_settings(**fields: object) -> dict[str, str]:
    with pytest.raises(errors.InvalidInput) as caught:
        policy.check_settings(TargetSettings(**fields))  # type: ignore[arg-type]
    return caught.value.fields


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("height", 0.0),
        ("height", -170.0),
        ("height", 1.7),
        ("height", float("nan")),
        ("height", float("inf")),
        ("weight", 0.0),
        ("weight", 1e9),
        ("weight", float("nan")),
        ("weight", "80"),
        ("weight", True),
        ("body_fat", 100.0),
        ("birth_date", date(2026, 11, 24)),
        ("birth_date", date(1880, 1, 1)),
        ("birth_date", "soon"),
        ("sex", "maybe"),
        ("condition", "pregnant-4"),
        ("activity", "olympic"),
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("zone", "Europe/\x00"),
        ("zone", ""),
        ("zone", "x" * 5000),
        ("language", "<script>"),
        ("energy_unit", "stone"),
        ("measures", "imperial"),
        ("theme", "pink"),
        ("week_start", "friday"),
        ("meals", ()),
        ("meals", ("Lunch", "lunch")),
        ("meals", ("Lun\x00ch",)),
        ("meals", (" ",)),
        ("meals", ("x" * 41,)),
        ("meals", tuple(f"Meal {number}" for number in range(13))),
        ("day_start", time(12, 0)),
    ],
)
def test_a_bad_profile_value_is_refused_with_one_sentence(field: str, value: object) -> None:
    fields = refused_profile(**{field: value})
    assert set(fields) == {field}
    assert fields[field].endswith(".")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "WHO"),
        ("limits", (Limits("401"),)),
        ("limits", (Limits("401", 200.0, 100.0),)),
        ("limits", (Limits("401", -1.0),)),
        ("limits", (Limits("401", float("nan")),)),
        ("limits", (Limits("401", 1.0), Limits("401", 2.0))),
        ("limits", (Limits("<b>", 1.0),)),
        ("limits", (Limits("999", 1.0),)),
        ("limits", tuple(Limits(f"n{number}", 1.0) for number in range(201))),
        ("macros", ByRatio(0, 0, 0)),
        ("macros", ByRatio(-1, 50, 50)),
        ("macros", ByRatio(float("nan"), 50, 50)),
        ("macros", Keto(500.0)),
        ("formula", "guess"),
        ("own_bmr", 10.0),
        ("activity_factor", -0.1),
        ("thermic_effect", "yes"),
        ("goal_weight", 0.0),
        ("rate", -3.0),
        ("rate", float("nan")),
        ("own_budget", 100.0),
        ("own_budget", 1e308),
    ],
)
def test_a_bad_setting_is_refused_with_one_sentence(field: str, value: object) -> None:
    fields = refused_settings(**{field: value})
    assert set(fields) == {field}
    assert fields[field].endswith(".")


def test_several_bad_fields_are_named_together() -> None:
    assert set(refused_profile(height=1.0, weight=1e6, zone="Nowhere")) == {"height", "weight", "zone"}


def test_pregnancy_with_male_reference_values_is_refused() -> None:
    assert set(refused_profile(sex=Sex.MALE, condition=Condition.FIRST_TRIMESTER)) == {"condition"}


def test_pregnancy_of_a_small_child_is_refused() -> None:
    assert set(refused_profile(birth_date=date(2020, 1, 1), condition=Condition.FIRST_TRIMESTER)) == {"condition"}


def test_an_own_formula_needs_its_figure() -> None:
    assert set(refused_settings(formula=BmrFormula.OWN)) == {"own_bmr"}


def test_every_field_has_its_sentence() -> None:
    named = {field.name for kind in (Profile, TargetSettings) for field in msgspec.structs.fields(kind)}
    assert named == set(policy.SENTENCES)


def test_good_values_pass() -> None:
    policy.check_profile(Profile(birth_date=TODAY, zone="Pacific/Auckland", meals=("早餐", "Zmittag ☀")), TODAY)
    policy.check_settings(TargetSettings(limits=(Limits("601", maximum=0.0),), rate=-0.5))
