"""Long names of the food table are cut to what one calls the food; people's own names never are."""

import pytest

from nutshell.web.food_names import in_two, short

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
