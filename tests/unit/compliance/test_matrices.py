"""The matrices of standards: complete, in our own words, and every citation is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import claims

from nutshell.compliance import queries, report, reviews
from nutshell.compliance.types import Row

# How many requirements ASVS 5.0.0 has in each section: V1.1, V1.2, ... V17.3.
SECTIONS = {
    1: (2, 10, 12, 3, 3), 2: (3, 3, 5, 2), 3: (1, 3, 5, 8, 8, 1, 5), 4: (5, 5, 2, 4), 5: (1, 6, 3, 3),
    6: (3, 12, 8, 6, 8, 4, 2, 4), 7: (3, 4, 2, 5, 3, 2), 8: (4, 4, 3, 2), 9: (3, 4), 10: (2, 3, 5, 16, 5, 2, 3),
    11: (4, 5, 5, 4, 2, 2, 2), 12: (5, 2, 5), 13: (4, 6, 4, 7), 14: (2, 8, 3), 15: (5, 5, 7, 4),
    16: (1, 5, 4, 3, 4), 17: (2, 8, 2),
}  # fmt: skip
# How many of them are of level 1, 2 and 3.
LEVELS = (70, 183, 92)
MATRICES = {name: queries.matrix(name) for name in queries.NAMES}
ROWS = [(name, row) for name, found in MATRICES.items() for row in found.row]
DOCUMENTS = reviews.reviews(Path("docs"))


def test_every_requirement_of_asvs_has_its_row_in_order() -> None:
    wanted = [
        f"V{chapter}.{section}.{number}"
        for chapter, counts in SECTIONS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]
    assert len(wanted) == 345
    assert [row.id for row in MATRICES["asvs"].row] == wanted


def test_each_level_of_asvs_has_as_many_rows_as_the_standard() -> None:
    assert tuple(sum(row.level == level for row in MATRICES["asvs"].row) for level in (1, 2, 3)) == LEVELS


@pytest.mark.parametrize("name", queries.NAMES)
def test_no_row_stands_twice_and_each_has_a_heading(name: str) -> None:
    ids = [row.id for row in MATRICES[name].row]
    assert len(ids) == len(set(ids))
    assert {report.part_of(id_) for id_ in ids} == set(MATRICES[name].parts)


def faults(row: Row) -> Iterator[str]:
    """What is wrong with how a row is written."""
    kinds = (bool(row.not_applicable), bool(row.gap), bool(row.control and not row.gap))
    if sum(kinds) != 1:
        yield "neither kept nor not applicable nor a gap, or more than one of them"
    if bool(row.gap) != bool(row.plan):
        yield "a gap without a plan, or a plan without a gap"
    if row.not_applicable and (row.tests or row.documents or row.where):
        yield "not applicable, and cites something"
    if kinds[2] and not (row.tests or row.where or row.documents):
        yield "kept, and does not say where to look"
    if not row.asks.endswith("."):
        yield "does not say what is asked"


def lost(row: Row) -> Iterator[str]:
    """What it cites and nobody finds."""
    yield from (test for test in row.tests if not claims.exists(test))
    yield from (place for place in row.where if not Path(place).exists())
    yield from (name for name in row.documents if name not in DOCUMENTS)
    yield from set(row.optional) - set(row.tests)


def test_each_row_is_kept_or_not_applicable_or_a_gap_with_a_plan() -> None:
    assert [(name, row.id, fault) for name, row in ROWS for fault in faults(row)] == []


def test_what_a_row_cites_is_there() -> None:
    assert [(name, row.id, what) for name, row in ROWS for what in lost(row)] == []


@pytest.mark.parametrize(
    "row",
    [
        Row(id="V0.1", asks="Nothing.", control="It is."),
        Row(id="V0.1", asks="Nothing.", gap="It is not."),
        Row(id="V0.1", asks="Nothing.", not_applicable="No.", control="It is.", where=("src",)),
        Row(id="V0.1", asks="Nothing.", not_applicable="No.", where=("src",)),
        Row(id="V0.1", asks="Nothing."),
    ],
    ids=["cites nothing", "without a plan", "two kinds", "cites beside the point", "no kind"],
)
def test_a_row_that_is_none_is_seen(row: Row) -> None:
    assert list(faults(row)) != []


def test_a_citation_that_leads_nowhere_is_seen() -> None:
    row = Row(id="V0.1", asks="x.", control="x.", tests=("tests/a.py::test_b",), where=("src/c",), documents=("d.md",))
    assert list(lost(row)) == ["tests/a.py::test_b", "src/c", "d.md"]


def test_no_row_says_what_nobody_can() -> None:
    """promise-P12."""
    claimed = re.compile(r"zero[- ]knowledge|\b(asvs|hipaa|gdpr)[- ](certified|compliant)", re.IGNORECASE)
    files = Path("src/nutshell/compliance/matrices").glob("*.toml")
    assert [path.name for path in files if claimed.search(path.read_text())] == []
