"""Sentences follow the client's Accept-Language; codes, names and numbers never do."""

import pytest

from nutshell.common import errors
from nutshell.diary import days

pytestmark = pytest.mark.django_db(databases=["default", "records"])
DAY = "/diary/2026-11-23"
EGG = {"food_id": "sr28:01123", "amount": 1.5, "unit": "g"}
GERMAN = {"accept-language": "de-AT,de;q=0.9"}


def test_an_error_keeps_its_code_and_says_its_sentence_in_german(api):
    wrong = {**EGG, "amount": -1}
    english, german = api("POST", f"{DAY}/entries", wrong), api("POST", f"{DAY}/entries", wrong, **GERMAN)
    assert english.status_code == german.status_code == 422
    assert english.json()["type"] == german.json()["type"] == "invalid-input"
    assert english.json()["fields"] == {"amount": "Give an amount above 0 and at most 100,000."}
    assert german.json()["fields"] == {"amount": "Gib eine Menge über 0 und höchstens 100.000 an."}
    assert german.json()["detail"] == "Bitte korrigiere, was markiert ist."


def test_a_sentence_with_a_number_is_translated_before_it_is_filled(api, monkeypatch):
    monkeypatch.setattr(days, "MAX_ENTRIES", 1)
    api("POST", f"{DAY}/entries", EGG)
    full = api("POST", f"{DAY}/entries", EGG, **GERMAN)
    assert (full.status_code, full.json()["type"]) == (errors.TooLarge.status, errors.TooLarge.code)
    assert full.json()["detail"] == "Ein Tag fasst höchstens 1 Einträge."


def test_what_is_asked_for_in_german_is_what_is_asked_for_in_english(api):
    entry = api("POST", f"{DAY}/entries", EGG, **GERMAN).json()
    assert entry["amount"] == 1.5
    assert api("GET", DAY, **GERMAN).json() == api("GET", DAY).json()
    assert api("GET", "/foods/sr28:01123", **GERMAN).json() == api("GET", "/foods/sr28:01123").json()


def test_a_method_that_is_not_taken_is_told_in_german(api):
    answer = api("DELETE", DAY, **GERMAN)
    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")
    assert answer.json()["title"] == "Diese Adresse nimmt diese Methode nicht."


def test_a_language_we_do_not_have_is_english(api):
    assert api("GET", "/no/such", **{"accept-language": "fr"}).json()["title"] == "There is nothing here."
