"""A food table's long names, in two parts: what one calls the food, and the rest for whoever has room.

"Chicken, broilers or fryers, breast, meat only, cooked, roasted" is "Chicken, breast" and "broilers or fryers, …".
"""

import re

TABLE = "sr28:"
_COMMAS = re.compile(r",\s+(?![^()]*\))")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
# Shelves of the table that say nothing beside the food itself: "Beverages, coffee, brewed" is coffee.
_SHELVES = frozenset(
    ("alcoholic beverage", "babyfood", "beverages", "candies", "cereals", "cereals ready-to-eat", "crustaceans",
     "fast foods", "fish", "mollusks", "nuts", "restaurant", "seeds", "snacks", "spices")
)  # fmt: skip
# What does not help to tell one food from another in a person's own day.
_DULL = frozenset(
    ("all commercial varieties", "broiler or fryers", "broilers or fryers", "commercially prepared", "dry", "fluid",
     "fresh", "mature seeds", "nfs", "raw", "table", "year round average")
)  # fmt: skip


def in_two(name: str, food_id: str | None) -> tuple[str, str]:
    """(what it is called, the rest). Names that people gave are theirs, whole."""
    if not (food_id or "").startswith(TABLE):
        return name, ""
    return _in_two(name)


def short(name: str, food_id: str | None) -> str:
    return in_two(name, food_id)[0]


def _in_two(name: str) -> tuple[str, str]:
    parts = _COMMAS.split(name)
    if len(parts) > 1 and parts[0].lower() in _SHELVES:
        parts = parts[1:]
    head = _IN_BRACKETS.sub("", parts[0])
    second = next((part for part in parts[1:] if part.lower() not in _DULL), "")
    called = ", ".join(filter(None, (head[:1].upper() + head[1:], _IN_BRACKETS.sub("", second))))
    return called, ", ".join(part for part in parts[1:] if part != second)
