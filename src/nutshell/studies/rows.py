"""What a participant's diary gives to a study. The preview and the releases both come from here."""

from collections.abc import Sequence

from nutshell.diary import queries as diary
from nutshell.vault.types import OpenVault

from .types import Row, Window


def rows_of(vault: OpenVault, window: Window, nutrients: Sequence[str]) -> list[Row]:
    """One row for each day of the window on which something was logged: sums by nutrient, each in its own unit.

    Five significant digits. What is not known of any entry is None; coverage says how much of the day's energy comes
    from entries of which the nutrient is known.
    """
    found = diary.trends(vault, window.first_day, window.last_day, nutrients)
    series = [found.nutrients[nutrient] for nutrient in nutrients]
    return [
        Row(
            day, found.complete[place], found.entries[place],
            tuple(one.amount[place] for one in series), tuple(float(one.coverage[place]) for one in series),
        )
        for place, day in enumerate(found.days)
        if found.entries[place]
    ]  # fmt: skip
