"""Missing is not zero: what SR28 does not state stays unknown, and only named rules fill a gap."""

import numpy as np
import pytest

from nutshell.catalog.nutrients import ORDER, POSITION
from nutshell.catalog.queries import Catalog
from nutshell.catalog.types import Value
from nutshell.common.errors import NotFound


def unknown(catalog: Catalog, nutrient_id: str) -> int:
    column = catalog.matrix[:, POSITION[nutrient_id]]
    return int(np.count_nonzero(np.isnan(column)))


def stated(catalog: Catalog, food_id: str) -> dict[str, Value]:
    return {value.nutrient: value for value in catalog.provenance(food_id)}


def amount(catalog: Catalog, food_id: str, nutrient_id: str) -> float:
    return float(catalog.values(food_id)[POSITION[nutrient_id]])


@pytest.mark.parametrize(("nutrient_id", "foods"), [("401", 818), ("303", 144), ("307", 83), ("417", 1261)])
def test_a_nutrient_is_unknown_for_as_many_foods_as_lack_it_in_sr28(
    catalog: Catalog, nutrient_id: str, foods: int
) -> None:
    assert unknown(catalog, nutrient_id) == foods


def test_vitamin_d_is_unknown_for_3262_foods_less_the_51_that_state_it_in_iu(catalog: Catalog) -> None:
    assert unknown(catalog, "328") == 3262 - 51


def test_vitamin_d_in_iu_only_becomes_micrograms_and_says_so(catalog: Catalog) -> None:
    converted = [
        values["328"] for food_id in catalog.ids() if "324" in (values := stated(catalog, food_id)) and _from_iu(values)
    ]
    assert len(converted) == 51
    assert all(value.source_code == "" for value in converted)


def _from_iu(values: dict[str, Value]) -> bool:
    value = values["328"]
    return value.computed_from == ("324",) and value.amount == pytest.approx(values["324"].amount / 40)


def test_folate_in_dfe_stays_unknown_for_the_800_foods_that_state_total_folate_only(catalog: Catalog) -> None:
    dfe, total = (np.isnan(catalog.matrix[:, POSITION[each]]) for each in ("435", "417"))
    assert int(np.count_nonzero(dfe & ~total)) == 800


@pytest.mark.parametrize("nutrient_id", ["314", "310", "316", "416", "539"])
def test_what_sr28_lacks_is_unknown_for_every_food(catalog: Catalog, nutrient_id: str) -> None:
    assert unknown(catalog, nutrient_id) == len(catalog) == 8789


def test_an_assumed_zero_is_a_zero_with_its_code(catalog: Catalog) -> None:
    value = stated(catalog, "sr28:09003")["328"]
    assert (value.amount, value.source_code, value.derivation_code) == (0.0, "7", "Z")
    assert catalog.source_text("7") == "Assumed zero"
    assert amount(catalog, "sr28:09003", "328") == 0.0


def test_energy_is_known_for_every_food_and_never_recomputed(catalog: Catalog) -> None:
    assert unknown(catalog, "208") == 0
    assert amount(catalog, "sr28:01123", "208") == 143.0  # 9/4/4 would give 138.7


def test_salmon_has_its_omega_fats_summed_from_what_is_stated(catalog: Catalog) -> None:
    assert amount(catalog, "sr28:15236", "omega3") == pytest.approx(1.104 + 0.862 + 0.393 + 0.148, abs=1e-6)
    # LA 675 and AA 855 are not stated for it, so 618 and 620 stand in.
    assert amount(catalog, "sr28:15236", "omega6") == pytest.approx(0.900 + 0.092 + 0.062 + 0.020, abs=1e-6)


def test_flaxseed_takes_ala_from_the_undifferentiated_acid(catalog: Catalog) -> None:
    assert amount(catalog, "sr28:12220", "851") == pytest.approx(22.813)
    assert stated(catalog, "sr28:12220")["851"].computed_from == ("619",)
    assert amount(catalog, "sr28:12220", "omega3") == pytest.approx(22.813)
    assert stated(catalog, "sr28:12220")["omega3"].computed_from == ("619", "629", "621", "631")


def test_an_egg_keeps_the_specific_acids_where_both_are_stated(catalog: Catalog) -> None:
    assert amount(catalog, "sr28:01123", "851") == pytest.approx(0.036)
    assert amount(catalog, "sr28:01123", "675") == pytest.approx(1.531)
    assert amount(catalog, "sr28:01123", "omega3") == pytest.approx(0.036 + 0.0 + 0.058 + 0.007 + 0.001, abs=1e-6)
    assert amount(catalog, "sr28:01123", "omega6") == pytest.approx(1.531 + 0.188 + 0.018 + 0.012 + 0.022, abs=1e-6)


def test_the_fallbacks_fill_as_many_foods_as_sr28_allows(catalog: Catalog) -> None:
    fallen = {"851": 0, "675": 0}
    for food_id in catalog.ids():
        values = stated(catalog, food_id)
        for specific in fallen:
            fallen[specific] += specific in values and bool(values[specific].computed_from)
    assert fallen == {"851": 5187, "675": 5408}


def test_fish_without_epa_and_dha_has_unknown_omega_3(catalog: Catalog) -> None:
    for food_id in catalog.ids():
        if catalog.food(food_id).category != "Finfish and Shellfish Products":
            continue
        row = catalog.values(food_id)
        lacks = np.isnan(row[POSITION["629"]]) or np.isnan(row[POSITION["621"]])
        assert np.isnan(row[POSITION["omega3"]]) == lacks


def test_net_carbohydrates_need_fibre_unless_there_are_no_carbohydrates(catalog: Catalog) -> None:
    matrix = catalog.matrix.astype(np.float64)
    carbs, fibre, net = (matrix[:, POSITION[each]] for each in ("205", "291", "net-carbs"))
    expected = np.where(carbs == 0, 0.0, np.maximum(carbs - fibre, 0.0))
    assert np.allclose(net, expected, atol=1e-4, equal_nan=True)
    assert amount(catalog, "sr28:12061", "net-carbs") == pytest.approx(21.55 - 12.5)
    assert int(np.count_nonzero(np.isnan(net))) == 594 - 128


def test_values_are_finite_or_unknown_and_never_negative(catalog: Catalog) -> None:
    known = catalog.matrix[~np.isnan(catalog.matrix)]
    assert np.isfinite(known).all()
    assert (known >= 0).all()


def test_nobody_can_write_into_the_shared_values(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="read-only"):
        catalog.values("sr28:01123")[0] = 1.0


def test_completeness_counts_the_known_of_the_95(catalog: Catalog) -> None:
    egg = catalog.completeness("sr28:01123")
    tracked = catalog.values("sr28:01123")[:95]
    assert (egg.known, egg.available, egg.tracked) == (int(np.count_nonzero(~np.isnan(tracked))), 83, 95)
    assert len(ORDER) == 97


@pytest.mark.parametrize("food_id", ["sr28:99999", "sr28:1123", "sr28:0112٣", "off:1", "", "sr28:01123\n", "01123"])
def test_an_unknown_food_is_not_found(catalog: Catalog, food_id: str) -> None:
    with pytest.raises(NotFound):
        catalog.food(food_id)
    with pytest.raises(NotFound):
        catalog.values(food_id)
    with pytest.raises(NotFound):
        catalog.provenance(food_id)
