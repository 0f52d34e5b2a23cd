"""The demo's entries are believable: real foods, every day, a plausible amount of energy."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from tests.catalogs import built

from nutshell.catalog.nutrients import POSITION
from nutshell.catalog.queries import Catalog
from nutshell.ops import demo

LAST = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(built())


def test_the_same_day_gives_the_same_entries() -> None:
    assert list(demo.entries(LAST)) == list(demo.entries(LAST))


def test_each_of_90_days_has_a_plausible_amount_of_energy(catalog: Catalog) -> None:
    energy: dict[date, float] = defaultdict(float)
    for entry in demo.entries(LAST):
        energy[entry.day] += _kcal(catalog, entry.body)
    assert len(energy) == 90
    assert max(energy) == LAST
    assert 1100 < sum(energy.values()) / 90 < 2400
    assert min(energy.values()) > 300


def _kcal(catalog: Catalog, body: dict[str, Any]) -> float:
    """By the food table, or as a quick add says."""
    if "kcal" in body:
        return float(body["kcal"])
    grams = 1.0
    if body["unit"] == "portion":
        portions = {portion.id: portion.grams for portion in catalog.food(body["food_id"]).portions}
        grams = portions[body["portion_id"]]
    return float(catalog.values(body["food_id"])[POSITION["208"]]) * grams * body["amount"] / 100
