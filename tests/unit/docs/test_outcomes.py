"""What a test run writes down about how each test ended."""

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
AWAY = 'import pytest\npytest.skip("a part is missing", allow_module_level=True)\ndef test_never(): pass\n'


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "spread"])
def test_the_worst_of_parameters_and_phases_counts_and_earlier_runs_are_kept(
    spread: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "test_away.py").write_text(AWAY)
    (tmp_path / "test-results").mkdir()
    (tmp_path / "test-results" / "outcomes.json").write_text('{"test_other.py::test_before": "passed"}')
    _run(tmp_path, *spread)
    assert json.loads((tmp_path / "test-results" / "outcomes.json").read_text()) == {
        "test_away.py": "skipped",
        "test_other.py::test_before": "passed",
        "test_suite.py::test_bad": "failed",
        "test_suite.py::test_broken_at_its_end": "failed",
        "test_suite.py::test_good": "passed",
        "test_suite.py::test_half": "skipped",
        "test_suite.py::test_known_to_fail": "skipped",
    }


def test_a_run_that_another_one_started_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    _run(tmp_path, **{WITHIN: "1"})
    assert not (tmp_path / "test-results").exists()


def _run(folder: Path, *arguments: str, **more: str) -> None:
    """pytest as a process of its own, with the plugin and nothing else of this project."""
    kept = {name: text for name, text in os.environ.items() if name != WITHIN}
    environ = {**kept, "PYTHONPATH": str(Path.cwd()), **more}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.outcomes", *arguments]
    subprocess.run([*command, "--rootdir", str(folder)], cwd=folder, env=environ, capture_output=True, check=False)
