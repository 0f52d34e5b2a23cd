"""What the full run before a release showed of each promise, kept in the package for the page that tells it."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from .queries import FRESH, SHOWN, revision
from .types import Shown

PACKAGE = Path(str(files("nutshell")))
FILE = PACKAGE / "compliance" / SHOWN
"""Written by `make evidence`. It is not part of the revision that it names."""


@cache
def shown() -> Shown | None:
    """None where the package brings no evidence, or evidence of other code."""
    if not FILE.exists():
        return None
    found = msgspec.json.decode(FILE.read_bytes(), type=Shown)
    return found if found.code == revision(PACKAGE) else None


def is_stale(found: Shown, now: datetime) -> bool:
    """Whether too much time has passed since; of other code it is never (see `shown`)."""
    return now - found.at > FRESH
