"""Numbers as people write them: "1.5", "1,5", "1/2", "1 1/2", "½"."""

import re
import unicodedata
from collections.abc import Callable

from nutshell.common.texts import N_

_LONGEST = 32
_DECIMAL = re.compile(r"\d{1,12}(\.\d{0,12})?|\.\d{1,12}", re.ASCII)
_FRACTION = re.compile(r"(?:(\d{1,6})[ +])?(\d{1,6})[/\u2044](\d{1,6})", re.ASCII)
_THOUSANDS = {
    ".": re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII),
    ",": re.compile(r"[1-9]\d{0,2}(\.\d{3})+(,\d*)?", re.ASCII),
}
"""By the reader's decimal sign, what the other sign seems to group: where 1.5 is written "1,500" may be 1500."""

UNCLEAR = N_("Write 1500 or 1.5: a comma before three digits can mean either.")


def _point() -> str:
    return "."


_decimal_sign: Callable[[], str] = _point


def use_decimal_sign(source: Callable[[], str]) -> None:
    """`source` tells from now on with which sign the reader of a form writes decimals, "." or ","."""
    global _decimal_sign
    _decimal_sign = source


class UnclearError(ValueError):
    """A number that two people would read differently."""


def parse_number(text: str) -> float:
    """A number of at least zero. Raises ValueError for anything else, UnclearError for "1,500" (or "1.500", where
    decimals are written with a comma)."""
    text = unicodedata.normalize("NFKC", text.replace("\u00bd", " 1/2").replace("\u00bc", " 1/4")).strip()
    if len(text) > _LONGEST:
        raise ValueError("too long")
    if _THOUSANDS.get(_decimal_sign(), _THOUSANDS["."]).fullmatch(text):
        raise UnclearError
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        whole, over, under = fraction.groups()
        return int(whole or 0) + _divided(int(over), int(under))
    if not _DECIMAL.fullmatch(text.replace(",", ".", 1)):
        raise ValueError("not a number")
    return float(text.replace(",", ".", 1))


def _divided(over: int, under: int) -> float:
    if under == 0:
        raise ValueError("divided by zero")
    return over / under
