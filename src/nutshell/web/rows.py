"""Nutrients as rows in their groups: which stand below another, what a group is called, when a bar is red."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell.catalog.nutrients import GROUPS, NUTRIENTS
from nutshell.catalog.types import Nutrient
from nutshell.diary.types import ReportRow
from nutshell.targets.reference import HEALTH_LIMITS, LIMITED_BY_FORM

from . import charts
from .charts import TargetBar

GROUP_NAMES = {
    "general": _("General"),
    "vitamins": _("Vitamins"),
    "minerals": _("Minerals"),
    "carbohydrates": _("Carbohydrates"),
    "lipids": _("Lipids"),
    "protein": _("Protein"),
}
COLUMNS = (("general", "carbohydrates", "lipids", "protein"), ("vitamins", "minerals"))
_HEADS = frozenset(("203", "204", "205", "net-carbs"))
_PARTS_OF_VITAMINS = frozenset(("319", "322", "321", "334", "338", "337", "341", "343", "342"))
_WITH_PARTS = frozenset(("carbohydrates", "lipids", "protein"))


def is_part(nutrient: Nutrient) -> bool:
    """Whether the row stands below another one: a sugar below carbohydrates, a carotene below vitamin A."""
    return nutrient.id in _PARTS_OF_VITAMINS or (nutrient.group in _WITH_PARTS and nutrient.id not in _HEADS)


def in_groups() -> list[tuple[str, list[Nutrient]]]:
    """All tracked nutrients by group, in display order."""
    return [(group, [one for one in NUTRIENTS if one.group == group]) for group in GROUPS]


def group_name(group: str) -> str:
    return str(GROUP_NAMES[group])


def bar(
    amount: float | None, minimum: float | None, maximum: float | None, coverage: float, common: float, red: bool
) -> TargetBar | None:
    """A nutrient's bar; only a limit with a health meaning that was passed is `red`."""
    found = charts.target_bar(amount, minimum, maximum, coverage, common)
    return replace(found, over=red) if found else None


def is_health_limit(row: ReportRow) -> bool:
    """Whether the row's maximum warns. A limit on supplements that another row counts by its form does not."""
    by_form = row.supplement_only and row.id in LIMITED_BY_FORM
    return row.maximum_origin in HEALTH_LIMITS and not by_form


def origin_text(origin: str) -> str:
    """Where a target comes from, for people."""
    return {"own": gettext("your own"), "budget": gettext("your energy budget")}.get(origin, origin)


def score(shares: Iterable[float | None]) -> str:
    """How many targets of a group are reached; "" where it has none."""
    known = [share for share in shares if share is not None]
    reached = sum(share >= 1 for share in known)
    return gettext("%(reached)d of %(all)d reached") % {"reached": reached, "all": len(known)} if known else ""
