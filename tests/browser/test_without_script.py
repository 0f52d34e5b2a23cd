"""Logging works where JavaScript is switched off: every act is a form, every sheet a page."""

from playwright.sync_api import expect

from . import people
from .conftest import Open, today
from .people import ALICE, PHONE


def test_food_is_logged_changed_and_undone_without_javascript(open_window: Open, alices_cookies: object) -> None:
    person = open_window(PHONE, java_script_enabled=False)
    people.sign_in_with_words(person, ALICE)
    page = person.go(f"/day/{today().replace(year=today().year + 1)}")

    page.get_by_role("link", name="Add to Lunch").click()
    page.get_by_role("searchbox").fill("lentils")
    page.get_by_role("searchbox").press("Enter")
    page.locator(".hit", has_text="entils, mature seeds, cooked").first.get_by_role("button").click()
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("added")

    page.locator(".entry a.name").click()
    page.get_by_label("Amount").fill("1/2")
    person.press("Save")
    expect(page.locator(".entry .sub")).to_contain_text("½ cup")

    page.get_by_role("link", name="Add to Snacks").click()
    page.get_by_role("link", name="Quick", exact=True).click()
    page.get_by_label("What was it").fill("Birthday cake")
    page.get_by_label("Energy, kcal").fill("320")
    person.press("Add to Snacks")
    expect(page.locator(".entry")).to_have_count(2)

    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.locator(".entry")).to_have_count(1)


def test_who_has_no_script_is_told_that_a_passkey_needs_it(open_window: Open) -> None:
    person = open_window(PHONE, java_script_enabled=False)
    page = person.go("/account/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_text("JavaScript").first).to_be_visible()


def test_a_zone_and_macros_are_chosen_without_javascript(open_window: Open) -> None:
    person = open_window(PHONE, java_script_enabled=False)
    page = person.page
    people.sign_up_with_words(person, "plain.pat@example.org")
    expect(page.get_by_label("Your time zone")).to_have_value("Europe/London")  # the browser speaks British English
    page.get_by_label("Your time zone").select_option("UTC")
    people.agree(person)
    page.get_by_role("link", name="Choose your time zone").click()
    page.get_by_label("Time zone").select_option("Europe/Oslo")
    person.press("Save")
    person.go("/today")
    expect(page.get_by_text("Your day is in UTC.")).to_be_hidden()

    person.go("/settings/macros")
    page.locator("[name='0-mode'][value=grams]").check()
    for name, grams in (("protein", "100"), ("carbohydrate", "200"), ("fat", "60")):
        page.locator(f"[name='0-grams-{name}']").fill(grams)
    person.press("Show the grams first")
    expect(page.locator("#follows")).to_contain_text("Together 1,740 kcal.")
    expect(page.locator("#follows")).to_contain_text("not saved yet")
    person.press("Save")
    expect(page.locator("#follows")).not_to_contain_text("not saved yet")
