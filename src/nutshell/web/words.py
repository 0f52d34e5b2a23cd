"""Amounts, portions and days in words, and numbers as a field of a form holds them."""

from datetime import date

from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import gettext

from nutshell.catalog.types import Nutrient
from nutshell.common.clock import Day
from nutshell.diary import meals

from .templatetags.nutshell import THIN

_FRACTIONS = {0.25: "¼", 0.5: "½", 0.75: "¾"}
_SUB_DIGITS = 4


def number(amount: float, digits: int = 3) -> str:
    """For people: at most `digits` decimals, none that are idle: "1,250", "0.5"."""
    text = number_format(round(amount, digits), digits, use_l10n=True, force_grouping=True)
    point = get_format("DECIMAL_SEPARATOR")
    return text.rstrip("0").rstrip(point) if point in text else text


def typed(amount: float | None) -> str:
    """For a field: the reader's decimal point, no grouping, nothing for unknown. `forms` reads it back."""
    if amount is None:
        return ""
    plain = f"{amount:.{_SUB_DIGITS}f}".rstrip("0").rstrip(".")
    point = get_format("DECIMAL_SEPARATOR")
    return plain.replace(".", point) if point == "," else plain


def counted(amount: float) -> str:
    """A number of portions: "½", "1½", "2"."""
    whole, part = divmod(amount, 1)
    if part in _FRACTIONS:
        return f"{int(whole) or ''}{_FRACTIONS[part]}"
    return number(amount, 2)


_PLURALS = frozenset(
    ("bar", "bottle", "can", "container", "cup", "egg", "fillet", "leaf", "link", "package", "packet", "patty", "piece",
     "pod", "serving", "slice", "stalk", "stick", "tablespoon", "teaspoon", "wedge")
)  # fmt: skip
_IRREGULAR = {"leaf": "leaves", "patty": "patties"}


def portion(quantity: float, name: str) -> str:
    """ "2 slices", "½ cup": the portions' names are singular and English in the food table."""
    first, rest = name[: (cut := _word_end(name))], name[cut:]
    many = quantity > 1 and first in _PLURALS
    return f"{counted(quantity)} {_IRREGULAR.get(first, first + 's') if many else first}{rest}"


def _word_end(name: str) -> int:
    return next((at for at, letter in enumerate(name) if not letter.isalpha()), len(name))


def grams(amount: float) -> str:
    return f"{number(amount, 0 if amount >= 10 else 1)}{THIN}g"


def amount(quantity: float, unit: str, portion_name: str | None, weight: float | None) -> str:
    """ "1 cup, 245 g" of a portion, "50 g" or "3 oz" of a weight, "" of a quick add."""
    if portion_name:
        told = portion(quantity, portion_name)
        return told if weight is None else f"{told}, {grams(weight)}"
    if unit == "quick":
        return ""
    return f"{number(quantity, 1)}{THIN}{unit}"


def of_ordinal(ordinal: int) -> Day:
    """The day of a stored ordinal."""
    return Day(date.fromordinal(ordinal))


def short_date(day: Day) -> str:
    return date_format(day, gettext("D j"))


def long_date(day: Day) -> str:
    return date_format(day, gettext("l j F"))


def weekday(day: Day) -> str:
    """ "Tue"."""
    return date_format(day, "D")


def full_day(day: Day) -> str:
    return date_format(day, gettext("j M Y"))


def name_of(nutrient: Nutrient) -> str:
    """A nutrient's name in the page's language; the catalog knows it in English."""
    return gettext(nutrient.name)


def name_of_meal(meal: str, name: str) -> str:
    """A group's name in the page's language, also of one that the person has no name for any more."""
    if name in meals.NAMES:
        return gettext(name)
    number = meal.removeprefix("meal-")
    return gettext("Meal %(n)s") % {"n": number} if name == f"Meal {number}" else name


def list_of(names: tuple[str, ...], most: int = 3) -> str:
    """ "Oats, milk and 3 more"."""
    shown = ", ".join(names[:most])
    more = len(names) - most
    return gettext("%(names)s and %(count)d more") % {"names": shown, "count": more} if more > 0 else shown


def width(share: float) -> str:
    """The length of a bar: a share of all, at most all of it. A point whatever the language."""
    return f"{100 * min(max(share, 0.0), 1.0):.4g}%"


def day_and_month(day: Day) -> str:
    return date_format(day, gettext("j M"))


def short_day(day: Day) -> str:
    return date_format(day, gettext("D j M"))
