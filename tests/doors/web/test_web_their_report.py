"""The report of somebody who shares the diary, as a page: a span of one's choice, and the foods behind each row."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.doors.web.people import EGG, log, text_of, today
from tests.doors.web.test_web_sharing import diary_of, nothing_kept, shared
from tests.doors.web.test_web_theirs import dana

__all__ = ["dana", "nothing_kept"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])


@pytest.fixture
def theirs(alice: Client, bob: Client) -> str:
    """The address of Alice's report for Bob, who sees her diary."""
    log(alice, EGG, "100")
    shared(alice, bob)
    return f"{diary_of(alice).partition('/day/')[0]}/report"


def test_bob_reads_means_of_a_span_and_the_foods_behind_them(bob: Client, theirs: str) -> None:
    page = text_of(bob.get(theirs))
    assert "Means a day over 1 of 7 days" in page
    assert "The owner sees each look" in page
    assert f'href="{theirs.replace("report", "trends")}?a=203"' in page
    span = f"?from={today() - timedelta(days=364)}&to={today()}"
    year = text_of(bob.get(theirs + span))
    assert "Means a day over 1 of 365 days" in year
    assert "Egg" in year.partition("<main")[2]


def test_only_complete_days_are_taken_where_that_is_asked(alice: Client, bob: Client, theirs: str) -> None:
    span = f"?from={today() - timedelta(days=6)}&to={today()}&complete=1"
    assert "Nothing logged in this span." in text_of(bob.get(theirs + span))
    assert alice.post(f"/day/{today()}/complete", {"complete": "1"}).status_code == 303
    assert "Means a day over 1 of 7 days" in text_of(bob.get(theirs + span))


def test_a_day_that_is_not_shared_is_in_no_mean(alice: Client, dana: Client) -> None:
    for back in (0, 1):
        assert log(alice, EGG, "100", back=back).status_code == 303
    shared(alice, dana, first_day=str(today()), last_day=str(today()))
    theirs = f"{diary_of(alice).partition('/day/')[0]}/report"
    assert "Means a day over 1 of 7 days" in text_of(dana.get(theirs))


@pytest.mark.parametrize(
    "query", ["?from=x&to=2026-11-23", "?from=2026-11-23&to=2026-11-01", "?from=2020-01-01&to=2026-11-23", "?to=%00"]
)
def test_a_span_that_cannot_be_comes_back_with_its_sentence_and_no_report(bob: Client, theirs: str, query: str) -> None:
    refused = bob.get(theirs + query)
    assert refused.status_code == 422
    assert 'class="nuts"' not in text_of(refused)


def test_a_report_is_linked_from_the_day_and_is_nobody_elses(alice: Client, bob: Client, dana: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    theirs = diary_of(alice).partition("/day/")[0]
    assert f'href="{theirs}/report"' in text_of(bob.get(diary_of(alice)))
    for stranger in (alice, dana):
        assert stranger.get(f"{theirs}/report").status_code == 404
