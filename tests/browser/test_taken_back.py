"""Somebody leaves with a week to think, and comes back; somebody freezes their account: on a phone, without script."""

import zipfile

import pytest
from playwright.sync_api import expect

from . import people
from .conftest import Open
from .people import PHONE
from .watching import sideways, squeezed, violations


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_account_waits_for_its_removal_and_stays_after_all(open_window: Open, theme: str) -> None:
    person = open_window(PHONE, theme)
    page = person.page
    people.sign_up_with_words(person, f"hesitant-{theme}@example.org")
    people.agree(person)
    person.go("/account/close")
    people.prove_it_is_me(person)
    assert page.get_by_label("When").input_value() == "7"
    page.get_by_role("checkbox", name="Erase my diary").check()
    person.press("Erase everything")
    expect(page.get_by_role("heading", name="Your account is frozen")).to_be_visible()
    expect(page.get_by_role("button", name="Erase now")).to_be_visible()
    assert [*sideways(page), *squeezed(page), *violations(page)] == []
    person.go("/today")
    expect(page.get_by_role("heading", name="Your account is frozen")).to_be_visible()
    person.press("Keep my account")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    expect(page.get_by_text("Your account stays, with everything in it.")).to_be_visible()


def test_an_account_is_frozen_and_opened_again_without_script(open_window: Open) -> None:
    person = open_window(PHONE, java_script_enabled=False)
    page = person.page
    people.sign_up_with_words(person, "objecting@example.org")
    people.agree(person)
    person.go("/account/restrict")
    person.press("Freeze my account")
    expect(page.get_by_role("heading", name="Your account is frozen")).to_be_visible()
    expect(page.get_by_text("You said: I object to how my data is used.")).to_be_visible()
    person.press("Lift the restriction")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_a_file_with_everything_is_ordered_fetched_once_and_gone(open_window: Open) -> None:
    person = open_window(PHONE)
    page = person.page
    people.sign_up_with_words(person, "taking@example.org")
    people.agree(person)
    person.go("/settings")
    page.get_by_role("link", name="Take it with you").click()
    people.prove_it_is_me(person)
    expect(page.get_by_role("heading", name="What you get")).to_be_visible()
    assert [*sideways(page), *squeezed(page), *violations(page)] == []
    person.press("Make the file")
    expect(page.get_by_role("heading", name="Your file is ready")).to_be_visible(timeout=20_000)
    assert [*sideways(page), *squeezed(page), *violations(page)] == []
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(downloading.value.path()) as archive:
        assert {"index.html", "data/diary.json", "csv/entries.csv"} <= set(archive.namelist())
    person.go("/account/export")
    expect(page.get_by_role("button", name="Make the file")).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
