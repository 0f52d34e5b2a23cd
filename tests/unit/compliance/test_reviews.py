"""Policies and runbooks say who keeps them and until when."""

import re
from datetime import date
from pathlib import Path

import pytest

from nutshell.common import clock
from nutshell.compliance import reviews
from nutshell.ops import command

LINE = "<!-- owner: security officer; review by: {} -->\n# Sanctions\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "sanctions.md").write_text(LINE.format("2026-12-01"))
    return tmp_path


def said(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return command.main(["compliance", "reviews", str(folder)]), "".join(capsys.readouterr())


def test_ours_can_be_read_and_none_is_overdue_on_the_day_of_its_writing() -> None:
    found = reviews.reviews(Path("docs"))
    assert len(found) > 10
    assert reviews.overdue(found, date(2026, 11, 27)) == []


def test_every_test_that_the_impact_assessment_names_is_there() -> None:
    text = Path("docs/policies/impact-assessment.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    measured = [line for line in text.splitlines() if re.search(r"\| \d \| \d \|$", line)]
    assert len(measured) >= 10
    assert all("`tests/" in line for line in measured), "a measure that no test shows"
    assert [name for path, name in named if f"def {name}(" not in Path(path).read_text()] == []


def test_one_that_nobody_looked_at_in_time_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with clock.moved_to(clock.now().replace(year=2026, month=12, day=1)):
        assert said(folder, capsys) == (0, "Every policy and runbook has been looked at in time.\n")
    with clock.moved_to(clock.now().replace(year=2026, month=12, day=2)):
        told = "overdue: policies/sanctions.md: due on 2026-12-01, security officer\n1 overdue.\n"
        assert said(folder, capsys) == (1, told)


@pytest.mark.parametrize("first", ["# Sanctions\n", LINE.format("soon"), LINE.format("2026-13-01")])
def test_a_first_line_that_cannot_be_read_is_told(folder: Path, capsys: pytest.CaptureFixture[str], first: str) -> None:
    (folder / "policies" / "sanctions.md").write_text(first)
    status, text = said(folder, capsys)
    assert status == 1
    assert "sanctions.md" in text
    assert text.count("\n") == 1


def test_a_folder_without_policies_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(tmp_path, capsys)
    assert (status, text.count("\n")) == (1, 1)
    assert "No policies in" in text
