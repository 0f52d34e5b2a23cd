"""Who can see what: tokens, devices, consents, leaving; and foods, targets and settings of one's own."""

import re

import pytest
from django.test import Client
from tests.doors.web.people import (
    ALICE,
    EGG,
    OATS,
    PASSPHRASE,
    agree,
    browser,
    day_url,
    entry_urls,
    field,
    log,
    new_account,
    reauthenticate,
    text_of,
    undo_urls,
)

from nutshell.accounts.models import Token, User

pytestmark = pytest.mark.django_db(databases=["default", "records"], transaction=False)
SENSITIVE = ("/account/close", "/access/tokens/new", "/consent/health-data/withdraw")


def old_proof(client: Client) -> None:
    """As if the sign-in lay an hour back."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()


@pytest.mark.parametrize("url", SENSITIVE)
def test_what_cannot_be_undone_asks_for_a_fresh_proof_first(alice: Client, url: str) -> None:
    old_proof(alice)
    for answer in (alice.get(url), alice.post(url, {"sure": "yes", "name": "x", "scope": "all"})):
        assert answer.status_code == 303
        assert answer.url.startswith("/account/reauthenticate/?next=")
    assert Token.objects.count() == 0
    reauthenticate(alice)
    assert alice.get(url).status_code == 200


def test_a_token_is_shown_once_listed_and_stopped(alice: Client) -> None:
    made = alice.post("/access/tokens/new", {"name": "Kitchen scale", "scope": ["diary:write"], "until": ""})
    token = re.search(r"nutshell_[\w-]{43}", text_of(made))[0]
    listed = text_of(alice.get("/access"))
    assert token not in listed
    assert "Kitchen scale" in listed
    assert "Only you and one app can open this diary." in listed
    api = browser()
    bearer = {"Authorization": f"Bearer {token}"}
    assert api.get(f"/api/v1/diary/{day_url()[5:]}", headers=bearer).status_code == 200
    alice.post(re.search(r'action="(/access/tokens/[^"]+/stop)"', listed)[1])
    assert "Kitchen scale" not in text_of(alice.get("/access")).split("What happened")[0].split("toast")[0]
    assert api.get(f"/api/v1/diary/{day_url()[5:]}", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "scope": "all"},
        {"name": "x"},
        {"name": "x", "scope": "moon:read"},
        {"name": "n" * 81, "scope": "all"},
        {"name": "a\0b", "scope": "all"},
        {"name": "x", "scope": "all", "until": "2001-01-01"},
        {"name": "x", "scope": "all", "until": "x"},
    ],
)
def test_a_token_that_cannot_be_is_not_made(alice: Client, sent: dict[str, str]) -> None:
    assert alice.post("/access/tokens/new", sent).status_code == 422
    assert Token.objects.count() == 0


def test_another_persons_token_and_device_read_like_absent_ones(alice: Client, bob: Client) -> None:
    alice.post("/access/tokens/new", {"name": "Scale", "scope": "all"})
    stop = re.search(r'action="(/access/tokens/[^"]+/stop)"', text_of(alice.get("/access")))[1]
    assert bob.post(stop).status_code == 404
    assert Token.objects.count() == 1


def test_a_device_is_ended_from_the_list(alice: Client) -> None:
    phone = browser()
    phone.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    assert phone.get("/today").url.startswith("/day/")
    page = text_of(alice.get("/access"))
    alice.post(re.search(r'action="(/access/sessions/[0-9a-f-]+/end)"', page)[1])
    assert phone.get("/today").url.startswith("/account/login/")
    assert alice.get("/today").url.startswith("/day/")


def test_the_ledger_tells_what_happened(alice: Client) -> None:
    browser().post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    page = text_of(alice.get("/access"))
    assert "You gave a consent" in page
    assert "You signed in" in page


def test_a_box_that_is_not_ticked_is_no_consent(newcomer: Client) -> None:
    refused = newcomer.post("/consent/health-data", {"version": "1"})
    assert refused.status_code == 422
    assert "Tick the box" in text_of(refused)
    assert User.objects.get().subject_id is None
    assert newcomer.post("/consent/health-data", {"version": "0", "agree": "health-data"}).status_code == 409
    assert User.objects.get().subject_id is None


def test_who_declines_leaves_nothing_behind(newcomer: Client) -> None:
    declined = newcomer.post("/consent/health-data", {"act": "decline"})
    assert declined.url == "/"
    assert User.objects.count() == 0


def test_consent_comes_back_to_where_somebody_wanted_to_go(newcomer: Client) -> None:
    wanted = newcomer.get("/foods").url
    sent = {"version": "1", "agree": "health-data"}
    assert newcomer.post(wanted, sent).url == "/foods"
    elsewhere = new_account("dana@example.org")
    assert elsewhere.post("/consent/health-data?next=https://evil.example/", sent).url == "/today"


def test_an_own_food_is_made_logged_corrected_and_removed(alice: Client) -> None:
    units = {"unit_name": ["tub", ""], "unit_grams": ["170", ""], "basis": "100g"}
    sent = {"name": "Skyr", "brand": "Isey", "n-208": "63", "n-203": "11", **units}
    url = alice.post("/foods/new", sent).url
    food = url.removeprefix("/foods/")
    done = log(alice, food, "1", "s1")
    assert "1 tub, 170" in text_of(alice.get(done.url))
    form = text_of(alice.get(f"{url}/edit"))
    assert field(form, "n-203") == "11"
    alice.post(f"{url}/edit", {**sent, "n-203": "12", "version": field(form, "version")})
    assert "20.4" in text_of(alice.get(url))
    assert "18.7" in text_of(alice.get(day_url())), "what was logged keeps what it had"
    assert alice.post(f"{url}/edit", {**sent, "version": "1"}).status_code == 412
    assert alice.post(f"{url}/edit", {"act": "delete"}).url == "/foods"
    assert alice.get(url).status_code == 404
    assert "Skyr" in text_of(alice.get(day_url()))


def test_one_more_unit_keeps_what_was_typed(alice: Client) -> None:
    sent = {
        "name": "Skyr",
        "unit_name": ["tub", "cup"],
        "unit_grams": ["170", "200"],
        "n-208": "63",
        "act": "more-units",
    }
    page = text_of(alice.post("/foods/new", sent))
    assert page.count('name="unit_name"') == 3
    assert 'value="Skyr"' in page
    assert 'value="63"' in page


def test_a_copy_of_a_table_food_can_be_corrected(alice: Client) -> None:
    url = alice.post(f"/foods/{EGG}/copy").url
    assert url.endswith("/edit")
    form = text_of(alice.get(url))
    assert field(form, "name") == "Egg, whole, raw, fresh"
    assert field(form, "n-208") == "143"
    assert "Your own copy" in text_of(alice.get(url.removesuffix("/edit")))


def test_a_favourite_comes_first(alice: Client) -> None:
    alice.post(f"/foods/{OATS}/favourite", {"favourite": "1"})
    assert "Cereals, oats" in text_of(alice.get(f"{day_url()}/add?tab=favourites"))
    alice.post(f"/foods/{OATS}/favourite", {"favourite": "0"})
    assert "Cereals, oats" not in text_of(alice.get(f"{day_url()}/add?tab=favourites"))


def test_a_value_tells_its_source(alice: Client) -> None:
    page = text_of(alice.get(f"/foods/{EGG}"))
    assert "USDA National Nutrient Database" in page
    assert "Analytical" in page
    assert re.search(r"<span>Vitamin C</span>|Vitamin C", page)


def test_own_targets_go_before_the_reference(alice: Client) -> None:
    alice.post("/settings/profile", {"birth_date": "1992-03-14", "sex": "female", "height": "168", "weight": "62"})
    assert "75 to 2,000\u202fmg, DRI RDA and DRI UL" in text_of(alice.get("/settings/targets"))
    assert alice.post("/settings/targets", {"rate": "-0,5", "min-401": "200", "own_budget": "1800"}).status_code == 303
    page = text_of(alice.get("/settings/targets"))
    assert field(page, "min-401") == "200"
    assert field(page, "rate") == "-0.5"
    log(alice)
    assert "of 1,800 kcal" in text_of(alice.get(day_url()))
    assert "Target 200\u202fmg, your own." in text_of(alice.get(f"{day_url()}/nutrients"))


def test_look_and_meals_are_the_persons_own(alice: Client) -> None:
    sent = {
        "theme": "dark",
        "meals": "Morning\nNoon\nNight",
        "card": ["water"],
        "language": "en-gb",
        "energy_unit": "kcal",
    }
    assert alice.post("/settings", sent).status_code == 303
    page = text_of(alice.get(day_url()))
    assert 'data-theme="dark"' in page
    assert 'lang="en-gb"' in page
    assert 'data-keys="off"' in page
    assert ">Noon<" in page
    assert "Save note" not in page
    assert "Energy, last 7 days" not in page
    alice.post("/settings/keys", {"keys": "on"})
    assert 'data-keys="off"' not in text_of(alice.get(day_url()))


def test_the_look_follows_the_person_to_another_device(alice: Client) -> None:
    alice.post("/settings", {"theme": "dark", "card": ["water", "week", "note"], "keys": "on"})
    phone = browser()
    phone.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    assert 'data-theme="dark"' in text_of(phone.get(day_url()))


def test_today_is_where_the_person_is(newcomer: Client) -> None:
    agree(newcomer, zone="Pacific/Kiritimati")
    east = newcomer.get("/today").url
    newcomer.post("/settings", {"zone": "Pacific/Pago_Pago"})
    assert newcomer.get("/today").url < east


def test_htmx_is_sent_to_whole_pages_where_it_cannot_swap(alice: Client) -> None:
    (url,) = entry_urls(text_of(alice.get(log(alice).url)))
    (undo, *_rest) = undo_urls(text_of(alice.get(f"{day_url()}/changes")))
    alice.post(url, {"act": "delete"})
    headers = {"HX-Request": "true", "HX-Current-URL": f"https://localhost{day_url()}"}
    refused = alice.post(undo, headers=headers)
    assert refused["HX-Redirect"] == day_url()
    assert "cannot be undone" in text_of(alice.get(day_url()))
    assert browser().get(day_url(), headers=headers)["HX-Redirect"].startswith("/account/login/")


def test_what_another_device_chose_shows_on_the_next_day_page(alice: Client) -> None:
    phone = browser()
    phone.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    assert 'data-theme="dark"' not in text_of(phone.get(day_url()))
    alice.post("/settings", {"theme": "dark", "energy_unit": "kJ", "card": ["water"], "keys": "on"})
    page = text_of(phone.get(day_url()))
    assert 'data-theme="dark"' in page
    assert "kJ eaten" in page
