"""Registers and the self-assessment as PDF. Needs the extra `pdf`, so it is imported only where one is asked for.

The fonts are those that every reader of PDF brings. They have the letters of western Europe; a text with another is
refused, because a box in its place would look like a finished register.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from math import sqrt
from typing import NamedTuple

from fpdf import FPDF
from fpdf.enums import TableHeadingsDisplay
from fpdf.errors import FPDFUnicodeEncodingException
from fpdf.fonts import FontFace

from nutshell import __version__
from nutshell.common.errors import ConfigurationError

from .judging import counts
from .registers import Register, Row
from .report import About, part_of, rehearsed
from .types import Judged, Matrix, State

FONT, MARGIN, SIZE = "Helvetica", 12, 7.5
"""mm of margin, points of text."""
SHADE = FontFace(emphasis="BOLD", fill_color=(225, 232, 228))
WIDEST = 1500
"""Characters of a cell that still widen its column."""


class Section(NamedTuple):
    """A table under a heading and a line about it. All rows are as long as `names`."""

    title: str
    about: str
    names: Row
    rows: tuple[Row, ...]


class _Pages(FPDF):
    """A4 on its side; each page says what it is, of when and which version, and its number of how many."""

    def __init__(self, title: str, made: datetime) -> None:
        super().__init__(orientation="landscape", format="A4")
        self._line = f"{title}, Nutshell {__version__}, {made:%Y-%m-%d %H:%M} UTC"
        self.set_title(title)
        self.set_lang("en")
        self.set_creation_date(made)
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN + 6)
        self.set_font(FONT, size=SIZE)
        self.add_page()

    def normalize_text(self, text: str) -> str:
        """The inventory shortens addresses with a sign that the fonts lack."""
        return super().normalize_text(text.replace("…", "..."))

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.set_font(FONT, size=SIZE)
        self.cell(0, 5, f"{self._line}, page {self.page_no()} of {{nb}}", align="R")


def of_register(register: Register, made: datetime) -> bytes:
    """What is the same in all rows is said once, above the table: ten columns would leave none room.

    Raises ConfigurationError for a letter that the fonts lack."""
    same = [number for number in range(len(register.names)) if len({row[number] for row in register.rows}) == 1]
    varied = [number for number in range(len(register.names)) if number not in same]
    said = [f"For all of them, {register.names[number]}: {register.rows[0][number]}." for number in same]
    rows = tuple(tuple(row[number] for number in varied) for row in register.rows)
    names = tuple(register.names[number] for number in varied)
    return _made(register.title, made, [Section("", "\n".join([register.about, *said]), names, rows)])


def of_report(about: About, matrices: Iterable[tuple[Matrix, list[Judged]]], made: datetime) -> bytes:
    """The self-assessment: of each standard the counts, and every row. Raises as `of_register`."""
    said = (
        f"Evidence: the tests of {about.shown}, code {about.code[:16]}. The makers of this software have assessed it "
        "themselves. Nobody else has. A row counts as shown only when every test that it cites passed in that run."
    )
    stale = f"\n{about.stale} Nothing is shown by it: run the tests again." if about.stale else ""
    sections = [Section("", said + stale, (), ())]
    if about.rehearsals:
        sections.append(Section("Long runs", "", ("run", "on", "of commit", "state"), tuple(rehearsed(about))))
    sections += [section for matrix, rows in matrices for section in _matrix(matrix, rows)]
    return _made("Self-assessment", made, sections)


def _matrix(matrix: Matrix, rows: list[Judged]) -> Iterator[Section]:
    counted = counts(rows)
    summary = tuple((str(state), str(counted[state])) for state in State)
    yield Section(f"Self-assessed against {matrix.title}", matrix.about, ("rows", "how many"), summary)
    for part, below in groupby(rows, key=lambda one: part_of(one.row.id)):
        named = ("id", "what is asked", "state", "how")
        yield Section(f"{part} {matrix.parts[part]}", "", named, tuple(map(_cells, below)))


def _cells(one: Judged) -> Row:
    row = one.row
    named = {"Limit": row.limit, "Not applicable": row.not_applicable, "Gap": row.gap, "Plan": row.plan}
    said = [row.control, *(f"{name}: {text}" for name, text in named.items() if text), *one.why]
    cited = (*row.where, *(f"docs/{name}" for name in row.documents), *row.tests)
    return row.id, row.asks, str(one.state), "\n".join(text for text in (*said, *cited) if text)


def _made(title: str, made: datetime, sections: Iterable[Section]) -> bytes:
    try:
        pages = _Pages(title, made)
        _heading(pages, title, 15)
        for section in sections:
            _section(pages, section)
        return bytes(pages.output())
    except FPDFUnicodeEncodingException as error:
        text = "A PDF cannot show the letter %(letter)s: write it without --pdf, as HTML or CSV."
        raise ConfigurationError(text, letter=error.character) from None


def _section(pages: FPDF, section: Section) -> None:
    if section.title:
        _heading(pages, section.title, 11)
    if section.about:
        pages.multi_cell(0, 4, section.about, new_x="LMARGIN", new_y="NEXT")
        pages.ln(2)
    if section.rows:
        _table(pages, section)


def _heading(pages: FPDF, text: str, size: float) -> None:
    """Not as the last line of a page."""
    if pages.will_page_break(30):
        pages.add_page()
    pages.set_font(FONT, "B", size)
    pages.multi_cell(0, size * 0.6, text, new_x="LMARGIN", new_y="NEXT")
    pages.set_font(FONT, size=SIZE)


def _table(pages: FPDF, section: Section) -> None:
    """Its names stand on each page again."""
    with pages.table(
        col_widths=_widths(section), text_align="LEFT", line_height=3.4, padding=0.8, headings_style=SHADE,
        repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE,
    ) as table:  # fmt: skip
        for row in (section.names, *section.rows):
            table.row(row)
    pages.ln(3)


def _widths(section: Section) -> tuple[float, ...]:
    """In proportion: the root of the longest cell, so that a long text is broken and a short one is not."""
    columns = zip(section.names, *section.rows, strict=True)
    return tuple(max(3.0, sqrt(min(max(map(len, column)), WIDEST))) for column in columns)
