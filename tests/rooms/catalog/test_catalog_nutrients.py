"""The nutrient table: the 95 of Cronometer in six groups, and the stored order."""

from collections import Counter

from nutshell.catalog.nutrients import (
    AVAILABLE,
    BY_ID,
    EXTRA,
    GROUPS,
    NUTRIENTS,
    ORDER,
    ORDER_VERSION,
    POSITION,
    TRACKED,
)
from nutshell.catalog.queries import Catalog

CRONOMETER = """
Energy (kcal),Alcohol (g),Ash (g),Beta-Hydroxybutyrate (g),Caffeine (mg),Oxalate (mg),Phytate (mg),Water (g),
B1 (Thiamine) (mg),B2 (Riboflavin) (mg),B3 (Niacin) (mg),B5 (Pantothenic Acid) (mg),B6 (Pyridoxine) (mg),
B12 (Cobalamin) (µg),Alpha-carotene (µg),Beta Tocopherol (mg),Beta-carotene (µg),Beta-cryptoxanthin (µg),
Biotin (µg),Choline (mg),Delta Tocopherol (mg),Folate (µg),Gamma Tocopherol (mg),Lutein+Zeaxanthin (µg),
Lycopene (µg),Retinol (µg),Vitamin A (µg),Vitamin C (mg),Vitamin D (µg),Vitamin E (mg),Vitamin K (µg),
Calcium (mg),Chromium (µg),Copper (mg),Fluoride (µg),Iodine (µg),Iron (mg),Magnesium (mg),Manganese (mg),
Molybdenum (µg),Phosphorus (mg),Potassium (mg),Selenium (µg),Sodium (mg),Zinc (mg),Net Carbs (g),Allulose (g),
Carbs (g),Fiber (g),Insoluble Fiber (g),Soluble Fiber (g),Fructose (g),Galactose (g),Glucose (g),Lactose (g),
Maltose (g),Starch (g),Sucrose (g),Sugars (g),Added Sugars (g),Sugar Alcohol (g),Fat (g),Cholesterol (mg),
Monounsaturated (g),Polyunsaturated (g),Saturated (g),Trans-Fats (g),Omega-3 (g),ALA (g),DHA (g),EPA (g),
Omega-6 (g),AA (g),LA (g),Phytosterol (mg),Alanine (g),Arginine (g),Aspartic acid (g),Cystine (g),
Glutamic acid (g),Glycine (g),Histidine (g),Hydroxyproline (g),Isoleucine (g),Leucine (g),Lysine (g),
Methionine (g),Phenylalanine (g),Proline (g),Protein (g),Serine (g),Threonine (g),Tryptophan (g),Tyrosine (g),
Valine (g)
"""
"""The columns of a Cronometer export with everything switched on; there vitamin D is in IU."""

NO_DATA_IN_SR28 = {
    *("314", "310", "316", "416"),  # iodine, chromium, molybdenum, biotin
    *("245", "246", "beta-hydroxybutyrate"),  # oxalate, phytate
    *("297", "295", "539", "allulose", "299"),  # kinds of fibre, added sugars, allulose, sugar alcohols
}

STORED_ORDER_1 = """
208 221 207 beta-hydroxybutyrate 262 245 246 255 404 405 406 410 415 418 416 421 417 320 319 322 321 334 338
337 401 328 323 341 343 342 430 301 310 312 313 314 303 304 315 316 305 306 317 307 309 205 net-carbs 291 297
295 209 269 539 212 287 211 213 214 210 allulose 299 204 645 646 omega3 851 621 629 omega6 855 675 606 605 601
636 203 513 511 514 507 515 516 512 521 503 504 505 506 508 517 518 502 501 509 510 435 431
"""


def test_the_tracked_nutrients_are_cronometers_with_their_units() -> None:
    """Three fatty acids carry their whole name behind the abbreviation: "LA, linoleic"."""
    columns = CRONOMETER.strip().replace("\n", "").split(",")
    assert {f"{nutrient.name.partition(', ')[0]} ({nutrient.unit})" for nutrient in NUTRIENTS} == set(columns)
    assert len(columns) == TRACKED == 95


def test_they_stand_in_six_groups_in_display_order() -> None:
    sizes = Counter(nutrient.group for nutrient in NUTRIENTS)
    assert list(sizes.items()) == list(zip(GROUPS, (8, 23, 14, 16, 14, 20), strict=True))


def test_twelve_have_no_data_in_sr28_and_say_so() -> None:
    assert {nutrient.id for nutrient in NUTRIENTS if not nutrient.in_sr28} == NO_DATA_IN_SR28
    assert AVAILABLE == 83


def test_what_says_to_be_in_sr28_is_known_for_some_food_and_the_rest_for_none(catalog: Catalog) -> None:
    known: set[str] = set()
    for number in (1123, 9040, 11090, 15236, 18069, 1009, 23572, 4053, 12061, 14209, 14003, 2047, 14355, 9206, 16120):
        row = catalog.values(f"sr28:{number:05d}")
        known |= {nutrient_id for nutrient_id in ORDER if row[POSITION[nutrient_id]] == row[POSITION[nutrient_id]]}
    assert {nutrient.id for nutrient in NUTRIENTS if nutrient.in_sr28} <= known
    assert not known & NO_DATA_IN_SR28


def test_units_are_those_of_the_source(catalog: Catalog) -> None:
    units = {number: unit for number, unit, _, _ in catalog.definitions()}
    for nutrient in NUTRIENTS + EXTRA:
        assert units.get(nutrient.id, nutrient.unit) == nutrient.unit


def test_the_stored_order_never_changes_under_its_version() -> None:
    assert ORDER_VERSION == 1
    assert list(ORDER) == STORED_ORDER_1.split()


def test_every_position_leads_back_to_its_nutrient() -> None:
    assert [ORDER[POSITION[nutrient_id]] for nutrient_id in BY_ID] == list(BY_ID)
