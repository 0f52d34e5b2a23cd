"""What the last run of the tests says about a row."""

from collections.abc import Iterable
from datetime import date

from .queries import outcome
from .types import Judged, Matrix, Review, Row, State

WELL = "passed"
UNKNOWN = ("not run", "skipped")


def judge(row: Row, outcomes: dict[str, str], documents: dict[str, Review], today: date, stale: bool) -> Judged:
    """`stale`: what the tests showed, they showed of other code or too long ago. An optional test that was skipped is
    named and leaves the row to the others."""
    if row.not_applicable:
        return Judged(row, State.NOT_APPLICABLE, ())
    ended = {test: outcome(test, outcomes) for test in row.tests}
    ended |= {name: _held(name, documents, today) for name in row.documents}
    wrong = {cited: what for cited, what in ended.items() if what != WELL}
    counted = {what for cited, what in wrong.items() if not (cited in row.optional and what == "skipped")}
    return Judged(row, _state(row, counted, stale), tuple(f"{cited}: {what}" for cited, what in wrong.items()))


def _held(name: str, documents: dict[str, Review], today: date) -> str:
    if name not in documents:
        return "missing"
    return WELL if documents[name].due >= today else f"review overdue since {documents[name].due}"


def _state(row: Row, wrong: set[str], stale: bool) -> State:
    if wrong - set(UNKNOWN):
        return State.BROKEN
    if row.gap:
        return State.GAP
    if wrong:
        return State.NOT_SHOWN
    if not row.tests:
        return State.STATED
    return State.STALE if stale else State.SHOWN


def judge_all(
    matrix: Matrix, outcomes: dict[str, str], documents: dict[str, Review], today: date, stale: bool
) -> list[Judged]:
    return [judge(row, outcomes, documents, today, stale) for row in matrix.row]


def counts(rows: Iterable[Judged]) -> dict[State, int]:
    """Every state, in its order, with how many rows are in it."""
    states = [one.state for one in rows]
    return {state: states.count(state) for state in State}
