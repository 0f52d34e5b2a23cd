"""A removal that waits: the account is frozen for everybody, taken back by its owner, and carried out at its time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db.models import F
from tests.doors.api.conftest import Caller, Person
from tests.doors.api.test_sharing_api import DAY, EGG, Phone, shared

from nutshell import gate
from nutshell.accounts import outbox, queries
from nutshell.accounts.models import Session, User
from nutshell.common import clock, errors
from nutshell.erasure import actions as erasure
from nutshell.erasure.models import EraseOrder
from nutshell.vault import erasing
from nutshell.vault.models import Record, Subject
from nutshell.vault.sharing import grantee

# The erase cuts the databases' logs, which no open transaction allows.
pytestmark = pytest.mark.django_db(databases=["default", "records"], transaction=True)


class Two:
    """Alice shares her diary with Bob, has a token in use, and wrote something."""

    def __init__(self, person: Callable[[str], Person]) -> None:
        grantee.forget()
        self.alice_, self.bob_ = person("alice").consent(), person("bob").consent()
        self.alice, self.bob = Phone(self.alice_), Phone(self.bob_)
        self.token = Caller(authorization=f"Bearer {self.alice_.token('all')}")
        self.alice("POST", f"/diary/{DAY}/entries", EGG)
        shared(self.alice, self.bob)
        mail.outbox.clear()

    @property
    def subject(self) -> UUID:
        return UUID(self.alice.subject)

    def hers(self) -> str:
        return f"/people/{self.alice.subject}/diary/{DAY}"

    def statuses(self) -> dict[str, int]:
        seen = {"Bob": self.bob("GET", self.hers()), "a token": self.token("GET", f"/diary/{DAY}")}
        return {who: answer.status_code for who, answer in seen.items()}

    def again(self) -> Phone:
        """Alice signs in anew."""
        return Phone(self.alice_)


@pytest.fixture
def two(person: Callable[[str], Person]) -> Two:
    return Two(person)


def pass_days(days: float) -> None:
    """Everything that waits is so much older: the key store's own clock stays where it is."""
    EraseOrder.objects.update(due_at=F("due_at") - timedelta(days=days))
    User.objects.update(leaving_at=F("leaving_at") - timedelta(days=days))


def order(two: Two, days: int = 3) -> Any:
    answer = two.alice("DELETE", "/account", {"undo_days": days})
    assert answer.status_code == 200, answer.content
    return answer.json()


def subjects(name: str) -> list[str]:
    return [one.subject for one in mail.outbox if one.to == [f"{name}@example.org"]]


def test_while_a_removal_waits_nobody_opens_anything(two: Two) -> None:
    other = two.again()
    told = order(two)
    assert told["keep_account"] is False
    assert two.statuses() == {"Bob": 403, "a token": 403}
    assert two.bob("GET", two.hers()).json()["type"].endswith("no-longer-shared")
    assert two.alice("GET", f"/diary/{DAY}").json()["type"].endswith("frozen")
    assert two.alice("GET", "/tokens").status_code == 403
    assert other("GET", "/account/frozen").status_code == 401, "another device stayed signed in"
    assert two.alice("GET", "/account/frozen").json()["removal"]["due_at"] == told["due_at"]
    assert two.again()("GET", "/account/frozen").status_code == 200
    assert Record.objects.count() > 0


def test_the_gate_itself_opens_nothing_of_a_frozen_person(two: Two) -> None:
    """Also where a door forgot to ask."""
    order(two)
    store = two.alice_.session()
    actor = queries.app_session_actor(str(store.session_key), even_frozen=True)
    with pytest.raises(errors.Frozen), gate.enter(actor, actor.subject, gate.Purpose.DIARY_READ):
        pass


def test_it_is_taken_back_and_everything_is_as_it_was(two: Two) -> None:
    order(two)
    pass_days(2.9)
    back = two.again()
    assert back("DELETE", "/account/removal").status_code == 204
    assert back("GET", "/account/frozen").json() == {"removal": None, "restricted_at": None, "restricted_for": ""}
    assert len(back("GET", f"/diary/{DAY}").json()["entries"]) == 1
    assert two.statuses() == {"Bob": 200, "a token": 200}
    assert back("DELETE", "/account/removal").status_code == 404
    pass_days(20)
    erasure.resume_all()
    assert Record.objects.count() > 0
    assert subjects("alice") == ["Your account will be removed", "Your account stays"]
    kinds = {one["kind"] for one in back("GET", "/audit?kind=data").json()["items"]}
    assert {"erase-ordered", "erase-taken-back"} <= kinds


def test_it_is_carried_out_at_its_time_and_not_before(two: Two) -> None:
    """By whoever comes by: a worker, or the next start."""
    order(two)
    pass_days(2.99)
    assert erasure.prepare_start() == 0
    assert erasure.unfinished() == set()
    assert User.objects.filter(subject_id=two.subject).exists()
    mail.outbox.clear()
    pass_days(0.02)
    assert erasure.resume_all() == set()
    assert not User.objects.filter(subject_id=two.subject).exists()
    assert not Subject.objects.filter(subject_id=two.subject).exists()
    assert EraseOrder.objects.count() == 0
    assert erasing.erased_among([two.subject]) == [two.subject]
    assert two.bob("GET", "/people").json()["items"][0]["state"] == "erased"


def test_the_receipt_is_mailed_when_it_is_done(two: Two) -> None:
    order(two, 1)
    mail.outbox.clear()
    pass_days(1.01)
    erasure.resume_all()
    outbox.send_due()
    (receipt,) = [one for one in mail.outbox if one.to == ["alice@example.org"]]
    assert receipt.subject == "Your receipt"
    ((name, packed, _),) = receipt.attachments
    assert name == "nutshell-receipt.bin"
    assert erasing.opened(packed).rows["record"] > 0


def test_in_its_last_minute_it_cannot_be_taken_back(two: Two) -> None:
    order(two, 1)
    pass_days(1 - 59 / 86_400)
    answer = two.again()("DELETE", "/account/removal")
    assert answer.status_code == 409
    assert "too late" in answer.json()["detail"]
    assert EraseOrder.objects.count() == 1


def test_its_owner_need_not_wait(two: Two) -> None:
    order(two, 14)
    removed = two.again()("POST", "/account/removal")
    assert removed.status_code == 200
    assert removed.json()["rows"]["record"] > 0
    assert Record.objects.filter(subject_id=two.subject).count() == 0
    assert two.alice("GET", "/account/frozen").status_code == 401


def test_a_withdrawn_consent_waits_as_well_and_is_given_anew_when_it_is_taken_back(two: Two) -> None:
    assert two.alice("DELETE", "/consents/health-data", {"undo_days": 2}).status_code == 204
    user = queries.user(two.alice_.user.pk)
    assert [one.given_at for one in queries.consents(user.pk)] == [None]
    assert two.statuses() == {"Bob": 403, "a token": 403}
    assert two.alice("GET", "/account/frozen").json()["removal"]["keep_account"] is True
    assert two.alice("DELETE", "/account/removal").status_code == 204
    assert queries.consents(user.pk)[0].given_at is not None
    assert two.again()("GET", f"/diary/{DAY}").status_code == 200
    two.again()("DELETE", "/consents/health-data", {"undo_days": 2})
    pass_days(2.01)
    erasure.resume_all()
    assert User.objects.get(pk=user.pk).subject_id is None
    assert User.objects.get(pk=user.pk).leaving_at is None, "the account that stayed is frozen for ever"
    assert two.again()("GET", "/consents").status_code == 200


def test_days_out_of_the_choice_are_told_and_nothing_is_ordered(two: Two) -> None:
    for path in ("/account", "/consents/health-data"):
        for days in (-1, 15, 1.5, "3", None, True):
            answer = two.alice("DELETE", path, {"undo_days": days})
            assert (answer.status_code, "undo_days" in answer.content.decode()) == (422, True), days
    assert EraseOrder.objects.count() == 0
    assert two.statuses() == {"Bob": 200, "a token": 200}


def test_whoever_has_no_keys_or_alone_runs_a_clinic_cannot_wait(two: Two, person: Callable[[str], Person]) -> None:
    new = Phone(person("newcomer"))
    assert new("DELETE", "/account", {"undo_days": 3}).status_code == 422
    two.alice("POST", "/clinics", {"name": "Elm"})
    answer = two.alice("DELETE", "/account", {"undo_days": 3})
    assert answer.status_code == 409
    assert "alone administer" in answer.json()["detail"]
    assert EraseOrder.objects.count() == 0


def test_a_proof_older_than_five_minutes_orders_nothing_and_hurries_nothing(two: Two) -> None:
    Session.objects.all().delete()
    stale = two.alice_.session()
    stale["account_authentication_methods"] = []
    stale.save()
    phone = Caller(**{"x-session-token": str(stale.session_key)})
    assert phone("DELETE", "/account", {"undo_days": 3}).status_code == 401
    two.again()("DELETE", "/account", {"undo_days": 3})
    again = two.alice_.session()
    again["account_authentication_methods"] = []
    again.save()
    assert Caller(**{"x-session-token": str(again.session_key)})("POST", "/account/removal").status_code == 401
    assert EraseOrder.objects.count() == 1


def test_after_a_restore_a_removal_that_was_taken_back_waits_anew(two: Two) -> None:
    """The backup still has the order: it must not be carried out behind the back of who took it back."""
    order(two, 2)
    kept = EraseOrder.objects.get()
    backed_up = clock.now()
    two.alice("DELETE", "/account/removal")
    kept.save(force_insert=True)
    User.objects.filter(subject_id=two.subject).update(leaving_at=kept.due_at)
    pass_days(1.9)
    assert erasure.begin_anew(backed_up) == 1
    assert erasure.resume_all() == set()
    state = two.again()("GET", "/account/frozen").json()["removal"]
    assert state["due_at"] > (clock.now() + timedelta(days=1.9)).isoformat()
    assert Record.objects.filter(subject_id=two.subject).count() > 0


# ---------- restriction ----------


def test_a_restricted_account_is_kept_and_opens_for_nobody_until_its_owner_lifts_it(two: Two) -> None:
    assert two.alice("PUT", "/account/restriction", {"ground": "whim"}).status_code == 422
    kept = two.alice("PUT", "/account/restriction", {"ground": "accuracy"})
    assert (kept.status_code, kept.json()["restricted_for"]) == (200, "accuracy")
    assert two.statuses() == {"Bob": 403, "a token": 403}
    assert two.alice("GET", f"/diary/{DAY}").status_code == 403
    pass_days(30)
    erasure.resume_all()
    again = two.again()
    assert again("GET", "/account/frozen").json()["restricted_at"]
    assert again("DELETE", "/account/restriction").status_code == 204
    assert again("DELETE", "/account/restriction").status_code == 404
    assert len(again("GET", f"/diary/{DAY}").json()["entries"]) == 1
    assert two.bob("GET", two.hers()).status_code == 200
    assert subjects("alice") == ["Your account is frozen", "Your account is not frozen any more"]
    kinds = {one["kind"] for one in again("GET", "/audit?kind=data").json()["items"]}
    assert {"restricted", "restriction-lifted"} <= kinds
