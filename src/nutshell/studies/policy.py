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
"""Below this many people a number, a list or a release tells too much of one of them, even under pseudonyms: whoever
knows who was invited could match them by hand. Five is a usual threshold of official statistics."""
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


_FEW = N_("Fewer than five people take part at the moment. A release of so few would tell too much of each of them.")
MESSAGES_A_DAY = 5
MESSAGES_WAITING = 20
"""To one participant: within 24 hours, and not read yet. Nobody is to be flooded by a study."""
_DAY_FULL = N_("This participant got five messages within a day. Write again tomorrow.")
_WAITING_FULL = N_("Twenty messages wait for this participant unread. Write again when they have been read.")


MOST_RESEARCHERS = 10
"""Of one study, its founder included."""
_TEAM_FULL = N_("Ten people run this study already.")
_RUNS = N_("This person runs the study already.")
_FOUNDER = N_("Only who founded a study names its researchers, and stays one of them.")
LARGEST_FILE = 1_000_000
"""Bytes of the approval's document. In JSON it is a third longer, and the front lets 2 MB pass."""
_FILE_SIZE = N_("Choose a file of at most 1 MB.")
_FILE_KIND = N_("Choose a PDF file.")


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


def check_pdf(content: bytes) -> None:
    """By its bytes, whatever it is called. Raises errors.InvalidInput."""
    if not 0 < len(content) <= LARGEST_FILE:
        raise errors.InvalidInput({"file": _FILE_SIZE})
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise errors.InvalidInput({"file": _FILE_KIND})


def check_can_open(study: Study, version: int) -> None:
    """`version` is that of the text in force. Raises errors.InvalidInput for what is missing."""
    wrong: dict[str, str] = {}
    if not (study.ethics and study.ethics_on and study.document):
        wrong["ethics"] = _ETHICS
    if not version:
        wrong["text"] = _TEXT
    if wrong:
        raise errors.InvalidInput(wrong)


def check_takes(study: Study, as_read: bool, window: Window, running: bool) -> None:
    """Whether somebody may take part now, who read what is in force or did not.

    Raises errors.Conflict, errors.InvalidInput.
    """
    if study.state != "open":
        raise errors.Conflict(_CLOSED)
    if not as_read:
        refuse_text()
    if running:
        refuse_twice()
    check_window(study, window)


def refuse_text() -> NoReturn:
    raise errors.Conflict(_OTHER_TEXT)


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


def check_team(team: int, runs: bool) -> None:
    """Of so many, whether this person is already one of them. Raises errors.Conflict."""
    if runs:
        raise errors.Conflict(_RUNS)
    if team >= MOST_RESEARCHERS:
        raise errors.Conflict(_TEAM_FULL)


def refuse_founder() -> NoReturn:
    raise errors.Conflict(_FOUNDER)


def check_enough(people: int) -> None:
    """Raises errors.Conflict for a release of too few people."""
    if people < FEW:
        raise errors.Conflict(_FEW)


def check_may_write(today: int, waiting: int) -> None:
    """Of messages to one participant: within 24 hours, and unread. Raises errors.TooMany."""
    if today >= MESSAGES_A_DAY:
        raise errors.TooMany(_DAY_FULL)
    if waiting >= MESSAGES_WAITING:
        raise errors.TooMany(_WAITING_FULL)


def guarded(number: int) -> int | None:
    """A number of people as it may be told: rounded down to fives, so that no two of them differ by one person."""
    return number - number % FEW if number >= FEW else None


def nutrients_of(study: Study) -> Sequence[str]:
    return study.nutrients.split()
