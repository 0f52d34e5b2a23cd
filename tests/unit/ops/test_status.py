"""What the status page remembers, and what it says of what nobody looked at."""

from datetime import UTC, date, datetime, timedelta

from nutshell.ops.status import history, page
from nutshell.ops.status.types import PARTS, Day

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = dict.fromkeys(PARTS, True)


def test_since_is_when_the_state_began() -> None:
    seen = history.noted(history.NONE, WELL, NOW)
    seen = history.noted(seen, WELL, NOW + MINUTE)
    assert seen.lines["keys"].since == int(NOW.timestamp())
    seen = history.noted(seen, {**WELL, "keys": False}, NOW + 2 * MINUTE)
    assert seen.lines["keys"].since == int((NOW + 2 * MINUTE).timestamp())
    assert seen.lines["mail"].since == int(NOW.timestamp())
    assert seen.lines["keys"].days == {NOW.date(): Day(2, 1)}


def test_a_time_in_which_nobody_looked_is_not_said_to_have_been_good() -> None:
    seen = history.noted(history.NONE, WELL, NOW)
    later = NOW + timedelta(hours=2)
    seen = history.noted(seen, WELL, later)
    assert seen.lines["website"].since == int(later.timestamp())


def test_what_nobody_could_look_at_counts_neither_way() -> None:
    seen = history.noted(history.NONE, {"website": False, "diary": False}, NOW)
    assert seen.lines["keys"].works is None
    assert seen.lines["keys"].days == {}
    text = page.filled(page.MARK, seen)
    assert text.count("does not work") == 2
    assert text.count("not looked at<") == 3
    assert text.count("day-good") == 0


def test_days_are_kept_for_a_month() -> None:
    seen = history.NONE
    for number in range(40):
        seen = history.noted(seen, WELL, NOW + timedelta(days=number))
    days = seen.lines["diary"].days
    assert (len(days), min(days)) == (history.DAYS, date(2026, 12, 7))


def test_the_page_names_the_days_that_had_faults() -> None:
    seen = history.noted(history.NONE, {**WELL, "mail": False}, NOW)
    text = page.filled(page.MARK, seen)
    assert "27 November 2026: 1 minute." in text
    assert text.count("day-bad") == 1
    assert text.count("none that was seen") == len(PARTS) - 1
    assert "As seen on" in text
    assert "12:00 UTC" in text
