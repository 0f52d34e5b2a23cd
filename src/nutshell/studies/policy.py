"""What is asked of a study before anything is opened, and what may be told of few people."""

from collections.abc import Sequence
from typing import NoReturn

from nutshell.catalog.nutrients import BY_ID
from nutshell.common import errors
from nutshell.common.texts import N_

from .models import Study
from .types import Draft, Window

MOST_NUTRIENTS = 10
FEW = 5
"""Below this many people a number tells too much of one of them."""
LONGEST_DAYS = 3660
RUNNING = ("active", "paused", "accepted")
"""States of a grant in which somebody takes part."""

_NUTRIENTS = N_("Choose one to ten nutrients.")
_DAYS = N_("The first day must not be after the last, and at most ten years before it.")
_ETHICS = N_("Enter the ethics approval first: number, day and document.")
_TEXT = N_("Write what participants agree to first.")
_NOT_DRAFT = N_("This study has been opened, so what people agreed to cannot be changed any more. Make a new study.")
_CLOSED = N_("This study takes nobody at the moment.")
_OTHER_TEXT = N_("The text has changed meanwhile. Read it again.")
_TWICE = N_("You take part already.")
_WINDOW = N_("Choose days within those of the study.")
_RECIPIENT = N_("Enter the key that releases are encrypted to first: it begins with age1.")


def check_draft(draft: Draft) -> None:
    """Raises errors.InvalidInput."""
    wrong: dict[str, str] = {}
    if not 0 < len(draft.nutrients) <= MOST_NUTRIENTS or not set(draft.nutrients) <= set(BY_ID):
        wrong["nutrients"] = _NUTRIENTS
    if not 0 <= (draft.last_day - draft.first_day).days <= LONGEST_DAYS:
        wrong["last_day"] = _DAYS
    if wrong:
        raise errors.InvalidInput(wrong)


def check_is_draft(study: Study) -> None:
    """Raises errors.Conflict for a study that was opened before."""
    if study.state != "draft":
        refuse_change()


def refuse_change() -> NoReturn:
    raise errors.Conflict(_NOT_DRAFT)


def check_can_open(study: Study) -> None:
    """Raises errors.InvalidInput for what is missing."""
    wrong: dict[str, str] = {}
    if not (study.ethics and study.ethics_on and study.document):
        wrong["ethics"] = _ETHICS
    if not study.texts.exists():
        wrong["text"] = _TEXT
    if wrong:
        raise errors.InvalidInput(wrong)


def check_takes(study: Study, version: int, current: int, window: Window, running: bool) -> None:
    """Whether somebody may take part now. Raises errors.Conflict, errors.InvalidInput."""
    if study.state != "open":
        raise errors.Conflict(_CLOSED)
    if version != current:
        raise errors.Conflict(_OTHER_TEXT)
    if running:
        refuse_twice()
    check_window(study, window)


def refuse_twice() -> NoReturn:
    raise errors.Conflict(_TWICE)


def check_window(study: Study, window: Window) -> None:
    """Raises errors.InvalidInput for days that are not the study's."""
    if not study.first_day <= window.first_day <= window.last_day <= study.last_day:
        raise errors.InvalidInput({"last_day": _WINDOW})


def check_was_opened(study: Study) -> None:
    """Raises errors.Conflict for a draft."""
    if study.state == "draft":
        raise errors.Conflict(_CLOSED)


def check_can_release(study: Study, recipient: str) -> None:
    """Raises errors.Conflict."""
    check_was_opened(study)
    if not recipient:
        raise errors.Conflict(_RECIPIENT)


def guarded(number: int) -> int | None:
    """A number of people as it may be told: rounded down to fives, so that no two of them differ by one person."""
    return number - number % FEW if number >= FEW else None


def nutrients_of(study: Study) -> Sequence[str]:
    return study.nutrients.split()
