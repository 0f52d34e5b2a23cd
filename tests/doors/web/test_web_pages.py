"""Every page, with data and without: it renders, is stored nowhere, and a strict policy finds nothing inline."""

import re

import pytest
from django.test import Client
from tests.doors.web.people import EGG, OATS, browser, day_url, entry_urls, log, reauthenticate, text_of

from nutshell.web.urls import PUBLIC, urlpatterns

pytestmark = pytest.mark.django_db(databases=["default", "records"])

PLAIN = [
    "/today", "/today/add", "/today/nutrients", "/trends", "/trends?a=291&b=208&span=365", "/foods", "/foods/new",
    f"/foods/{OATS}", f"/foods/{EGG}?amount=2&unit=1", "/you", "/keyboard", "/access", "/settings", "/settings/profile",
    "/settings/targets", "/consent/health-data", "/privacy", "/security",
]  # fmt: skip
OF_A_DAY = [
    "", "?choose=1", "/add", "/add?q=egg", "/add?tab=recent", "/add?tab=favourites", "/add?tab=quick", "/add?tab=helps",
    f"/add?open={EGG}", f"/add?q=egg&open={EGG}&amount=2&unit=1", "/hits?q=yog", "/hits?q=zzzzzz", "/copy",
    "/copy?meal=breakfast", "/changes", "/nutrients", "/nutrients?span=7", "/nutrients?span=30&complete=1",
]  # fmt: skip


def check_page(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200, url
    assert response["Cache-Control"] == "no-store", url
    page = text_of(response)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=", page), url
    assert "https://" not in page.replace("https://www.w3.org", ""), url
    return page


def check_all_pages(client: Client) -> None:
    for url in PLAIN + [day_url(back) + rest for rest in OF_A_DAY for back in (0, 1, 400)]:
        check_page(client, url)


def test_every_page_renders_for_an_empty_account(alice: Client) -> None:
    check_all_pages(alice)
    assert "Only you can open this diary." in check_page(alice, "/access")


def test_every_page_renders_for_somebody_with_a_diary(alice: Client) -> None:
    for back in range(3):
        log(alice, back=back, time="07:40")
        log(alice, EGG, "2", "1", back=back)
        alice.post(f"{day_url(back)}/entries", {"name": "Cake <at> work", "energy": "320", "meal": "snacks"})
        alice.post(f"{day_url(back)}/water", {"add": "250"})
    alice.post(f"{day_url(1)}/complete", {"complete": "1"})
    alice.post(f"/foods/{OATS}/favourite", {"favourite": "1"})
    alice.post(
        "/foods/new", {"name": "Skyr", "unit_name": ["tub"], "unit_grams": ["170"], "n-208": "60", "basis": "100g"}
    )
    about = {"birth_date": "1992-03-14", "sex": "female", "height": "168", "weight": "62", "activity": "light"}
    assert alice.post("/settings/profile", about).status_code == 303
    check_all_pages(alice)
    day = check_page(alice, day_url())
    for url in entry_urls(day):
        check_page(alice, url)
    assert "Cake &lt;at&gt; work" in day
    assert re.search(r'<span class="energy-big">[\d,]+</span> <span>kcal left', day)


def test_pages_behind_a_fresh_proof_ask_for_it_and_then_open(alice: Client) -> None:
    for url in ("/account/close", "/access/tokens/new", "/consent/health-data/withdraw"):
        reauthenticate(alice)
        check_page(alice, url)


def test_nobody_who_is_signed_out_reaches_more_than_the_marked_pages() -> None:
    assert {
        "home", "privacy", "security", "receipt", "receipt_file", "robots", "security_txt", "manifest",
        "language",
    } == PUBLIC  # fmt: skip
    open_to_all = {pattern.name for pattern in urlpatterns if pattern.callback.door == "public"}
    assert open_to_all == PUBLIC


@pytest.mark.usefixtures("node")
def test_every_other_page_sends_a_stranger_to_the_sign_in() -> None:
    stranger = browser()
    places = {"date": "2026-11-23", "food_id": OATS, "document": "health-data", "number": "1"}
    for pattern in urlpatterns:
        if pattern.name in PUBLIC:
            continue
        path = re.sub(
            r"<\w+:(\w+)>",
            lambda found: places.get(found[1], "00000000-0000-4000-8000-000000000001"),
            str(pattern.pattern),
        )
        for answer in (stranger.get(f"/{path}"), stranger.post(f"/{path}")):
            assert answer.status_code in (303, 405), path
            assert answer.status_code == 405 or answer.url.startswith("/account/login/?next="), path


@pytest.mark.usefixtures("node")
def test_pages_for_everybody_open_for_a_stranger() -> None:
    stranger = browser()
    for url in ("/", "/privacy", "/security"):
        check_page(stranger, url)
    assert stranger.get("/manifest.webmanifest")["Content-Type"] == "application/manifest+json"
    assert "Disallow: /day/" in text_of(stranger.get("/robots.txt"))


def test_a_sheet_gets_the_bare_content(alice: Client) -> None:
    answer = alice.get(f"{day_url()}/add", headers={"X-Sheet": "1"})
    assert "<html" not in text_of(answer)
    assert "X-Sheet" in answer["Vary"]


def test_a_day_that_is_none_is_an_address_where_nothing_is(alice: Client) -> None:
    for wrong in ("2026-02-30", "1899-12-31", "2200-01-01", "2026-1-1", "today", "0000-00-00"):
        answer = alice.get(f"/day/{wrong}")
        assert answer.status_code == 404, wrong
