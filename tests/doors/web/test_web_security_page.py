"""The security page says what each promise rests on, and when the tests of just this version showed it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests import claims
from tests.doors.web.people import browser, text_of

from nutshell.common import clock
from nutshell.compliance import queries, shown
from nutshell.compliance.types import Shown
from nutshell.web import public

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
THIS = queries.revision(shown.PACKAGE)


def kept(code: str) -> Shown:
    return Shown(datetime(2026, 11, 27, tzinfo=UTC), code, claims.promises(claims.load()))


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The page of a package that brings this."""

    def opened(found: Shown | None) -> str:
        monkeypatch.setattr(shown, "FILE", tmp_path / "shown.json")
        if found:
            shown.FILE.write_bytes(msgspec.json.encode(found))
        shown.shown.cache_clear()
        return text_of(browser().get("/security"))

    yield opened
    shown.shown.cache_clear()


def test_each_promise_names_what_it_rests_on_and_when_it_was_shown(page) -> None:
    told = page(kept(THIS))
    assert "on 27 November 2026, of just this version" in told
    for sentence, bases in kept(THIS).promises.items():
        assert told.count(f"<summary>{sentence}") == bool(bases), sentence
    assert "kept by mathematics · tests: 3" in told


def test_what_was_shown_more_than_thirty_days_ago_is_called_stale(page) -> None:
    shown_at = kept(THIS).at
    with clock.moved_to(shown_at + timedelta(days=30)):
        assert "so it is stale" not in page(kept(THIS))
    with clock.moved_to(shown_at + timedelta(days=30, seconds=1)):
        assert "so it is stale" in page(kept(THIS))


def test_what_other_code_showed_is_not_told_as_shown(page) -> None:
    for found in (None, kept("0" * 64)):
        told = page(found)
        assert "are not part of this copy" in told
        assert "Shown by our own tests" not in told


def test_every_kind_of_claim_has_its_words() -> None:
    assert {one.kind for one in claims.load().claim} <= set(public.KEPT_BY)
