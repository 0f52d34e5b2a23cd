"""The page "Who looked": lines by whom, of which kind and days, page by page, and files to take along."""

import csv
import io
import json
import re

import pytest
from django.test import Client
from tests.doors.web.people import EGG, log, text_of, today
from tests.doors.web.test_web_sharing import diary_of, nothing_kept, shared

from nutshell.audit import actions as audit

__all__ = ["nothing_kept"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])


def said(page: str) -> list[str]:
    return re.findall(r'<p class="say">([^<]+)<', page)


def test_alice_reads_who_looked_when_and_under_which_grant(alice: Client, bob: Client) -> None:
    log(alice, EGG, "100")
    shared(alice, bob)
    bob.get(diary_of(alice))
    page = text_of(alice.get("/access/ledger?kind=read"))
    assert said(page) == ["bob@example.org opened your diary"]
    assert "Grant: My friend Bob" in page
    assert "A friend" in page
    assert re.search(r'<time class="t">\d\d:\d\d<', page)
    assert 'href="/access/ledger"' in text_of(alice.get("/access"))


def test_lines_are_chosen_by_person_kind_and_days(alice: Client, bob: Client) -> None:
    shared(alice, bob)
    bob.get(diary_of(alice))
    page = text_of(alice.get("/access/ledger"))
    who = re.search(r'<option value="([0-9a-f-]{36})">bob@example.org', page)[1]
    assert said(text_of(alice.get(f"/access/ledger?who={who}"))) == ["bob@example.org opened your diary"]
    assert "opened your diary" not in text_of(alice.get("/access/ledger?who=me"))
    assert set(said(text_of(alice.get("/access/ledger?kind=grant")))) == {"Access was given", "You made an invitation"}
    day = today().isoformat()
    assert said(text_of(alice.get(f"/access/ledger?from={day}&to={day}"))) == said(page)
    assert "No line is like this" in text_of(alice.get("/access/ledger?to=2020-01-01"))


def test_what_machines_did_with_keys_is_shown_to_who_asks_for_it(alice: Client) -> None:
    subject = alice.get("/access").wsgi_request.user.subject_id
    audit.record("fetch", subject, "node", reason="login")
    assert "handed out a key" not in text_of(alice.get("/access/ledger"))
    assert said(text_of(alice.get("/access/ledger?kind=keys"))) == ["The key store handed out a key"]


def test_pages_lead_from_the_newest_to_the_oldest(alice: Client) -> None:
    subject = alice.get("/access").wsgi_request.user.subject_id
    for _ in range(60):
        audit.record("step-up", subject, str(subject))
    first = text_of(alice.get("/access/ledger?kind=log-in"))
    older = re.search(r'href="(/access/ledger\?[^"]+before=\d+)"', first)[1].replace("&amp;", "&")
    second = text_of(alice.get(older))
    assert (len(said(first)), len(said(first)) + len(said(second))) == (50, 60)
    assert "before=" not in second
    assert "Newest" in second


def test_the_files_hold_what_was_chosen_with_its_zone(alice: Client, bob: Client) -> None:
    shared(alice, bob, label="=cmd()")
    bob.get(diary_of(alice))
    table = alice.get("/access/ledger/file?kind=read&format=csv")
    assert "attachment" in table["Content-Disposition"]
    header, row = csv.reader(io.StringIO(table.content.decode(), newline=""))
    told = dict(zip(header, row, strict=True))
    assert (told["grant_label"], told["kind"], told["days"]) == ("'=cmd()", "access", today().isoformat())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", told["time"])
    (line,) = json.loads(alice.get("/access/ledger/file?kind=read&format=json").content)["items"]
    assert (line["name"], line["collection"], line["label"]) == ("bob@example.org", "diary", "=cmd()")


def test_bad_choices_come_back_with_a_sentence(alice: Client) -> None:
    for query in ("kind=all", "from=yesterday", "who=bob", "before=-1", "colour=red"):
        answer = alice.get(f"/access/ledger?{query}")
        assert answer.status_code == 422, query
        assert alice.get(f"/access/ledger/file?{query}").status_code == 422, query


def test_the_page_names_who_she_is_and_how_she_signs_in(alice: Client) -> None:
    page = text_of(alice.get("/access"))
    for told in ("Who you are", "alice@example.org", "Second step and backup codes", "Sealed account", "Your data"):
        assert told in page, told
