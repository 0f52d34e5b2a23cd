"""What the status page knows: per part whether it works, since when, and its days."""

from collections.abc import Mapping
from datetime import date

import msgspec

PARTS = {
    "website": "Website",
    "diary": "Diary",
    "keys": "Key store",
    "mail": "Mail",
    "worker": "Worker",
}
"""In the order of the page."""

Found = Mapping[str, bool | None]
"""By part: it works, it does not, or (None) nobody could look."""


class Day(msgspec.Struct, frozen=True):
    """Looks of one day (UTC), one a minute: how many found the part working, and how many not."""

    worked: int = 0
    failed: int = 0


class Line(msgspec.Struct, frozen=True):
    """One part. `since` is a Unix time in seconds."""

    works: bool | None
    since: int
    days: dict[date, Day]


class History(msgspec.Struct, frozen=True):
    """`looked`: when it was last looked, in Unix seconds."""

    looked: int
    lines: dict[str, Line]
