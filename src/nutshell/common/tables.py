"""Tables to take along: CSV (RFC 4180) that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(names: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A line of names, then the rows; None is an empty cell.

    A text that a spreadsheet would take for a formula begins with an apostrophe: names are other people's words.
    """
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(names)
    table.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
