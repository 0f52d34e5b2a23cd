"""Bad input at every form: a 4xx with a sentence, what was typed still there, and nothing stored."""

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest
from django.test import Client
from tests.doors.web.people import EGG, OATS, day_url, entry_urls, log, text_of

from nutshell.vault.models import Record

NOBODYS = "0f0e0d0c-0b0a-4908-8706-050403020100"

pytestmark = pytest.mark.django_db(databases=["default", "records"])

MEGABYTE = "x" * 1_000_000
BAD_AMOUNTS = [
    "-1",
    "0",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e400",
    "1e308",
    "100001",
    "",
    " ",
    "abc",
    "1/0",
    "1,500",
    "٣",
    "1_0",
    "0x10",
    "9" * 400,
]
BAD_TEXTS = ["a\0b", "a\u0007b", "n" * 201, MEGABYTE]
BAD_DAYS = ["2026-02-30", "1899-12-31", "2200-01-01", "tomorrow", "", "2026-1-1", "2026-11-23T00:00"]
BAD_FOODS = ["sr28:99999", "nonsense", "mine:not-a-uuid", f"mine:{NOBODYS}", "sr28:01123 OR 1=1", "", "../etc"]


def over(name: str, cases: Sequence[Any]) -> Callable[..., Callable[[Client], None]]:
    """Run a test for each case with one Alice: her account costs more than a request does."""

    def each(test: Callable[..., None]) -> Callable[[Client], None]:
        def run(alice: Client) -> None:
            for case in cases:
                try:
                    test(alice, **{name: case})
                except AssertionError as failed:
                    raise AssertionError(f"{name} = {case!r:.200}: {failed}") from failed

        run.__name__ = test.__name__
        return run

    return each


def stored() -> list[tuple[bytes, int]]:
    """All records of all people, as the database has them."""
    return sorted((bytes(row), version) for row, version in Record.objects.values_list("record_id", "version"))


def check_refused(response: Any, before: object, *, statuses: tuple[int, ...] = (422,)) -> str:
    page = text_of(response)
    assert response.status_code in statuses, page[:500]
    assert stored() == before
    assert "Traceback" not in page
    words = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"[A-Z][a-z' ]+[^.]{3,}\.", words), words
    return page


@over("amount", BAD_AMOUNTS)
def test_a_bad_amount_logs_nothing_and_stays_in_its_field(alice: Client, amount: str) -> None:
    before = stored()
    page = check_refused(log(alice, OATS, amount), before)
    assert re.search(r'id="e-amount"|class="error"', page)
    if amount.strip() and len(amount) < 50:
        assert f'value="{amount}"' in page


@over("food", BAD_FOODS)
def test_a_food_that_is_not_there_logs_nothing(alice: Client, food: str) -> None:
    before = stored()
    check_refused(log(alice, food), before, statuses=(404, 422))


@over(
    "pick",
    [
        "x",
        "||",
        "sr28:01123|nan|g",
        "sr28:01123|-1|g",
        "sr28:01123|1|99",
        "sr28:01123|1",
        "repeat|x",
        f"repeat|{NOBODYS}",
        "sr28:01123|1e999|g",
        "a" * 5000,
        "sr28:01123|1|g|g",
    ],
)
def test_a_forged_one_press_button_logs_nothing(alice: Client, pick: str) -> None:
    before = stored()
    check_refused(alice.post(f"{day_url()}/entries", {"pick": pick, "meal": "lunch"}), before, statuses=(400, 404, 422))


@over("figure", list(product(("energy", "protein", "carb", "fat"), ("-1", "nan", "inf", "1e12", "abc", "1000001"))))
def test_a_quick_add_takes_no_figure_that_no_food_has(alice: Client, figure: tuple[str, str]) -> None:
    field, value = figure
    before = stored()
    sent = {"name": "Cake", "energy": "320", field: value, "meal": "snacks"}
    page = check_refused(alice.post(f"{day_url()}/entries", sent), before)
    assert 'value="Cake"' in page
    assert f'value="{value}"' in page


@over("name", ["", *BAD_TEXTS])
def test_a_quick_add_needs_a_name_that_can_be_kept(alice: Client, name: str) -> None:
    before = stored()
    check_refused(alice.post(f"{day_url()}/entries", {"name": name, "energy": "320"}), before)


def test_a_quick_add_of_nothing_is_refused(alice: Client) -> None:
    before = stored()
    page = check_refused(alice.post(f"{day_url()}/entries", {"name": "Cake"}), before)
    assert "Give at least the energy" in page


@over("note", ["a\0b", "n" * 10_001, MEGABYTE, "\x1b[31m"])
def test_a_note_that_cannot_be_kept_is_said_so(alice: Client, note: str) -> None:
    before = stored()
    check_refused(alice.post(f"{day_url()}/note", {"note": note}), before)


def test_a_request_of_more_than_two_megabytes_is_refused_whole(alice: Client) -> None:
    before = stored()
    check_refused(alice.post(f"{day_url()}/note", {"note": "x" * 2_200_000}), before, statuses=(400, 413))


@over("add", ["-1", "0", "nan", "10001", "", "abc"])
def test_water_takes_an_amount_that_somebody_can_drink(alice: Client, add: str) -> None:
    before = stored()
    check_refused(alice.post(f"{day_url()}/water", {"add": add}), before)


@over("time", ["25:00", "12:60", "noon", "-1:00", "12", "12:0\0"])
def test_a_time_that_no_clock_shows_is_refused(alice: Client, time: str) -> None:
    before = stored()
    check_refused(log(alice, time=time), before)


@over("day", BAD_DAYS)
def test_entries_go_to_days_that_exist(alice: Client, day: str) -> None:
    url, *_ = entry_urls(text_of(alice.get(log(alice).url)))
    before = stored()
    for act in ("copy", "move"):
        sent = {"entry": url.rsplit("/", 1)[1], "to_day": day, "act": act}
        check_refused(alice.post(f"{day_url()}/chosen", sent), before)


@over(
    "wish",
    list(product(([], ["x"], [NOBODYS], ["' OR 1=1 --"], [NOBODYS] * 501), ("copy", "move", "delete"))),
)
def test_entries_that_are_not_there_are_not_touched(alice: Client, wish: tuple[list[str], str]) -> None:
    entry, act = wish
    alice.get(log(alice).url)
    before = stored()
    sent = {"entry": entry, "to_day": day_url(1)[5:], "act": act}
    check_refused(alice.post(f"{day_url()}/chosen", sent), before, statuses=(404, 422))


def test_a_move_to_where_it_is_needs_another_day_or_meal(alice: Client) -> None:
    url, *_ = entry_urls(text_of(alice.get(log(alice).url)))
    before = stored()
    sent = {"entry": url.rsplit("/", 1)[1], "to_day": day_url()[5:], "act": "move"}
    page = check_refused(alice.post(f"{day_url()}/chosen", sent), before)
    assert "Choose another day" in page
    assert "checked" in page


@over(
    "changed",
    [
        {"amount": "-1"},
        {"amount": "nan"},
        {"time": "99:99"},
        {"note": "n" * 501},
        {"unit": "999"},
        {"meal": "m" * 41},
        {"version": "x"},
        {"name": "Other"},
    ],
)
def test_a_bad_change_leaves_the_entry_as_it_was(alice: Client, changed: dict[str, str]) -> None:
    url, *_ = entry_urls(text_of(alice.get(log(alice).url)))
    before = stored()
    sent = {"amount": "50", "unit": "g", "meal": "breakfast", **changed}
    check_refused(alice.post(url, sent), before)


@over(
    "changed",
    [
        {"name": ""},
        {"name": "a\0b"},
        {"name": "n" * 201},
        {"n-208": "-1"},
        {"n-208": "nan"},
        {"n-401": "1e9"},
        {"n-203": "x"},
        {"unit_name": "tub", "unit_grams": "-5"},
        {"unit_name": "tub", "unit_grams": ""},
        {"unit_name": "", "unit_grams": "150"},
        {"unit_name": "tub", "unit_grams": "inf"},
        {"brand": "b" * 201},
        {"basis": "7"},
        {"basis": "1"},
    ],
)
def test_a_food_that_cannot_be_is_not_made(alice: Client, changed: dict[str, str]) -> None:
    before = stored()
    page = check_refused(alice.post("/foods/new", {"name": "Skyr", "n-208": "60", "basis": "100g", **changed}), before)
    if "name" not in changed:
        assert 'value="Skyr"' in page


@over(
    "changed",
    [
        {"birth_date": "2999-01-01"},
        {"birth_date": "x"},
        {"sex": "x"},
        {"height": "-1"},
        {"height": "1000"},
        {"height": "nan"},
        {"weight": "0"},
        {"weight": "1e9"},
        {"body_fat": "101"},
        {"condition": "x"},
        {"activity": "x"},
        {"sex": "male", "condition": "pregnant-1", "birth_date": "1990-01-01"},
    ],
)
def test_a_person_that_cannot_be_is_not_kept(alice: Client, changed: dict[str, str]) -> None:
    before = stored()
    page = check_refused(alice.post("/settings/profile", {"weight": "62", "height": "168", **changed}), before)
    assert 'class="error"' in page


@over(
    "changed",
    [
        {"min-401": "-1"},
        {"min-401": "x"},
        {"min-401": "500", "max-401": "100"},
        {"rate": "9"},
        {"own_budget": "10"},
        {"formula": "x"},
        {"formula": "own"},
        {"goal_weight": "9999"},
        {"activity_factor": "9"},
        {"source": "x"},
    ],
)
def test_targets_that_cannot_be_are_not_kept(alice: Client, changed: dict[str, str]) -> None:
    before = stored()
    check_refused(alice.post("/settings/targets", {"rate": "0", **changed}), before)


@over(
    "changed",
    [
        {"language": "xx"},
        {"theme": "x"},
        {"energy_unit": "x"},
        {"measures": "x"},
        {"zone": "Nowhere/Land"},
        {"zone": "../etc/passwd"},
        {"meals": ""},
        {"meals": "A\na"},
        {"meals": "m" * 41},
        {"meals": "\n".join(f"m{n}" for n in range(13))},
        {"day_start": "13:00"},
    ],
)
def test_settings_that_are_not_offered_are_not_kept(alice: Client, changed: dict[str, str]) -> None:
    before = stored()
    check_refused(alice.post("/settings", {"theme": "dark", **changed}), before)


@over(
    "query",
    [
        "q=" + "x" * 201,
        "q=a%00b",
        "q=%ff%fe",
        "open=mine:x",
        "open=sr28:99999",
        "open=%00",
        "meal=%00",
        "amount=nan&open=sr28:01123",
        "tab=%00",
        "time=x",
    ],
)
def test_a_strange_search_is_answered_and_never_an_error_of_the_server(alice: Client, query: str) -> None:
    for place in ("add", "hits"):
        assert alice.get(f"{day_url()}/{place}?{query}").status_code in (200, 400, 404, 422), query


@over(
    "url",
    [
        f"/foods/{EGG}?amount=nan",
        f"/foods/{EGG}?day=x",
        "/foods/%00",
        "/foods/mine:",
        "/trends?a=%00&b=x&span=-1",
        "/trends?span=9e9",
        f"{day_url()}?did=x",
        f"{day_url()}/copy?from=x",
        f"{day_url()}/copy?meal=%00",
        f"{day_url()}/nutrients?span=%ff",
        "/day/2026-11-23%00",
        "/consent/nothing",
        "/account/receipt/AAAA",
        "/account/receipt/%ff",
        f"/account/receipt/{'A' * 3000}/file",
        "/day/9999-99-99",
    ],
)
def test_a_strange_address_is_answered_and_never_an_error_of_the_server(alice: Client, url: str) -> None:
    assert alice.get(url).status_code in (200, 303, 400, 404, 422), url


def test_bytes_that_are_no_text_are_no_error_of_the_server(alice: Client) -> None:
    form = "application/x-www-form-urlencoded"
    for body in (b"name=%ff%fe&energy=10", b"name=\xff\xfe&energy=10", b"%%%", b"\0" * 100, b"amount=1&" * 3000):
        assert alice.post(f"{day_url()}/entries", body, content_type=form).status_code in (303, 400, 404, 422), body[
            :20
        ]
    broken = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nabc'
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain"):
        assert alice.post(f"{day_url()}/entries", broken, content_type=kind).status_code in (303, 400, 404, 422), kind


def test_another_persons_ids_read_like_absent_ones(alice: Client, bob: Client) -> None:
    (entry,) = entry_urls(text_of(alice.get(log(alice).url)))
    food = alice.post("/foods/new", {"name": "Skyr", "n-208": "60"}).url
    act = re.search(r'action="(/undo/[^"]+)"', text_of(alice.get(f"{day_url()}/changes")))[1]
    before = stored()
    for url in (entry, food, f"{food}/edit"):
        assert alice.get(url).status_code == 200, url
        assert bob.get(url).status_code == 404, url
    chosen = {"entry": entry.rsplit("/", 1)[1], "to_day": day_url(1)[5:], "act": "move"}
    posts = [
        (entry, {"amount": "1", "unit": "g"}),
        (entry, {"act": "delete"}),
        (act, {}),
        (f"{day_url()}/chosen", chosen),
        (f"{food}/edit", {"name": "Mine", "n-208": "1"}),
        (f"{food}/favourite", {"favourite": "1"}),
        (f"{food}/copy", {}),
    ]
    for url, sent in posts:
        assert bob.post(url, sent).status_code == 404, url
    assert log(bob, food.removeprefix("/foods/")).status_code == 404
    assert stored() == before
    assert "Skyr" not in text_of(bob.get(f"{day_url()}/add?q=skyr"))


def test_a_form_without_its_token_is_refused(alice: Client) -> None:
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost", headers={"x-forwarded-proto": "https"})
    strict.cookies = alice.cookies
    before = stored()
    refused = strict.post(f"{day_url()}/entries", {"food": OATS, "amount": "50", "unit": "g"})
    assert refused.status_code == 403
    assert stored() == before


def test_an_address_takes_only_its_methods(alice: Client) -> None:
    assert alice.get(f"{day_url()}/entries").status_code == 405
    assert alice.post(day_url()).status_code == 405
    assert alice.put("/settings").status_code == 405
    assert alice.head(day_url()).status_code == 200
