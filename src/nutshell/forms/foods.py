"""The page's form of an own food: units in rows, nutrients as fields `n-<id>`."""

from typing import Any

import msgspec

from nutshell.catalog.nutrients import NUTRIENTS
from nutshell.common import errors
from nutshell.diary.types import FoodView, NewFood

from . import sentences as say
from .inputs import OwnFood
from .numbers import UNCLEAR, UnclearError, parse_number
from .parsing import FormData, judged, parse_json

_PLAIN = ("name", "brand", "barcode", "copied_from")


def parse_food_form(data: FormData) -> OwnFood:
    """`unit_name` and `unit_grams` come in rows, empty rows do not count; `basis` is "100g" or the number of a row
    (from 1), whose unit then becomes the first. Raises errors.InvalidInput with the page's field names."""
    wrong: dict[str, str] = {}
    raw: dict[str, Any] = {name: _last(data, name) for name in _PLAIN if _last(data, name)}
    raw["nutrients"] = _nutrients(data, wrong)
    servings = _servings(data, wrong)
    basis = _last(data, "basis") or "100g"
    if basis.isascii() and basis.isdigit() and len(basis) < 4:
        servings = servings[int(basis) - 1 : int(basis)] + servings[: max(0, int(basis) - 1)] + servings[int(basis) :]
        basis = "serving"
    raw |= {"servings": servings, "basis": basis, "supplement": bool(_last(data, "supplement"))}
    raw |= {name: text for name, text in (("key", _last(data, "once")), ("id", _last(data, "id"))) if text}
    version = _last(data, "version")
    if version.isascii() and version.isdigit() and len(version) < 10:
        raw["version"] = int(version)
    return _food(raw, wrong)


def _food(raw: dict[str, Any], wrong: dict[str, str]) -> OwnFood:
    try:
        food = judged(OwnFood, raw, strict=True)
    except errors.InvalidInput as error:
        found = {name.partition(".")[0]: sentence for name, sentence in error.fields.items()}
        raise errors.InvalidInput({**found, **wrong}) from error
    if wrong:
        raise errors.InvalidInput(wrong)
    return food


def _last(data: FormData, name: str) -> str:
    texts = data.getlist(name)
    return texts[-1].strip() if texts else ""


def _nutrients(data: FormData, wrong: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for nutrient in NUTRIENTS:
        text = _last(data, f"n-{nutrient.id}")
        if text:
            _keep_number(found, nutrient.id, text, wrong, f"n-{nutrient.id}")
    return found


def _keep_number(found: dict[str, float], name: str, text: str, wrong: dict[str, str], field: str) -> None:
    try:
        number = parse_number(text)
        if number > 1_000_000:
            raise ValueError("too large")
        found[name] = number
    except UnclearError:
        wrong[field] = UNCLEAR
    except ValueError:
        wrong[field] = say.VALUE


def _servings(data: FormData, wrong: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    names, grams = data.getlist("unit_name"), data.getlist("unit_grams")
    for name, weight in zip(names, grams, strict=False):
        row: dict[str, Any] = {"name": name.strip()}
        if not name.strip() and not weight.strip():
            continue
        _keep_number(row, "grams", weight, wrong, "servings")
        rows.append(row)
    return rows


def pack_food(food: FoodView) -> bytes:
    """A food as it is sent to somebody: what it is, not whose it was."""
    servings = [{"name": one.name, "grams": one.grams} for one in food.portions]
    told = {
        "name": food.name, "brand": food.brand, "barcode": food.barcode, "supplement": food.supplement,
        "servings": servings, "nutrients": {value.id: value.per_100g for value in food.nutrients},
    }  # fmt: skip
    return msgspec.json.encode(told)


def parse_sent_food(payload: bytes, source: str) -> NewFood:
    """What somebody sent, judged like any other input; `source` is kept with it.

    Raises errors.InvalidInput, errors.Malformed.
    """
    return msgspec.structs.replace(parse_json(OwnFood, payload).food(), copied_from=source)
