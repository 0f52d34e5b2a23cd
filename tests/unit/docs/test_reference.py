"""Pages of docs/ that follow from the code say what the code says."""

import re
from pathlib import Path

import pytest
from tests.unit.docs import generate

from nutshell.api.urls import ROUTES
from nutshell.audit.types import KINDS
from nutshell.common import errors
from nutshell.ops import command, config

EVENTS = Path("docs/reference/events.md")


def first_column(path: Path) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", generate.PAGES, ids=str)
def test_a_page_that_follows_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text() == generate.written(path), "run: python -m tests.unit.docs.generate"


def test_every_setting_command_route_and_error_has_its_row() -> None:
    reference = generate.ROOT / "reference"
    assert first_column(reference / "settings.md") == [one.name for one in config.SETTINGS]
    assert first_column(reference / "api.md") == [f"{one.method} {one.path}" for one in ROUTES]
    assert {row.split()[1] for row in first_column(reference / "commands.md")} == {
        one.name for one in command.SUBCOMMANDS
    }
    told = set(first_column(reference / "errors.md"))
    assert told == {kind.code for kind in errors.NutshellError.__subclasses__()} | set(generate.WIDER)


def test_the_family_of_errors_is_one_level_deep_so_that_no_code_hides() -> None:
    assert [kind for kind in errors.NutshellError.__subclasses__() if kind.__subclasses__()] == []


def test_every_event_of_the_audit_has_its_row_and_no_other() -> None:
    assert first_column(EVENTS) == list(KINDS)


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*Path("docs").rglob("*.md"), *Path().glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())]
    lost = [f"{page}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_every_file_and_test_that_a_page_names_is_there() -> None:
    """Code moves; what the guides call it moves along."""
    named = re.compile(r"`((?:src|tests|docs|bench)/[\w./-]+\.\w+)`")
    pages = [*Path("docs").rglob("*.md"), *Path().glob("*.md")]
    lost = [f"{page}: {path}" for page in pages for path in named.findall(page.read_text()) if not Path(path).exists()]
    assert lost == []
