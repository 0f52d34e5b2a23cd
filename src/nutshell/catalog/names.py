"""What a person calls a food of the tables, by rule: a long name in two parts, and brands without their shouting.

"Chicken, broilers or fryers, breast, meat only, cooked, roasted" is "Chicken, breast" and "broilers or fryers, …";
"Cereals ready-to-eat, KELLOGG, KELLOGG'S CORN FLAKES" is "Kellogg's Corn Flakes". Only for showing: what is stored,
searched and answered by the API keeps the source's name.
"""

import re
from functools import lru_cache

TABLE = "sr28:"
_COMMAS = re.compile(r",\s+(?![^()]*\))")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
# Shelves of the table that say nothing beside the food itself: "Beverages, coffee, brewed" is coffee.
_SHELVES = frozenset(
    ("alcoholic beverage", "babyfood", "beverages", "candies", "cereals", "cereals ready-to-eat", "crustaceans",
     "fast foods", "fish", "formulated bar", "mollusks", "nuts", "restaurant", "seeds", "snacks", "spices")
)  # fmt: skip
# What does not help to tell one food from another in a person's own day.
_DULL = frozenset(
    ("all commercial varieties", "broiler or fryers", "broilers or fryers", "commercially prepared", "drinking", "dry",
     "fluid", "fresh", "mature seeds", "nfs", "raw", "table", "tap", "year round average")
)  # fmt: skip
_INITIALS = frozenset(("ARA", "BBQ", "DHA", "KFC", "NFS", "TLC", "UHT", "US", "USA", "USDA"))


def in_two(name: str, food_id: str | None) -> tuple[str, str]:
    """(what it is called, the rest). Names that people gave are theirs, whole."""
    return _in_two(name) if _of_table(food_id) else (name, "")


def short(name: str, food_id: str | None) -> str:
    return in_two(name, food_id)[0]


def quiet(name: str, food_id: str | None) -> str:
    """The whole name, in which no brand shouts."""
    return _quiet(name) if _of_table(food_id) else name


def _of_table(food_id: str | None) -> bool:
    return (food_id or "").startswith(TABLE)


@lru_cache(maxsize=4096)
def _in_two(name: str) -> tuple[str, str]:
    parts = _COMMAS.split(name)
    if len(parts) > 1 and parts[0].lower() in _SHELVES:
        parts = parts[1:]
    while len(parts) > 1 and _says_it_again(parts):
        parts = parts[1:]
    head = _IN_BRACKETS.sub("", parts[0])
    second = next((part for part in parts[1:] if part.lower() not in _DULL), "")
    called = ", ".join(filter(None, (head[:1].upper() + head[1:], _IN_BRACKETS.sub("", second))))
    return _quiet(called), _quiet(", ".join(part for part in parts[1:] if part != second))


def _says_it_again(parts: list[str]) -> bool:
    """Whether a maker stands before its own brand: "KELLOGG, KELLOGG'S EGGO", "KEEBLER, FUDGE SHOPPE, Cookies"."""
    maker, brand = parts[0], parts[1]
    if maker != maker.upper():
        return False
    return brand.startswith(maker.removesuffix("'S")) or (len(parts) > 2 and brand == brand.upper())


def _quiet(name: str) -> str:
    return _WORD.sub(lambda found: _spoken(found[0]), name)


def _spoken(word: str) -> str:
    """ "KELLOGG'S" as "Kellogg's", "McDONALD'S" as "McDonald's"; initials and ordinary words as they are."""
    start = "Mc" if word.startswith("Mc") else ""
    loud = word[len(start) :]
    stem = loud.removesuffix("'s")
    if len(stem) < 3 or stem != stem.upper() or word in _INITIALS:
        return word
    return start + loud[:1] + loud[1:].lower()
