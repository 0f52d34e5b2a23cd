"""The map matches the land: every symbol stands in the file that ARCHITECTURE.md names for it."""

import re
from pathlib import Path

import pytest

TEXT = Path("ARCHITECTURE.md").read_text()
SOURCE = Path("src/nutshell")


def rows() -> list[tuple[list[str], list[str]]]:
    part = TEXT.partition("| symbol | file |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1:3] for line in part.splitlines() if line.startswith("| ")]
    return [(re.findall(r"`(\w+)`", left), re.findall(r"`([\w/]+\.py)`", right)) for left, right in cells]


@pytest.mark.parametrize(("symbols", "files"), rows(), ids=lambda value: value[0] if value else "described")
def test_a_symbol_stands_in_its_file(symbols: list[str], files: list[str]) -> None:
    code = "\n".join((SOURCE / file).read_text() for file in files)
    assert files
    assert [
        one for one in symbols if not re.search(rf"^(async )?(class|def) {one}\b|^    def {one}\b|^{one}\b", code, re.M)
    ] == []


def test_every_step_of_the_traced_request_names_code_that_is_there() -> None:
    part = TEXT.partition("| step |")[2].partition("\n\n")[0]
    places = re.findall(r"`([\w/]+\.py)`(?:: ((?:`\w+`(?:, )?)+))?", part)
    assert len(places) >= 15
    for file, names in places:
        code = (SOURCE / file).read_text()
        assert [one for one in re.findall(r"\w+", names) if not re.search(rf"def {one}\b", code)] == [], file


def test_every_room_has_its_line() -> None:
    rooms = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    house = TEXT.partition("## The house")[2].partition("\n## ")[0]
    assert {room for room in rooms if f"`{room}`" not in house} == set()
