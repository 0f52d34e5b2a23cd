"""What a test run writes down about how each test ended."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.outcomes import WITHIN

SUITE = """
import pytest

def test_good(): pass
def test_bad(): assert False
@pytest.mark.parametrize("number", [1, 2])
def test_half(number):
    if number == 2:
        pytest.skip("not here")
@pytest.fixture
def broken():
    yield
    assert False
def test_broken_at_its_end(broken): pass
@pytest.mark.xfail
def test_known_to_fail(): assert False
"""
SUITE_HERE = hashlib.sha256().hexdigest()
"""Where these runs work there is neither src/ nor tests/: nothing at all."""
AWAY = 'import pytest\npytest.skip("a part is missing", allow_module_level=True)\ndef test_never(): pass\n'


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "spread"])
def test_the_worst_of_parameters_and_phases_counts_and_earlier_runs_are_kept(
    spread: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_away.py").write_text(AWAY)
    _known(tmp_path, suite=SUITE_HERE)
    _run(tmp_path, *spread)
    known = json.loads((tmp_path / "test-results" / "outcomes.json").read_text())
    assert known["at"] == "2026-11-01T00:00:00Z", "evidence is as old as its oldest part"
    assert known["outcomes"] == {
        "test_away.py": "skipped",
        "test_other.py::test_before": "passed",
        "test_suite.py::test_bad": "failed",
        "test_suite.py::test_broken_at_its_end": "failed",
        "test_suite.py::test_good": "passed",
        "test_suite.py::test_half": "skipped",
        "test_suite.py::test_known_to_fail": "skipped",
    }


def test_nothing_is_kept_that_other_code_has_shown(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text("def test_good(): pass")
    _known(tmp_path, suite="of other tests")
    _run(tmp_path)
    known = json.loads((tmp_path / "test-results" / "outcomes.json").read_text())
    assert known["outcomes"] == {"test_suite.py::test_good": "passed"}
    assert known["at"] > "2026-11-01"


def _known(folder: Path, suite: str) -> None:
    (folder / "test-results").mkdir()
    known = {"at": "2026-11-01T00:00:00Z", "code": SUITE_HERE, "suite": suite}
    told = json.dumps({**known, "outcomes": {"test_other.py::test_before": "passed"}})
    (folder / "test-results" / "outcomes.json").write_text(told)


def test_a_run_that_another_one_started_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    _run(tmp_path, **{WITHIN: "1"})
    assert not (tmp_path / "test-results").exists()


def _run(folder: Path, *arguments: str, **more: str) -> None:
    """pytest as a process of its own, with the plugin and nothing else of this project."""
    kept = {name: text for name, text in os.environ.items() if name != WITHIN}
    environ = {**kept, "PYTHONPATH": f"{Path.cwd() / 'src'}:{Path.cwd()}", **more}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.outcomes", *arguments]
    subprocess.run([*command, "--rootdir", str(folder)], cwd=folder, env=environ, capture_output=True, check=False)
