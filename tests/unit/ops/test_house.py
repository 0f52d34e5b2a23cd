"""Strings escape the import linter: a dotted name in a string may not reach upward, or sideways, either."""

import ast
import re
from pathlib import Path

ROOT = Path("src/nutshell")
LAYERS = (
    ("settings", "urls", "wsgi"),
    ("web", "api", "ops", "admin"),
    ("forms",),
    ("archives", "erasure", "incidents", "compliance"),
    ("studies",),
    ("gate",),
    ("diary", "targets"),
    ("grants",),
    ("operators", "rights", "activity"),
    ("accounts",),
    ("jobs",),
    ("vault",),
    ("audit", "catalog"),
    ("envelope",),
    ("common",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
DOTTED = re.compile(r"^nutshell\.([a-z_]+)(\.[A-Za-z_.]+)?$")
ALLOWED = {
    # What a process loads by name because it is the process's whole purpose, and names that are no modules.
    ("ops", "settings"),
    ("ops", "wsgi"),
    ("vault", "settings"),
}


def _docstrings(tree: ast.AST) -> set[int]:
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _named(path: Path) -> set[str]:
    """Rooms that string constants of this file name."""
    tree = ast.parse(path.read_text())
    skipped = _docstrings(tree)
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
    ]
    return {found[1] for text in texts if (found := DOTTED.match(text)) and found[1] in LEVEL}


def _wrong(path: Path) -> set[str]:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    level = LEVEL.get(room, 0)
    above = {other for other in _named(path) if other != room and LEVEL[other] <= level}
    return {other for other in above if level > 0 and (room, other) not in ALLOWED}


def test_no_string_names_a_room_above_or_beside() -> None:
    wrong = {str(path): rooms for path in ROOT.rglob("*.py") if (rooms := _wrong(path))}
    assert wrong == {}


def test_cryptography_is_named_nowhere_but_in_the_envelope_and_for_certificates() -> None:
    named = re.compile(r"^\s*(from|import) cryptography|[\"']cryptography\.", re.MULTILINE)
    places = {path.relative_to(ROOT) for path in ROOT.rglob("*.py") if named.search(path.read_text())}
    assert {place for place in places if place.parts[0] != "envelope"} == {Path("ops/certificates.py")}
