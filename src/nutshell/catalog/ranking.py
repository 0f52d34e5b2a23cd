"""What comes first: how much each word of a food weighs, and how common the food is.

People type "egg" and mean the raw whole one. Names of SR28 go from general to special in parts split
by commas, so earlier words weigh more; a table of everyday foods and the habits of the naming (brands
in capitals, restaurants, dry mixes) settle the rest. All figures were set by trying queries.
"""

import re
from typing import NamedTuple

from . import words
from .everyday import EVERYDAY

_GENERIC_HEADS = frozenset(
    {
        *("alcoholic beverage", "alcoholic beverages", "beverages", "candies", "cereals", "cereals ready to eat"),
        *("cheese", "crustaceans", "fast food", "fast foods", "fish", "formulated bar", "game meat"),
        *("leavening agents", "mollusks", "nuts", "oil", "sauce", "seeds", "snacks", "spices", "squash"),
        *("sugars", "sweeteners", "syrups"),
    }
)
"""First parts that name a shelf, not the food: the second part is what people call it."""

_CATEGORY_WEIGHT = {
    "American Indian/Alaska Native Foods": -120,
    "Baby Foods": -220,
    "Fast Foods": -110,
    "Meals, Entrees, and Side Dishes": -60,
    "Restaurant Foods": -140,
    "Soups, Sauces, and Gravies": -30,
    "Baked Products": -10,
    "Snacks": -20,
    "Sweets": -20,
}

_RARE = frozenset(
    {
        *("dehydrated", "dried", "dry", "powder", "powdered", "frozen", "canned", "imitation", "substitute"),
        *("industrial", "unprepared", "infant", "mix", "condensed", "commodity", "microwaved", "reduced", "sodium"),
        *("fortified", "enhanced", "unenriched", "sulfured", "flour", "feet", "variety", "ears", "tongue", "brain"),
        *("liver", "giblets", "gizzard", "heart", "neck", "skin", "separable", "fat", "composite", "solution"),
        *("australian", "zealand", "imported", "babyfood", "shortening", "pickled", "syrup", "juice"),
        *("pasteurized", "alaska"),
    }
)
"""Words of forms that few people mean when they do not say so."""

_PLAIN = frozenset({"raw", "fresh", "whole", "cooked"})

_NOISE = re.compile(r"includes? usda commodit\w+( food)?( [a-z]\d+,?)*|urmis ?# ?\d+", re.IGNORECASE)
_BRAND = re.compile(r"\b[A-Z][A-Z'&.-]{2,}")

_HEAD, _BESIDE_HEAD, _SECOND, _THIRD, _LATER = 100, 85, 66, 54, 44
_COMMON_NAME, _SYNONYM, _MAKER = 70, 70, 20
_EXTRA_HEAD_WORD = 6
_SHORTEST_HEAD = 70


class Described(NamedTuple):
    """What the index needs to know of a food."""

    id: str
    name: str
    common_name: str
    manufacturer: str
    category: str
    surveyed: bool
    portions: int
    known: int


def weights(food: Described) -> dict[str, int]:
    """Each word by which the food is found, with its weight of 1 to 100."""
    found: dict[str, int] = {}
    for weight, spoken in _spoken(food):
        for word in spoken:
            found[word] = max(found.get(word, 0), weight)
    for word in _understood(set(found)):
        found[word] = max(found.get(word, 0), _SYNONYM)
    return {word: weight for word, weight in found.items() if word == "with" or word not in words.SOFT}


def _spoken(food: Described) -> list[tuple[int, list[str]]]:
    spoken = _named(food.name)
    spoken.append((_COMMON_NAME, words.name_words(_NOISE.sub(" ", food.common_name))))
    spoken.append((_LATER, words.absences(food.name)))
    spoken.append((_MAKER, words.split(food.manufacturer)))
    return spoken


def _named(name: str) -> list[tuple[int, list[str]]]:
    parts = [words.name_words(part) for part in name.split(",")]
    if len(parts) > 1 and " ".join(parts[0]) in _GENERIC_HEADS:
        shelf, parts = parts[0], parts[1:]
        return [(_BESIDE_HEAD, shelf), *_parts(parts)]
    return _parts(parts)


def _parts(parts: list[list[str]]) -> list[tuple[int, list[str]]]:
    head = parts[0]
    most = max(_HEAD - _EXTRA_HEAD_WORD * (len(head) - 1), _SHORTEST_HEAD)
    spoken = [(most, head[:1]), (max(most - 10, _SECOND), head[1:])]
    later = (_SECOND, _THIRD)
    for place, part in enumerate(parts[1:]):
        spoken.append((later[place] if place < len(later) else _LATER, part))
    return spoken


def _understood(named: set[str]) -> list[str]:
    return [word for has, adds in _SYNONYMS if has <= named for word in adds]


def prior(food: Described) -> int:
    """How much a food is what people mean, in tenths of a word's weight. May be negative."""
    return _plainness(food) + _CATEGORY_WEIGHT.get(food.category, 0) + EVERYDAY.get(food.id, 0)


def _plainness(food: Described) -> int:
    said = words.split(food.name)
    parts = food.name.count(",")
    score = -6 * len(said) - 4 * parts
    score -= 25 * min(len(_RARE.intersection(said)), 4)
    score += 15 * len(_PLAIN.intersection(said))
    score += 30 * food.surveyed + min(food.portions, 5) * 3 + food.known // 10
    if food.manufacturer or _BRAND.search(food.name):
        score -= 120
    return score


_SYNONYMS = tuple((frozenset(words.split(has)), tuple(words.split(adds))) for has, adds in words.SYNONYMS)
