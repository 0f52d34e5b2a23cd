"""Search as you type: what people mean comes first."""

import time

import pytest

from nutshell.catalog import everyday, words
from nutshell.catalog.index import distance
from nutshell.catalog.queries import Catalog

FIRST = {
    # the whole food, not its cake
    "egg": "01123",
    "eggs": "01123",
    "milk": "01077",
    "banana": "09040",
    "apple": "09003",
    "bread": "18064 18069 18075 18029",
    "rice": "20044 20045",
    "olive oil": "04053",
    "coffee": "14209",
    "water": "14411",
    "beer": "14003",
    "butter": "01001",
    "cheddar": "01009",
    "salmon": "15236",
    "tomato": "11529",
    "potato": "11352",
    "steak": "13454",
    "bacon": "10862",
    "sugar": "19335",
    "salt": "02047",
    "honey": "19296",
    "tea": "14355",
    "red wine": "14096",
    "pizza": "21299 21224",
    "hamburger": "21107",
    "flour": "20081",
    "almonds": "12061",
    # while typing
    "chick": "05062 05064",
    "bana": "09040",
    "yog": "01256",
    "coff": "14209",
    "or": "09200",
    "a": "11011",
    # all words, in any order
    "oliv oi": "04053",
    "oil olive": "04053",
    "gre yog": "01256",
    "chicken breast": "05062 05064",
    "ground beef": "23572",
    "peanut butter": "16098",
    "orange juice": "09206",
    "dark chocolate": "19904",
    "brown rice": "20036",
    "green beans": "11052",
    "cottage cheese": "01015",
    "2% milk": "01079",
    "skim milk": "01085",
    # small typos
    "chiken brest": "05062 05064",
    "brocoli": "11090",
    "avacado": "09037",
    "bannana": "09040",
    "strawbery": "09316",
    "tomatos": "11529",
    "tomatoe": "11529",
    "potatoe": "11352",
    "spagetti": "20121",
    "mozarella": "01026",
    "rasberry": "09302",
    "onoin": "11282",
    "salman": "15236",
    "staek": "13454",
    # other names
    "catsup": "11935",
    "ketchup": "11935",
    "soymilk": "16120",
    "soy milk": "16120",
    "prawn": "15151",
    "shrimp": "15151",
    "yoghurt": "01256",
    "courgette": "11477",
    "aubergine": "11209",
    "spaghetti": "20121",
    "oatmeal": "08120 20038",
    "garbanzo": "16057",
    "bell pepper": "11333",
    "fries": "11403",
    "hot dog": "07022",
    "omelette": "01130",
    "wholemeal bread": "18075",
    "coke": "14148",
    # written as one or as two
    "icecream": "19095",
    "ice cream": "19095",
    "cornflakes": "08020",
    "butter milk": "01088",
    "cheese burger": "21089",
    # accents and capitals
    "JALAPEÑO": "11979",
    "gruyère": "01023",
    # with is not without, cooked is not uncooked
    "butter with salt": "01001",
    "butter without salt": "01145",
    "butter w/o salt": "01145",
    "unsalted butter": "01145",
    "apples with skin": "09003",
    "apple without skin": "09004",
    "cooked rice": "20045",
    "uncooked rice": "20044",
    "boiled egg": "01129",
}
"""What is typed → the NDB number, or any of several, that must come first."""


@pytest.mark.parametrize("query", FIRST)
def test_what_people_mean_comes_first(catalog: Catalog, query: str) -> None:
    first = catalog.search(query, 10)[0].food
    assert first.id.removeprefix("sr28:") in FIRST[query].split(), first.name


@pytest.mark.parametrize("query", ["chick", "chicken", "chiken brest", "burger", "coffee", "yogurt", "bread", "milk"])
def test_no_restaurant_or_brand_is_among_the_first_five(catalog: Catalog, query: str) -> None:
    for hit in catalog.search(query, 5):
        assert hit.food.category != "Restaurant Foods"
        assert not hit.food.manufacturer


def test_the_egg_comes_before_the_eggnog(catalog: Catalog) -> None:
    names = [hit.food.name for hit in catalog.search("egg", 500)]
    assert names.index("Egg, whole, raw, fresh") < names.index("Eggnog")


def test_a_brand_is_found_when_it_is_asked_for(catalog: Catalog) -> None:
    assert "BIG MAC" in catalog.search("big mac", 1)[0].food.name
    assert "KELLOGG" in catalog.search("kellogg's", 1)[0].food.name


@pytest.mark.parametrize("query", ["potato with skin", "lentils with salt", "butter with salt", "spinach with salt"])
def test_with_excludes_what_says_without(catalog: Catalog, query: str) -> None:
    lacking = "without " + query.split(" with ")[1]
    hits = catalog.search(query, 500)
    assert hits
    assert not [hit.food.name for hit in hits if lacking in hit.food.name and "with salt" not in hit.food.name]


def test_without_needs_to_be_said(catalog: Catalog) -> None:
    assert all("without" in hit.food.name for hit in catalog.search("lentils without salt", 100))
    assert all("no salt" in hit.food.name for hit in catalog.search("bread without salt", 100))
    assert catalog.search("banana without salt", 100) == []


def test_a_name_that_has_and_lacks_a_word_is_found_either_way(catalog: Catalog) -> None:
    name = "Milk, canned, evaporated, with added vitamin D and without added vitamin A"
    for query in ("evaporated milk with vitamin d", "evaporated milk without vitamin", "evaporated milk with added"):
        assert name in [hit.food.name for hit in catalog.search(query, 100)]


def test_cooked_does_not_find_uncooked(catalog: Catalog) -> None:
    for hit in catalog.search("quinoa cooked", 20):
        assert "uncooked" not in hit.food.name.casefold()


def test_a_word_that_nothing_has_finds_nothing(catalog: Catalog) -> None:
    for query in ("xylophone", "egg xylophone", "牛奶", "молоко", "🍎", "", " ", "\0", "%", "--"):
        assert catalog.search(query, 10) == []


@pytest.mark.parametrize("limit", [-1, 0, 1, 7, 10_000])
def test_the_limit_is_kept(catalog: Catalog, limit: int) -> None:
    assert len(catalog.search("raw", limit)) <= max(limit, 0)
    assert len(catalog.search("egg", limit)) <= max(limit, 0)


def test_a_shorter_list_is_the_beginning_of_a_longer_one(catalog: Catalog) -> None:
    for query in ("egg", "a", "chiken", "raw"):
        assert catalog.search(query, 5) == catalog.search(query, 200)[:5]


def test_hits_come_by_falling_score_and_then_by_number(catalog: Catalog) -> None:
    keys = [(-hit.score, hit.food.id) for hit in catalog.search("raw", 8789)]
    assert keys == sorted(keys)


def test_the_table_of_everyday_foods_names_what_the_numbers_are(catalog: Catalog) -> None:
    lines = [line for line in (everyday._FIRST + everyday._NEXT).split("\n") if line]
    assert len(lines) == len(everyday.EVERYDAY) > 300
    for line in lines:
        assert catalog.food(f"sr28:{line[:5]}").name.startswith(line[6:])


def test_names_beside_the_catalog_are_matched_by_the_same_rules() -> None:
    assert words.matches("gre yog", "Yogurt, Greek, plain")
    assert words.matches("eggs", "Egg, whole")
    assert words.matches("", "anything")
    assert not words.matches("cooked", "Quinoa, uncooked")
    assert not words.matches("butter with salt", "Butter, without salt")
    assert words.matches("butter without salt", "Butter, without salt")
    assert not words.matches("butter without salt", "Butter, with salt")


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("chiken", "chicken", 1),
        ("onoin", "onion", 1),
        ("brest", "breast", 1),
        ("a", "", 1),
        ("abc", "abc", 0),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_the_distance_of_two_words(one: str, other: str, apart: int) -> None:
    assert distance(one, other) == distance(other, one) == apart


def test_typing_is_answered_within_milliseconds(catalog: Catalog) -> None:
    typed = [query[:end] for query in FIRST for end in range(1, len(query) + 1)]
    taken = []
    for query in typed:
        begun = time.thread_time()  # the CPU's time, so that a busy machine does not matter
        catalog.search(query, 20)
        taken.append(time.thread_time() - begun)
    taken.sort()
    assert taken[len(taken) // 2] < 0.001
    assert taken[len(taken) * 99 // 100] < 0.003


def test_foods_rich_in_vitamin_c_are_everyday_ones_with_energy(catalog: Catalog) -> None:
    rich = catalog.richest("401", 20)
    assert [each.per_100kcal for each in rich] == sorted((each.per_100kcal for each in rich), reverse=True)
    assert "Peppers, sweet, red, raw" in [each.food.name for each in rich]
    for each in rich:
        assert each.food.id.removeprefix("sr28:") in everyday.EVERYDAY
        assert each.food.kcal_per_100g is not None
        assert each.per_100kcal == pytest.approx(each.per_100g * 100 / each.food.kcal_per_100g)


def test_nothing_is_rich_in_what_sr28_lacks(catalog: Catalog) -> None:
    assert catalog.richest("314", 5) == []
