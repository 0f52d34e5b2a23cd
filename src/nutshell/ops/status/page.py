"""The page, filled into the frame that the blog's generator made. Its numbers are ours: there is nothing to escape."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from .history import DAYS, last_days
from .types import PARTS, Day, History, Line

MARK = "<!-- parts -->"
_WORDS = {True: ("good", "works"), False: ("bad", "does not work"), None: ("unknown", "not looked at")}
_WIDTH, _HEIGHT = 10, 28
"""Of a day in the picture, with the gap beside it."""


def filled(frame: str, history: History) -> str:
    return frame.replace(MARK, "\n".join(_parts(history)))


def _parts(history: History) -> Iterator[str]:
    looked = _time(history.looked)
    yield f'<p class="muted">As seen on {looked}. Somebody looks every minute; where this is older, nobody does.</p>'
    yield '<ul class="posts">'
    for part, name in PARTS.items():
        yield _part(name, history.lines[part], datetime.fromtimestamp(history.looked, UTC).date())
    yield "</ul>"


def _part(name: str, line: Line, today: date) -> str:
    sign, words = _WORDS[line.works]
    head = f'<h2>{name}</h2><strong class="state-{sign}">{words}</strong>'
    return (
        f'<li class="card card-pad"><div class="state">{head}</div>'
        f'<p class="small muted">since {_time(line.since)}</p>{_strip(name, line, today)}{_faults(line)}</li>'
    )


def _strip(name: str, line: Line, today: date) -> str:
    days = last_days(today)
    bars = "".join(_bar(number, line.days.get(day)) for number, day in enumerate(days))
    title = f"{name}: the last {DAYS} days, {sum(day in line.days for day in days)} of them looked at"
    return (
        f'<svg class="days" viewBox="0 0 {DAYS * _WIDTH} {_HEIGHT}" role="img" aria-label="{title}" '
        f'preserveAspectRatio="none">{bars}</svg>'
    )


def _bar(number: int, day: Day | None) -> str:
    """Missing is not zero: a day on which nobody looked is an outline."""
    sign = "unknown" if day is None else "bad" if day.failed else "good"
    size = f'width="{_WIDTH - 2}" height="{_HEIGHT - 2}" rx="2"'
    return f'<rect class="day-{sign}" x="{number * _WIDTH + 1}" y="1" {size}/>'


def _faults(line: Line) -> str:
    found = [f"{_date(day)}: {_minutes(one.failed)}" for day, one in sorted(line.days.items()) if one.failed]
    words = ", ".join(found) if found else "none that was seen" if line.days else "not looked at yet"
    return f'<p class="small">Faults in {DAYS} days: {words}.</p>'


def _minutes(count: int) -> str:
    return f"{count:,} minute{'s' if count > 1 else ''}"


def _time(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f'<time datetime="{moment.isoformat()}">{_date(moment.date())}, {moment:%H:%M} UTC</time>'


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
