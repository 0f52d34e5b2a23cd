"""Fields that people fill in their own units: what was typed becomes kcal, kg and cm before the forms judge it."""

from collections.abc import Iterable

from django.http import QueryDict

from nutshell.forms.numbers import parse_number

from .look import Look

KJ_PER_KCAL = 4.184
KG_PER_LB = 0.45359237
CM_PER_INCH = 2.54
INCHES_PER_FOOT = 12


def in_kcal(sent: QueryDict, look: Look, fields: Iterable[str]) -> QueryDict:
    return _scaled(sent, fields, 1 / KJ_PER_KCAL) if look.energy == "kJ" else sent


def in_kg(sent: QueryDict, look: Look, fields: Iterable[str]) -> QueryDict:
    return _scaled(sent, fields, KG_PER_LB) if look.measures == "us" else sent


def in_cm(sent: QueryDict, look: Look, feet: str, inches: str, field: str) -> QueryDict:
    """Feet and inches, which the US page asks for, as one height in cm."""
    if look.measures != "us" or not (sent.get(feet, "").strip() or sent.get(inches, "").strip()):
        return sent
    found = sent.copy()
    try:
        tall = parse_number(sent.get(feet) or "0") * INCHES_PER_FOOT + parse_number(sent.get(inches) or "0")
        found[field] = repr(round(tall * CM_PER_INCH, 2))
    except ValueError:
        found[field] = sent.get(feet) or sent.get(inches, "")
    return found


def _scaled(sent: QueryDict, fields: Iterable[str], factor: float) -> QueryDict:
    """What is no number stays as it was typed: the forms say what is wrong with it."""
    found = sent.copy()
    for field in fields:
        text = sent.get(field, "").strip()
        sign, digits = ("-", text[1:]) if text[:1] in ("-", "\u2212") else ("", text)
        try:
            found[field] = f"{sign}{parse_number(digits) * factor:.6f}"
        except ValueError:
            continue
    return found
