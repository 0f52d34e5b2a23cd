"""Does every claim stand on tests that ran and passed? `python -m tests.claims`, after a full run.

The claims are the rows of docs/claims.toml, which SECURITY.md shows, and those of the matrices of standards in
src/nutshell/compliance/matrices. A cited test that does not exist, failed or did not run is a failure; so is a skipped
one with CI=true. Elsewhere, and for tests that need a folder which the project does not bring (`optional`), a skipped
one is named as not shown here. `--keep` writes what was shown into the package, for the security page.
"""

import ast
import os
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from tests import outcomes

from nutshell.compliance import queries
from nutshell.compliance.shown import FILE as FILE_OF_THE_PAGE
from nutshell.compliance.types import Basis, Evidence, Row, Shown

FILE = Path("docs/claims.toml")


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. `where` are files or folders, `tests` are `file::test`; `optional` are those of them that need what
    the project does not bring. `figure` is what a requirement must show, `limit` what is not shown."""

    id: str
    claim: str
    kind: str
    where: tuple[str, ...]
    tests: tuple[str, ...]
    figure: str = ""
    limit: str = ""
    optional: tuple[str, ...] = ()


class Later(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What this version does not promise yet."""

    id: str
    why: str


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `page` maps each sentence of the security page to the claims that it rests on."""

    claim: tuple[Claim, ...]
    page: dict[str, tuple[str, ...]]
    later: tuple[Later, ...] = ()


class Verdict(NamedTuple):
    """What the last full run says about one cited test. `fatal`: the check fails."""

    claim: str
    test: str
    what: str
    fatal: bool


def load() -> Claims:
    return msgspec.convert(tomllib.loads(FILE.read_text()), Claims)


@cache
def tests_in(path: Path) -> set[str]:
    """`test_x` and `TestY::test_x` of one file, by its syntax: nothing is imported."""
    return set(_named(ast.parse(path.read_text()).body))


def _named(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _named(node.body, f"{node.name}::")


def exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return Path(path).is_file() and name in tests_in(Path(path))


def verdicts(claims: Iterable[Claim | Row], ended: dict[str, str], strict: bool) -> list[Verdict]:
    """Every cited test that was not shown; `strict` makes skipped ones fatal."""
    found = ((claim, test, _ended(test, ended)) for claim in claims for test in claim.tests)
    return [
        Verdict(claim.id, test, what, what != "skipped" or (strict and test not in claim.optional))
        for claim, test, what in found
        if what != "passed"
    ]


def _ended(test: str, ended: dict[str, str]) -> str:
    return queries.outcome(test, ended) if exists(test) else "missing"


def all_rows() -> dict[str, tuple[Claim | Row, ...]]:
    """Whose rows they are → the rows that cite tests."""
    matrices = {found.title: found.row for found in map(queries.matrix, queries.NAMES)}
    rows: dict[str, tuple[Claim | Row, ...]] = {"SECURITY.md": load().claim, **matrices}
    return {name: tuple(one for one in some if one.tests) for name, some in rows.items()}


def promises(claims: Claims) -> dict[str, tuple[Basis, ...]]:
    """What each sentence of the security page rests on."""
    bases = {one.id: Basis(one.id, one.claim, one.kind, len(one.tests)) for one in claims.claim}
    return {sentence: tuple(bases[id_] for id_ in ids) for sentence, ids in claims.page.items()}


def keep(known: Evidence) -> None:
    """Into the package, for its security page."""
    kept = Shown(known.at, known.code, promises(load()))
    FILE_OF_THE_PAGE.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def main() -> int:
    known, fatal = outcomes.read(), False
    for name, rows in all_rows().items():
        found = verdicts(rows, known.outcomes if known else {}, os.environ.get("CI") == "true")
        for one in found:
            print(f"{'not true' if one.fatal else 'not shown here'}: {one.claim}: {one.test} ({one.what})")
        print(f"{len(rows) - len({one.claim for one in found})} of {len(rows)} rows of {name} are shown by this run.")
        fatal |= any(one.fatal for one in found)
    if known and not fatal and sys.argv[1:] == ["--keep"]:
        keep(known)
    return 1 if fatal else 0


if __name__ == "__main__":
    sys.exit(main())
