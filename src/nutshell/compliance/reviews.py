"""Policies and runbooks: who keeps each, and until when it has to be looked at again."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from .types import Review

FOLDERS = ("policies", "runbooks")
FIRST_LINE = re.compile(r"<!-- owner: (?P<owner>[^;]+); review by: (?P<due>\d{4}-\d{2}-\d{2}) -->\n")


def reviews(folder: Path) -> dict[str, Review]:
    """Name below `folder` → its first line. Raises ConfigurationError for a folder without policies, and for a document
    whose first line cannot be read."""
    if not (folder / FOLDERS[0]).is_dir():
        raise ConfigurationError("No policies in %(path)s: name the folder that holds them.", path=str(folder))
    return {path.relative_to(folder).as_posix(): _review(path) for path in _documents(folder)}


def _documents(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        yield from sorted((folder / name).glob("*.md"))


def _review(path: Path) -> Review:
    found = FIRST_LINE.match(path.read_text(encoding="utf-8"))
    if not found:
        text = "%(path)s must begin with: <!-- owner: ROLE; review by: YYYY-MM-DD -->"
        raise ConfigurationError(text, path=str(path))
    try:
        return Review(found["owner"], date.fromisoformat(found["due"]))
    except ValueError:
        raise ConfigurationError("%(path)s names a day that is none.", path=str(path)) from None


def overdue(found: dict[str, Review], today: date) -> list[str]:
    """One line for each document that has not been looked at in time."""
    return [
        f"{name}: due on {review.due}, {review.owner}" for name, review in sorted(found.items()) if review.due < today
    ]
