"""Large text, little motion, long names, full and empty days, text not saved yet, and toasts that go."""

from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, expect

from .conftest import Open, today
from .days import Diary, Eaten, make_token
from .people import DESKTOP, PHONE
from .watching import sideways, violations

LONG = "Grandmother's very slowly cooked wintersquash-and-chestnut-soup with Donaudampfschifffahrtsgesellschaftssemmeln"
PAGES = ("/today", "/today/nutrients", "/today/add?q=yogurt", "/trends", "/access", "/settings", "/foods/sr28:01256")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_text_may_be_twice_as_large(alice: Open, size: dict[str, int]) -> None:
    person = alice(size)
    session = person.context.new_cdp_session(person.page)
    found = []
    for path in PAGES:
        person.go(path)
        session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
        found += [f"{path}: {one}" for one in sideways(person.page)]
    assert person.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert found == []


def test_nothing_moves_for_who_asked_for_no_motion(alice: Open) -> None:
    page = alice(PHONE, reduced_motion="reduce").go("/today")
    page.get_by_role("link", name="Add to Lunch").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    running = "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1).length"
    assert page.evaluate(running) == 0


def test_a_day_of_sixty_entries_and_an_over_long_name_fits(alice: Open) -> None:
    person = alice()
    day = today() + timedelta(days=100)
    diary = Diary(person, make_token(person, "Importer", ["diary:write"]))
    diary.eat(day, [Eaten("sr28:09040", 10 + each, None, "snacks", "10:00") for each in range(59)])
    diary.send(day, {"name": LONG, "kcal": 450, "meal": "dinner"})
    diary.close()
    page = person.go(f"/day/{day}")
    expect(page.locator(".entry")).to_have_count(60)
    expect(page.get_by_text(LONG)).to_be_visible()
    assert sideways(page) + violations(page) == []


def test_an_empty_day_says_what_to_do_and_does_it(alice: Open) -> None:
    page = alice().go(f"/day/{today() + timedelta(days=200)}")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.locator("#main").get_by_role("link", name="Add food", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("searchbox")).to_be_focused()


def test_text_that_is_not_saved_warns_before_it_is_left(alice: Open) -> None:
    page = alice(DESKTOP).go("/today")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("textbox", name="Note").press_sequentially("Slept badly")
    page.locator(".side").get_by_role("link", name="Trends").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Slept badly")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("status")).to_contain_text("Note saved")
    page.locator(".side").get_by_role("link", name="Trends").click()
    expect(page.get_by_role("heading", name="Trends", level=1)).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_toast_goes_after_eight_seconds_and_waits_while_it_is_read(alice: Open) -> None:
    person = alice(DESKTOP)
    person.page.clock.install()
    page = person.go(f"/day/{today() + timedelta(days=300)}")
    page.get_by_role("button", name="250 ml").click()
    toast = page.locator("[data-toast]")
    expect(toast).to_be_visible()
    page.clock.run_for(7_000)
    expect(toast).to_be_visible()
    toast.hover()
    page.clock.run_for(20_000)
    expect(toast).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(8_500)
    expect(toast).to_have_count(0)


def test_a_lost_line_says_that_nothing_was_saved(alice: Open) -> None:
    person = alice()
    page = person.go(f"/day/{today() + timedelta(days=310)}")
    person.watch.expected = ("Failed to load resource: net::ERR_INTERNET_DISCONNECTED", "htmx:")
    person.context.set_offline(True)
    page.get_by_role("button", name="250 ml").click()
    expect(page.get_by_role("status")).to_contain_text("Not saved. Try again in a moment.")
    person.context.set_offline(False)


def test_people_who_choose_dark_get_it_on_a_light_device(alice: Open) -> None:
    person = alice(PHONE, "light")
    page = person.go("/settings")
    page.get_by_label("Theme").select_option(label="Dark")
    person.page.locator("form", has=page.get_by_label("Theme")).get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Theme").select_option(label="As the device")
    person.page.locator("form", has=page.get_by_label("Theme")).get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_nobody_calls_another_host(alice: Open) -> None:
    person = alice()
    for path in PAGES:
        person.go(path)
    assert person.watch.requests
    assert {url.split("/")[2] for url in person.watch.requests} == {person.stack.url.split("/")[2]}
