"""A trusted contact in a real browser: Alice sealed her account, loses everything, and Bob brings her back."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect
from tests.stack import Stack

from . import people
from .conftest import Open
from .people import DESKTOP, PHONE, Person
from .test_sealed import the_account_is_sealed
from .test_sharing import accept, invite, is_fine, newcomer

NEW_WORDS = "velvet harbour onion sketch"
DAYS = 2


def days_pass(stack: Stack) -> None:
    """For the key store's clock and for what the accounts say."""
    earlier = (datetime.now(UTC) - timedelta(days=DAYS, minutes=1)).replace(tzinfo=None).isoformat(" ")
    for name, table, wanted in (("keys", "secret", "kind = 'contact'"), ("accounts", "trusted_contact", "1 = 1")):
        path = stack.data / f"{name}.sqlite3"
        with closing(sqlite3.connect(path, timeout=20)) as database, database:
            database.execute(f"UPDATE {table} SET started_at = ? WHERE started_at IS NOT NULL AND {wanted}", [earlier])


def test_bob_brings_alice_back_after_her_days(open_window: Open, tmp_path: Path) -> None:
    alice, bob = newcomer(open_window, PHONE, "contact-alice"), newcomer(open_window, DESKTOP, "contact-bob")
    # A code that is typed back wrong answers 422, which the browser says in its console.
    for person in (alice, bob):
        person.watch.expected = ("Failed to load resource: the server responded with a status of 422",)
    accept(bob, invite(alice, "Bob"))
    alice.go("/access")
    the_account_is_sealed(bob)
    the_account_is_sealed(alice)
    page = alice.go("/settings/sealed")
    page.get_by_label("Days that they wait").fill(str(DAYS))
    is_fine(page)
    alice.press("Name as a trusted contact")
    expect(page.get_by_text("Asked. They find it beside").first).to_be_visible()
    page = bob.go("/people")
    is_fine(page)
    page.locator("section", has=page.locator("#tb")).get_by_role("button", name=re.compile("^Accept")).click()
    page.get_by_role("button", name=re.compile("^Begin a recovery")).click()
    people.prove_it_is_me(bob)
    if page.get_by_role("button", name=re.compile("^Begin a recovery")).is_visible():
        page.get_by_role("button", name=re.compile("^Begin a recovery")).click()
    expect(page.get_by_text("You began a recovery")).to_be_visible()
    is_fine(page)
    page = alice.go("/access")
    expect(page.get_by_text("began a recovery of your account").first).to_be_visible()
    is_fine(page)
    page.screenshot(path=tmp_path / "access.png", full_page=True)
    page = alice.go("/today")
    expect(page.get_by_text("A recovery of your account is running.")).to_be_visible()
    is_fine(page)
    days_pass(alice.stack)
    page = bob.go("/people")
    page.get_by_role("button", name=re.compile("^Make the code")).click()
    people.prove_it_is_me(bob)
    code = page.locator(".phrase").inner_text()
    is_fine(page)
    page.screenshot(path=tmp_path / "code.png", full_page=True)
    comes_back(open_window(PHONE), alice.email, code)


def comes_back(person: Person, email: str, code: str) -> None:
    """By the mailed link and the code, with a new passphrase."""
    person.email = email
    page = person.go("/account/password/reset/")
    page.get_by_label("E-mail").fill(email)
    since = len(person.stack.printed)
    page.locator("form button[type=submit]").first.click()
    link = re.search(r"https://\S+/account/password/reset/key/\S+", person.stack.mail_to(email, after=since))
    assert link
    page.goto(link[0])
    page.get_by_role("textbox", name="Recovery code").fill(code)
    for field in page.locator("input[type=password]").all():
        field.fill(NEW_WORDS)
    person.press("Save the new password")
    page = person.go("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(NEW_WORDS)
    person.press("Sign in")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
