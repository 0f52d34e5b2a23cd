"""Dana, who may change what Alice shares, sets her targets by the pages; Alice reads who did it and takes it back."""

import pytest
from django.test import Client
from tests.doors.web.people import EGG, log, text_of, today
from tests.doors.web.test_web_sharing import diary_of, nothing_kept, shared
from tests.doors.web.test_web_theirs import WRITES, dana

__all__ = ["dana", "nothing_kept"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])
BOTH = {"collection": ["diary", "targets"]}


@pytest.fixture
def theirs(alice: Client, dana: Client) -> str:
    """The address of Alice's pages for Dana, who may change them."""
    log(alice, EGG, "100")
    assert alice.post("/settings/targets", {"rate": "0", "own_budget": "2100"}).status_code == 303
    shared(alice, dana, **{**WRITES, **BOTH})
    return diary_of(alice).partition("/day/")[0]


def test_dana_sets_a_target_and_alice_takes_it_back(alice: Client, dana: Client, theirs: str) -> None:
    page = text_of(dana.get(f"{theirs}/targets"))
    assert f'href="{theirs}/targets/change"' in page
    assert dana.post(f"{theirs}/targets/change", {"rate": "0", "own_budget": "1800"}).status_code == 303
    assert "Last changed by Dana on" in text_of(dana.get(f"{theirs}/targets"))
    day = text_of(alice.get(f"/day/{today()}"))
    assert "Dana changed your targets on" in day
    mine = text_of(alice.get("/settings/targets"))
    assert "Dana changed these on" in mine
    assert 'value="1800"' in mine
    assert alice.post("/settings/targets/undo").status_code == 303
    assert 'value="2100"' in text_of(alice.get("/settings/targets"))
    assert "changed your targets" not in text_of(alice.get(f"/day/{today()}"))


def test_dana_chooses_how_protein_carbs_and_fat_are_made(alice: Client, dana: Client, theirs: str) -> None:
    grams = {"0-mode": "grams", "0-grams-protein": "90", "0-grams-carbohydrate": "200", "0-grams-fat": "70"}
    shown = text_of(dana.post(f"{theirs}/targets/macros", {**grams, "act": "show"}))
    assert "not saved yet" in shown
    assert "Dana changed" not in text_of(alice.get("/settings/targets"))
    assert dana.post(f"{theirs}/targets/macros", grams).status_code == 303
    assert "Dana changed these on" in text_of(alice.get("/settings/targets"))
    assert 'value="200"' in text_of(alice.get("/settings/macros"))


def test_what_the_owner_did_not_share_stands_on_no_page_of_the_targets(
    alice: Client, dana: Client, theirs: str
) -> None:
    """Her profile is closed: the page has what the targets keep, and no line of how her energy is made up."""
    alice.post("/settings/profile", {"sex": "female", "birth_date": "1987-06-05", "height": "168", "weight": "71.3"})
    page = text_of(dana.get(f"{theirs}/targets/change"))
    assert "Your energy budget" not in page
    assert "1987" not in page
    assert "/settings" not in page.partition("<main")[2].partition("</main")[0]


def test_a_form_that_cannot_be_comes_back_with_its_sentence(alice: Client, dana: Client, theirs: str) -> None:
    refused = dana.post(f"{theirs}/targets/change", {"rate": "0", "own_budget": "1"})
    assert refused.status_code == 422
    assert f'action="{theirs}/targets/change"' in text_of(refused)
    assert dana.post(f"{theirs}/targets/macros", {"0-mode": "x"}).status_code == 422
    assert 'value="2100"' in text_of(alice.get("/settings/targets"))


def test_who_only_sees_them_is_offered_no_form(alice: Client, bob: Client) -> None:
    shared(alice, bob, **BOTH)
    theirs = diary_of(alice).partition("/day/")[0]
    page = text_of(bob.get(f"{theirs}/targets"))
    assert "/targets/change" not in page
    for form in ("change", "macros"):
        assert bob.get(f"{theirs}/targets/{form}").status_code == 404
        assert bob.post(f"{theirs}/targets/{form}", {"rate": "0"}).status_code == 404


def test_trends_of_another_are_those_of_the_days_that_are_shared(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    theirs = diary_of(alice).partition("/day/")[0]
    page = text_of(bob.get(f"{theirs}/trends?a=203&b=208&span=90"))
    assert "mean of 1 days with entries" in page
    assert f'action="{theirs}/trends"' in page
    assert alice.get(f"{theirs}/trends").status_code == 404
