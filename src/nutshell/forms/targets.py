"""Profile and targets as input: the targets room's own types, with the page's forms for them."""

from typing import Any

import msgspec

from nutshell.catalog.nutrients import NUTRIENTS
from nutshell.common import errors
from nutshell.targets.types import Profile as ProfileInput
from nutshell.targets.types import TargetSettings as TargetsInput

from . import sentences as say
from .numbers import UNCLEAR, UnclearError, parse_number
from .parsing import FormData, judged, written_fields

__all__ = ["ProfileInput", "TargetsInput", "parse_profile_form", "parse_targets_form"]


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


def parse_targets_form(data: FormData, now: TargetsInput | None = None) -> TargetsInput:
    """Fields of the settings by name and own limits as `min-<id>` and `max-<id>`; an empty pair is no limit.

    Fields that the page does not show stay as they are `now`. Raises errors.InvalidInput.
    """
    wrong: dict[str, str] = {}
    raw: dict[str, Any] = {k: v for k, v in written_fields(TargetsInput, data).items() if k not in ("limits", "macros")}
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
