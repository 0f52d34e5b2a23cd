"""Every promise cites tests that exist, and the check after a full run tells what was not shown."""

import re
from pathlib import Path

import pytest
from tests import claims

ALL = claims.load()
KINDS = {"mathematics", "behaviour", "contract"}
PAGE = Path("src/nutshell/web/templates/web/security.html")


def ids(prefix: str, numbers: range) -> set[str]:
    return {f"{prefix}{number}" for number in numbers}


@pytest.mark.parametrize("claim", ALL.claim, ids=lambda claim: claim.id)
def test_every_cited_test_exists(claim: claims.Claim) -> None:
    assert [test for test in claim.tests if not claims.exists(test)] == []
    assert claim.tests
    assert set(claim.optional) <= set(claim.tests)


@pytest.mark.parametrize("claim", ALL.claim, ids=lambda claim: claim.id)
def test_every_claim_says_what_keeps_it_and_where(claim: claims.Claim) -> None:
    assert claim.kind in KINDS
    assert [place for place in claim.where if not Path(place).exists()] == []
    assert bool(claim.figure) == claim.id.startswith("req-")


def test_every_invariant_and_requirement_is_promised_or_named_as_later() -> None:
    promised, later = [one.id for one in ALL.claim], [one.id for one in ALL.later]
    numbered = [one for one in (*promised, *later) if one.startswith(("inv-", "req-"))]
    assert sorted(numbered) == sorted(ids("inv-I", range(1, 22)) | ids("req-", range(1, 41)))


def test_every_sentence_of_the_security_page_rests_on_a_claim_or_is_a_warning() -> None:
    said = re.findall(r'<dt>{% icon "(\w+)" %}{% translate "([^"]+)" %}', PAGE.read_text())
    assert [sentence for _, sentence in said] == list(ALL.page)
    known = {one.id for one in ALL.claim}
    assert [one for rows in ALL.page.values() for one in rows if one not in known] == []


def test_no_page_claims_what_nobody_can() -> None:
    """promise-P12: never "zero knowledge", never "HIPAA certified"."""
    pages = [*Path("src/nutshell/web/templates").rglob("*.html"), *Path("docs").rglob("*.md"), *Path().glob("*.md")]
    claimed = re.compile(r"zero[- ]knowledge|hipaa[- ](certified|compliant)", re.IGNORECASE)
    assert [str(page) for page in pages if claimed.search(page.read_text())] == []


# ---------- the check after a full run ----------

CITED = "tests/unit/docs/test_claims.py::test_every_cited_test_exists"


def judged(ended: dict[str, str], strict: bool = False, optional: tuple[str, ...] = (), test: str = CITED) -> list[str]:
    claim = claims.Claim("req-0", "A claim.", "behaviour", (), (test,), optional=optional)
    found = claims.verdicts([claim], ended, strict)
    return [f"{one.what}{'!' if one.fatal else ''}" for one in found]


def test_a_claim_whose_test_passed_is_shown() -> None:
    assert judged({CITED: "passed"}, strict=True) == []


def test_a_claim_whose_test_failed_did_not_run_or_is_gone_is_not_true() -> None:
    assert judged({CITED: "failed"}) == ["failed!"]
    assert judged({}) == ["not run!"]
    assert judged({}, test="tests/unit/docs/test_claims.py::test_that_was_renamed") == ["missing!"]
    assert judged({}, test="tests/unit/docs/nowhere.py::test_anything") == ["missing!"]


def test_a_skipped_test_shows_nothing_and_fails_where_nothing_may_be_missing() -> None:
    assert judged({CITED: "skipped"}) == ["skipped"]
    assert judged({CITED: "skipped"}, strict=True) == ["skipped!"]
    assert judged({CITED.partition("::")[0]: "skipped"}, strict=True) == ["skipped!"]


def test_what_needs_a_folder_that_the_project_does_not_bring_may_be_absent_but_is_named() -> None:
    assert judged({CITED: "skipped"}, strict=True, optional=(CITED,)) == ["skipped"]
    assert judged({CITED: "failed"}, strict=True, optional=(CITED,)) == ["failed!"]
