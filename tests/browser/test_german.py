"""The product in German on a phone and at a desk: the longest words fit, and no English is left."""

import re

from playwright.sync_api import expect
from tests.english import english_in

from . import people
from .conftest import Open
from .people import DESKTOP, PASSPHRASE, PHONE, Person
from .test_pages import FOOD, HER_PAGES, OPEN_PAGES, SMALLEST
from .watching import sideways, squeezed, violations

SETTINGS = 'form[action="/settings"]'


def test_heidi_signs_up_eats_and_looks_around_in_german(open_window: Open) -> None:
    heidi = open_window(PHONE, locale="de-CH")
    heidi.watch.expected = ("Failed to load resource: the server responded with a status of 404",)
    fits_and_is_german(heidi, OPEN_PAGES)
    signs_up(heidi)
    logs_lunch(heidi)
    fits_and_is_german(heidi, HER_PAGES, SMALLEST, DESKTOP)


def fits_and_is_german(heidi: Person, paths: tuple[str, ...], *also: dict[str, int]) -> None:
    """On a phone, and in windows of the other sizes."""
    found = []
    for path in paths:
        page = heidi.go(path)
        assert page.locator("html").get_attribute("lang") == "de"
        wrong = [*violations(page), *english_in(page.content())]
        for size in (*also, PHONE):
            page.set_viewport_size(size)
            wrong += [*sideways(page), *squeezed(page)]
        found += [f"{path}: {one}" for one in wrong]
    assert found == [], "\n".join(found)


def signs_up(heidi: Person) -> None:
    heidi.email = "heidi@example.org"
    page = heidi.go("/account/signup/")
    page.get_by_label("E-Mail").fill(heidi.email)
    page.get_by_label("Passphrase oder Passwort").fill(PASSPHRASE)
    since = len(heidi.stack.printed)
    heidi.press("Konto anlegen")
    expect(page.get_by_role("heading", name="Gib den Code ein")).to_be_visible()
    mail = heidi.stack.mail_to(heidi.email, after=since)
    assert "Dein Code für Nutshell" in mail
    page.get_by_label("Code").fill(re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", mail, re.MULTILINE)[1])
    heidi.press("Weiter")
    expect(page.get_by_role("button", name="Ich bin einverstanden", exact=True)).to_be_visible()
    assert [*sideways(page), *english_in(page.content())] == []
    for box in page.get_by_role("checkbox").all():
        box.check()
    heidi.press("Ich bin einverstanden")
    expect(page.get_by_role("heading", name="Heute", level=1)).to_be_visible()


def logs_lunch(heidi: Person) -> None:
    """An amount with a decimal comma; the page's own script writes numbers as the server does."""
    page = heidi.go(f"/today/add?meal=lunch&q=yogurt&open={FOOD}")
    amount, grams = page.get_by_label("Menge"), page.locator("select[name=unit]")
    grams.select_option("g")
    amount.fill("1,125")
    expect(page.locator("[data-per-gram]").first).to_have_text("1")
    amount.fill("237,5")
    protein = page.locator("[data-per-gram]").nth(1)
    expect(protein).to_have_text(re.compile(r"^\d+,\d$"))
    heidi.press("Zu Mittagessen hinzufügen")
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".entry .sub")).to_contain_text("237,5")
    expect(page.locator("#toasts")).to_contain_text("hinzugefügt")


def test_a_choice_in_the_settings_holds_at_once_and_for_account_pages(open_window: Open) -> None:
    person = open_window(PHONE)
    people.sign_up_with_words(person, "vreni@example.org")
    people.agree(person)
    page = person.go("/settings")
    page.get_by_label("Language").select_option(label="Deutsch")
    page.locator(SETTINGS).get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    expect(person.go("/account/password/change/").get_by_role("heading", level=1)).to_have_text("Passwort ändern")
    person.go("/settings")
    page.get_by_label("Sprache").select_option(label="English (UK)")
    page.locator(SETTINGS).get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
