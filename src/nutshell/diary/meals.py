"""Meal groups: lasting ids, the person's names for them, and which one is meant at an hour."""

from collections.abc import Sequence

from nutshell.common.texts import N_

from .types import SLOTS

NAMES = (N_("Breakfast"), N_("Lunch"), N_("Dinner"), N_("Snacks"))
"""What the groups are called when no profile says otherwise. The doors translate these."""


def slot(text: str, names: Sequence[str] = NAMES) -> str:
    """The lasting id that a text means: an id, one of the person's names, or else the text itself."""
    wanted = " ".join(text.split()).casefold()
    wanted = "snacks" if wanted == "snack" else wanted
    if wanted in SLOTS:
        return wanted
    known = {name.casefold(): SLOTS[place] for place, name in enumerate(names[: len(SLOTS)])}
    return known.get(wanted, " ".join(text.split()))


def groups(names: Sequence[str], used: Sequence[str]) -> list[tuple[str, str]]:
    """(id, name) of the person's groups in order, then of whatever else entries use."""
    own = list(zip(SLOTS, names, strict=False))
    known = {slot_id for slot_id, _ in own}
    rest = sorted({meal for meal in used if meal not in known})
    return own + [(meal, meal.replace("-", " ").capitalize() if meal in SLOTS else meal) for meal in rest]


def meal_at(minute: int) -> str:
    """The group that is offered at a minute of the day when nothing else is known."""
    for until, meal in ((240, "snacks"), (630, "breakfast"), (900, "lunch"), (1020, "snacks"), (1290, "dinner")):
        if minute < until:
            return meal
    return "snacks"
