"""inv-I21: one erase that fails holds up no other, stays for the next try, and its subject is served by nobody."""

import logging

import pytest
from django.db import OperationalError
from tests.doors.web.people import PASSPHRASE, agree, browser, new_account
from tests.keystore import key_store, node  # noqa: F401

from nutshell.accounts import actions as accounts
from nutshell.accounts import leaving_subjects, queries
from nutshell.accounts.models import User
from nutshell.common import clock, errors
from nutshell.erasure import actions as erasure
from nutshell.erasure.models import EraseOrder
from nutshell.ops.logs import Formatter
from nutshell.vault import erasing

pytestmark = [
    pytest.mark.django_db(databases=["default", "records"], transaction=True),
    pytest.mark.usefixtures("node"),
]
EMAILS = ["alice@example.org", "bob@example.org", "dana@example.org"]


def joined(email):
    client = new_account(email)
    agree(client)
    return client, queries.app_session_actor(client.cookies["__Host-session"].value)


def ordered(actor, wish=None, keep_account=False):
    wish = wish or erasing.signed_wish(actor.subject, actor.keys)
    return EraseOrder.objects.create(
        subject_id=actor.subject, keep_account=keep_account, wish=wish, created_at=clock.now()
    )


@pytest.fixture
def people():
    """Alice, Bob and Dana, each with a browser."""
    return [joined(email) for email in EMAILS]


@pytest.fixture
def a_new_process():
    """As wsgi.py begins one."""
    yield lambda: leaving_subjects.keep_out(erasure.unfinished)
    leaving_subjects.keep_out(None)


def broken_for(monkeypatch, place, name, *subjects):
    usual = getattr(place, name)

    def step(subject, *others, **named):
        if subject in subjects:
            raise OperationalError(f"row of {subject} is locked by alice@example.org")
        return usual(subject, *others, **named)

    monkeypatch.setattr(place, name, step)


@pytest.mark.parametrize(
    "step", [(erasing, "freeze"), (erasing, "shred"), (erasure, "remove_rows"), (erasing, "finish")]
)
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_each_order_is_tried_whichever_fails(people, monkeypatch, step, failing):
    actors = [actor for _, actor in people]
    for actor in actors:
        ordered(actor)
    with monkeypatch.context() as broken:
        broken_for(broken, *step, actors[failing].subject)
        assert erasure.resume_all() == {actors[failing].subject}
    assert erasure.unfinished() == {actors[failing].subject}
    assert erasure.resume_all() == set()
    assert erasure.unfinished() == set()
    assert not User.objects.exists()


def test_a_wish_that_the_key_store_refuses_erases_nothing_and_holds_up_nobody(people):
    (_, alice), (_, bob), _ = people
    ordered(alice, wish=b"forged")
    ordered(bob)
    assert erasure.prepare_start() == 1
    assert {user.subject_id for user in User.objects.all()} == {alice.subject, people[2][1].subject}
    assert EraseOrder.objects.get().subject_id == alice.subject


def test_the_log_of_a_failed_erase_names_nobody(people, monkeypatch, caplog):
    _, alice = people[0]
    ordered(alice)
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken_for(broken, erasing, "freeze", alice.subject)
        erasure.resume_all()
    lines = [Formatter().format(record) for record in caplog.records if record.name.startswith("nutshell.erasure")]
    assert len(lines) == 1
    assert "OperationalError" in lines[0]
    assert not [word for word in (str(alice.subject), alice.subject.hex, "alice", "locked") if word in lines[0]]


def test_whose_erase_failed_is_served_by_no_door_and_everybody_else_is(people, a_new_process):
    (alices, alice), (bobs, _), _ = people
    bearer = {"Authorization": f"Bearer {accounts.make_token(alice, 'phone', ['diary:read']).text}"}
    today = clock.utc_day().isoformat()
    assert browser().get(f"/api/v1/diary/{today}", headers=bearer).status_code == 200
    ordered(alice, wish=b"forged")
    assert erasure.prepare_start() == 1
    a_new_process()
    for path in ("/today", "/access", f"/api/v1/diary/{today}", "/api/v1/audit"):
        assert alices.get(path).status_code == 503, path
        assert bobs.get(path).status_code in (200, 303), path
    answer = browser().get(f"/api/v1/diary/{today}", headers=bearer)
    assert (answer.status_code, answer.json()["detail"]) == (503, leaving_subjects.SENTENCE)
    assert leaving_subjects.SENTENCE in alices.get("/today").content.decode()


def test_who_is_kept_out_cannot_sign_in_either(people, a_new_process):
    ordered(people[0][1], wish=b"forged")
    erasure.prepare_start()
    a_new_process()
    answers = {
        email: browser().post("/account/login/", {"login": email, "password": PASSPHRASE}).status_code
        for email in EMAILS[:2]
    }
    assert answers == {EMAILS[0]: 503, EMAILS[1]: 302}


def test_without_knowing_who_is_kept_out_nobody_is_served(people, monkeypatch, a_new_process):
    client, _ = people[0]
    a_new_process()
    with monkeypatch.context() as broken:
        broken.setattr(erasing, "unfinished", lambda: (_ for _ in ()).throw(errors.Unavailable))
        assert client.get("/today").status_code == 503
    assert client.get("/today").status_code == 303


def test_every_process_that_serves_asks_who_is_kept_out(monkeypatch):
    from nutshell import wsgi

    asked = []
    monkeypatch.setattr(leaving_subjects, "keep_out", asked.append)
    monkeypatch.setattr(wsgi.django, "setup", lambda **_: None)
    wsgi._application()
    assert asked == [erasure.unfinished]


def test_a_failing_removal_of_who_was_erased_before_stops_the_start_after_all_were_tried(people, monkeypatch):
    (_, alice), (_, bob), _ = people
    monkeypatch.setattr(erasing, "erased_among", lambda _named: [alice.subject, bob.subject])
    tried = []
    monkeypatch.setattr(erasure, "_finished", lambda subject: tried.append(subject) or subject != alice.subject)
    with pytest.raises(errors.Unavailable):
        erasure.prepare_start()
    assert tried == [alice.subject, bob.subject]
