"""Filters and tags that write Nutshell's numbers, units, unknowns and icons.

An amount is a number, `None` (unknown) or a *sum*: anything with `amount` and `coverage`, as
attributes or dict keys. `coverage` is the known share, 0 to 1; below 1 the amount is "at least".
Numbers follow the active language; U+202F, the narrow space that does not break, stands before
units and %.
"""

import math
import re
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from nutshell.catalog.words import forms, query_words
from nutshell.web.measures import KJ_PER_KCAL

register = template.Library()

THIN = "\u202f"
FULL = 0.9995
"""Coverage from which a sum counts as complete (float32 sums do not reach 1 exactly)."""


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _split(value: Any) -> tuple[float | None, bool]:
    """(amount or None when unknown, whether it is only "at least")."""
    coverage = None
    if value is not None and not isinstance(value, int | float):
        value, coverage = _part(value, "amount"), _part(value, "coverage")
    if value is None or math.isnan(value):
        return None, False
    return float(value), coverage is not None and coverage < FULL


@lru_cache(maxsize=8192)
def _written(amount: float, decimals: int, language: str | None) -> str:  # noqa: ARG001 - language is part of the key
    return number_format(amount, decimals, use_l10n=True, force_grouping=True)


def _number(amount: float, decimals: int) -> str:
    return _written(round(amount, decimals), decimals, get_language())


def decimals_for(amount: float) -> int:
    """A true zero has none; then two under 1, one under 100, none from 100."""
    size = abs(amount)
    if size == 0 or size >= 99.95:
        return 0
    return 2 if size < 0.995 else 1


def unknown() -> SafeString:
    """The hatched swatch with its hidden word."""
    return format_html(
        '<i class="swatch hatched" aria-hidden="true"></i><span class="vh">{}</span>', gettext("unknown")
    )


def at_least() -> SafeString:
    return format_html(
        '<span class="ge" aria-hidden="true">≥\u202f</span><span class="vh">{} </span>', gettext("at least")
    )


def _show(value: Any, decimals: int | None = None, factor: float = 1.0) -> str:
    amount, partial = _split(value)
    if amount is None:
        return unknown()
    amount *= factor
    text = _number(amount, decimals_for(amount) if decimals is None else decimals)
    return format_html("{}{}", at_least(), text) if partial else text


@register.filter
def grams(value: Any) -> str:
    """An amount without its unit, with decimals by size: 14.0, 210, 0.32, 0."""
    return _show(value)


@register.filter
def whole(value: Any) -> str:
    """An amount as a whole number: 2,057."""
    return _show(value, 0)


@register.filter
def energy(value: Any, unit: str | None = "kcal") -> str:
    """Energy given in kcal, written as a whole number in `unit` ("kcal" or "kJ"), without the unit."""
    return _show(value, 0, KJ_PER_KCAL if unit == "kJ" else 1.0)


@register.filter
def with_unit(value: Any, unit: str | None) -> str:
    """An amount with its unit: "13.9 mg"; energy ("kcal", "kJ") whole. The value is in `unit` already."""
    shown = _show(value, 0 if unit in ("kcal", "kJ") else None)
    if _split(value)[0] is None or not unit:
        return shown
    return format_html("{}{}{}", shown, THIN, unit)


@register.filter
def goal(amount: float, unit: str) -> str:
    """A target with its unit, without idle zeros: "18 mg", "2.4 µg"."""
    decimals = next((d for d in (0, 1) if math.isclose(amount, round(amount, d))), 2)
    return f"{_number(amount, decimals)}{THIN}{unit}"


@register.filter
def percent(share: float | None) -> str:
    """A share (1.0 is all) as "84 %". Nothing for None."""
    if share is None or math.isnan(share):
        return ""
    return f"{_number(share * 100, 0)}{THIN}%"


@register.filter
def is_unknown(value: Any) -> bool:
    return _split(value)[0] is None


@register.filter
def incomplete(value: Any) -> bool:
    """True for a sum whose coverage is below 1."""
    return _split(value)[1]


_APOSTROPHE = "['\u2019]?"
"""May stand between any two letters: who types "kelloggs" finds "Kellogg's"."""


@register.filter
def marked(name: str, query: str | None) -> SafeString:
    """The name with what the query matched in <mark>, as the search does: beginnings of words, and other numbers of
    a noun ("eggs" is an egg); both are escaped."""
    asked = (query or "").split() + query_words(query or "")
    found = sorted({other for word in asked for other in (word, *forms(word))}, key=len, reverse=True)
    if not found:
        return conditional_escape(name)
    spelt = (_APOSTROPHE.join(map(re.escape, word)) for word in found)
    pieces = re.split(rf"(?<!\w)({'|'.join(spelt)})", name, flags=re.IGNORECASE)
    safe = [format_html("<mark>{}</mark>", p) if i % 2 else conditional_escape(p) for i, p in enumerate(pieces)]
    return mark_safe("".join(safe))  # noqa: S308 - every piece is escaped above


@lru_cache(maxsize=256)
def _icon(name: str, small: bool) -> SafeString:
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        " i-s" if small else "",
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers."""
    return _icon(name, False)


@register.simple_tag
def icon_s(name: str) -> SafeString:
    """The same, 1 rem wide."""
    return _icon(name, True)


@register.simple_tag
def mark_icon(css: str = "") -> SafeString:
    """The acorn."""
    return format_html(
        '<svg class="i mark {}" viewBox="0 0 32 32" aria-hidden="true"><use href="{}#mark"/></svg>',
        css,
        static("web/icons.svg"),
    )


WORDS = {
    "login": _("E-mail"),
    "email": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Password now"),
    "password1": _("Passphrase or password"),
    "password2": _("The same again"),
    "code": _("Code"),
    "name": _("Name of this passkey"),
    "remember": _("Stay signed in on this device"),
    "passwordless": _("Sign in with it alone, without a password"),
}
"""Our words for the fields of django-allauth's forms."""


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, label: str = "", hint: str = "", css: str = "input", **attrs: Any) -> dict[str, Any]:
    """A form field with label, hint and errors, tied together for screen readers."""
    words = label or WORDS.get(bound.name) or bound.label
    return {"field": bound, "label": words, "hint": hint, "widget": _widget(bound, hint, css, attrs)}


def _widget(bound: BoundField, hint: str, css: str, attrs: dict[str, Any]) -> SafeString:
    described = [f"{bound.auto_id}_hint"] if hint else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    extra = {"class": css, "placeholder": "", **{name.replace("_", "-"): value for name, value in attrs.items()}}
    extra["aria-describedby"] = " ".join(described) or False
    if bound.errors:
        extra["aria-invalid"] = "true"
    return bound.as_widget(attrs=extra)


@register.filter
def inline_svg(drawing: str) -> SafeString:
    """The <svg> element of an SVG document made on this server (the QR code), without its prologue."""
    return mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308 - made by our own library, holds no input as text
