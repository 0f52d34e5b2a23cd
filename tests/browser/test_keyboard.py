"""A day logged without touching the mouse, by the keys that `?` lists."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from .conftest import Open, today
from .people import DESKTOP


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_day_is_logged_copied_and_undone_by_keys_alone(alice: Open) -> None:
    day = today() + timedelta(days=60)
    page = alice(DESKTOP).go(f"/day/{day}")
    sheet = page.get_by_role("dialog")

    press(page, "a")
    expect(sheet.get_by_role("searchbox")).to_be_focused()
    with page.expect_response(lambda answer: "/hits?" in answer.url and "q=banana" in answer.url):
        page.keyboard.type("banana")
    expect(sheet.locator(".hit").first).to_contain_text("anana")
    press(page, "Enter")
    expect(sheet.get_by_label("Amount")).to_be_focused()
    press(page, "Enter")
    expect(page.locator(".entry")).to_have_count(1)
    expect(sheet).to_be_hidden()

    press(page, "a")
    expect(sheet.get_by_role("searchbox")).to_be_focused()
    press(page, "ArrowDown", "ArrowDown")
    expect(sheet.locator(".hit a.name").nth(1)).to_be_focused()
    press(page, "Enter")
    expect(sheet.get_by_label("Amount")).to_be_focused()
    page.keyboard.type("2")
    press(page, "Enter")
    expect(page.locator(".entry")).to_have_count(2)

    press(page, "j")
    expect(page.locator(".entry a.name").first).to_be_focused()
    press(page, "j", "e")
    expect(sheet.get_by_label("Amount")).to_be_focused()
    press(page, "Escape")
    expect(sheet).to_be_hidden()

    press(page, "k", "x", "Delete")
    expect(page.locator(".entry")).to_have_count(1)
    press(page, "z")
    expect(page.locator(".entry")).to_have_count(2)


def test_places_have_keys(alice: Open) -> None:
    page = alice(DESKTOP).go("/today")
    for keys, heading in (
        (("g", "n"), "Nutrients"), (("g", "r"), "Trends"), (("g", "s"), "Who can see what"), (("t",), "Today"),
        (("ArrowLeft",), "Yesterday"), (("ArrowRight",), "Today"),
    ):  # fmt: skip
        press(page, *keys)
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Add food")


def test_no_key_acts_while_somebody_types(alice: Open) -> None:
    page = alice(DESKTOP).go("/today")
    page.get_by_role("textbox", name="Note").fill("")
    page.get_by_role("textbox", name="Note").press_sequentially("tag along")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("tag along")
    page.get_by_role("textbox", name="Note").fill("")
