"""The accounting of disclosures: who else opened something in six years, summed up on a page, and as a file."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from tests.doors.web.people import EGG, day_url, log, text_of
from tests.doors.web.test_web_sharing import diary_of, shared

from nutshell.accounts.models import User
from nutshell.audit import actions as audit
from nutshell.common import clock
from nutshell.gate.disclosures import COLUMNS, SIX_YEARS
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    grantee.forget()


def table(alice: Client) -> list[dict[str, str]]:
    answer = alice.get("/access/disclosures/file")
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(text_of(answer))))


def test_nobody_looked(alice: Client) -> None:
    alice.get(day_url())
    assert "To nobody." in text_of(alice.get("/access/disclosures"))
    assert table(alice) == []


def test_each_look_of_another_is_accounted_for_and_none_of_ones_own(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    for _ in range(3):
        bob.get(diary_of(alice))
    alice.get(day_url())
    page = text_of(alice.get("/access/disclosures"))
    assert "bob@example.org" in page
    assert "My friend Bob" in page
    assert '<td class="num">3</td>' in page
    lines = table(alice)
    assert tuple(lines[0]) == COLUMNS
    assert [(one["recipient"], one["what"], one["act"], one["days"], one["purpose"]) for one in lines] == [
        ("bob@example.org", "diary", "read", clock.utc_day().isoformat(), "friend")
    ] * 3
    assert len(table(bob)) == 0


def test_what_was_refused_is_no_disclosure(alice: Client, bob: Client) -> None:
    bob.get(diary_of(alice))
    assert table(alice) == []


def test_it_reaches_back_six_years_and_no_further(alice: Client) -> None:
    subject = User.objects.get().subject_id
    for age in (timedelta(0), SIX_YEARS - timedelta(hours=1), SIX_YEARS + timedelta(hours=1)):
        with clock.moved_to(clock.now() - age):
            audit.record("access", subject, str(uuid4()), reason="diary-read", grant=uuid4())
    assert len(table(alice)) == 2
    assert "Somebody whose account is gone" in text_of(alice.get("/access/disclosures"))


def test_a_name_that_a_spreadsheet_would_run_is_harmless(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    bob.post("/settings/name", {"display_name": "=HYPERLINK(1)"})
    bob.get(diary_of(alice))
    assert table(alice)[0]["recipient"] == "'=HYPERLINK(1)"


def test_both_doors_say_the_same(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    bob.get(diary_of(alice))
    (one,) = alice.get("/api/v1/disclosures").json()["items"]
    assert (one["recipient"], one["what"], one["times"], one["writes"]) == ("bob@example.org", "diary", 1, False)
    assert len(text_of(alice.get("/api/v1/disclosures.csv")).splitlines()) == 2
