"""The 95 tracked nutrients in their groups, and the order of every stored array of nutrient values.

Ids are USDA nutrient numbers as text; the few without one have short text ids. Units are those of
USDA SR28 (kcal, g, mg, µg). All amounts are per 100 g of edible portion unless a caller says otherwise.
Twelve of the 95 have no data in SR28 (`in_sr28` is False): their values are unknown, not zero.

`ORDER` is a stored format: diaries keep arrays in this order under `ORDER_VERSION`. New nutrients
are appended to `EXTRA` with a new version; nothing is ever moved or removed.
"""

from .types import Nutrient

ORDER_VERSION = 1

GROUPS = ("general", "vitamins", "minerals", "carbohydrates", "lipids", "protein")

_GENERAL = (
    Nutrient("208", "Energy", "kcal", "general", 0),
    Nutrient("221", "Alcohol", "g", "general", 1),
    Nutrient("207", "Ash", "g", "general", 2),
    Nutrient("beta-hydroxybutyrate", "Beta-Hydroxybutyrate", "g", "general", 2, in_sr28=False),
    Nutrient("262", "Caffeine", "mg", "general", 0),
    Nutrient("245", "Oxalate", "mg", "general", 1, in_sr28=False),
    Nutrient("246", "Phytate", "mg", "general", 1, in_sr28=False),
    Nutrient("255", "Water", "g", "general", 1),
)

_VITAMINS = (
    Nutrient("404", "B1 (Thiamine)", "mg", "vitamins", 2),
    Nutrient("405", "B2 (Riboflavin)", "mg", "vitamins", 2),
    Nutrient("406", "B3 (Niacin)", "mg", "vitamins", 1),
    Nutrient("410", "B5 (Pantothenic Acid)", "mg", "vitamins", 2),
    Nutrient("415", "B6 (Pyridoxine)", "mg", "vitamins", 2),
    Nutrient("418", "B12 (Cobalamin)", "µg", "vitamins", 2),
    Nutrient("416", "Biotin", "µg", "vitamins", 1, in_sr28=False),
    Nutrient("421", "Choline", "mg", "vitamins", 1),
    Nutrient("417", "Folate", "µg", "vitamins", 0),
    Nutrient("320", "Vitamin A", "µg", "vitamins", 0),
    Nutrient("319", "Retinol", "µg", "vitamins", 0),
    Nutrient("322", "Alpha-carotene", "µg", "vitamins", 0),
    Nutrient("321", "Beta-carotene", "µg", "vitamins", 0),
    Nutrient("334", "Beta-cryptoxanthin", "µg", "vitamins", 0),
    Nutrient("338", "Lutein+Zeaxanthin", "µg", "vitamins", 0),
    Nutrient("337", "Lycopene", "µg", "vitamins", 0),
    Nutrient("401", "Vitamin C", "mg", "vitamins", 1),
    Nutrient("328", "Vitamin D", "µg", "vitamins", 1),
    Nutrient("323", "Vitamin E", "mg", "vitamins", 2),
    Nutrient("341", "Beta Tocopherol", "mg", "vitamins", 2),
    Nutrient("343", "Delta Tocopherol", "mg", "vitamins", 2),
    Nutrient("342", "Gamma Tocopherol", "mg", "vitamins", 2),
    Nutrient("430", "Vitamin K", "µg", "vitamins", 1),
)

_MINERALS = (
    Nutrient("301", "Calcium", "mg", "minerals", 0),
    Nutrient("310", "Chromium", "µg", "minerals", 1, in_sr28=False),
    Nutrient("312", "Copper", "mg", "minerals", 2),
    Nutrient("313", "Fluoride", "µg", "minerals", 1),
    Nutrient("314", "Iodine", "µg", "minerals", 1, in_sr28=False),
    Nutrient("303", "Iron", "mg", "minerals", 2),
    Nutrient("304", "Magnesium", "mg", "minerals", 0),
    Nutrient("315", "Manganese", "mg", "minerals", 2),
    Nutrient("316", "Molybdenum", "µg", "minerals", 1, in_sr28=False),
    Nutrient("305", "Phosphorus", "mg", "minerals", 0),
    Nutrient("306", "Potassium", "mg", "minerals", 0),
    Nutrient("317", "Selenium", "µg", "minerals", 1),
    Nutrient("307", "Sodium", "mg", "minerals", 0),
    Nutrient("309", "Zinc", "mg", "minerals", 2),
)

_CARBOHYDRATES = (
    Nutrient("205", "Carbs", "g", "carbohydrates", 1),
    Nutrient("net-carbs", "Net Carbs", "g", "carbohydrates", 1, sum_of=("205", "-291")),
    Nutrient("291", "Fiber", "g", "carbohydrates", 1),
    Nutrient("297", "Insoluble Fiber", "g", "carbohydrates", 1, in_sr28=False),
    Nutrient("295", "Soluble Fiber", "g", "carbohydrates", 1, in_sr28=False),
    Nutrient("209", "Starch", "g", "carbohydrates", 1),
    Nutrient("269", "Sugars", "g", "carbohydrates", 1),
    Nutrient("539", "Added Sugars", "g", "carbohydrates", 1, in_sr28=False),
    Nutrient("212", "Fructose", "g", "carbohydrates", 2),
    Nutrient("287", "Galactose", "g", "carbohydrates", 2),
    Nutrient("211", "Glucose", "g", "carbohydrates", 2),
    Nutrient("213", "Lactose", "g", "carbohydrates", 2),
    Nutrient("214", "Maltose", "g", "carbohydrates", 2),
    Nutrient("210", "Sucrose", "g", "carbohydrates", 2),
    Nutrient("allulose", "Allulose", "g", "carbohydrates", 2, in_sr28=False),
    Nutrient("299", "Sugar Alcohol", "g", "carbohydrates", 2, in_sr28=False),
)

_LIPIDS = (
    Nutrient("204", "Fat", "g", "lipids", 1),
    Nutrient("645", "Monounsaturated", "g", "lipids", 2),
    Nutrient("646", "Polyunsaturated", "g", "lipids", 2),
    Nutrient("omega3", "Omega-3", "g", "lipids", 2, sum_of=("851", "629", "621", "631", "852")),
    Nutrient("851", "ALA, linolenic", "g", "lipids", 3),
    Nutrient("621", "DHA", "g", "lipids", 3),
    Nutrient("629", "EPA", "g", "lipids", 3),
    Nutrient("omega6", "Omega-6", "g", "lipids", 2, sum_of=("675", "855", "672", "685", "853")),
    Nutrient("855", "AA, arachidonic", "g", "lipids", 3),
    Nutrient("675", "LA, linoleic", "g", "lipids", 3),
    Nutrient("606", "Saturated", "g", "lipids", 2),
    Nutrient("605", "Trans-Fats", "g", "lipids", 2),
    Nutrient("601", "Cholesterol", "mg", "lipids", 0),
    Nutrient("636", "Phytosterol", "mg", "lipids", 0),
)

_PROTEIN = (
    Nutrient("203", "Protein", "g", "protein", 1),
    Nutrient("513", "Alanine", "g", "protein", 2),
    Nutrient("511", "Arginine", "g", "protein", 2),
    Nutrient("514", "Aspartic acid", "g", "protein", 2),
    Nutrient("507", "Cystine", "g", "protein", 2),
    Nutrient("515", "Glutamic acid", "g", "protein", 2),
    Nutrient("516", "Glycine", "g", "protein", 2),
    Nutrient("512", "Histidine", "g", "protein", 2),
    Nutrient("521", "Hydroxyproline", "g", "protein", 2),
    Nutrient("503", "Isoleucine", "g", "protein", 2),
    Nutrient("504", "Leucine", "g", "protein", 2),
    Nutrient("505", "Lysine", "g", "protein", 2),
    Nutrient("506", "Methionine", "g", "protein", 2),
    Nutrient("508", "Phenylalanine", "g", "protein", 2),
    Nutrient("517", "Proline", "g", "protein", 2),
    Nutrient("518", "Serine", "g", "protein", 2),
    Nutrient("502", "Threonine", "g", "protein", 2),
    Nutrient("501", "Tryptophan", "g", "protein", 2),
    Nutrient("509", "Tyrosine", "g", "protein", 2),
    Nutrient("510", "Valine", "g", "protein", 2),
)

NUTRIENTS: tuple[Nutrient, ...] = _GENERAL + _VITAMINS + _MINERALS + _CARBOHYDRATES + _LIPIDS + _PROTEIN
"""The 95 tracked nutrients in display order."""

EXTRA: tuple[Nutrient, ...] = (
    # Targets for folate are in dietary folate equivalents; its upper limit counts folic acid only.
    Nutrient("435", "Folate, DFE", "µg", "vitamins", 0),
    Nutrient("431", "Folic Acid", "µg", "vitamins", 0),
)
"""Not among the 95, but needed beside them in every array: what targets and limits compare with."""

FALLBACKS: dict[str, str] = {"851": "619", "675": "618", "855": "620"}
"""A specific fatty acid and the undifferentiated one that stands in per food where it is unknown."""

BY_ID: dict[str, Nutrient] = {nutrient.id: nutrient for nutrient in NUTRIENTS + EXTRA}
ORDER: tuple[str, ...] = tuple(BY_ID)
POSITION: dict[str, int] = {nutrient_id: position for position, nutrient_id in enumerate(ORDER)}

TRACKED = len(NUTRIENTS)
AVAILABLE = sum(nutrient.in_sr28 for nutrient in NUTRIENTS)
