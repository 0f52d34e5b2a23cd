"""Reference intakes: the figures that everybody can look up, the ages at their edges, and what is not told."""

from datetime import date

import pytest

from nutshell.catalog.nutrients import BY_ID, ORDER
from nutshell.common.aims import Aim
from nutshell.targets import queries, reference
from nutshell.targets.types import Condition, Facts, Sex, Source, TargetSettings

DAY = date(2026, 11, 23)
MAN = Facts(sex=Sex.MALE, birth_date=date(1990, 1, 1))
WOMAN = Facts(sex=Sex.FEMALE, birth_date=date(1990, 1, 1))
EFSA = TargetSettings(source=Source.EFSA)


def aim(nutrient: str, facts: Facts, settings: TargetSettings = TargetSettings(), day: date = DAY) -> Aim | None:  # noqa: B008
    found = [one for one in queries.aims(facts, settings, day).aims if one.nutrient == nutrient]
    assert len(found) <= 1, f"{nutrient} has more than one aim"
    return found[0] if found else None


def minimum(nutrient: str, facts: Facts, settings: TargetSettings = TargetSettings(), day: date = DAY) -> float | None:  # noqa: B008
    found = aim(nutrient, facts, settings, day)
    return found.minimum if found else None


def woman(condition: Condition, birth: date = date(1990, 1, 1)) -> Facts:
    return Facts(sex=Sex.FEMALE, birth_date=birth, condition=condition)


def aged(years: int, sex: Sex = Sex.MALE) -> Facts:
    return Facts(sex=sex, birth_date=DAY.replace(year=DAY.year - years))


def test_vitamin_c_is_90_and_75_mg_with_an_upper_limit_of_2000() -> None:
    assert aim("401", MAN) == Aim("401", 90.0, 2000.0, "DRI RDA", "DRI UL")
    assert aim("401", WOMAN) == Aim("401", 75.0, 2000.0, "DRI RDA", "DRI UL")


@pytest.mark.parametrize("condition", [one for one in Condition if one.pregnant])
def test_vitamin_c_is_85_mg_in_pregnancy(condition: Condition) -> None:
    assert minimum("401", woman(condition)) == 85


@pytest.mark.parametrize("condition", [one for one in Condition if one.lactating])
def test_vitamin_c_is_120_mg_while_breastfeeding(condition: Condition) -> None:
    assert minimum("401", woman(condition)) == 120


def test_vitamin_c_of_efsa_is_110_and_95_mg() -> None:
    assert aim("401", MAN, EFSA) == Aim("401", 110.0, origin="EFSA PRI")
    assert aim("401", WOMAN, EFSA) == Aim("401", 95.0, origin="EFSA PRI")


def test_vitamin_d_is_15_ug_and_20_ug_above_70_which_starts_at_71() -> None:
    assert aim("328", aged(30)) == Aim("328", 15.0, 100.0, "DRI RDA", "DRI UL")
    assert minimum("328", aged(70)) == 15
    assert minimum("328", aged(71)) == 20


def test_the_day_before_the_71st_birthday_still_counts_as_70() -> None:
    facts = Facts(sex=Sex.MALE, birth_date=date(1955, 11, 24))
    assert minimum("328", facts, day=date(2026, 11, 23)) == 15
    assert minimum("328", facts, day=date(2026, 11, 24)) == 20


def test_vitamin_d_and_fat_of_infants_are_adequate_intakes() -> None:
    infant = Facts(sex=Sex.FEMALE, birth_date=date(2026, 10, 1))
    assert aim("328", infant) == Aim("328", 10.0, 25.0, "DRI AI", "DRI UL")
    assert aim("204", infant) == Aim("204", 31.0, origin="DRI AI")


def test_potassium_and_sodium_are_those_of_2019() -> None:
    assert aim("306", MAN) == Aim("306", 3400.0, origin="DRI AI")
    assert aim("306", WOMAN) == Aim("306", 2600.0, origin="DRI AI")
    assert aim("307", MAN) == Aim("307", 1500.0, 2300.0, "DRI AI", "DRI CDRR")
    assert minimum("306", woman(Condition.FIRST_TRIMESTER)) == 2900
    assert minimum("306", woman(Condition.LACTATING_LATE)) == 2800


@pytest.mark.parametrize(
    ("age", "male", "female", "sodium", "cdrr"),
    [
        (2, 2000, 2000, 800, 1200),
        (6, 2300, 2300, 1000, 1500),
        (10, 2500, 2300, 1200, 1800),
        (15, 3000, 2300, 1500, 2300),
        (19, 3400, 2600, 1500, 2300),
        (80, 3400, 2600, 1500, 2300),
    ],
)
def test_potassium_and_sodium_by_age(age: int, male: int, female: int, sodium: int, cdrr: int) -> None:
    assert (minimum("306", aged(age)), minimum("306", aged(age, Sex.FEMALE))) == (male, female)
    found = aim("307", aged(age))
    assert found is not None
    assert (found.minimum, found.maximum) == (sodium, cdrr)


def stage(months: int, sex: Sex = Sex.MALE, condition: Condition = Condition.NONE) -> reference.LifeStage:
    return reference.LifeStage(months, sex, condition)


AMINO_ACIDS = ("512", "503", "504", "505", "502", "501", "510")
"""Histidine, isoleucine, leucine, lysine, threonine, tryptophan, valine."""


@pytest.mark.parametrize(
    ("column", "mg_per_kg"),
    [
        (stage(3), (36, 88, 156, 107, 73, 28, 87)),
        (stage(9), (32, 43, 93, 89, 49, 13, 58)),
        (stage(24), (21, 28, 63, 58, 32, 8, 37)),
        (stage(72), (16, 22, 49, 46, 24, 6, 28)),
        (stage(120), (17, 22, 49, 46, 24, 6, 28)),
        (stage(120, Sex.FEMALE), (15, 21, 47, 43, 22, 6, 27)),
        (stage(180), (15, 21, 47, 43, 22, 6, 27)),
        (stage(180, Sex.FEMALE), (14, 19, 44, 40, 21, 5, 24)),
        (stage(360), (14, 19, 42, 38, 20, 5, 24)),
        (stage(360, Sex.FEMALE), (14, 19, 42, 38, 20, 5, 24)),
        (stage(360, Sex.FEMALE, Condition.SECOND_TRIMESTER), (18, 25, 56, 51, 26, 7, 31)),
        (stage(360, Sex.FEMALE, Condition.LACTATING_EARLY), (19, 30, 62, 52, 30, 9, 35)),
    ],
)
def test_amino_acids_are_those_of_the_dri_report_of_2005(column: reference.LifeStage, mg_per_kg: tuple) -> None:
    """IOM 2002/2005, table 10-20 and those before it, in mg per kg and day."""
    found = reference.per_kg(Source.DRI, column)
    assert tuple(round(found[name].low * 1000) for name in AMINO_ACIDS) == mg_per_kg


EFSA_STEPS = (9, 24, 60, 96, 144, 192, 360)
"""Months in the middle of EFSA's columns: 7-11 months, 1-3, 4-6, 7-10, 11-14, 15-17 years, adults."""


@pytest.mark.parametrize(
    ("nutrient", "limits"),
    [
        ("319", (600, 800, 1100, 1500, 2000, 2600, 3000)),  # preformed vitamin A, EFSA 2024
        ("328", (35, 50, 50, 50, 100, 100, 100)),  # vitamin D, EFSA 2018 and 2023
        ("323", (60, 100, 120, 160, 220, 260, 300)),  # vitamin E, EFSA 2024
        ("415", (2.5, 3.2, 4.5, 6.1, 8.6, 10.7, 12)),  # vitamin B6, EFSA 2023
        ("431", (200, 200, 300, 400, 600, 800, 1000)),  # folic acid, EFSA 2023
        ("317", (55, 70, 95, 130, 180, 230, 255)),  # selenium, EFSA 2023
        ("309", (None, 7, 10, 13, 18, 22, 25)),  # zinc, SCF 2003
        ("314", (None, 200, 250, 300, 450, 500, 600)),  # iodine, SCF 2002
        ("316", (None, 100, 200, 250, 400, 500, 600)),  # molybdenum, SCF 2000
        ("312", (None, 1, 2, 3, 4, 4, 5)),  # copper, SCF 2003
        ("313", (1000, 1600, 2000, 2000, 3300, 3300, 3300)),  # fluoride, EFSA 2025
        ("301", (None, None, None, None, None, None, 2500)),  # calcium, EFSA 2012
        ("303", (None, 10, 15, 20, 30, 35, 40)),  # iron, safe level, EFSA 2024
        ("304", (None, None, 250, 250, 250, 250, 250)),  # magnesium of supplements, SCF 2001
    ],
)
def test_upper_limits_of_efsa_are_those_of_its_opinions(nutrient: str, limits: tuple) -> None:
    found = [reference.limits(Source.EFSA, stage(months)).get(nutrient) for months in EFSA_STEPS]
    assert tuple(level.high if level else None for level in found) == limits


def test_nobody_aims_above_a_newer_limit() -> None:
    """Fluoride of men, EFSA: the safe level of 2025 lies below the adequate intake of 2013."""
    assert aim("313", MAN, EFSA) == Aim("313", None, 3300.0, "", "EFSA safe level")
    assert aim("313", WOMAN, EFSA) == Aim("313", 2900.0, 3300.0, "EFSA AI", "EFSA safe level")


@pytest.mark.parametrize(
    ("nutrient", "limit"), [("304", 350), ("406", 35), ("435", 1000), ("320", 3000), ("323", 1000)]
)
def test_limits_that_count_supplements_or_added_forms_are_marked(nutrient: str, limit: float) -> None:
    found = aim(nutrient, MAN)
    assert found is not None
    assert (found.maximum, found.maximum_origin, found.supplement_only) == (limit, "DRI UL", True)


def test_every_other_limit_counts_everything() -> None:
    marked = {one.nutrient for one in queries.aims(MAN, TargetSettings(), DAY).aims if one.supplement_only}
    assert marked == {"304", "406", "435", "320", "323"}


def test_retinol_and_folic_acid_carry_the_limits_of_their_vitamins() -> None:
    assert aim("319", MAN) == Aim("319", None, 3000.0, "", "DRI UL")
    assert aim("431", MAN) == Aim("431", None, 1000.0, "", "DRI UL")


def test_amounts_are_in_the_units_of_the_nutrient_table_not_of_the_published_ones() -> None:
    assert minimum("313", MAN) == 4000, "fluoride: 4 mg is 4,000 ug"
    assert minimum("312", MAN) == 0.9, "copper: 900 ug is 0.9 mg"
    assert minimum("255", MAN) == 3700, "water: 3.7 L is 3,700 g"
    assert minimum("313", WOMAN, EFSA) == 2900
    assert minimum("255", WOMAN, EFSA) == 2000


@pytest.mark.parametrize("source", list(Source))
def test_every_aim_is_of_a_tracked_nutrient_in_the_catalog_s_order(source: Source) -> None:
    facts = Facts(sex=Sex.MALE, birth_date=MAN.birth_date, height=180.0, weight=80.0)
    found = [one.nutrient for one in queries.aims(facts, TargetSettings(source=source), DAY).aims]
    assert found == [nutrient for nutrient in ORDER if nutrient in found]
    assert len(found) >= 40


@pytest.mark.parametrize(
    ("nutrient", "unit"),
    [("313", "µg"), ("312", "mg"), ("255", "g"), ("306", "mg"), ("307", "mg"), ("435", "µg"), ("501", "g")],
)
def test_the_catalog_has_the_units_that_the_tables_were_re_keyed_in(nutrient: str, unit: str) -> None:
    assert BY_ID[nutrient].unit == unit


def test_half_a_year_belongs_to_7_to_12_months() -> None:
    born = date(2026, 5, 23)
    facts = Facts(sex=Sex.MALE, birth_date=born)
    assert minimum("303", facts, day=date(2026, 11, 22)) == 0.27
    assert minimum("303", facts, day=date(2026, 11, 23)) == 11
    assert minimum("303", facts, day=date(2027, 5, 22)) == 11
    assert minimum("303", facts, day=date(2027, 5, 23)) == 7


@pytest.mark.parametrize(
    ("age", "iron"), [(3, 7), (4, 10), (8, 10), (9, 8), (13, 8), (14, 15), (18, 15), (19, 18), (50, 18), (51, 8)]
)
def test_iron_of_girls_and_women_changes_on_the_birthdays_of_the_table(age: int, iron: float) -> None:
    assert minimum("303", aged(age, Sex.FEMALE)) == iron


@pytest.mark.parametrize(
    ("age", "calcium"), [(1, 450), (4, 800), (10, 800), (11, 1150), (17, 1150), (18, 1000), (24, 1000), (25, 950)]
)
def test_calcium_of_efsa_by_age(age: int, calcium: float) -> None:
    assert minimum("301", aged(age), EFSA) == calcium


def test_pregnancy_at_17_takes_the_column_of_14_to_18() -> None:
    young = woman(Condition.SECOND_TRIMESTER, date(2009, 1, 1))
    assert (minimum("401", young), minimum("304", young), minimum("303", young)) == (80, 400, 27)


def test_pregnancy_outside_the_ages_of_the_table_takes_the_nearest_column() -> None:
    assert minimum("401", woman(Condition.FIRST_TRIMESTER, date(2013, 6, 1))) == 80
    assert minimum("401", woman(Condition.FIRST_TRIMESTER, date(1974, 6, 1))) == 85


def test_protein_is_per_kg_where_the_weight_is_told_and_the_table_s_figure_where_not() -> None:
    assert minimum("203", MAN) == 56
    assert minimum("203", Facts(sex=Sex.MALE, birth_date=MAN.birth_date, weight=80.0)) == 64
    pregnant = Facts(sex=Sex.FEMALE, birth_date=WOMAN.birth_date, weight=60.0, condition=Condition.THIRD_TRIMESTER)
    assert minimum("203", pregnant) == 66
    assert minimum("203", pregnant, EFSA) == 77.8, "0.83 g per kg and 28 g"


def test_amino_acids_follow_the_body_weight_and_are_absent_without_it() -> None:
    assert minimum("504", Facts(sex=Sex.MALE, birth_date=MAN.birth_date, weight=70.0)) == 2.94
    assert aim("504", MAN) is None


def test_without_a_birth_date_there_is_no_reference_aim_at_all() -> None:
    assert queries.aims(Facts(sex=Sex.MALE, weight=80.0), TargetSettings(), DAY).aims == ()
    assert queries.missing(Facts(sex=Sex.MALE, weight=80.0), TargetSettings(), DAY) == ("birth_date", "height")


def test_a_day_before_birth_has_no_aims() -> None:
    assert queries.aims(MAN, TargetSettings(), date(1989, 12, 31)).aims == ()


def test_without_a_sex_only_what_both_sexes_share_is_aimed_at() -> None:
    unknown = Facts(birth_date=MAN.birth_date)
    assert minimum("328", unknown) == 15
    assert aim("401", unknown) == Aim("401", None, 2000.0, "", "DRI UL")
    assert aim("306", unknown) is None
    assert minimum("401", Facts(birth_date=date(2020, 1, 1))) == 25, "children have one column"


def test_thiamin_and_niacin_of_efsa_follow_the_energy_that_the_body_needs() -> None:
    full = Facts(sex=Sex.MALE, birth_date=MAN.birth_date, height=180.0, weight=80.0)
    used = queries.budget(full, EFSA, DAY).expenditure
    assert used is not None
    assert minimum("404", full, EFSA) == pytest.approx(used * 4.184 / 1000 * 0.1, rel=1e-3)
    assert minimum("406", full, EFSA) == pytest.approx(used * 4.184 / 1000 * 1.6, rel=1e-3)
    assert aim("404", MAN, EFSA) is None
