"""Another's diary: Bob looks, Dana writes under her own name, Alice reads it and undoes it, Charlie finds nothing."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from tests.doors.web.people import EGG, OATS, agree, day_url, entry_urls, log, new_account, text_of, today, undo_urls
from tests.doors.web.test_web_sharing import diary_of, nothing_kept, shared

__all__ = ["nothing_kept"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])
WRITES = {"mode": "write", "purpose": "family", "label": "Dana"}


@pytest.fixture
def dana(node: object, db: None) -> Client:
    client = new_account("dana@example.org")
    agree(client)
    client.post("/settings/name", {"display_name": "Dana"})
    return client


@pytest.fixture
def written(alice: Client, dana: Client) -> str:
    """Alice's day with 100 g of egg, which Dana may change: its address for Dana."""
    log(alice, EGG, "100")
    shared(alice, dana, **WRITES)
    return diary_of(alice)


def their_entries(page: str) -> list[str]:
    return re.findall(r'<a class="name" href="(/people/[^"]+/entries/[0-9a-f-]+)"', page)


def looks(alice: Client) -> int:
    """Lines about others' looks and changes in Alice's ledger, as her page shows it."""
    return len(re.findall(r"opened your diary|was refused your diary", text_of(alice.get("/access"))))


def change(dana: Client, written: str, amount: str) -> None:
    (entry,) = their_entries(text_of(dana.get(written)))
    page = text_of(dana.get(entry))
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    sent = {"version": version, "amount": amount, "unit": "g", "meal": "breakfast", "time": "", "note": ""}
    assert dana.post(entry, sent).status_code == 303


# ---------- looking ----------


def test_bob_who_reads_is_offered_nothing_to_change(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    url = diary_of(alice)
    page = text_of(bob.get(url))
    assert 'class="page theirs"' in page
    assert "Leave" in page
    assert "Only you" not in page
    inside = page.partition("<main")[2].partition("</main")[0]
    assert not re.search(r"/add|/entries|/copy|<form", inside)
    entry = entry_urls(text_of(alice.get(day_url())))[0].rpartition("/")[2]
    seen = looks(alice)
    for path in ("/add", "/hits?q=egg", f"/entries/{entry}"):
        assert bob.get(url + path).status_code == 404, path
    assert looks(alice) == seen
    assert bob.post(f"{url}/entries", {"food": EGG, "amount": "1", "unit": "g"}).status_code == 404
    assert bob.post(f"{url}/entries", {"food": EGG, "amount": "lots", "unit": "g"}).status_code == 404
    assert bob.post(f"{url}/entries/{entry}", {"act": "delete"}).status_code == 404
    assert len(entry_urls(text_of(alice.get(day_url())))) == 1


def test_bob_sees_the_nutrients_of_a_day_and_of_a_week(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    for span, said in (("", "Nutrients are known for"), ("?span=7", "Means a day over 1 of 7 days")):
        page = text_of(bob.get(f"{diary_of(alice)}/nutrients{span}"))
        assert said in page
        assert "The owner sees each look" in page
        assert 'href="/trends?' not in page
        assert "/entries/" not in page.partition("<main")[2].partition("</main")[0]


def test_charlie_finds_nothing_and_ones_own_is_not_anothers(alice: Client, bob: Client, dana: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    for client in (dana, alice):
        for path in ("", "/nutrients", "/add", "/hits?q=egg"):
            assert client.get(diary_of(alice) + path).status_code == 404, path
        sent = {"food": EGG, "amount": "1", "unit": "g"}
        assert client.post(f"{diary_of(alice)}/entries", sent).status_code == 404
    assert looks(alice) == 0


def test_people_lists_who_shares_with_bob(alice: Client, bob: Client) -> None:
    assert "Nobody shares a diary with you" in text_of(bob.get("/people"))
    shared(alice, bob, last_day="2020-01-01")
    page = text_of(bob.get("/people"))
    assert re.search(r'href="/people/[^"]+/day/2020-01-01"', page)
    assert "alice@example.org" in page


def test_what_ended_has_a_page_that_says_so_and_a_way_on(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    alice.post("/access/stop")
    for path in ("", "/nutrients", "/add"):
        refused = bob.get(diary_of(alice) + path)
        assert refused.status_code == 403
        assert "No longer shared" in text_of(refused)
        assert 'href="/people"' in text_of(refused)


# ---------- writing ----------


def test_dana_adds_and_takes_back(alice: Client, dana: Client, written: str) -> None:
    page = text_of(dana.get(f"{written}/add?q=oats&meal=lunch"))
    assert "The owner sees each look" in page
    assert f'action="{written}/entries"' in page
    assert "tab=recent" not in page
    assert "/several" not in page
    pick = re.search(r'name="pick" value="([^"]+)"', page)[1]
    done = dana.post(f"{written}/entries", {"pick": pick, "meal": "lunch", "once": "k" * 20})
    assert done["Location"].startswith(written)
    told = text_of(dana.get(done["Location"]))
    (undo,) = re.findall(r'action="(/people/[^"]+/undo/[^"]+)"', told)
    assert "Dana added this." in text_of(alice.get(day_url()))
    assert dana.post(undo).status_code == 303
    assert "Dana added this." not in text_of(alice.get(day_url()))


def test_a_food_opens_in_place_and_a_quick_add_is_asked_again(dana: Client, written: str) -> None:
    opened = text_of(dana.get(f"{written}/add?open={OATS}"))
    assert f'<form class="portion" method="post" action="{written}/entries"' in opened
    assert f"/foods/{OATS}" not in opened
    assert dana.get(f"{written}/add?open=mine:00000000-0000-4000-8000-000000000000").status_code == 404
    wrong = dana.post(f"{written}/entries", {"name": "Soup", "energy": "lots"})
    assert (wrong.status_code, 'value="Soup"' in text_of(wrong)) == (422, True)
    assert dana.post(f"{written}/entries", {"name": "Soup", "energy": "310"}).status_code == 303
    assert "Soup" in text_of(dana.get(written))


def test_alice_reads_what_dana_changed_and_undoes_it_there(alice: Client, dana: Client, written: str) -> None:
    change(dana, written, "140")
    page = text_of(alice.get(day_url()))
    assert re.search(r"Dana: 100\sg to 140\sg\.", page)
    assert "Dana: Egg, whole" in text_of(alice.get(f"{day_url()}/changes"))
    (undo,) = re.findall(r'formaction="(/undo/[^"]+)"', page)
    assert alice.post(undo).status_code == 303
    after = text_of(alice.get(day_url()))
    assert "Dana:" not in after
    assert "140" not in after.partition("<main")[2].partition("</main")[0]


def test_what_alice_changed_since_is_not_undone_by_the_way(alice: Client, dana: Client, written: str) -> None:
    dana.post(f"{written}/entries", {"name": "Soup", "energy": "310"})
    page = text_of(alice.get(day_url()))
    assert len(re.findall(r'formaction="/undo/', page)) == 1
    soup = next(url for url in entry_urls(page) if "Soup" in text_of(alice.get(url)))
    alice.post(soup, {"name": "Lentil soup", "energy": "320", "meal": "snacks"})
    page = text_of(alice.get(day_url()))
    assert "Dana added this." in page
    assert 'formaction="/undo/' not in page


def test_dana_removes_and_alice_finds_it_among_the_changes(alice: Client, dana: Client, written: str) -> None:
    (entry,) = their_entries(text_of(dana.get(written)))
    assert dana.post(entry, {"act": "delete"}).status_code == 303
    assert entry_urls(text_of(alice.get(day_url()))) == []
    changes = text_of(alice.get(f"{day_url()}/changes"))
    assert "Dana: Egg, whole" in changes
    assert alice.post(undo_urls(changes)[0]).status_code == 303
    assert len(entry_urls(text_of(alice.get(day_url())))) == 1


def test_dana_takes_back_only_what_she_did(alice: Client, dana: Client, written: str) -> None:
    act = undo_urls(text_of(alice.get(f"{day_url()}/changes")))[0].rpartition("/")[2]
    assert dana.post(f"{written}/undo/{act}").status_code == 404
    assert len(entry_urls(text_of(alice.get(day_url())))) == 1


def test_an_amount_that_cannot_be_comes_back_with_a_sentence(dana: Client, written: str) -> None:
    (entry,) = their_entries(text_of(dana.get(written)))
    wrong = dana.post(entry, {"amount": "lots", "unit": "g", "meal": "breakfast"})
    assert wrong.status_code == 422
    assert 'value="lots"' in text_of(wrong)
    assert "The owner sees each look" in text_of(wrong)


def test_dana_writes_no_day_outside_of_what_is_shared(alice: Client, dana: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, dana, **WRITES, last_day=str(today().replace(year=2020)))
    sent = {"food": EGG, "amount": "1", "unit": "g"}
    assert dana.post(f"{diary_of(alice)}/entries", sent).status_code == 403
    assert len(entry_urls(text_of(alice.get(day_url())))) == 1


def test_req_34_each_request_is_one_line_for_alice_and_a_search_none(alice: Client, dana: Client, written: str) -> None:
    (entry,) = their_entries(text_of(dana.get(written)))
    seen = looks(alice)
    sent = {"food": OATS, "amount": "5", "unit": "g"}
    bad = {"amount": "lots", "unit": "g", "meal": "breakfast"}
    one_each: list[Callable[[], object]] = [
        lambda: dana.get(written), lambda: dana.get(f"{written}/nutrients?span=30"), lambda: dana.get(entry),
        lambda: dana.post(f"{written}/entries", sent), lambda: dana.post(entry, bad),
    ]  # fmt: skip
    for request in one_each:
        request()
        assert looks(alice) == seen + 1
        seen += 1
    dana.get(f"{written}/add?q=egg")
    dana.get(f"{written}/hits?q=egg")
    dana.post(f"{written}/entries", {"name": "Soup", "energy": "lots"})
    assert looks(alice) == seen


# ---------- the day and its note ----------


def test_dana_marks_the_day_complete_and_takes_it_back(alice: Client, dana: Client, written: str) -> None:
    page = text_of(dana.get(written))
    assert f'action="{written}/complete"' in page
    done = dana.post(f"{written}/complete", {"complete": "1"})
    assert "This day is complete" in text_of(dana.get(written))
    assert "This day is complete" in text_of(alice.get(day_url()))
    (undo,) = re.findall(r'action="(/people/[^"]+/undo/[^"]+)"', text_of(dana.get(done["Location"])))
    assert dana.post(undo).status_code == 303
    assert "Finish the day" in text_of(alice.get(day_url()))


def test_a_note_is_changed_only_where_notes_are_shared_for_writing(alice: Client, bob: Client, dana: Client) -> None:
    alice.post(f"{day_url()}/note", {"note": "Slept well"})
    shared(alice, dana, **WRITES)
    url = f"{diary_of(alice)}/note"
    assert f'href="{url}"' not in text_of(dana.get(diary_of(alice)))
    assert [dana.get(url).status_code, dana.post(url, {"note": "x"}).status_code] == [404, 404]
    alice.post("/access/stop")
    shared(alice, dana, **{**WRITES, "collection": ["diary", "notes"]})
    page = text_of(dana.get(url))
    assert f'href="{url}"' in text_of(dana.get(diary_of(alice)))
    assert "Slept well" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert dana.post(url, {"note": "Slept badly", "version": version}).status_code == 303
    assert "Slept badly" in text_of(alice.get(day_url()))
    assert dana.post(url, {"note": "again", "version": version}).status_code in (409, 412)
    assert dana.post(url, {"note": "x" * 10_001, "version": "2"}).status_code == 422


def test_a_reader_of_notes_is_offered_no_form(alice: Client, bob: Client) -> None:
    alice.post(f"{day_url()}/note", {"note": "Slept well"})
    shared(alice, bob, collection=["diary", "notes"])
    url = f"{diary_of(alice)}/note"
    page = text_of(bob.get(url))
    assert "Slept well" in page
    assert "<textarea" not in page
    assert bob.post(url, {"note": "x"}).status_code == 404
    assert bob.post(f"{diary_of(alice)}/complete", {"complete": "1"}).status_code == 404


def test_the_plus_on_anothers_day_never_adds_to_ones_own(alice: Client, bob: Client, dana: Client) -> None:
    shared(alice, bob)
    for path in ("", "/nutrients"):
        assert 'id="add-any"' not in text_of(bob.get(diary_of(alice) + path)), path
    alice.post("/access/stop")
    shared(alice, dana, **WRITES)
    for path in ("", "/nutrients", "/add"):
        page = text_of(dana.get(diary_of(alice) + path))
        assert f'id="add-any" href="{diary_of(alice)}/add"' in page, path
        assert "Add food to alice@example.org" in page, path
    assert 'id="add-any" href="/today/add"' in text_of(bob.get("/people"))
