"""What no line of the product does: each of these is how a kind of attack begins."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path("src/nutshell")
SCRIPTS = ROOT / "web" / "static"
# Names that are imported or called, by the attack that each would open. Where one is needed after all, its file.
MODULES = {
    "objects out of bytes": ({"pickle", "marshal", "shelve", "dill", "yaml"}, set()),
    "external entities of XML": ({"xml", "lxml", "xmlrpc"}, set()),
    "numbers that can be foreseen": (
        # Days of a demo, a pause between two tries, and the system's own generator.
        {"random"},
        {"ops/demo.py", "vault/records.py", "ops/canaries.py"},
    ),
    "memory without bounds": ({"ctypes", "cffi"}, {"ops/processes.py"}),
}
CALLS = {
    "code out of a text": {"eval", "exec", "compile", "__import__"},
    "a shell": {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"},
    "a weak hash": {"hashlib.md5", "hashlib.sha1", "hashlib.new"},
}
IN_SCRIPTS = {
    "HTML out of a text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment",
    "code out of a text": r"\beval\s*\(|new Function|javascript:",
    "storage in the browser": r"localStorage|sessionStorage|indexedDB|\bcaches\b|document\.cookie|serviceWorker",
    "messages of other windows": r"postMessage|onmessage",
    "other hosts": r"https?://|WebSocket|EventSource|importScripts",
    "prototypes": r"__proto__|\.prototype\b|Object\.assign\((?!document\.createElement)",
}


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in ROOT.rglob("*.py"))


def modules(tree: ast.Module) -> set[str]:
    """The first part of the name of each module that is imported, not from here."""
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    inner = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | inner}


def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def shells(tree: ast.Module) -> bool:
    """Whether some call is given `shell=`, whatever it says."""
    named = (one.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for one in node.keywords)
    return "shell" in named


@pytest.mark.parametrize("attack", MODULES)
def test_no_module_imports_what_opens_an_attack(attack: str) -> None:
    forbidden, but_in = MODULES[attack]
    found = {name for name, tree in trees() if modules(tree) & forbidden}
    assert found <= but_in


@pytest.mark.parametrize("attack", CALLS)
def test_nothing_calls_what_opens_an_attack(attack: str) -> None:
    assert {name for name, tree in trees() if calls(tree) & CALLS[attack]} == set()


def test_no_process_is_started_through_a_shell() -> None:
    assert [name for name, tree in trees() if shells(tree)] == []


def test_no_template_is_made_of_a_text() -> None:
    named = re.compile(r"from django\.template import .*\b(Template|engines|Engine)\b|from_string\(")
    assert [str(path) for path in ROOT.rglob("*.py") if named.search(path.read_text())] == []


def test_no_template_turns_escaping_off() -> None:
    off = re.compile(r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq\b")
    assert [str(path) for path in ROOT.rglob("*.html") if off.search(path.read_text())] == []


@pytest.mark.parametrize("attack", IN_SCRIPTS)
def test_no_script_does_what_opens_an_attack(attack: str) -> None:
    scripts = {path.name: path.read_text() for path in SCRIPTS.rglob("*.js")}
    assert len(scripts) > 3
    assert [name for name, text in scripts.items() if re.search(IN_SCRIPTS[attack], text)] == []
