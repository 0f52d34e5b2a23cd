"""Long names of the food table are cut to what one calls the food; people's own names never are."""

import re

import pytest

from nutshell.catalog.names import in_two, quiet, short
from nutshell.catalog.queries import Catalog

CALLED = {
    "Cereals, oats, regular and quick, not fortified, dry": "Oats, regular and quick",
    "Milk, reduced fat, fluid, 2% milkfat, with added vitamin A and vitamin D": "Milk, reduced fat",
    "Beverages, coffee, brewed, prepared with tap water": "Coffee, brewed",
    "Chickpeas (garbanzo beans, bengal gram), mature seeds, cooked, boiled, without salt": "Chickpeas, cooked",
    "Fish, salmon, Atlantic, farmed, cooked, dry heat": "Salmon, Atlantic",
    "Chicken, broilers or fryers, breast, meat only, cooked, roasted": "Chicken, breast",
    "Alcoholic beverage, wine, table, red": "Wine, red",
    "Cheese, feta": "Cheese, feta",
    "Bananas, raw": "Bananas",
    "Nuts, almonds": "Almonds",
    "Beverages, water, tap, drinking": "Water",
    "Cereals ready-to-eat, KELLOGG, KELLOGG'S CORN FLAKES": "Kellogg's Corn Flakes",
    "KELLOGG, KELLOGG'S EGGO, Buttermilk Pancake": "Kellogg's Eggo, Buttermilk Pancake",
    "KEEBLER, FUDGE SHOPPE, Magic Middles, Original": "Fudge Shoppe, Magic Middles",
    "McDONALD'S, BIG MAC (without Big Mac Sauce)": "McDonald's, Big Mac",
    "KFC, Coleslaw": "KFC, Coleslaw",
    "Beverages, V8 SPLASH Juice Drinks, Strawberry Banana": "V8 Splash Juice Drinks, Strawberry Banana",
}


@pytest.mark.parametrize("name", CALLED)
def test_a_food_of_the_table_is_called_as_people_call_it(name: str) -> None:
    assert short(name, "sr28:01123") == CALLED[name]


def test_the_rest_of_the_name_is_kept_for_who_has_room() -> None:
    assert in_two("Egg, whole, raw, fresh", "sr28:01123") == ("Egg, whole", "raw, fresh")


@pytest.mark.parametrize("food_id", ["mine:1", None])
def test_names_that_people_gave_are_left_whole(food_id: str | None) -> None:
    assert in_two("Soup, grandmother's, with beans, big bowl", food_id) == (
        "Soup, grandmother's, with beans, big bowl",
        "",
    )


def test_a_brand_does_not_shout_in_the_whole_name_either() -> None:
    assert quiet("Snacks, KELLOGG'S, NUTRI-GRAIN Cereal Bars, fruit", "sr28:25060") == (
        "Snacks, Kellogg's, Nutri-Grain Cereal Bars, fruit"
    )
    assert quiet("MY SOUP", "mine:1") == "MY SOUP"


def test_every_food_of_the_table_is_called_something_and_nothing_shouts(catalog: Catalog) -> None:
    names = {food_id: catalog.food(food_id).name for food_id in catalog.ids()}
    called = {food_id: short(name, food_id) for food_id, name in names.items()}
    assert all(called.values())
    shouting = re.compile(r"[A-Z]{5,}")
    assert [name for name in called.values() if shouting.search(name)] == []
    longest = max(called.values(), key=len)
    print(f"called: {len(called)} foods, the longest {len(longest)} characters: {longest}")
