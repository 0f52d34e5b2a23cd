"""Sharing in a real browser: Alice invites Bob, he accepts and looks, she reads it, and his next request is refused.

Dana may write: what she changes stands under her name on Alice's day.
"""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from . import people
from .conftest import Open, today
from .people import DESKTOP, LOOKS, PASSPHRASE, PHONE, Person
from .watching import sideways, squeezed, violations

EGG = "sr28:01123"


def is_fine(page: Page) -> None:
    page.evaluate("() => Promise.allSettled(document.getAnimations().map((one) => one.finished))")  # a toast fades in
    assert [*sideways(page), *squeezed(page)] == []
    assert violations(page) == []


def newcomer(open_window: Open, size: dict[str, int], name: str, theme: str = "light") -> Person:
    person = open_window(size, theme)
    people.sign_up_with_words(person, f"{name}-{size['width']}-{theme}@example.org")
    people.agree(person)
    return person


def invite(alice: Person, label: str, writes: bool = False, also: str = "") -> str:
    """By the page; the path of the link that it shows once."""
    page = alice.go("/access/share")
    if page.get_by_role("heading", name="Confirm that it is you").is_visible():
        page.get_by_label("Password").fill(PASSPHRASE)
        alice.press("Go on")
    page.get_by_label("For whom (only you read this)").fill(label)
    if also:
        page.get_by_label(also, exact=True).check()
    if writes:
        page.get_by_label("See, and change the diary, notes and targets under their own name").check()
    is_fine(page)
    alice.press("Make the invitation")
    expect(page.get_by_role("heading", name=f"Invitation for {label}")).to_be_visible()
    is_fine(page)
    link = page.locator(".phrase").first.inner_text()
    return re.search(r"/invited/\S+", link)[0]


def accept(person: Person, path: str) -> None:
    page = person.go(path)
    expect(page.get_by_role("heading", name=re.compile("wants to share with you"))).to_be_visible()
    is_fine(page)
    person.press("Accept")
    expect(page.get_by_text("Accepted. It opens when").first).to_be_visible()


def test_bob_sees_her_day_until_she_stops_it(open_window: Open, tmp_path: Path) -> None:
    alice, bob = newcomer(open_window, DESKTOP, "share-alice"), newcomer(open_window, PHONE, "share-bob")
    bob.watch.expected = ("Failed to load resource: the server responded with a status of 403",)
    quick_add(alice, "Lentil soup")
    accept(bob, invite(alice, "Bob"))
    expect(alice.go("/access").get_by_text("Besides you, one person can see parts of this diary.")).to_be_visible()
    is_fine(alice.go(f"/day/{today() - timedelta(days=1)}"))  # the longest title beside the longest sign
    page = bob.go("/access")
    is_fine(page)
    bob.press("Open", role="link", exact=False)
    expect(page.get_by_text("The owner sees each look")).to_be_visible()
    expect(page.get_by_text("Lentil soup").first).to_be_visible()
    is_fine(page)
    address = page.url
    page.screenshot(path=tmp_path / "theirs.png", full_page=True)
    page = alice.go("/access")
    expect(page.get_by_text(re.compile("opened your diary")).first).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "access.png", full_page=True)
    page.locator("article.consent").get_by_role("button", name=re.compile("^Stop")).click()
    expect(page.get_by_text("Stopped. The next request will be refused.").first).to_be_visible()
    page = bob.page
    page.goto(address)
    expect(page.get_by_role("heading", name="No longer shared")).to_be_visible()


def reads_the_report(page: Page) -> None:
    """From the day: a month of it, and the food behind its energy."""
    page.locator("main").get_by_role("link", name="Report").click()
    expect(page.get_by_text("Means a day over 1 of 7 days.")).to_be_visible()
    page.get_by_role("link", name="30 days").click()
    expect(page.get_by_text("Means a day over 1 of 30 days.")).to_be_visible()
    page.locator("summary.nut", has_text="Energy").click()
    expect(page.locator(".nut-more li", has_text="Lentil soup").first).to_be_visible()
    is_fine(page)


@LOOKS
def test_a_target_that_dana_sets_stands_under_her_name_and_is_taken_back(
    open_window: Open, size: dict[str, int], theme: str, tmp_path: Path
) -> None:
    alice, dana = (newcomer(open_window, size, f"aims-{one}", theme) for one in ("alice", "dana"))
    quick_add(alice, "Lentil soup")
    accept(dana, invite(alice, "Dana", writes=True, also="Targets"))
    alice.go("/access")
    page = dana.go("/people")
    dana.press("Open", role="link", exact=False)
    page.locator("main").get_by_role("link", name="Trends").click()
    expect(page.get_by_text("mean of 1 days with entries")).to_be_visible()
    is_fine(page)
    page.locator("main").get_by_role("link", name="Back").click()
    reads_the_report(page)
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    page.locator("main").get_by_role("link", name="Back").click()
    page.locator("main").get_by_role("link", name="Targets").click()
    expect(page.get_by_role("heading", name="Targets", level=1)).to_be_visible()
    is_fine(page)
    dana.press("Change protein, carbs and fat", "link")
    is_fine(page)
    page.locator("main").get_by_role("link", name="Back").click()
    page.get_by_label("Your own energy target").fill("1800")
    is_fine(page)
    page.screenshot(path=tmp_path / "their-targets.png", full_page=True)
    dana.press("Save targets")
    expect(page.get_by_text("Saved. They count from today on.").first).to_be_visible()
    page = alice.go(f"/day/{today()}")
    is_fine(page)
    page.screenshot(path=tmp_path / "told.png")
    page.get_by_role("link", name="Look, keep or undo").click()
    expect(page.get_by_role("heading", name=re.compile("changed these on"))).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "undo.png")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_text("Undone. Your targets are as before").first).to_be_visible()
    expect(page.get_by_label("Your own energy target")).to_have_value("")
    is_fine(page)


def test_what_dana_changes_stands_under_her_name_and_is_taken_back(open_window: Open, tmp_path: Path) -> None:
    alice, dana = newcomer(open_window, PHONE, "write-alice"), newcomer(open_window, DESKTOP, "write-dana")
    add_egg(alice, f"/day/{today()}/add", "120")
    accept(dana, invite(alice, "Dana", writes=True))
    alice.go("/access")
    page = dana.go("/people")
    is_fine(page)
    dana.press("Open", role="link", exact=False)
    expect(page.get_by_text("The owner sees each look")).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "theirs.png", full_page=True)
    page.locator("main a.name").first.click()
    expect(page.get_by_label("Amount")).to_be_visible()
    expect(page.locator("dialog").get_by_text("The owner sees each look")).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "entry.png")
    page.get_by_label("Amount").fill("140")
    dana.press("Save")
    expect(page.get_by_text("140\u202fg").first).to_be_visible()
    assert "/people/" in page.url
    is_fine(page)
    page.locator("#add-lunch").click()
    expect(page.get_by_label("Search foods")).to_be_visible()
    page.get_by_label("Search foods").fill("apples raw")
    expect(page.locator("dialog li.hit").first).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "add.png")
    page.locator("dialog li.hit button").first.click()
    expect(page.locator("main").get_by_text("Apples").first).to_be_visible()
    assert "/people/" in page.url
    dana.press("All nutrients", "link")
    expect(page.get_by_role("heading", name="Nutrients", level=1)).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "nutrients.png")
    page = alice.go(f"/day/{today()}")
    expect(page.get_by_text(re.compile("120\\sg to 140\\sg\\."))).to_be_visible()
    expect(page.get_by_text("added this.")).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "changed.png", full_page=True)
    page.get_by_role("button", name=re.compile("^Undo.*Apples")).click()
    expect(page.locator(".meal").get_by_text("Apples")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Undo.*Egg")).click()
    expect(page.get_by_text(re.compile("to 140"))).to_have_count(0)
    is_fine(page)


def add_egg(person: Person, path: str, amount: str) -> None:
    page = person.go(f"{path}?open={EGG}&meal=breakfast")
    page.get_by_label("Unit").select_option(value="g")
    page.get_by_label("Amount").fill(amount)
    page.locator("form.portion button[type=submit]:visible").click()
    expect(page.locator("main").get_by_text("Egg").first).to_be_visible()


def quick_add(person: Person, name: str) -> None:
    page = person.go(f"/day/{today()}/add?tab=quick")
    page.get_by_label("What was it").fill(name)
    page.get_by_label(re.compile("Energy")).first.fill("310")
    page.locator("form.quick button.btn-primary").first.click()
    expect(page.get_by_text(name).first).to_be_visible()
