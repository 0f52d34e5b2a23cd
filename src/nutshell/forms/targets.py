"""Profile and targets as input: the targets room's own types, with the page's forms for them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from nutshell.catalog.nutrients import NUTRIENTS
from nutshell.common import errors
from nutshell.targets.types import ByGrams, ByRatio, ByReference, Keto, MacroDays, Macros
from nutshell.targets.types import Profile as ProfileInput
from nutshell.targets.types import TargetSettings as TargetsInput

from . import sentences as say
from .numbers import UNCLEAR, UnclearError, parse_number
from .parsing import FormData, judged, written_fields

__all__ = ["ProfileInput", "TargetsInput", "parse_macros_form", "parse_profile_form", "parse_targets_form"]


def parse_profile_form(data: FormData, now: ProfileInput | None = None) -> ProfileInput:
    """A page that shows some fields of the profile changes those; the others stay as they are `now`.

    `meals` is a text area, one name a line. Raises errors.InvalidInput.
    """
    raw = written_fields(ProfileInput, data)
    if "meals" in raw:
        raw["meals"] = [" ".join(line.split()) for text in raw["meals"] for line in text.splitlines() if line.strip()]
    changed = judged(ProfileInput, raw, strict=False)
    shown = {name: getattr(changed, name) for name in raw}
    return msgspec.structs.replace(now or ProfileInput(), **shown)


_NOT_FIELDS = ("limits", "macros", "macros_by_weekday")
"""Of the settings: these have fields of their own in forms."""


def parse_targets_form(data: FormData, now: TargetsInput | None = None) -> TargetsInput:
    """Fields of the settings by name and own limits as `min-<id>` and `max-<id>`; an empty pair is no limit.

    Fields that the page does not show stay as they are `now`. Raises errors.InvalidInput.
    """
    wrong: dict[str, str] = {}
    written = written_fields(TargetsInput, data)
    raw: dict[str, Any] = {name: text for name, text in written.items() if name not in _NOT_FIELDS}
    limits = [limit for nutrient in NUTRIENTS if (limit := _limit(data, nutrient.id, wrong))]
    try:
        changed = judged(TargetsInput, raw, strict=False)
        shown = {name: getattr(changed, name) for name in raw}
        if any(name.startswith(("min-", "max-")) for name in data.keys()):  # noqa: SIM118 - a QueryDict
            shown["limits"] = judged(TargetsInput, {"limits": limits}, strict=True).limits
    except errors.InvalidInput as error:
        raise errors.InvalidInput({**error.fields, **wrong}) from error
    if wrong:
        raise errors.InvalidInput(wrong)
    return msgspec.structs.replace(now or TargetsInput(), **shown)


MODES: Mapping[str, type[Macros]] = {"reference": ByReference, "ratio": ByRatio, "grams": ByGrams, "keto": Keto}
MOST_PLANS = 8
"""The usual plan and one for each day of the week."""
_SAID = {
    ("ratio", "protein"): say.RATIO, ("ratio", "carbohydrate"): say.RATIO, ("ratio", "fat"): say.RATIO,
    ("grams", "protein"): say.GRAMS, ("grams", "carbohydrate"): say.GRAMS, ("grams", "fat"): say.GRAMS,
    ("keto", "net_carbohydrate"): say.NET_CARBS, ("keto", "protein_per_kg"): say.PROTEIN_PER_KG,
}  # fmt: skip


def parse_macros_form(data: FormData, now: TargetsInput) -> TargetsInput:
    """The plans of a form: `0-mode` with its fields (`0-ratio-protein`) every day, `1-…` on the days in `1-day`.

    A plan without days is none. Raises errors.InvalidInput.
    """
    wrong: dict[str, str] = {}
    usual = _plan(data, 0, wrong)
    others = [(n, days) for n in range(1, MOST_PLANS) if (days := _weekdays(data, n, wrong))]
    plans = [(days, _plan(data, n, wrong)) for n, days in others]
    if wrong:
        raise errors.InvalidInput(wrong)
    by_weekday = tuple(MacroDays(days, plan) for days, plan in plans if plan is not None)
    return msgspec.structs.replace(now, macros=usual, macros_by_weekday=by_weekday)


def _weekdays(data: FormData, number: int, wrong: dict[str, str]) -> tuple[int, ...]:
    texts = data.getlist(f"{number}-day")
    if any(text not in "0123456" or len(text) != 1 for text in texts):
        wrong[f"{number}-day"] = say.CHOICE
        return ()
    if set(texts) & {text for before in range(1, number) for text in data.getlist(f"{before}-day")}:
        wrong[f"{number}-day"] = say.DAY_TAKEN
    return tuple(sorted({int(text) for text in texts}))


def _plan(data: FormData, number: int, wrong: dict[str, str]) -> Macros | None:
    mode = next(iter(data.getlist(f"{number}-mode")), "")
    kind = MODES.get(mode)
    if kind is None:
        wrong[f"{number}-mode"] = say.CHOICE
        return None
    before = f"{number}-{mode}-"
    raw = {name: texts[-1] for name in kind.__struct_fields__ if (texts := data.getlist(before + name))}
    try:
        return judged(kind, raw, strict=False)
    except errors.InvalidInput as error:
        kept = (say.NEEDED, UNCLEAR)
        wrong |= {before + name: said if said in kept else _SAID[mode, name] for name, said in error.fields.items()}
        return None


def _limit(data: FormData, nutrient: str, wrong: dict[str, str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, prefix in (("minimum", "min-"), ("maximum", "max-")):
        texts = data.getlist(prefix + nutrient)
        if not texts or not texts[-1].strip():
            continue
        try:
            found[name] = parse_number(texts[-1])
        except UnclearError:
            wrong[prefix + nutrient] = UNCLEAR
        except ValueError:
            wrong[prefix + nutrient] = say.VALUE
    return {"nutrient": nutrient, **found} if found else None
