"""Limits of what a diary takes. The forms say them at the door; the actions check them again before they write."""

import math
import unicodedata
from collections.abc import Mapping

from nutshell.catalog.nutrients import POSITION
from nutshell.common import errors
from nutshell.common.texts import N_

from .types import (
    MAX_AMOUNT,
    MAX_ENTRY_NOTE,
    MAX_GRAMS,
    MAX_MEAL,
    MAX_NAME,
    MAX_NOTE,
    MAX_SERVINGS,
    MAX_VALUE,
    NewFood,
)

AMOUNT = N_("Give an amount above 0 and at most 100,000.")
GRAMS = N_("This is more than 100 kg. Give a smaller amount.")
VALUE = N_("Give a number from 0 to 1,000,000, or leave it empty if you do not know it.")
TEXT = N_("Remove the control characters from this text.")
LONG = N_("This text is too long. Shorten it.")
NAME = N_("Give it a name.")
TIME = N_("Give a time from 00:00 to 23:59.")
NUTRIENT = N_("This nutrient is not one that Nutshell keeps.")
SERVING = N_("Give each serving a name and its weight in grams, above 0 and at most 100,000.")
SERVINGS = N_("Keep at most 20 servings.")
BARCODE = N_("This is not a barcode number. Check its digits.")
NOTHING = N_("Give at least the energy or one of the macronutrients.")


def refuse(field: str, sentence: str) -> errors.InvalidInput:
    return errors.InvalidInput({field: sentence})


def check_amount(amount: float, grams: float) -> None:
    """Raises errors.InvalidInput unless 0 < amount <= 100,000 and the grams are at most 100 kg."""
    if not (math.isfinite(amount) and 0 < amount <= MAX_AMOUNT):
        raise refuse("amount", AMOUNT)
    if not (math.isfinite(grams) and 0 < grams <= MAX_GRAMS):
        raise refuse("amount", GRAMS)


def check_time(time: int | None) -> None:
    if time is not None and not 0 <= time < 24 * 60:
        raise refuse("time", TIME)


def check_text(field: str, text: str, most: int, *, empty: bool = True, lines: bool = False) -> str:
    """The text without outer space, in composed form. Raises errors.InvalidInput for control characters,
    lone surrogates, and texts that are too long or, where one is needed, empty."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n") if lines else text).strip()
    if len(text) > most:
        raise refuse(field, LONG)
    if any(_forbidden(sign, lines) for sign in text):
        raise refuse(field, TEXT)
    if not text and not empty:
        raise refuse(field, NAME)
    return text


def _forbidden(sign: str, lines: bool) -> bool:
    if sign.isprintable() or (lines and sign in "\n\t"):
        return False
    return unicodedata.category(sign) in ("Cc", "Cs")


def check_meal(meal: str) -> str:
    return check_text("meal", meal, MAX_MEAL, empty=False)


def check_name(name: str) -> str:
    return check_text("name", name, MAX_NAME, empty=False)


def check_entry_note(note: str) -> str:
    return check_text("note", note, MAX_ENTRY_NOTE, lines=True)


def check_day_note(note: str) -> str:
    return check_text("note", note, MAX_NOTE, lines=True)


def check_values(amounts: Mapping[str, float | None]) -> None:
    """Raises errors.InvalidInput for an unknown nutrient and for amounts that no food has."""
    wrong = {name: NUTRIENT for name in amounts if name not in POSITION}
    wrong |= {
        name: VALUE
        for name, amount in amounts.items()
        if amount is not None and not (math.isfinite(amount) and 0 <= amount <= MAX_VALUE)
    }
    if wrong:
        raise errors.InvalidInput(wrong)


def check_food(food: NewFood) -> None:
    """Raises errors.InvalidInput for whatever of a new own food cannot be kept."""
    check_values(food.nutrients)
    if not (math.isfinite(food.basis_grams) and 0 < food.basis_grams <= MAX_GRAMS):
        raise refuse("basis_grams", SERVING)
    if len(food.servings) > MAX_SERVINGS:
        raise refuse("servings", SERVINGS)
    for serving in food.servings:
        check_text("servings", serving.name, MAX_NAME, empty=False)
        if not (math.isfinite(serving.grams) and 0 < serving.grams <= MAX_GRAMS):
            raise refuse("servings", SERVING)
    if food.barcode and not is_gtin(food.barcode):
        raise refuse("barcode", BARCODE)


def is_gtin(text: str) -> bool:
    """Whether this is a GTIN of 8, 12, 13 or 14 digits with the right check digit (GS1, mod 10)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighed % 10 == 0
