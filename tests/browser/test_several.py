"""Several foods in one act, and another order of a meal: by touch, by keys, by mouse and without script."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from . import people
from .conftest import Open, today
from .people import ALICE, DESKTOP, PHONE
from .watching import sideways, violations


def opened(page: Page) -> Locator:
    """From the sheet that adds one food to the one that adds several."""
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("link", name="Add several").press("Enter")
    expect(sheet.get_by_role("heading", name="Add several to")).to_be_visible()
    expect(sheet.get_by_role("searchbox")).to_be_focused()
    return sheet


def searched(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    expect(page.locator(".hit mark").first).to_have_text(re.compile(words, re.IGNORECASE))


def foods(page: Page) -> list[str]:
    return page.locator(".entry a.name").all_inner_texts()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_foods_of_two_searches_are_ticked_weighed_and_added_by_touch(alice: Open, theme: str) -> None:
    person = alice(PHONE, theme)
    page = person.go(f"/day/{today() + timedelta(days=400)}")
    page.get_by_role("link", name="Add to Lunch").click()
    sheet = opened(page)
    searched(page, "kiwi")
    sheet.locator(".hit label").first.tap()
    expect(sheet.get_by_role("button", name="Add 1 food")).to_be_visible()
    searched(page, "yogurt")
    sheet.locator(".hit label").nth(2).tap()
    expect(sheet.get_by_role("button", name="Add 2 foods")).to_be_visible()
    sheet.get_by_text("Amounts and time").tap()
    sheet.get_by_label("Amount of Kiwi").fill("1/2")
    assert sideways(page) + violations(page) == []
    sheet.locator(".hit label").nth(1).tap()
    expect(sheet.get_by_role("button", name="Add 3 foods")).to_be_visible()
    expect(sheet.get_by_label("Amount of Kiwi")).to_have_value("1/2")
    sheet.get_by_role("button", name="Leave out").nth(1).tap()
    sheet.get_by_role("button", name="Add 2 foods").tap()
    expect(page.locator(".entry")).to_have_count(2)
    expect(page.locator(".entry").first).to_contain_text("½")
    expect(page.get_by_role("status")).to_contain_text("added to Lunch")
    expect(sheet).to_be_hidden()
    page.get_by_role("status").get_by_role("button", name="Undo").tap()
    expect(page.locator(".entry")).to_have_count(0)


def test_foods_are_collected_by_keys_alone(alice: Open) -> None:
    page = alice(DESKTOP).go(f"/day/{today() + timedelta(days=401)}")
    page.keyboard.press("a")
    sheet = opened(page)
    searched(page, "kiwi")
    page.keyboard.press("Enter")
    expect(sheet.get_by_role("button", name="Add 1 food")).to_be_visible()
    searched(page, "yogurt")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(sheet.locator(".tick").nth(1)).to_be_focused()
    page.keyboard.press("Space")
    expect(sheet.get_by_role("button", name="Add 2 foods")).to_be_visible()
    expect(sheet.locator(".tick").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".entry")).to_have_count(2)
    page.keyboard.press("z")
    expect(page.locator(".entry")).to_have_count(0)


def test_a_wrong_amount_is_said_and_nothing_is_lost(alice: Open) -> None:
    person = alice(PHONE)
    person.watch.expected = ("Failed to load resource: the server responded with a status of 422",)
    page = person.go(f"/day/{today() + timedelta(days=402)}/several?meal=dinner")
    searched(page, "kiwi")
    page.locator(".hit label").first.tap()
    page.get_by_text("Amounts and time").tap()
    page.get_by_label("Amount of Kiwi").fill("plenty")
    page.get_by_role("button", name="Add 1 food").tap()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Amount of Kiwi")).to_have_value("plenty")
    expect(page.get_by_label("Amount of Kiwi")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Amount of Kiwi").fill("1,5")
    page.get_by_role("button", name="Add 1 food").tap()
    expect(page.locator(".entry")).to_contain_text("1½")


def test_what_is_chosen_is_not_lost_by_a_slip(alice: Open) -> None:
    page = alice(DESKTOP).go(f"/day/{today() + timedelta(days=407)}")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("a")
    sheet = opened(page)
    searched(page, "kiwi")
    sheet.locator(".tick").first.check()
    expect(sheet.get_by_role("button", name="Add 1 food")).to_be_visible()
    page.keyboard.press("Escape")
    sheet.get_by_role("link", name="One at a time").click()
    assert len(asked) == 2
    expect(sheet.get_by_role("button", name="Add 1 food")).to_be_visible()
    sheet.locator(".tick").first.uncheck()
    expect(sheet.get_by_role("button", name="Add what is ticked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert len(asked) == 2


def three(page: Page) -> list[str]:
    """Three foods for breakfast; their names."""
    for words in ("kiwi", "yogurt", "oats"):
        page.get_by_role("link", name="Add to Breakfast").click()
        before = page.locator(".entry").count()
        with page.expect_response(lambda answer: "/hits?" in answer.url):
            page.get_by_role("dialog").get_by_role("searchbox").fill(words)
        page.get_by_role("dialog").locator(".hit", has_text=words[1:]).first.get_by_role("button").click()
        expect(page.locator(".entry")).to_have_count(before + 1)
    return foods(page)


def test_an_entry_is_moved_by_keys_and_keeps_the_focus(alice: Open) -> None:
    page = alice(DESKTOP).go(f"/day/{today() + timedelta(days=403)}")
    a, b, c = three(page)
    page.locator(".entry a.name").first.focus()
    for _ in range(2):
        shown = page.url
        page.keyboard.press("Alt+ArrowDown")
        page.wait_for_url(lambda url, before=shown: url != before)
        expect(page.get_by_role("status")).to_contain_text("New order in Breakfast")
        expect(page.locator(".entry a.name", has_text=a)).to_be_focused()
    assert foods(page) == [b, c, a]
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_contain_text("Undone")
    assert foods(page) == [b, a, c]
    page.reload()
    assert foods(page) == [b, a, c]


def dragged(row: Locator, to: Locator) -> None:
    row.drag_to(to, target_position={"x": 40, "y": 2})


def test_an_entry_is_dragged_with_a_mouse(alice: Open) -> None:
    page = alice(DESKTOP).go(f"/day/{today() + timedelta(days=404)}")
    a, b, c = three(page)
    with page.expect_response(lambda answer: answer.url.endswith("/order")):
        dragged(page.locator(".entry").nth(2), page.locator(".entry").nth(0))
    expect(page.get_by_role("status")).to_contain_text("New order in Breakfast")
    assert foods(page) == [c, a, b]
    page.reload()
    assert foods(page) == [c, a, b]


def test_foods_are_added_and_moved_without_javascript(open_window: Open) -> None:
    person = open_window(PHONE, java_script_enabled=False)
    people.sign_in_with_words(person, ALICE)
    page = person.go(f"/day/{today() + timedelta(days=405)}")
    page.get_by_role("link", name="Add to Lunch").click()
    page.get_by_role("link", name="Add several").click()
    page.get_by_role("searchbox").fill("kiwi")
    page.get_by_role("searchbox").press("Enter")
    page.locator(".tick").first.check()
    page.get_by_role("searchbox").fill("yogurt")
    person.press("Search", "button")
    page.locator(".tick").nth(1).check()
    page.get_by_role("button", name="Favourites").click()
    page.get_by_text("Amounts and time").click()
    page.get_by_label("Amount of Kiwi").fill("2")
    person.press("Add 2 foods")
    expect(page.locator(".entry")).to_have_count(2)
    a, b = foods(page)
    page.locator(".entry a.name").first.click()
    person.press("Move down")
    assert foods(page) == [b, a]
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    assert foods(page) == [a, b]


def test_a_note_and_a_complete_day_are_undone_from_the_toast(alice: Open) -> None:
    page = alice(DESKTOP).go(f"/day/{today() + timedelta(days=406)}")
    page.get_by_role("textbox", name="Note").fill("Slept badly")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("status")).to_contain_text("Note saved")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("")
    page.get_by_role("button", name="Mark as complete").click()
    expect(page.get_by_role("heading", name="This day is complete")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Finish the day")).to_be_visible()
