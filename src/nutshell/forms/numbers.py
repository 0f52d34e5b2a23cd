"""Numbers as people write them: "1.5", "1,5", "1/2", "1 1/2", "½"."""

import re
import unicodedata

_LONGEST = 32
_DECIMAL = re.compile(r"\d{1,12}(\.\d{0,12})?|\.\d{1,12}", re.ASCII)
_FRACTION = re.compile(r"(?:(\d{1,6})[ +])?(\d{1,6})[/\u2044](\d{1,6})", re.ASCII)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)

UNCLEAR = "Write 1500 or 1.5: a comma before three digits can mean either."


class UnclearError(ValueError):
    """A number that two people would read differently."""


def parse_number(text: str) -> float:
    """A number of at least zero. Raises ValueError for anything else, UnclearError for "1,500"."""
    text = unicodedata.normalize("NFKC", text.replace("\u00bd", " 1/2").replace("\u00bc", " 1/4")).strip()
    if len(text) > _LONGEST:
        raise ValueError("too long")
    if _THOUSANDS.fullmatch(text):
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
