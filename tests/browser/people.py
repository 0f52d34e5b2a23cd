"""What people do in the browser, in their words: sign up, sign in, log food."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from tests.stack import Stack

from .watching import Watch

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
LOOKS = pytest.mark.parametrize(
    ("size", "theme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone-light", "desk-dark"]
)
PASSPHRASE = "walnut harbour lantern quince ferry"
ZONE = "Europe/Berlin"
ALICE = "alice.lindqvist@example.org"


@dataclass
class Person:
    """Somebody with a browser window of their own."""

    email: str
    stack: Stack
    context: BrowserContext
    page: Page
    watch: Watch
    authenticator: str = ""

    def go(self, path: str) -> Page:
        self.page.goto(self.stack.url + path)
        return self.page

    def press(self, name: str, role: Any = "button", exact: bool = True) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.click()


def window(browser: Browser, stack: Stack, size: dict[str, int] = PHONE, theme: str = "light", **more: Any) -> Person:
    """A fresh browser profile; a phone has touch."""
    options = {
        "viewport": size, "color_scheme": theme, "has_touch": size["width"] < 960,
        "timezone_id": ZONE, "locale": "en-GB",
    }  # fmt: skip
    context = browser.new_context(base_url=stack.url, **{**options, **more})
    context.set_default_timeout(10_000)
    watch = Watch(stack.url).over(context)
    return Person("", stack, context, context.new_page(), watch)


def give_passkeys(person: Person, opens_accounts: bool = False) -> CDPSession:
    """A virtual authenticator of this device that checks the person, as a phone's does; with or without a PRF."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, "hasPrf": opens_accounts,
    }  # fmt: skip
    person.authenticator = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return session


def enter_mailed_code(person: Person, since: int) -> None:
    """The code stands on the operator's terminal, because no mail server is set."""
    expect(person.page.get_by_role("heading", name="Enter the code")).to_be_visible()
    mail = person.stack.mail_to(person.email, after=since)
    found = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", mail, re.MULTILINE)
    assert found, mail
    person.page.get_by_label("Code").fill(found[1])
    person.press("Go on")


def sign_up_with_passkey(person: Person, email: str) -> None:
    person.email = email
    page = person.go("/account/signup/")
    person.press("Sign up with a passkey", "link")
    page.get_by_label("E-mail").fill(email)
    since = len(person.stack.printed)
    person.press("Send the code")
    enter_mailed_code(person, since)
    page.get_by_label("Name").fill("My phone")
    person.press("Make the passkey")
    expect(page.get_by_role("button", name="I agree", exact=True)).to_be_visible()


def sign_up_with_words(person: Person, email: str) -> None:
    person.email = email
    page = person.go("/account/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSPHRASE)
    since = len(person.stack.printed)
    person.press("Make an account")
    enter_mailed_code(person, since)
    expect(page.get_by_role("button", name="I agree", exact=True)).to_be_visible()


def agree(person: Person) -> None:
    for box in person.page.get_by_role("checkbox").all():
        box.check()
    person.press("I agree")
    expect(person.page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def sign_in_with_words(person: Person, email: str) -> None:
    person.email = email
    page = person.go("/account/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSPHRASE)
    person.press("Sign in")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def prove_it_is_me(person: Person) -> None:
    """The step-up that sensitive acts ask for, if it asks now: the passkey if there is one, else the words."""
    page = person.page
    if not page.get_by_role("heading", name="Confirm that it is you").is_visible():
        return
    if person.authenticator:
        person.press("Use your passkey")
    else:
        page.get_by_label("Password").fill(PASSPHRASE)
        person.press("Go on")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_hidden()


def tell_about_alice(person: Person) -> None:
    """Age, sex, height, weight and activity: what targets need."""
    page = person.go("/settings/profile")
    page.get_by_label("Born").fill("1992-03-14")
    page.get_by_label("Sex for the reference values").select_option(label="Female")
    page.get_by_label("Height").fill("168")
    page.get_by_label("Weight").fill("62")
    page.get_by_label("Activity on an ordinary day").select_option(label="Light")
    person.press("Save")
    expect(page.get_by_text("Saved. Targets from today on follow.")).to_be_visible()
