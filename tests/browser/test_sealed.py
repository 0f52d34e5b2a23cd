"""Sealing an account and coming back to it: by password, by passkey, and by the recovery code after a lost password."""

import re

from playwright.sync_api import Page, expect

from . import people
from .conftest import Open
from .people import PASSPHRASE, PHONE, Person
from .test_newcomer import sign_in_with_passkey, sign_out
from .watching import sideways, violations

NEW_PASSPHRASE = "copper meadow violin thursday"


def is_fine(page: Page) -> None:
    assert sideways(page) == []
    assert violations(page) == []


def test_an_account_is_sealed_opened_by_passkey_and_recovered_by_the_code(open_window: Open) -> None:
    person = open_window(PHONE)
    # The refused forms below answer 422, which the browser says in its console.
    person.watch.expected = ("Failed to load resource: the server responded with a status of 422",)
    people.give_passkeys(person, opens_accounts=True)
    people.sign_up_with_words(person, "sealed@example.org")
    people.agree(person)
    code = the_account_is_sealed(person)
    a_passkey_is_made_and_opens_it(person)
    a_lost_password_is_replaced_by_the_code(person, code)
    the_account_is_unsealed(person)


def to_sealed_account(person: Person) -> Page:
    page = person.go("/settings/sealed")
    if page.get_by_role("heading", name="Confirm that it is you").is_visible():
        page.get_by_label("Password").fill(PASSPHRASE)
        person.press("Go on")
    expect(page.get_by_role("heading", name="Sealed account", level=1)).to_be_visible()
    return page


def the_account_is_sealed(person: Person) -> str:
    page = to_sealed_account(person)
    is_fine(page)
    person.press("Make a recovery code")
    code = page.locator(".phrase").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){7}[0-9A-Z]{4}", code)
    is_fine(page)
    page.get_by_role("textbox", name="Recovery code").fill("0000-" + code[5:])
    page.get_by_label("Your password").fill(PASSPHRASE)
    person.press("Seal my account")
    expect(page.locator("#e-recovery_code")).to_contain_text("This is not the code that was shown.")
    is_fine(page)
    page.get_by_role("textbox", name="Recovery code").fill(code)
    page.get_by_label("Your password").fill(PASSPHRASE)
    person.press("Seal my account")
    expect(page.get_by_text("nobody can open it, not even us.").first).to_be_visible()
    is_fine(page)
    sign_out(person)
    people.sign_in_with_words(person, person.email)
    return code


def a_passkey_is_made_and_opens_it(person: Person) -> None:
    page = person.go("/account/2fa/webauthn/add/")
    if page.get_by_role("heading", name="Confirm that it is you").is_visible():
        page.get_by_label("Password").fill(PASSPHRASE)
        person.press("Go on")
    page.get_by_label("Name").fill("My phone")
    page.locator("[name=passwordless]").check()
    page.locator("form[data-passkey=create] button").first.click()
    expect(page.get_by_role("heading", name="Backup codes")).to_be_visible()
    sign_out(person)
    sign_in_with_passkey(person)
    expect(page.get_by_role("heading", name="Open your account")).to_be_visible()
    is_fine(page)
    page.get_by_label("Your password").fill(PASSPHRASE)
    person.press("Open with the password")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    to_sealed_account(person)
    person.press("Let a passkey open it")
    expect(page.get_by_role("status")).to_contain_text("This passkey opens your account from now on.")
    is_fine(page)
    sign_out(person)
    sign_in_with_passkey(person)
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def a_lost_password_is_replaced_by_the_code(person: Person, code: str) -> None:
    sign_out(person)
    page = person.go("/account/password/reset/")
    page.get_by_label("E-mail").fill(person.email)
    since = len(person.stack.printed)
    page.locator("form button[type=submit]").first.click()
    link = re.search(r"https://\S+/password/reset/key/\S+", person.stack.mail_to(person.email, after=since))
    assert link
    page.goto(link[0])
    is_fine(page)
    page.get_by_role("textbox", name="Recovery code").fill(code)
    for field in page.locator("input[type=password]").all():
        field.fill(NEW_PASSPHRASE)
    person.press("Save the new password")
    person.go("/account/login/")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(NEW_PASSPHRASE)
    person.press("Sign in")
    second_step = page.get_by_role("button", name="Use your passkey")
    expect(second_step.or_(page.get_by_role("heading", name="Today", level=1)).first).to_be_visible()
    if second_step.is_visible():
        second_step.click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def the_account_is_unsealed(person: Person) -> None:
    page = person.go("/settings/sealed")
    person.press("Unseal my account")
    expect(page.get_by_text("Today this server can open your diary without you.")).to_be_visible()
    is_fine(page)
