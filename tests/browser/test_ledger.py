"""The access ledger, a grant that becomes wider, and a copy of a food, in a browser: narrow, dark, in large text."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Open
from .people import DESKTOP, PHONE, Person
from .test_sharing import accept, invite, is_fine, newcomer, quick_add, today
from .watching import sideways

NARROW = {"width": 360, "height": 740}
LOOKS = [(NARROW, "dark"), (PHONE, "light"), (DESKTOP, "dark")]
IDS = [f"{size['width']}-{theme}" for size, theme in LOOKS]
PICTURES = os.environ.get("PICTURES")
"""A folder for pictures to look at, when somebody wants them."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def set_large(page: Page) -> None:
    """Text at 200 %, as a browser's own setting makes it, not the page's zoom."""
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})


def shows(person: Person, path: str, name: str) -> Page:
    page = person.go(path)
    is_fine(page)
    picture(page, name)
    return page


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=IDS)
def test_alice_reads_who_looked_and_the_pages_fit(open_window: Open, size: dict[str, int], theme: str) -> None:
    alice = newcomer(open_window, size, f"ledger-alice-{theme}")
    dana = newcomer(open_window, size, f"ledger-dana-{theme}")
    for person in (alice, dana):
        person.page.emulate_media(color_scheme=theme)
    quick_add(alice, "Lentil soup with a very long name that has to find its room on the narrowest of phones")
    accept(dana, invite(alice, "Dana Okafor-Abernathy, dietitian at Riverside Clinic", writes=True))
    alice.go("/access")
    shown = f"{size['width']}-{theme}"
    subject = re.search(r"/people/([0-9a-f-]{36})/", dana.go("/access").content())[1]
    theirs = f"/people/{subject}/day/{today()}"
    shows(dana, theirs, f"theirs-{shown}")
    shows(alice, "/access", f"access-{shown}")
    page = shows(alice, "/access/ledger", f"ledger-{shown}")
    page.get_by_text("Choose lines").click()
    page.get_by_label("What").select_option(label="Looks")
    alice.press("Show")
    expect(page.get_by_text("opened your diary").first).to_be_visible()
    is_fine(page)
    with page.expect_download() as got:
        page.get_by_role("link", name="Table (CSV)").click()
    assert got.value.suggested_filename.endswith(".csv")
    change = re.search(r'href="(/access/grants/[^"]+/change)"', alice.go("/access").content())[1]
    page = shows(alice, change, f"change-{shown}")
    page.get_by_role("checkbox", name="Notes").check()
    alice.press("Save")
    expect(page.get_by_role("heading", name="Show more?")).to_be_visible()
    is_fine(page)
    picture(page, f"widen-{shown}")
    alice.press("Change it")
    expect(page.get_by_text("Changed. It holds").first).to_be_visible()
    shows(dana, f"{theirs}/note", f"their-note-{shown}")
    if size == PHONE and theme == "light":
        found: dict[str, list[str]] = {}
        for person, path, name in (
            (alice, "/access", "access"), (alice, "/access/ledger", "ledger"), (alice, change, "change"),
            (dana, theirs, "theirs"), (dana, f"{theirs}/note", "their-note"),
        ):  # fmt: skip
            page = person.go(path)
            set_large(page)
            assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
            found[name] = sideways(page)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-large.png")
        assert {name: wide for name, wide in found.items() if wide} == {}


def test_a_copy_of_a_food_is_sent_and_taken(open_window: Open) -> None:
    alice, bob = newcomer(open_window, PHONE, "copy-alice"), newcomer(open_window, PHONE, "copy-bob")
    accept(bob, invite(alice, "Bob"))
    page = alice.go("/foods/new")
    page.get_by_label("Name", exact=True).fill("Rye bread")
    alice.press("Save food")
    alice.press("Send a copy", "link")
    is_fine(page)
    picture(page, "send-390-light")
    page.get_by_role("radio").first.check()
    alice.press("Send a copy")
    expect(page.get_by_text("Sent. It waits").first).to_be_visible()
    page = bob.go("/foods")
    expect(page.get_by_text("sent you a food: Rye bread").first).to_be_visible()
    is_fine(page)
    picture(page, "sent-390-light")
    page.get_by_role("button", name=re.compile("^Take it")).click()
    expect(page.get_by_role("heading", name="Rye bread")).to_be_visible()
    expect(page.get_by_text("A copy that").first).to_be_visible()
    is_fine(page)
