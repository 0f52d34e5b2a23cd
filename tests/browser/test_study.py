"""A study in a real browser: Rosa founds it, Alice looks at what would be sent, agrees, is in a release, withdraws."""

import io
import re
import zipfile
from pathlib import Path

import pyrage
from playwright.sync_api import Page, expect
from tests.security.requirements.people import Person as Visitor
from tests.stack import Stack

from .conftest import Open, today
from .people import DESKTOP, PASSPHRASE, PHONE, Person
from .test_sharing import is_fine, newcomer, quick_add


def proved(person: Person, heading: str) -> Page:
    """Past the question for the password, if it is asked."""
    page = person.page
    if page.get_by_role("heading", name="Confirm that it is you").is_visible():
        page.get_by_label("Password").fill(PASSPHRASE)
        person.press("Go on")
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    return page


def founded(rosa: Person, key: str) -> str:
    """A study that takes people; the path of its address."""
    rosa.go("/studies")
    is_fine(rosa.page)
    rosa.press("Found a study", "link")
    page = proved(rosa, "A study")
    is_fine(page)
    page.get_by_label("Title").fill("Soup and sleep")
    page.get_by_label("What it is about, for participants").fill("We look at evenings.")
    page.get_by_label("Who answers questions, and how to reach them").fill("Rosa, room 12")
    page.get_by_label("First day").fill(str(today()))
    page.get_by_label("Last day").fill(str(today()))
    page.get_by_label("Energy, kcal", exact=True).check()
    page.get_by_label("Vitamin C, mg", exact=True).check()
    rosa.press("Save")
    expect(page.get_by_text("The study is made.").first).to_be_visible()
    page.get_by_label("Number").fill("EC 12/26")
    page.get_by_label("Day", exact=True).fill("2026-10-01")
    page.get_by_label("Its text").fill("Approved by the committee.")
    page.locator("#f-ethics").get_by_role("button", name="Keep").click()
    page.locator("#f-file").set_input_files(
        {"name": "approval.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    rosa.press("Upload")
    expect(page.get_by_role("link", name="document (PDF)")).to_be_visible()
    is_fine(page)
    page.get_by_label("The text").fill("We read sums of your days.")
    page.locator("form", has=page.locator("#f-text")).get_by_role("button", name="Keep").click()
    page.get_by_label("Your age key: only it opens a release").fill(key)
    page.locator("form", has=page.locator("#f-recipient")).get_by_role("button", name="Keep").click()
    rosa.press("Open the study")
    expect(page.get_by_text("The study takes people now.").first).to_be_visible()
    is_fine(page)
    return re.search(r"/studies/[0-9a-f-]{36}", page.url)[0]


def others(stack: Stack, path: str) -> None:
    """Five more who take part by their apps: fewer would make no release, also after Alice withdrew."""
    for number in range(5):
        person = Visitor(stack, f"study-{number}@example.org").agree()
        soup = {"name": "Lentil soup", "kcal": 180, "meal": "lunch"}
        assert person.app("POST", f"/diary/{today()}/entries", soup).status_code == 201
        shown = person.app("GET", path).json()
        wish = {
            "version": shown["version"],
            "terms": shown["terms"],
            "first_day": str(today()),
            "last_day": str(today()),
        }
        assert person.app("POST", f"{path}/part", wish).status_code == 201


def test_alice_sees_what_would_be_sent_agrees_and_withdraws(open_window: Open, stack: Stack, tmp_path: Path) -> None:
    rosa, alice = newcomer(open_window, DESKTOP, "study-rosa"), newcomer(open_window, PHONE, "study-alice")
    quick_add(alice, "Lentil soup")
    key = pyrage.x25519.Identity.generate()
    path = founded(rosa, str(key.to_public()))
    page = alice.go(path)
    expect(page.get_by_text("Just this 1 day")).to_be_visible()
    expect(page.locator("table.plain").get_by_text("unknown")).to_be_visible()
    expect(page.get_by_text("fewer than five")).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "study.png", full_page=True)
    with page.expect_download() as document:
        page.get_by_role("link", name="document (PDF)").click()
    assert document.value.suggested_filename == "ethics-approval.pdf"
    alice.press("Read what you agree to", "link")
    proved(alice, "What you agree to")
    is_fine(page)
    alice.press("I agree and take part")
    expect(page.get_by_text("You take part. You can pause").first).to_be_visible()
    pseudonym = page.locator("#pseudonym").inner_text()
    is_fine(page)
    with page.expect_download() as copy:
        alice.press("Your signed copy", "link")
    assert "We read sums of your days." in copy.value.path().read_text()
    page = alice.go("/access")
    expect(page.get_by_role("heading", name="Soup and sleep")).to_be_visible()
    is_fine(page)
    rosa.go(f"{path}/run")
    expect(rosa.page.get_by_text("Nobody is listed before there are five.")).to_be_visible()
    others(stack, path)
    rows = released(rosa, path, key, 1, tmp_path)
    assert pseudonym in rows
    alice.go(path)
    page.get_by_text("Withdraw", exact=True).click()
    expect(page.get_by_text("These hold your data already")).to_be_visible()
    page.get_by_label("Take back those that still lie here").check()
    is_fine(page)
    page.screenshot(path=tmp_path / "withdraw.png", full_page=True)
    alice.press("Withdraw now")
    expect(page.get_by_text("You withdrew. The next release").first).to_be_visible()
    assert pseudonym not in released(rosa, path, key, 2, tmp_path)
    expect(rosa.page.get_by_text("asks you to erase earlier releases")).to_be_visible()


def released(rosa: Person, path: str, key: pyrage.x25519.Identity, number: int, folder: Path) -> str:
    """A release that the page shows coming, downloaded and decrypted: its data.csv."""
    rosa.go(f"{path}/run")
    rosa.press("Order a release")
    page = rosa.page
    expect(page.get_by_text(f"Release {number}", exact=False).first).to_be_visible()
    link = page.get_by_role("link", name=re.compile(f"^Download.*{number}$"))
    expect(link).to_be_visible(timeout=30_000)
    is_fine(page)
    page.screenshot(path=folder / f"run-{number}.png", full_page=True)
    with page.expect_download() as file:
        link.click()
    opened = pyrage.decrypt(file.value.path().read_bytes(), [key])
    return zipfile.ZipFile(io.BytesIO(opened)).read("data.csv").decode()
