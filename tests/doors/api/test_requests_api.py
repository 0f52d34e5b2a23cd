"""Requests to the data-protection officer: asked, answered by their day, and read by nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from tests.doors.api.conftest import Person
from tests.doors.api.test_sharing_api import Phone
from tests.security.incidents.conftest import OFFICERS

from nutshell.audit.models import AuditLeaf
from nutshell.audit.types import unpack
from nutshell.common import clock, errors
from nutshell.compliance import retention
from nutshell.rights import actions, policy, queries, rows, watching
from nutshell.rights.models import RequestRow
from nutshell.rights.types import Words

pytestmark = pytest.mark.django_db(databases=["default", "records"], transaction=True)
CANARY = "zqkanariwalnut"
BY, NAME = "operator:7", "dora"


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Phone:
    return Phone(person("alice").consent())


@pytest.fixture
def bob(person: Callable[[str], Person]) -> Phone:
    return Phone(person("bob").consent())


@pytest.fixture(autouse=True)
def officers(settings: object) -> None:
    settings.NUTSHELL = replace(settings.NUTSHELL, dpo_name="Dora", dpo_email="dora@example.org")
    mail.outbox.clear()


def asked(phone: Phone, kind: str = "question", text: str = CANARY) -> int:
    answer = phone("POST", "/account/requests", {"kind": kind, "text": text})
    assert answer.status_code == 201, answer.content
    return int(answer.json()["items"][0]["number"])


def first(phone: Phone) -> dict[str, object]:
    found = phone("GET", "/account/requests").json()["items"][0]
    return {**found, **found["words"]}


def told(address: str) -> list[str]:
    return [one.subject for one in mail.outbox if one.to == [address]]


def days_pass(days: int) -> None:
    row = RequestRow.objects.get()
    earlier = timedelta(days=days)
    RequestRow.objects.update(made_at=row.made_at - earlier, due_at=row.due_at - earlier)


def acts() -> list[str]:
    bodies = [unpack(bytes(row.body)) for row in AuditLeaf.objects.exclude(body=None).order_by("id")]
    return [body.reason for body in bodies if body.kind == "request"]


def test_a_question_is_answered_and_each_side_is_told(alice: Phone) -> None:
    number = asked(alice)
    assert told("dora@example.org") == [f"A request waits: number {number}"]
    assert not [one for one in mail.outbox if CANARY in one.body]
    read = actions.read(number, BY)
    assert (read.words.text, read.state) == (CANARY, "open")
    actions.answer(number, "answered", "So it is.", BY, NAME)
    assert [watching.tell() for _ in range(2)] == [1, 0]
    assert told("alice@example.org")[-1] == "The data-protection officer answered you"
    mine = first(alice)
    assert (mine["state"], mine["answer"], mine["by"]) == ("answered", "So it is.", NAME)
    assert acts() == ["made", "read", "answered"]


def test_what_is_said_stands_in_no_table_in_clear(alice: Phone) -> None:
    actions.answer(asked(alice), "answered", f"{CANARY} two", BY, NAME)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert CANARY not in repr(cursor.fetchall()), table


def test_another_person_reads_and_answers_nothing_of_it(alice: Phone, bob: Phone) -> None:
    number = asked(alice, "amendment")
    actions.answer(number, "denied", "It is right as it stands.", BY, NAME)
    assert bob("GET", "/account/requests").json() == {"items": []}
    mine = {"number": number, "text": "mine"}
    assert bob("POST", "/account/requests/disagreement", mine).status_code == 404
    assert first(alice)["disagreement"] == ""


def test_a_row_that_was_put_in_anothers_place_does_not_open(alice: Phone, bob: Phone) -> None:
    asked(alice), asked(bob, text="another")
    one, two = RequestRow.objects.order_by("number")
    RequestRow.objects.filter(id=two.id).update(sealed=bytes(one.sealed))
    assert bob("GET", "/account/requests").status_code == 409
    assert alice("GET", "/account/requests").status_code == 200


def test_a_denied_amendment_carries_the_disagreement_and_its_rebuttal(alice: Phone) -> None:
    number = asked(alice, "amendment")
    assert alice("POST", "/account/requests/disagreement", {"number": number, "text": "No"}).status_code == 409
    with pytest.raises(errors.Conflict):
        actions.answer(number, "answered", "An amendment is accepted or denied.", BY, NAME)
    actions.answer(number, "denied", "It is right as it stands.", BY, NAME)
    assert alice("POST", "/account/requests/disagreement", {"number": number, "text": "It is not."}).status_code == 201
    assert told("dora@example.org")[-1] == f"Somebody disagrees with an answer: number {number}"
    actions.rebut(number, "It is.", BY)
    assert [first(alice)[name] for name in ("disagreement", "rebuttal")] == ["It is not.", "It is."]
    for again in (
        lambda: actions.rebut(number, "Still.", BY),
        lambda: actions.answer(number, "accepted", "x", BY, "x"),
    ):
        with pytest.raises(errors.Conflict):
            again()


def test_of_two_answers_at_once_the_first_one_stands(alice: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    number, words_of = asked(alice), rows.words_of

    def while_another_answers(row: RequestRow) -> Words:
        found = words_of(row)
        monkeypatch.setattr(rows, "words_of", words_of)
        actions.answer(number, "answered", "First.", BY, NAME)
        return found

    monkeypatch.setattr(rows, "words_of", while_another_answers)
    with pytest.raises(errors.Conflict):
        actions.answer(number, "answered", "Second.", BY, NAME)
    monkeypatch.undo()
    assert rows.words_of(RequestRow.objects.get()).answer == "First."


def test_the_officer_is_reminded_once_before_and_once_after_the_day(alice: Phone) -> None:
    number = asked(alice)
    assert watching.remind(OFFICERS) == 0
    days_pass(25)
    assert [watching.remind(OFFICERS) for _ in range(2)] == [1, 0]
    assert told("dora@example.org")[-1] == f"A request is due soon: number {number}"
    assert told("privacy@example.org") == []
    assert queries.register()[0].stage == "soon"
    days_pass(10)
    assert [watching.remind(OFFICERS) for _ in range(2)] == [1, 0]
    assert told("privacy@example.org") == [f"A request was not answered in time: number {number}"]
    actions.answer(number, "answered", "Late, sorry.", BY, NAME)
    assert watching.remind(OFFICERS) == 0


def test_the_time_is_extended_once_within_the_month_and_the_person_reads_why(alice: Phone) -> None:
    number = asked(alice)
    before = RequestRow.objects.get()
    actions.extend(number, "We ask the auditors.", BY)
    mine = first(alice)
    assert mine["why_later"] == "We ask the auditors."
    assert RequestRow.objects.get().due_at == policy.due_later("question", before.made_at)
    watching.tell()
    assert told("alice@example.org")[-1] == "Your request takes longer"
    with pytest.raises(errors.Conflict):
        actions.extend(number, "And longer.", BY)


def test_after_the_month_it_is_too_late_to_extend(alice: Phone) -> None:
    number = asked(alice)
    days_pass(32)
    with pytest.raises(errors.Conflict) as refused:
        actions.extend(number, "We are slow.", BY)
    assert refused.value.sentence == actions.LATE


@pytest.mark.parametrize(
    ("made", "due", "later"),
    [("2026-01-31", "2026-02-28", "2026-04-30"), ("2027-11-30", "2027-12-30", "2028-02-29"),
     ("2026-03-15", "2026-04-15", "2026-06-15")],
)  # fmt: skip
def test_a_month_ends_on_the_same_day_or_the_months_last(made: str, due: str, later: str) -> None:
    at = datetime.fromisoformat(f"{made}T10:30:00").replace(tzinfo=UTC)
    assert f"{policy.due(at):%Y-%m-%d %H:%M}" == f"{due} 10:30"
    assert f"{policy.due_later('question', at):%Y-%m-%d}" == later
    assert policy.due_later("amendment", at) <= at + timedelta(days=90)


def test_ten_may_wait_and_an_empty_text_is_none(alice: Phone) -> None:
    assert alice("POST", "/account/requests", {"text": " \n "}).status_code == 422
    for number in range(policy.MOST_OPEN):
        asked(alice, text=f"question {number}")
    refused = alice("POST", "/account/requests", {"text": "one more"})
    assert (refused.status_code, "Ten requests" in refused.json()["detail"]) == (409, True)
    assert RequestRow.objects.count() == policy.MOST_OPEN


def test_a_frozen_person_can_still_ask(alice: Phone) -> None:
    assert alice("PUT", "/account/restriction", {"ground": "accuracy"}).status_code == 200
    assert asked(alice, "amendment") == RequestRow.objects.get().number
    assert alice("GET", "/account/requests").status_code == 200


def test_it_goes_with_the_account_and_after_its_time(alice: Phone, bob: Phone) -> None:
    asked(alice)
    number = asked(bob)
    receipt = alice("DELETE", "/account")
    assert receipt.json()["rows"]["rights_request"] == 1, receipt.content
    actions.answer(number, "answered", "Yes.", BY, NAME)
    retention.enforce()
    assert RequestRow.objects.count() == 1
    RequestRow.objects.update(answered_at=clock.now() - watching.KEPT - timedelta(hours=1))
    retention.enforce()
    assert RequestRow.objects.count() == 0
