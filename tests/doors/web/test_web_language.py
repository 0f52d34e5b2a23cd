"""The whole product in German: every page, mail and sentence, from the first visit on; and how a language is chosen."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from tests.doors.web.people import (
    EGG,
    PASSPHRASE,
    agree,
    browser,
    day_url,
    entry_urls,
    field,
    log,
    new_account,
    text_of,
)
from tests.english import english_in

from nutshell.accounts import consents
from nutshell.accounts.models import Consent, User

pytestmark = pytest.mark.django_db(databases=["default", "records"])
GERMAN = {"accept-language": "de-CH,de;q=0.9,en;q=0.5"}
COOKIE = "__Host-language"
HEIDI = "heidi@example.org"


def german_browser() -> Client:
    client = browser()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = GERMAN["accept-language"]
    return client


def is_german(response: Any) -> str:
    page = text_of(response)
    assert response.status_code in (200, 422), response.status_code
    assert '<html lang="de"' in page
    assert english_in(page) == []
    return page


def test_english_is_seen_where_it_stands(alice: Client) -> None:
    found = english_in(text_of(alice.get(day_url())))
    assert {"today", "breakfast", "food", "Nothing here yet. Add what you had, or copy yesterday."} <= set(found)


# ---------- the whole way in German ----------


@pytest.mark.usefixtures("node")
def test_heidi_signs_up_logs_an_egg_and_looks_around_in_german(db: None) -> None:
    heidi = german_browser()
    for path in ("/", "/privacy", "/security", "/account/login/", "/account/signup/", "/account/password/reset/"):
        is_german(heidi.get(path))
    sign_up(heidi)
    assert "Gesundheit" in is_german(heidi.get("/consent/health-data"))
    is_german(heidi.post("/consent/health-data", {"version": "1"}))
    agree(heidi, "Europe/Zurich")
    assert "Noch nichts hier." in is_german(heidi.get(day_url()))
    assert "hinzugefügt" in is_german(heidi.get(log(heidi, EGG, "1,5", "g").url))
    for path in pages_of_a_person(heidi):
        is_german(heidi.get(path))


def sign_up(heidi: Client) -> None:
    heidi.post("/account/signup/", {"email": HEIDI, "password1": PASSPHRASE})
    is_german(heidi.get("/account/confirm-email/"))
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]
    assert mail.outbox[-1].subject == "Dein Code für Nutshell"
    heidi.post("/account/confirm-email/", {"code": code})


def pages_of_a_person(heidi: Client) -> list[str]:
    entry = entry_urls(text_of(heidi.get(day_url())))[0]
    days = [
        f"{day_url()}{place}" for place in ("", "/add", "/add?tab=quick", "/several", "/copy", "/changes", "/nutrients")
    ]
    return [
        *days, f"{day_url()}/add?q=egg", f"{day_url()}/nutrients?span=7", entry, "/trends", "/foods", "/foods/new",
        f"/foods/{EGG}", "/you", "/keyboard", "/access", "/settings", "/settings/profile", "/settings/targets",
        "/settings/macros", "/account/email/", "/account/password/change/", "/account/2fa/", "/consent/health-data",
    ]  # fmt: skip


@pytest.mark.usefixtures("node")
def test_what_is_not_right_is_said_in_german(db: None) -> None:
    heidi = in_german(new_account(HEIDI))
    wrong = {
        f"{day_url()}/entries": {"food": EGG, "amount": "viel", "unit": "g"},
        f"{day_url()}/note": {"note": "x" * 10_001},
        "/settings": {"meals": ""},
        "/settings/profile": {"height": "1", "sex": "male", "condition": "pregnant-1"},
        "/settings/targets": {"own_budget": "1"},
        "/foods/new": {"name": "", "n-208": "-1"},
    }
    for path, sent in wrong.items():
        is_german(heidi.post(path, sent))
    assert "Hier ist nichts" in text_of(heidi.get("/foods/sr28:99999"))


def in_german(client: Client) -> Client:
    agree(client)
    client.get("/today", follow=True)  # "Your diary is ready." was still English
    client.post("/settings", {"language": "de", "card": ["week", "water", "note"], "keys": "on"})
    return client


# ---------- numbers and days ----------


@pytest.mark.usefixtures("node")
def test_numbers_and_days_are_written_and_read_as_in_german(db: None) -> None:
    heidi = in_german(new_account(HEIDI))
    log(heidi, amount="1,125")
    page = text_of(heidi.get(day_url()))
    date = r"[A-Z][a-z] \d{1,2}\. [A-Z]\w+\.?"
    assert re.search(rf'<h1>Heute <span class="date"><span class="only-desk-inline">{date}</span>', page)
    assert field(text_of(heidi.get(entry_urls(page)[0])), "amount") == "1,125"
    unclear = heidi.post(f"{day_url()}/entries", {"food": EGG, "amount": "1.500", "unit": "g"})
    assert "Schreib 1500 oder 1,5" in text_of(unclear)


def test_in_english_a_point_is_a_point(alice: Client) -> None:
    log(alice, amount="1.125")
    assert field(text_of(alice.get(entry_urls(text_of(alice.get(day_url())))[0])), "amount") == "1.125"


# ---------- choosing ----------


@pytest.mark.usefixtures("node")
def test_a_visitor_chooses_in_the_footer_and_comes_back(db: None) -> None:
    visitor = browser()
    assert '<html lang="en"' in text_of(visitor.get("/account/login/?next=/trends"))
    answer = visitor.post("/language", {"language": "de", "next": "/account/login/?next=/trends"})
    assert (answer.status_code, answer.url) == (303, "/account/login/?next=/trends")
    page = text_of(visitor.get(answer.url))
    assert '<html lang="de"' in page
    assert '<button name="language" value="de" lang="de" aria-current="true">Deutsch</button>' in page


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_a_choice_leads_to_no_other_site(wanted: str) -> None:
    assert browser().post("/language", {"language": "de", "next": wanted}).url == "/"


@pytest.mark.parametrize("sent", [{}, {"language": "xx"}, {"language": ""}, {"language": "fr"}])
def test_a_language_that_is_not_there_is_refused(sent: dict[str, str]) -> None:
    answer = browser().post("/language", sent)
    assert answer.status_code == 422
    assert COOKIE not in answer.cookies


@pytest.mark.usefixtures("node")
def test_a_browser_that_wants_a_language_we_do_not_have_gets_english(db: None) -> None:
    assert '<html lang="en"' in text_of(browser().get("/", headers={"accept-language": "fr,it;q=0.8"}))


def test_the_choice_in_the_settings_is_kept_and_follows_to_another_device(alice: Client) -> None:
    saved = alice.post("/settings", {"language": "de"}, follow=True)
    assert "Gespeichert." in text_of(saved)
    phone = browser()
    phone.post("/account/login/", {"login": "alice@example.org", "password": PASSPHRASE})
    assert '<html lang="de"' in text_of(phone.get("/settings"))
    cookie = phone.cookies[COOKIE]
    assert (cookie.value, cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("de", True, True, "Lax")
    assert '<html lang="de"' in text_of(phone.get("/account/password/change/"))
    assert User.objects.get().language == "de"


def test_the_choice_stands_sealed_with_the_profile(alice: Client) -> None:
    alice.post("/settings", {"language": "de"})
    User.objects.update(language="")
    phone = browser()
    phone.post("/account/login/", {"login": "alice@example.org", "password": PASSPHRASE})
    assert '<html lang="de"' in text_of(phone.get("/settings"))


def test_a_language_that_is_not_there_is_refused_in_the_settings(alice: Client) -> None:
    answer = alice.post("/settings", {"language": "fr"})
    assert answer.status_code == 422
    assert "This language is not known." in text_of(answer)


def test_the_signed_in_find_no_switch_in_the_footer(alice: Client) -> None:
    assert 'action="/language"' not in text_of(alice.get("/privacy"))
    assert 'action="/language"' in text_of(browser().get("/privacy"))


@pytest.mark.usefixtures("node")
def test_the_installed_app_is_described_in_the_language(db: None) -> None:
    told = german_browser().get("/manifest.webmanifest").json()
    assert told["lang"] == "de"
    assert [one["name"] for one in told["shortcuts"]] == ["Lebensmittel hinzufügen", "Nährstoffe"]


# ---------- mails and consents ----------


def test_mails_are_in_the_persons_language_whoever_asks_for_them(alice: Client) -> None:
    alice.post("/settings", {"language": "de"})
    browser().post("/account/password/reset/", {"email": "alice@example.org"})
    assert mail.outbox[-1].subject == "Ein neues Passwort für Nutshell"
    assert english_in(mail.outbox[-1].body.replace("/account/password/reset", "")) == []
    alice.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    alice.post("/account/reauthenticate/", {"password": PASSPHRASE})
    new = {"oldpassword": PASSPHRASE, "password1": "velvet harbour onion sketch"}
    alice.post("/account/password/change/", {**new, "password2": new["password1"]})
    assert mail.outbox[-1].subject == "Dein Passwort wurde geändert"
    assert english_in(mail.outbox[-1].body) == []


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_consent_proves_the_wording_that_was_shown(language: str, db: None) -> None:
    person = new_account(HEIDI)
    person.post("/language", {"language": language})
    agree(person)
    shown = consents.hash_of(consents.current()[0], language)
    assert bytes(Consent.objects.get().text_hash) == shown
    assert len({consents.hash_of(consents.current()[0], code) for code in ("en", "de")}) == 2
