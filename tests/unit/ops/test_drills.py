"""Drills: each scenario as an operator starts it, and that their verdict follows from what was done and by when."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nutshell.incidents import clocks
from nutshell.ops.drill import SCENARIOS

WELL = "all clocks met, and everything held"


def drill(name: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, because it sets its process up for an installation made for it."""
    return subprocess.run(
        [sys.executable, "-m", "nutshell.ops.command", "incident", "drill", name],
        env={**os.environ, "NUTSHELL_DATA": str(folder / "none"), **settings},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_req_40_every_clock_is_met_and_every_act_does_what_it_is_for(name: str, tmp_path: Path) -> None:
    done = drill(name, tmp_path)
    assert (done.returncode, WELL in done.stdout) == (0, True), done.stdout + done.stderr
    assert "missed" not in done.stdout
    assert not (tmp_path / "none").exists()


def test_moving_a_deadline_changes_the_verdict(tmp_path: Path) -> None:
    shipped = Path(str(clocks.SHIPPED)).read_text()
    before, of_people, after = shipped.partition('id = "people"')
    own = tmp_path / "clocks.toml"
    own.write_text(before + of_people + after.replace("hours = 168", "hours = 24", 1))
    done = drill("leaked-token", tmp_path, NUTSHELL_INCIDENT_CLOCKS=str(own))
    assert (done.returncode, "clock people was missed" in done.stdout) == (1, True), done.stdout + done.stderr


def test_a_scenario_that_there_is_not_is_told_in_one_sentence(tmp_path: Path) -> None:
    done = drill("flood", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nutshell: There is no scenario flood. There are: stolen-backup, ")
