"""Where the nutrient values come from, as the food tables say, of every food of theirs that was logged."""

from collections.abc import Iterable

import msgspec

from nutshell.catalog import queries as catalog
from nutshell.catalog.types import Value
from nutshell.common import errors
from nutshell.diary.types import Day


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Codes of USDA's, see `Sources`; of a computed value the nutrients that it was computed from."""

    source: str = ""
    derivation: str = ""
    computed_from: tuple[str, ...] = ()


class Sources(msgspec.Struct, frozen=True):
    """By food and nutrient. Values that a person typed, and of foods of other tables, have none here."""

    catalog: str
    source_codes: dict[str, str]
    derivation_codes: dict[str, str]
    foods: dict[str, dict[str, Origin]]


def of(days: Iterable[Day]) -> Sources:
    current = catalog.current()
    logged = sorted({entry.food_id for day in days for entry in day.entries if entry.food_id})
    foods = {food_id: found for food_id in logged if (found := _origins(food_id))}
    codes = [one for found in foods.values() for one in found.values()]
    return Sources(
        current.version, {code: current.source_text(code) for code in sorted({one.source for one in codes} - {""})},
        {code: current.derivation_text(code) for code in sorted({one.derivation for one in codes} - {""})}, foods,
    )  # fmt: skip


def _origins(food_id: str) -> dict[str, Origin]:
    try:
        values = catalog.current().provenance(food_id)
    except errors.NotFound:
        return {}
    return {value.nutrient: _origin(value) for value in values}


def _origin(value: Value) -> Origin:
    return Origin(value.source_code, value.derivation_code, value.computed_from)
