"""Alice shares on the page "Who can see what"; Bob opens what he may, and nothing after she stopped it."""

import re

import pytest
from django.core import mail
from django.test import Client
from tests.doors.web.people import EGG, day_url, log, text_of

from nutshell.accounts import queries as accounts
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
WISH = {"label": "My friend Bob", "purpose": "friend", "collection": ["diary"], "mode": "read"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    grantee.forget()


def invited(alice: Client, **wish: object) -> str:
    """The path of the invitation that the page shows once."""
    page = text_of(alice.post("/access/share", {**WISH, **wish}))
    return re.search(r"https://[^/<]+(/invited/[^<\s]+)", page)[1]


def shared(alice: Client, bob: Client, **wish: object) -> None:
    path = invited(alice, **wish)
    asked = text_of(bob.get(path))
    assert "wants to share with you" in asked
    assert bob.post(path, {"act": "accept"}).status_code == 303
    assert "one person can see parts" in text_of(alice.get("/access"))


def diary_of(alice: Client) -> str:
    subject = accounts.user(int(alice.session["_auth_user_id"])).subject_id
    return f"/people/{subject}{day_url()}"


def test_bob_sees_her_day_until_she_stops_it(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    assert bob.get(diary_of(alice)).status_code == 404
    shared(alice, bob)
    page = text_of(bob.get(diary_of(alice)))
    assert "The owner sees each look" in page
    assert "Egg, whole" in page
    assert "/entries/" not in page.partition("<main")[2].partition("</main")[0]
    access = text_of(alice.get("/access"))
    assert "opened your diary" in access
    assert "Shared with 1" in text_of(alice.get(day_url()))
    stop = re.search(r'action="(/access/grants/[^"]+/stop)"', access)[1]
    assert alice.post(stop).status_code == 303
    refused = bob.get(diary_of(alice))
    assert (refused.status_code, "No longer shared" in text_of(refused)) == (403, True)
    assert "No longer shared" in text_of(bob.get("/access"))


def test_pausing_refuses_and_going_on_opens_again(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    for act, status in (("pause", 403), ("resume", 200)):
        url = re.search(rf'action="(/access/grants/[^"]+/{act})"', text_of(alice.get("/access")))[1]
        alice.post(url)
        assert bob.get(diary_of(alice)).status_code == status


def test_what_he_sees_is_changed(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    change = re.search(r'href="(/access/grants/[^"]+/change)"', text_of(alice.get("/access")))[1]
    assert "What My friend Bob sees" in text_of(alice.get(change))
    alice.post(change, {"collection": ["diary"], "last_day": "2020-01-01", "mode": "read", "until": ""})
    assert "Nothing that you may see" in text_of(bob.get(diary_of(alice)))


def test_one_button_stops_everything_after_asking_once(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    assert "My friend Bob lose access now" in text_of(alice.get("/access/stop"))
    assert alice.post("/access/stop").status_code == 303
    assert bob.get(diary_of(alice)).status_code == 403
    assert "Only you can open this diary" in text_of(alice.get("/access"))


def test_an_invitation_is_mailed_in_plain_words(alice: Client) -> None:
    path = invited(alice, email="somebody@example.org")
    (sent,) = [one for one in mail.outbox if one.to == ["somebody@example.org"]]
    assert path in sent.body
    assert "diary" in sent.subject


def test_bad_wishes_come_back_with_a_sentence_each(alice: Client) -> None:
    for wrong, sentence in (({"label": ""}, "Give this a name"), ({"collection": []}, "Choose at least one thing")):
        page = alice.post("/access/share", {**WISH, **wrong})
        assert (page.status_code, sentence in text_of(page)) == (422, True)
    late = alice.post("/access/share", {**WISH, "until": "2020-01-01"})
    assert "still to come" in text_of(late)


def test_a_dead_link_says_what_a_stranger_reads(alice: Client, bob: Client) -> None:
    path = invited(alice)
    assert bob.post(path, {"act": "decline"}).status_code == 303
    assert bob.get(path).status_code == 404
    assert bob.get(path[:-3] + "AAA").status_code == 404


def test_what_she_never_shares_is_not_offered(alice: Client) -> None:
    alice.post("/access/closed", {"collection": ["notes"]})
    form = text_of(alice.get("/access/share"))
    assert 'value="notes"' not in form
    assert alice.post("/access/share", {**WISH, "collection": ["diary", "notes"]}).status_code == 422


def test_bob_gives_it_up(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    leave = re.search(r'action="(/people/grants/[^"]+/leave)"', text_of(bob.get("/access")))[1]
    assert bob.post(leave).status_code == 303
    assert bob.get(diary_of(alice)).status_code == 403
    assert "They gave it up" in text_of(alice.get("/access"))


def to_change(alice: Client) -> str:
    return re.search(r'href="(/access/grants/[^"]+/change)"', text_of(alice.get("/access")))[1]


def hidden(page: str) -> dict[str, list[str]]:
    """What the page that asks once more sends."""
    inside = page.partition('name="confirmed"')[0].rpartition("<form")[2]
    found: dict[str, list[str]] = {"confirmed": re.findall(r'name="confirmed" value="(\w+)"', page)}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


def test_what_becomes_wider_is_said_once_more_and_holds_as_it_was_said(alice: Client, bob: Client) -> None:
    shared(alice, bob, last_day="2020-01-01")
    url, wish = to_change(alice), {"collection": ["diary", "notes"], "mode": "write", "until": "", "last_day": ""}
    page = text_of(alice.post(url, wish))
    for told in (
        "This changes for My friend Bob",
        "until now: Diary",
        "Diary, Notes",
        "and edits Diary, Notes",
        "All days",
    ):
        assert told in page, told
    assert "Until 1 Jan" in text_of(alice.get("/access")) or "1 Jan" in text_of(alice.get("/access"))
    assert "Sees only" in text_of(alice.get("/access"))
    for other in ({"mode": "read", "collection": ["diary", "targets"]}, {"confirmed": ["0" * 64]}):
        assert "Show more?" in text_of(alice.post(url, {**hidden(page), **other}))
    assert alice.post(url, hidden(page)).status_code == 303
    assert "Sees and edits" in text_of(alice.get("/access"))
    sent = {"food": EGG, "amount": "10", "unit": "g", "meal": "lunch"}
    assert bob.post(f"{diary_of(alice)}/entries", sent).status_code == 303


def test_what_becomes_narrower_holds_at_once(alice: Client, bob: Client) -> None:
    shared(alice, bob, mode="write", until="2199-01-31")
    sent = {"food": EGG, "amount": "10", "unit": "g", "meal": "lunch"}
    assert bob.post(f"{diary_of(alice)}/entries", sent).status_code == 303
    page = text_of(alice.get(to_change(alice)))
    assert 'name="until" value="2199-01-31"' in page
    narrower = {"collection": ["diary"], "mode": "read", "until": "2198-12-31"}
    assert alice.post(to_change(alice), narrower).status_code == 303
    assert "31 Dec 2198" in text_of(alice.get("/access"))
    assert bob.post(f"{diary_of(alice)}/entries", sent).status_code == 404
    assert bob.get(diary_of(alice)).status_code == 200
    assert "Egg, whole" in text_of(alice.get(day_url()))


def test_a_wider_wish_that_is_wrong_is_asked_again(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    wrong = alice.post(to_change(alice), {"collection": ["foods"], "mode": "write", "until": ""})
    assert (wrong.status_code, "can be opened for writing" in text_of(wrong)) == (422, True)
    late = alice.post(to_change(alice), {"collection": ["diary"], "mode": "read", "until": "2020-01-01"})
    assert (late.status_code, "still to come" in text_of(late)) == (422, True)
