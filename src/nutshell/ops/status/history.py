"""What a look adds to what is remembered. Pure."""

from datetime import UTC, date, datetime, timedelta

from .types import PARTS, Day, Found, History, Line

DAYS = 30
GAP_SECONDS = 300
"""A state is not said to have lasted through a time in which nobody looked for so long."""
NONE = History(0, {})


def noted(before: History, found: Found, now: datetime) -> History:
    """The history with one more look. Days that are too old go."""
    seconds = int(now.timestamp())
    unwatched = seconds - before.looked > GAP_SECONDS
    lines = {part: _noted(before.lines.get(part), found.get(part), now, unwatched) for part in PARTS}
    return History(seconds, lines)


def _noted(line: Line | None, works: bool | None, now: datetime, unwatched: bool) -> Line:
    today = now.astimezone(UTC).date()
    kept = {day: one for day, one in (line.days if line else {}).items() if today - day < timedelta(days=DAYS)}
    if works is not None:
        kept[today] = _more(kept.get(today, Day()), works)
    lasting = line is not None and line.works is works and not unwatched
    return Line(works, line.since if line and lasting else int(now.timestamp()), kept)


def _more(day: Day, works: bool) -> Day:
    return Day(day.worked + works, day.failed + (not works))


def last_days(today: date) -> list[date]:
    """The oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]
