"""Several foods in one act, another order, and the undo of every act of the day, through forms and without script."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.doors.web.people import BANANA, EGG, OATS, day_url, entry_urls, field, log, text_of, today, undo_urls

pytestmark = pytest.mark.django_db(databases=["default", "records"])


def several() -> str:
    return f"{day_url()}/several"


def names_of(page: str) -> list[str]:
    return re.findall(r'class="name" href="/day/[^"]+" data-sheet>([^<]+)<', page)


def day_page(client: Client) -> str:
    return text_of(client.get(day_url()))


def toast_of(client: Client, done: Any) -> str:
    """What the page after an act says; it can be undone."""
    page = text_of(client.get(done.url))
    found = re.search(r'class="toast" data-toast><span>([^<]+)</span>', page)
    assert undo_urls(page), page
    return found[1]


def chosen_in(page: str) -> list[str]:
    return re.findall(r'name="have" value="([^"]+)"', page)


# ---------- several foods ----------


def test_foods_of_two_searches_are_added_in_one_act_and_undone_as_one(alice: Client) -> None:
    first = text_of(alice.post(several(), {"tab": "search", "q": "egg whole", "meal": "lunch"}))
    assert f'name="take" value="{EGG}"' in first
    second = text_of(alice.post(several(), {"q": "banana", "meal": "lunch", "shown": [EGG], "take": [EGG]}))
    assert chosen_in(second) == [EGG]
    sent = {
        "act": "add", "q": "banana", "meal": "lunch", "time": "12:30", "once": str(uuid4()), "have": [EGG],
        f"amount-{EGG}": "2", f"unit-{EGG}": "1", "shown": [BANANA, OATS], "take": [BANANA],
    }  # fmt: skip
    done = alice.post(several(), sent)
    assert alice.post(several(), sent).url == done.url
    assert names_of(day_page(alice)) == ["Egg, whole", "Bananas"]
    assert toast_of(alice, done) == "Egg, Bananas added to Lunch"
    alice.post(undo_urls(text_of(alice.get(done.url)))[0])
    assert names_of(day_page(alice)) == []


def test_what_is_not_ticked_any_more_or_left_out_is_not_chosen(alice: Client) -> None:
    sent = {"q": "", "have": [EGG, OATS, BANANA], "shown": [EGG, OATS], "take": [EGG]}
    assert chosen_in(text_of(alice.post(several(), sent))) == [EGG, BANANA]
    assert chosen_in(text_of(alice.post(several(), {**sent, "drop": EGG}))) == [BANANA]


def test_what_was_typed_outlives_a_search(alice: Client) -> None:
    page = text_of(alice.post(several(), {"q": "milk", "have": [OATS], f"amount-{OATS}": "1/2", f"unit-{OATS}": "1"}))
    assert field(page, f"amount-{OATS}") == "1/2"
    assert re.search(rf'name="unit-{OATS}".*?<option value="1" selected', page)


def test_recents_and_favourites_are_ticked_with_their_usual_amount(alice: Client) -> None:
    log(alice, OATS, "55")
    alice.post(f"/foods/{BANANA}/favourite", {"favourite": "1"})
    alice.get(day_url())
    assert f'name="take" value="{OATS}"' in text_of(alice.post(several(), {"tab": "recent"}))
    assert f'name="take" value="{BANANA}"' in text_of(alice.post(several(), {"tab": "favourites"}))
    alice.post(several(), {"act": "add", "take": [OATS, BANANA], "meal": "dinner"})
    page = day_page(alice)
    assert len(names_of(page)) == 3
    assert page.count("55\u202fg") == 2


def test_one_wrong_amount_keeps_all_that_was_chosen_and_adds_nothing(alice: Client) -> None:
    sent = {"act": "add", "have": [EGG, OATS], f"amount-{EGG}": "none", f"amount-{OATS}": "50", f"unit-{OATS}": "g"}
    wrong = alice.post(several(), sent)
    page = text_of(wrong)
    assert wrong.status_code == 422
    assert chosen_in(page) == [EGG, OATS]
    assert field(page, f"amount-{EGG}") == "none"
    assert re.search(rf'name="amount-{EGG}"[^>]*aria-invalid="true" aria-describedby="e-amount-{EGG}"', page)
    assert names_of(day_page(alice)) == []


def test_nothing_chosen_is_said(alice: Client) -> None:
    wrong = alice.post(several(), {"act": "add"})
    assert wrong.status_code == 422
    assert "Choose at least one food." in text_of(wrong)


@pytest.mark.parametrize("food", ["sr28:99999", "mine:00000000-0000-4000-8000-000000000000", "x", "<b>"])
def test_a_food_that_is_none_is_not_found(alice: Client, food: str) -> None:
    for act in ("", "add"):
        assert alice.post(several(), {"act": act, "take": [OATS, food]}).status_code == 404
    assert names_of(day_page(alice)) == []


# ---------- order ----------


def test_an_entry_moves_up_and_down_in_its_meal_and_back(alice: Client) -> None:
    for food in (OATS, EGG, BANANA):
        log(alice, food)
    last = entry_urls(day_page(alice))[2]
    sheet = text_of(alice.get(last))
    assert re.search(r'value="down" disabled', sheet)
    done = alice.post(last, {"act": "up"})
    assert names_of(day_page(alice)) == ["Oats, regular and quick", "Bananas", "Egg, whole"]
    assert toast_of(alice, done) == "New order in Breakfast"
    alice.post(undo_urls(text_of(alice.get(done.url)))[0])
    assert names_of(day_page(alice)) == ["Oats, regular and quick", "Egg, whole", "Bananas"]
    alice.post(last, {"act": "down"})
    assert names_of(day_page(alice)) == ["Oats, regular and quick", "Egg, whole", "Bananas"]


def test_a_meal_is_put_in_the_order_that_was_sent(alice: Client) -> None:
    for food in (OATS, EGG, BANANA):
        log(alice, food)
    ids = [url.rsplit("/", 1)[1] for url in entry_urls(day_page(alice))]
    done = alice.post(f"{day_url()}/order", {"entry": [ids[2], ids[0], ids[1]]})
    assert names_of(day_page(alice))[0] == "Bananas"
    assert toast_of(alice, done) == "New order in Breakfast"


def test_an_order_over_two_meals_is_refused_in_words(alice: Client) -> None:
    log(alice, OATS)
    log(alice, EGG, meal="dinner")
    ids = [url.rsplit("/", 1)[1] for url in entry_urls(day_page(alice))]
    wrong = alice.post(f"{day_url()}/order", {"entry": ids})
    assert wrong.status_code == 422
    assert "Choose entries of one meal." in text_of(wrong)


# ---------- every act has its undo ----------


def test_completing_a_day_answers_with_an_undo(alice: Client) -> None:
    done = alice.post(f"{day_url()}/complete", {"complete": "1"})
    assert toast_of(alice, done) == "Day marked as complete"
    alice.post(undo_urls(text_of(alice.get(done.url)))[0])
    assert "Finish the day" in day_page(alice)


def test_a_note_answers_with_an_undo_and_stands_in_the_list_of_changes(alice: Client) -> None:
    note = f"{day_url()}/note"
    alice.post(note, {"note": "Slept badly."})
    done = alice.post(note, {"note": "Slept well."})
    assert toast_of(alice, done) == "Note saved"
    changes = text_of(alice.get(f"{day_url()}/changes"))
    assert changes.count("Note saved<span") == 2
    assert len(undo_urls(changes)) == 1
    alice.post(undo_urls(changes)[0])
    assert "Slept badly." in day_page(alice)
    alice.post(undo_urls(text_of(alice.get(f"{day_url()}/changes")))[0])
    assert "Slept" not in day_page(alice)


def test_a_note_saved_without_a_change_says_so(alice: Client) -> None:
    for _ in range(2):
        done = alice.post(f"{day_url()}/note", {"note": "Slept badly."})
    assert "Note saved." in text_of(alice.get(done.url))
    assert len(undo_urls(text_of(alice.get(f"{day_url()}/changes")))) == 1


def test_toasts_call_foods_as_people_do_and_the_whole_name_stays_in_reach(alice: Client) -> None:
    done = log(alice, "sr28:11091", "80", meal="dinner")
    assert toast_of(alice, done) == "Broccoli, cooked added to Dinner"
    (url,) = entry_urls(text_of(alice.get(done.url)))
    assert "Broccoli, cooked, boiled, drained, without salt" in text_of(alice.get(url))
    tomorrow = today().replace(year=today().year + 1).isoformat()
    moved = alice.post(f"{day_url()}/chosen", {"entry": url.rsplit("/", 1)[1], "to_day": tomorrow, "act": "move"})
    assert toast_of(alice, moved) == "Broccoli, cooked moved to Dinner"


def test_search_shows_brands_without_their_shouting_and_the_match_in_bold(alice: Client) -> None:
    page = text_of(alice.get(f"{day_url()}/add?q=kelloggs corn"))
    assert "Kellogg" in page
    assert "KELLOGG" not in page
    assert "<mark>Corn</mark>" in page
