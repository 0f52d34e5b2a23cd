"""The self-assessment as one HTML file that prints well and needs nothing beside it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import NamedTuple

from .judging import counts
from .types import Judged, Matrix, Rehearsal, State

UNWELL = (State.BROKEN, State.NOT_SHOWN, State.STALE)
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
th, td { border: 1px solid; padding: 0.25rem 0.5rem; text-align: start; vertical-align: top; }
td.n { text-align: end; }
code { font-size: 0.85em; }
.warning { border: 3px solid; padding: 0.5rem 1rem; font-weight: bold; }
@media (max-width: 40rem) { .rows tr, .rows td { display: block; } .rows thead { display: none; } }
@media print { body { max-width: none; font-size: 9pt; } tr { break-inside: avoid; } h2 { break-before: page; } }
"""


class About(NamedTuple):
    """The head of the report. `stale`: why the evidence says nothing, or "". Rehearsals before `old` are stale."""

    version: str
    made: str
    shown: str
    code: str
    stale: str
    rehearsals: Sequence[Rehearsal]
    old: datetime


def page(about: About, matrices: Iterable[tuple[Matrix, list[Judged]]]) -> str:
    """The whole file."""
    body = "\n".join([*_head(about), *(line for one in matrices for line in _matrix(*one))])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Self-assessment of Nutshell {escape(about.version)}</title><style>{STYLE}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _head(about: About) -> Iterator[str]:
    yield f"<h1>Self-assessment of Nutshell {escape(about.version)}</h1>"
    yield f"<p>Made on {escape(about.made)}. Evidence: the tests of {escape(about.shown)}, code"
    yield f"<code>{escape(about.code[:16])}</code>.</p>"
    yield "<p>The makers of this software have assessed it themselves against the standards below. Nobody else has."
    yield "A row counts as shown only when every test that it cites passed in that run. Each row is in our own words;"
    yield "the standard's own wording decides.</p>"
    if about.stale:
        yield f'<p class="warning">{escape(about.stale)} Nothing is shown by it: run the tests again.</p>'
    if about.rehearsals:
        yield "<h2>Long runs</h2><p>What they measured lies under docs/evidence. No row counts as shown by them.</p>"
        yield _table("run|on|of commit|state", [map(escape, row) for row in rehearsed(about)])


def rehearsed(about: About) -> list[tuple[str, str, str, str]]:
    """Name, day, commit and whether that is too long ago, of each long run."""
    return [
        (one.name, f"{one.at:%Y-%m-%d}", one.commit[:10], "stale" if one.at < about.old else "")
        for one in about.rehearsals
    ]


def _matrix(matrix: Matrix, rows: list[Judged]) -> Iterator[str]:
    yield f"<h2>Self-assessed against {escape(matrix.title)}</h2><p>{escape(matrix.about)}</p>"
    yield _summary(rows)
    yield from _named("What does not hold", [one for one in rows if one.state in UNWELL], _broken)
    yield from _named("Gaps", [one for one in rows if one.state is State.GAP], _gap)
    for part, below in groupby(rows, key=lambda one: part_of(one.row.id)):
        yield f"<h3>{escape(part)} {escape(matrix.parts[part])}</h3>"
        yield _table("id|what is asked|state|how", map(_cells, below))


def part_of(row_id: str) -> str:
    """The beginning of an id that names its part: V1 of V1.2.3, 164.308 of 164.308(a)(1)."""
    return row_id.partition("(")[0] if "(" in row_id else row_id.partition(".")[0]


def _summary(rows: list[Judged]) -> str:
    """A line for each state, a column for all rows and for each level."""
    levels = sorted({one.row.level for one in rows} - {0})
    columns = [rows, *([one for one in rows if one.row.level == level] for level in levels)]
    head = "|".join(("rows", "all", *(f"level {level}" for level in levels)))
    counted = [counts(some) for some in columns]
    lines = [("all", *(str(len(some)) for some in columns))]
    lines += [(str(state), *(str(count[state]) for count in counted)) for state in State]
    return _table(head, lines, "")


def _named(title: str, rows: list[Judged], line: Callable[[Judged], str]) -> Iterator[str]:
    if rows:
        items = "".join(f"<li>{line(one)}</li>" for one in rows)
        yield f"<h3>{title} ({len(rows)})</h3><ul>{items}</ul>"


def _broken(one: Judged) -> str:
    return f"<strong>{_id(one)}</strong> {escape(one.row.asks)} <em>{one.state}</em>: {_codes(one.why)}"


def _gap(one: Judged) -> str:
    return f"<strong>{_id(one)}</strong> {escape(one.row.gap)} <em>Plan:</em> {escape(one.row.plan)}"


def _id(one: Judged) -> str:
    return escape(one.row.id) + (f" (level {one.row.level})" if one.row.level else "")


def _cells(one: Judged) -> tuple[str, ...]:
    return _id(one), escape(one.row.asks), str(one.state), _how(one)


def _how(one: Judged) -> str:
    row = one.row
    named = {"Limit": row.limit, "Not applicable": row.not_applicable, "Gap": row.gap, "Plan": row.plan}
    said = " ".join([row.control, *(f"{name}: {text}" for name, text in named.items() if text)]).strip()
    cited = (*row.where, *(f"docs/{name}" for name in row.documents), *row.tests)
    lines = [escape(said), *map(_code, cited), *(f"<em>{escape(reason)}</em>" for reason in one.why)]
    return "<br>".join(lines)


def _codes(texts: Iterable[str]) -> str:
    return "<br>".join(map(_code, texts))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _table(head: str, rows: Iterable[Iterable[str]], kind: str = "rows") -> str:
    titles = "".join(f'<th scope="col">{title}</th>' for title in head.split("|"))
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>'
