"""The access ledger by the API: who looked, when, under which grant; by whom, by kind, by days, page by page."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from tests.doors.api.conftest import Person
from tests.doors.api.test_sharing_api import DAY, EGG, Phone, shared

from nutshell.common import clock
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])


@pytest.fixture
def at(person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("alice", "bob", "dana")}


def lines(phone: Phone, query: str = "") -> list[dict[str, Any]]:
    answer = phone("GET", f"/audit{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_a_line_says_who_what_when_and_under_which_grant(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant = shared(alice, bob, label="My friend")
    bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    (line,) = lines(alice, "?kind=read")
    assert (line["by"], line["name"], line["actor"]) == ("person", "bob@example.org", bob.subject)
    assert (line["collection"], line["writes"], line["about"]) == ("diary", False, [DAY])
    assert (line["grant"], line["label"]) == (grant, "My friend")
    assert line["at"].endswith("Z")


def test_lines_are_chosen_by_who_kind_grant_and_days(at: dict[str, Phone]) -> None:
    alice, bob, dana = at["alice"], at["bob"], at["dana"]
    to_bob, to_dana = shared(alice, bob), shared(alice, dana, mode="write", label="Dana")
    bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    bob("POST", f"/people/{alice.subject}/diary/{DAY}/entries", EGG)
    dana("POST", f"/people/{alice.subject}/diary/{DAY}/entries", EGG)
    assert [one["actor"] for one in lines(alice, "?kind=change")] == [dana.subject]
    assert [one["kind"] for one in lines(alice, "?kind=refused")] == ["access-refused"]
    assert {one["kind"] for one in lines(alice, "?kind=grant")} == {"grant-offered", "grant-made"}
    assert {one["actor"] for one in lines(alice, f"?who={dana.subject}")} == {dana.subject}
    assert {one["by"] for one in lines(alice, "?who=me")} == {"me"}
    assert {one["grant"] for one in lines(alice, f"?grant={to_bob}")} == {to_bob}
    assert to_dana not in {one["grant"] for one in lines(alice, f"?who={bob.subject}")}
    today = clock.utc_day().isoformat()
    assert lines(alice, f"?from={today}&to={today}") == lines(alice)
    assert lines(alice, "?to=2020-01-01") == []
    assert lines(alice, "?from=2199-01-01") == []


def test_pages_follow_each_other_without_gap_or_repeat(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    shared(alice, bob)
    for _ in range(5):
        bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    whole, seen, before = lines(alice), [], 0
    while True:
        answer = alice("GET", f"/audit?limit=2&before={before}").json()
        assert len(answer["items"]) <= 2
        seen += answer["items"]
        before = answer["next"]
        if before is None:
            break
    assert seen == whole
    assert len(whole) > 6


def test_bad_filters_get_a_sentence_each(at: dict[str, Phone]) -> None:
    for query in ("who=bob", "kind=all", "from=yesterday", "to=2026-02-30", "limit=0", "limit=501", "before=-1",
                  "grant=x", "colour=red"):  # fmt: skip
        answer = at["alice"]("GET", f"/audit?{query}")
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [query.partition("=")[0]])


def test_the_table_is_one_that_spreadsheets_do_not_obey(at: dict[str, Phone], person: Callable[[str], Person]) -> None:
    """A name is what somebody else chose: it is shown, and never computed."""
    alice, bob = at["alice"], at["bob"]
    shared(alice, bob, label='-2+3, "quoted"')
    bob("PUT", "/account", {"display_name": "=1+1"})
    bob("GET", f"/people/{alice.subject}/diary/{DAY}")
    answer = alice("GET", "/audit.csv?kind=read")
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    text = answer.content.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    header, row = csv.reader(io.StringIO(text, newline=""))
    told = dict(zip(header, row, strict=True))
    assert (told["name"], told["grant_label"]) == ("'=1+1", '\'-2+3, "quoted"')
    assert (told["act"], told["collection"], told["days"]) == ("read", "diary", DAY)
    assert told["time"].endswith("+00:00")


def test_a_token_does_not_read_the_ledger(person: Callable[[str], Person]) -> None:
    from tests.doors.api.conftest import Caller

    token = Caller(authorization=f"Bearer {person('alice').consent().token()}")
    assert [token("GET", path).status_code for path in ("/audit", "/audit.csv")] == [401, 401]
