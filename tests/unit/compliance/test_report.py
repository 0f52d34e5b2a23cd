"""The self-assessment says what the last run showed, and names what it did not."""

import re
import zlib
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.compliance import judging, queries
from nutshell.compliance.types import Evidence, Review, Row, State
from nutshell.ops import command

CODE, SUITE = Path("src/nutshell"), Path("tests")
ROWS = [row for name in queries.NAMES for row in queries.matrix(name).row]
ROW_SECURITY = "tests/tiers/test_production.py::test_req_13_"
NOW = clock.now()
TEST = "tests/a.py::test_a"
HELD = {"policies/a.md": Review("somebody", NOW.date())}


def state(row: Row, ended: dict[str, str], stale: bool = False) -> tuple[State, tuple[str, ...]]:
    found = judging.judge(row, ended, HELD, NOW.date(), stale)
    return found.state, found.why


def kept(**more: object) -> Row:
    return Row(id="V0.1", asks="Something.", control="It is.", **more)  # type: ignore[arg-type]


def test_a_row_is_shown_when_all_its_tests_passed() -> None:
    assert state(kept(tests=(TEST,)), {TEST: "passed"}) == (State.SHOWN, ())


def test_a_row_with_a_failed_test_is_broken_and_with_one_that_did_not_run_not_shown() -> None:
    other = "tests/b.py::test_b"
    assert state(kept(tests=(TEST, other)), {TEST: "failed"}) == (
        State.BROKEN, (f"{TEST}: failed", f"{other}: not run")
    )  # fmt: skip
    assert state(kept(tests=(TEST,)), {}) == (State.NOT_SHOWN, (f"{TEST}: not run",))
    assert state(kept(tests=(TEST,)), {"tests/a.py": "skipped"}) == (State.NOT_SHOWN, (f"{TEST}: skipped",))


def test_a_test_that_needs_what_the_project_does_not_bring_leaves_the_row_to_the_others() -> None:
    other = "tests/b.py::test_b"
    row = kept(tests=(TEST, other), optional=(other,))
    assert state(row, {TEST: "passed", other: "skipped"}) == (State.SHOWN, (f"{other}: skipped",))
    assert state(row, {TEST: "passed", other: "failed"})[0] is State.BROKEN
    assert state(row, {TEST: "skipped", other: "skipped"})[0] is State.NOT_SHOWN
    assert state(row, {TEST: "passed"})[0] is State.NOT_SHOWN


def test_a_row_rests_on_a_policy_until_its_day_has_passed() -> None:
    row = kept(documents=("policies/a.md",))
    assert state(row, {}) == (State.STATED, ())
    late = judging.judge(row, {}, HELD, NOW.date() + timedelta(days=1), stale=False)
    assert late.state is State.BROKEN
    assert "review overdue" in late.why[0]
    assert state(kept(documents=("policies/b.md",)), {}) == (State.BROKEN, ("policies/b.md: missing",))


def test_a_gap_stays_a_gap_however_its_tests_end_unless_they_fail() -> None:
    row = kept(tests=(TEST,), gap="Half of it.", plan="The other half.")
    assert state(row, {TEST: "passed"})[0] is State.GAP
    assert state(row, {})[0] is State.GAP
    assert state(row, {TEST: "failed"})[0] is State.BROKEN


def test_old_evidence_shows_nothing() -> None:
    assert state(kept(tests=(TEST,)), {TEST: "passed"}, stale=True)[0] is State.STALE
    assert state(Row(id="V0.2", asks="Else.", not_applicable="No."), {}, stale=True)[0] is State.NOT_APPLICABLE


# ---------- the evidence ----------


def test_evidence_of_other_code_other_tests_or_another_month_is_stale(tmp_path: Path) -> None:
    code, suite = tmp_path / "code", tmp_path / "suite"
    for folder in (code, suite):
        folder.mkdir()
        (folder / "a.py").write_text("one")
    found = Evidence(NOW, queries.revision(code), queries.revision(suite), {})
    assert queries.staleness(found, code, suite, NOW + timedelta(days=30)) == ""
    assert "30 days" in queries.staleness(found, code, suite, NOW + timedelta(days=30, seconds=1))
    assert queries.staleness(found, code, tmp_path / "none", NOW) == "", "an installed program has no tests beside it"
    (suite / "a.py").write_text("two")
    assert queries.staleness(found, code, suite, NOW) == "The evidence is of other tests."
    (code / "a.py").rename(code / "b.py")
    assert queries.staleness(found, code, suite, NOW) == "The evidence is of other code."


def test_what_python_compiled_does_not_change_the_revision(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one")
    before = queries.revision(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert queries.revision(tmp_path) == before


# ---------- the command ----------


def reported(folder: Path, ended: dict[str, str], code: str | None = None) -> tuple[int, str]:
    results = folder / "outcomes.json"
    code = code or queries.revision(CODE)
    results.write_bytes(msgspec.json.encode(Evidence(clock.now(), code, queries.revision(SUITE), ended)))
    status = command.main(["compliance", "report", "--results", str(results), "--out", str(folder / "out")])
    return status, (folder / "out" / "self-assessment.html").read_text()


def all_passed() -> dict[str, str]:
    return {test: "passed" for row in ROWS for test in row.tests}


def named(page: str) -> set[str]:
    """Rows below "What does not hold"."""
    lists = re.findall(r"<h3>What does not hold \(\d+\)</h3><ul>(.*?)</ul>", page)
    return {id_ for found in lists for id_ in re.findall(r"<strong>(\S+)(?: \(level \d\))?</strong>", found)}


def test_with_everything_passed_nothing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, page = reported(tmp_path, all_passed())
    assert (status, named(page)) == (0, set())
    assert page.count('id="') == 0
    assert all(f"<h2>Self-assessed against {queries.matrix(name).title}" in page for name in queries.NAMES)
    assert "shown by tests" in capsys.readouterr().out


def test_with_row_level_security_broken_just_its_rows_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = {test: "failed" if test.startswith(ROW_SECURITY) else how for test, how in all_passed().items()}
    resting = {row.id for row in ROWS if any(test.startswith(ROW_SECURITY) for test in row.tests)}
    status, page = reported(tmp_path, ended)
    assert len(resting) > 3
    assert (status, named(page)) == (1, resting)
    told = capsys.readouterr().out
    assert all(f"broken: {id_}: " in told for id_ in resting)


def test_with_other_code_nothing_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, page = reported(tmp_path, all_passed(), code="0" * 64)
    assert status == 1
    assert "The evidence is of other code." in page
    assert named(page) == {row.id for row in ROWS if row.tests and not row.gap}
    assert "shown by tests" not in capsys.readouterr().out


def test_the_report_says_nothing_that_nobody_can(tmp_path: Path) -> None:
    """promise-P12."""
    _, page = reported(tmp_path, all_passed())
    assert "assessed it themselves" in page
    assert not re.search(r"zero[- ]knowledge|\b(hipaa|asvs|gdpr)[- ](certified|compliant)", page, re.IGNORECASE)
    assert not re.search(r"<script|https?://", page)


def test_the_pdf_has_every_row_and_says_that_old_evidence_shows_nothing(tmp_path: Path) -> None:
    results = tmp_path / "outcomes.json"
    results.write_bytes(msgspec.json.encode(Evidence(clock.now(), "0" * 64, queries.revision(SUITE), all_passed())))
    command.main(["compliance", "report", "--results", str(results), "--out", str(tmp_path), "--pdf"])
    written = (tmp_path / "self-assessment.pdf").read_bytes()
    texts = b"".join(map(zlib.decompress, re.findall(rb"stream\n(.*?)\nendstream", written, re.DOTALL)))
    ids = [row.id.replace("(", "\\(").replace(")", "\\)") for row in ROWS]
    assert [id_ for id_ in ids if f"({id_})".encode() not in texts] == []
    assert b"The evidence is of other code. Nothing is shown by it" in texts


def test_long_runs_stand_with_their_day_and_old_ones_are_stale(tmp_path: Path) -> None:
    evidence = Path("docs/evidence")
    last = max(one.at for one in queries.rehearsals(evidence))
    with clock.moved_to(last + timedelta(days=29)):
        _, page = reported(tmp_path, all_passed())
    assert all(f"<td>{path.stem}" in page for path in evidence.glob("*.json"))
    assert f"<td>{last:%Y-%m-%d}</td>" in page
    assert "<td>stale</td></tr>" not in page
    with clock.moved_to(last + timedelta(days=31)):
        _, page = reported(tmp_path, all_passed())
    assert page.count("<td>stale</td></tr>") == len(queries.rehearsals(evidence))


def test_a_file_of_a_long_run_that_does_not_say_when_is_told(tmp_path: Path) -> None:
    (tmp_path / "chaos.json").write_text('{"writes lost": 0}')
    with pytest.raises(ConfigurationError):
        queries.rehearsals(tmp_path)


@pytest.mark.parametrize("content", [None, b"{}", b'{"tests/a.py::test_a": "passed"}', b"\xff"])
def test_results_that_are_none_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    results = tmp_path / "outcomes.json"
    if content is not None:
        results.write_bytes(content)
    assert command.main(["compliance", "report", "--results", str(results), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "make test" in told
    assert not (tmp_path / "out").exists()
