"""A day is logged through forms, from the first sign-in on, with no script."""

import re
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.doors.web.people import (
    BANANA,
    EGG,
    OATS,
    agree,
    day_url,
    entry_urls,
    field,
    log,
    text_of,
    today,
    undo_urls,
)

pytestmark = pytest.mark.django_db(databases=["default", "records"])

MOST_BYTES = 30_000
SIXTEEN = [f"sr28:{number}" for number in (
    "08120", "01123", "09040", "16057", "11457", "11529", "01019", "04053", "18075", "15076", "11356", "11091", "12061",
    "01116", "09003", "14209",
)]  # fmt: skip


def day_page(client: Client, back: int = 0) -> str:
    return text_of(client.get(day_url(back)))


def names_of(page: str) -> list[str]:
    return re.findall(r'class="name" href="/day/[^"]+" data-sheet>([^<]+)<', page)


def test_alice_signs_in_agrees_and_logs_her_breakfast(newcomer: Client) -> None:
    first = newcomer.get("/today")
    assert first.url.startswith("/consent/health-data?next=")
    assert "Keeping your health data" in text_of(newcomer.get(first.url))
    assert agree(newcomer).url == "/today"
    assert "Nothing here yet" in text_of(newcomer.get("/today", follow=True))
    done = log(newcomer)
    shown = text_of(newcomer.get(done.url))
    assert names_of(shown) == ["Oats, regular and quick"]
    assert "Oats, regular and quick added to Breakfast" in shown


def test_the_consent_keeps_where_the_device_says_its_clock_is(newcomer: Client) -> None:
    agree(newcomer, zone="Pacific/Kiritimati")
    assert 'value="Pacific/Kiritimati" selected' in text_of(newcomer.get("/settings"))


def test_a_frequent_food_takes_one_press_on_the_day_page(alice: Client) -> None:
    now = re.search(r'name="time" value="([^"]*)"', text_of(alice.get(f"{day_url()}/add")))[1]
    log(alice, BANANA, "118", back=1, time=f"{(int(now[:2]) + 12) % 24:02d}{now[2:]}")
    log(alice, EGG, "2", "1", back=1, time=now)
    page = day_page(alice)
    pick = re.search(r'<button class="chip" type="submit" name="pick" value="([^"]+)"', page)[1]
    assert pick == f"{EGG}|2|1"
    done = alice.post(f"{day_url()}/entries", {"pick": pick, "meal": "snacks", "once": field(page, "once")})
    assert done.status_code == 303
    assert names_of(day_page(alice)) == ["Egg, whole"]


def test_search_offers_foods_with_their_portion_and_one_press_adds_it(alice: Client) -> None:
    page = text_of(alice.get(f"{day_url()}/add?q=egg"))
    assert "Egg</mark>, whole, raw, fresh" in page.replace("egg</mark>", "Egg</mark>")
    pick = re.search(r'name="pick" value="(sr28:01123[^"]+)"', page)[1]
    alice.post(f"{day_url()}/entries", {"pick": pick, "meal": "lunch", "time": "12:30"})
    assert names_of(day_page(alice)) == ["Egg, whole"]


def test_amounts_are_read_as_people_write_them(alice: Client) -> None:
    for amount, shown in (("1/2", "½ cup"), ("1,5", "1½ cup"), ("1 1/4", "1¼ cup"), ("½", "½ cup")):
        done = log(alice, OATS, amount, "1")
        assert shown in text_of(alice.get(done.url)), amount


def test_a_quick_add_keeps_what_is_not_said_unknown(alice: Client) -> None:
    alice.post(f"{day_url()}/entries", {"name": "Cake", "energy": "320", "protein": "", "meal": "snacks"})
    page = day_page(alice)
    assert "320 kcal with unknown macros" in page
    assert "macros unknown" in page


def test_one_key_logs_once(alice: Client) -> None:
    once = str(uuid4())
    first, second = (log(alice, once=once) for _ in range(2))
    assert first.url == second.url
    assert len(names_of(day_page(alice))) == 1
    for _ in range(2):
        alice.post(f"{day_url()}/water", {"add": "250", "once": str(once) + "w"})
        alice.post(f"{day_url()}/entries", {"name": "Cake", "energy": "320", "once": str(once) + "q"})
    assert len(names_of(day_page(alice))) == 3


def test_an_entry_is_changed_and_its_change_undone(alice: Client) -> None:
    page = text_of(alice.get(log(alice).url))
    (url,) = entry_urls(page)
    form = text_of(alice.get(url))
    assert field(form, "amount") == "50"
    done = alice.post(
        url, {"amount": "80", "unit": "g", "meal": "lunch", "time": "12:15", "note": "with salt", "version": "1"}
    )
    changed = text_of(alice.get(done.url))
    assert "80\u202fg" in changed
    assert "Before: 50" in text_of(alice.get(url))
    assert alice.post(undo_urls(changed)[0]).status_code == 303
    assert "50\u202fg" in day_page(alice)


def test_a_change_to_an_entry_that_was_changed_meanwhile_is_refused(alice: Client) -> None:
    (url,) = entry_urls(text_of(alice.get(log(alice).url)))
    alice.post(url, {"amount": "80", "unit": "g", "version": "1"})
    late = alice.post(url, {"amount": "90", "unit": "g", "version": "1"})
    assert late.status_code == 412
    assert "changed meanwhile" in text_of(late)
    assert "80\u202fg" in day_page(alice)


@pytest.mark.parametrize("act", ["add", "delete", "copy", "move"])
def test_every_act_on_entries_can_be_undone(alice: Client, act: str) -> None:
    (url,) = entry_urls(text_of(alice.get(log(alice).url)))
    entry, tomorrow = url.rsplit("/", 1)[1], (today() + timedelta(days=1)).isoformat()
    sent = {"entry": entry, "to_day": tomorrow, "act": act}
    done = log(alice, EGG) if act == "add" else alice.post(f"{day_url()}/chosen", sent)
    before = {"add": 2, "delete": 0, "copy": 1, "move": 0}[act]
    assert len(names_of(day_page(alice))) == before
    undone = alice.post(undo_urls(text_of(alice.get(done.url)))[0])
    assert "Undone." in text_of(alice.get(undone.url))
    assert len(names_of(day_page(alice))) == 1
    assert len(names_of(day_page(alice, -1))) == 0


def test_undo_stays_in_the_list_of_changes(alice: Client) -> None:
    log(alice)
    page = text_of(alice.get(f"{day_url()}/changes"))
    assert "Oats, regular and quick added to Breakfast" in page
    alice.post(undo_urls(page)[0])
    assert names_of(day_page(alice)) == []


def test_a_meal_and_a_day_are_copied(alice: Client) -> None:
    log(alice, OATS, back=1)
    log(alice, EGG, back=1, meal="dinner")
    sheet = text_of(alice.get(f"{day_url()}/copy?from={(today() - timedelta(days=1)).isoformat()}"))
    entries = re.findall(r'name="entry" value="([^"]+)" checked', sheet)
    assert len(entries) == 2
    alice.post(f"{day_url(1)}/chosen", {"entry": entries, "to_day": today().isoformat(), "act": "copy", "to_meal": ""})
    assert len(names_of(day_page(alice))) == 2
    breakfast = text_of(alice.get(f"{day_url(1)}/copy?meal=breakfast"))
    assert len(re.findall(r'name="entry" value="([^"]+)" checked', breakfast)) == 1


def test_an_entry_is_logged_once_more_and_offered_by_weekday(alice: Client) -> None:
    (url,) = entry_urls(text_of(alice.get(log(alice, EGG, "2", "1").url)))
    alice.post(url, {"act": "repeat", "once": str(uuid4())})
    assert len(names_of(day_page(alice))) == 2
    tomorrow = today() + timedelta(days=1)
    alice.post(url, {"act": "weekly", "weekday": [str(tomorrow.weekday())]})
    page = day_page(alice, -1)
    pick = re.search(r'name="pick" value="(repeat\|[^"]+)"', page)[1]
    for _ in range(2):
        alice.post(f"{day_url(-1)}/entries", {"pick": pick, "meal": "snacks"})
    assert len(names_of(day_page(alice, -1))) == 1
    stop = re.search(r'action="(/foods/repeats/[^"]+)"', text_of(alice.get("/foods")))[1]
    alice.post(stop)
    assert "Every week" not in text_of(alice.get("/foods"))


def test_a_day_is_completed_and_noted(alice: Client) -> None:
    log(alice)
    alice.post(f"{day_url()}/complete", {"complete": "1"})
    alice.post(f"{day_url()}/note", {"note": "Slept badly.\nTwo coffees."})
    page = day_page(alice)
    assert "This day is complete" in page
    assert "Slept badly.\nTwo coffees." in page
    alice.post(f"{day_url()}/complete", {"complete": "0"})
    assert "Finish the day" in day_page(alice)


def test_kj_and_us_measures_hold_for_what_is_typed_too(alice: Client) -> None:
    alice.post("/settings", {"energy_unit": "kJ", "measures": "us", "card": ["water", "week", "note"], "keys": "on"})
    alice.post(f"{day_url()}/entries", {"name": "Cake", "energy": "1000", "meal": "snacks"})
    log(alice, OATS, "2", "oz")
    alice.post(f"{day_url()}/water", {"add": "236.6"})
    page = day_page(alice)
    assert "1,000 kJ with unknown macros" in page
    assert "2\u202foz" in page
    assert "8 of" in page or ">8" in page or "8 fl oz" in page
    about = {
        "birth_date": "1992-03-14",
        "sex": "female",
        "feet": "5",
        "inches": "6",
        "weight": "140",
        "activity": "light",
    }
    assert alice.post("/settings/profile", about).status_code == 303
    form = text_of(alice.get("/settings/profile"))
    assert field(form, "feet") if 'name="feet" value' in form else re.search(r'name="feet" type="text" value="5"', form)
    assert re.search(r'name="weight" type="text" value="140"', form)
    assert "5\u202fft 6\u202fin" in text_of(alice.get("/settings"))
    cake = next(url for url in entry_urls(page) if "Cake" in text_of(alice.get(url)))
    assert re.search(r'name="energy"[^>]* value="1000"', text_of(alice.get(cake)))


def test_a_day_page_costs_six_statements_and_30_kb_of_html(alice: Client) -> None:
    for number, food in enumerate(SIXTEEN):
        log(
            alice,
            food,
            "60",
            meal=("breakfast", "lunch", "dinner", "snacks")[number // 4],
            time=f"{8 + number // 4:02d}:00",
        )
    day_page(alice)
    with (
        CaptureQueriesContext(connections["default"]) as accounts,
        CaptureQueriesContext(connections["records"]) as records,
    ):
        page = day_page(alice)
    # Session and tokens; the diary in one, whether errands wait, how many people see something, and who lets one in.
    assert (len(accounts), len(records)) == (2, 4)
    assert len(names_of(page)) == 16
    assert len(page.encode()) < MOST_BYTES


def test_what_a_page_shows_of_a_name_is_escaped(alice: Client) -> None:
    name = '<script>alert(1)</script> & "quotes"'
    alice.post(f"{day_url()}/entries", {"name": name, "energy": "10"})
    alice.post("/foods/new", {"name": name, "n-208": "10"})
    for page in (day_page(alice), text_of(alice.get("/foods")), text_of(alice.get(f"{day_url()}/add?q={quote(name)}"))):
        assert "<script>alert" not in page
