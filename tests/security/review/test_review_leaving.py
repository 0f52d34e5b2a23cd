"""Withdrawing a consent takes the data and never the account, whoever else is at it; no session outlives its keys."""

from uuid import UUID

import pytest
from tests.doors.web.people import ALICE, agree, browser, new_account

from nutshell.accounts import actions as accounts
from nutshell.accounts import queries
from nutshell.accounts.models import Session, User
from nutshell.common import clock, errors
from nutshell.erasure import actions as erasure
from nutshell.erasure import leaving
from nutshell.erasure.models import EraseOrder
from nutshell.vault import erasing

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]


def alice_with_keys() -> tuple[object, User, queries.Actor]:
    client = new_account(ALICE)
    agree(client)
    actor = queries.app_session_actor(client.cookies["__Host-session"].value)
    return client, queries.user(actor.user_id), actor


def test_the_worker_keeps_an_account_whose_withdrawal_begins_while_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    _, user, actor = alice_with_keys()
    looked = erasing.unfinished

    def begun_meanwhile() -> object:
        wish = erasing.signed_wish(actor.subject, actor.keys)
        order = EraseOrder.objects.create(
            subject_id=actor.subject, keep_account=True, wish=wish, created_at=clock.now()
        )
        erasing.begin(order.subject_id, wish)
        return looked()

    monkeypatch.setattr(erasing, "unfinished", begun_meanwhile)
    erasure.resume_all()
    assert User.objects.get(pk=user.pk).subject_id is None


def test_a_consent_given_while_the_last_one_is_withdrawn_keeps_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the new subject would be nobody's, and no erase would ever find it."""
    _, user, actor = alice_with_keys()
    wiped, made = erasure.wipe, []

    def agreed_meanwhile(subject: UUID, keys: object) -> bytes:
        receipt = wiped(subject, keys)
        again = queries.user(user.pk)
        accounts.give_consent(again, "health-data", "1")
        made.append(again.subject_id)
        return receipt

    monkeypatch.setattr(erasure, "wipe", agreed_meanwhile)
    leaving.withdraw_consent(actor, "health-data")
    assert made == [User.objects.get(pk=user.pk).subject_id]


def test_a_withdrawal_that_the_worker_finishes_ends_the_sessions_that_carry_the_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, user, actor = alice_with_keys()
    with monkeypatch.context() as broken:
        broken.setattr(erasing, "shred", lambda _subject: (_ for _ in ()).throw(errors.Unavailable))
        with pytest.raises(errors.Unavailable):
            leaving.withdraw_consent(actor, "health-data")
    erasure.resume_all()
    assert not Session.objects.filter(user=user).exists()
    assert User.objects.get(pk=user.pk).subject_id is None
    assert client.get("/today").headers["Location"].startswith("/account/login/")


def test_the_way_on_after_agreeing_cannot_break_the_answer() -> None:
    client = new_account("bob@example.org")
    answer = client.post(
        "/consent/health-data?next=/a%0AX:%20b", {"version": "1", "agree": "health-data", "zone": "UTC"}
    )
    assert answer.status_code == 303
    assert "\n" not in answer.headers["Location"]
    assert browser().get("/").status_code == 200
