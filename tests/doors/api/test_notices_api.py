"""What changes who can open something is mailed to its owner: in their language, without names or food in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from tests.doors.api.conftest import Person
from tests.doors.api.test_sharing_api import DAY, Phone, offered, shared

from nutshell.accounts import actions as accounts
from nutshell.accounts.mail import NOTICES
from nutshell.common import clock
from nutshell.grants import actions as grants
from nutshell.vault.models import Grant
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
SECRETS = ("bob", "dana", "diary of", "Egg", "breakfast")


@pytest.fixture
def people(person: Callable[[str], Person]) -> dict[str, Person]:
    grantee.forget()
    return {name: person(name).consent() for name in ("alice", "bob")}


@pytest.fixture
def at(people: dict[str, Person]) -> dict[str, Phone]:
    return {name: Phone(one) for name, one in people.items()}


def told(name: str) -> list[str]:
    """Subject lines to somebody since the last look."""
    lines = [one.subject for one in mail.outbox if one.to == [f"{name}@example.org"]]
    mail.outbox.clear()
    return lines


def test_what_is_given_accepted_changed_and_ended_is_mailed(at: dict[str, Phone]) -> None:
    alice, bob = at["alice"], at["bob"]
    grant, path = offered(alice)
    assert told("alice") == ["You made an invitation"]
    bob("POST", path)
    assert told("alice") == ["Your invitation was accepted"]
    alice("GET", f"/diary/{DAY}")
    alice("PUT", f"/grants/{grant}", {"collections": ["diary", "notes"], "confirmed": "collections,first_day,last_day"})
    assert told("alice") == ["What you share was changed"]
    alice("DELETE", f"/grants/{grant}")
    both = {(one.to[0], one.subject) for one in mail.outbox}
    assert both == {
        ("alice@example.org", "Access was ended"), ("bob@example.org", "Something is no longer shared with you"),
    }  # fmt: skip
    mail.outbox.clear()
    grant = shared(alice, bob)
    told("alice")
    bob("DELETE", f"/people/grants/{grant}")
    assert told("alice") == ["Access was ended"]


def test_an_end_by_its_date_is_mailed_once(at: dict[str, Phone]) -> None:
    shared(at["alice"], at["bob"])
    Grant.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    mail.outbox.clear()
    assert [grants.expire_ended(), grants.expire_ended()] == [1, 0]
    assert sorted(one.to[0] for one in mail.outbox) == ["alice@example.org", "bob@example.org"]
    (line,) = [one for one in at["alice"]("GET", "/audit?kind=grant").json()["items"] if one["kind"] == "grant-ended"]
    assert line["reason"] == "expired"


def test_a_token_is_mailed_and_what_stops_everything_once(at: dict[str, Phone], people: dict[str, Person]) -> None:
    alice, bob = at["alice"], at["bob"]
    alice("POST", "/tokens", {"name": "Kitchen scale", "scopes": ["diary:read"]})
    (sent,) = mail.outbox
    assert (sent.subject, "Kitchen" in sent.body) == ("An app was given access", False)
    shared(alice, bob)
    shared(alice, bob)
    mail.outbox.clear()
    alice("DELETE", "/grants")
    assert told("alice") == ["Access was ended"]


def test_mails_are_in_the_persons_language_and_name_nobody(at: dict[str, Phone], people: dict[str, Person]) -> None:
    accounts.set_preferences(people["alice"].user, "de", "")
    accounts.set_display_name(people["bob"].user, "Bob Marsh")
    shared(at["alice"], at["bob"], label="My bob")
    assert [one.subject for one in mail.outbox] == [
        "Du hast eine Einladung erstellt",
        "Deine Einladung wurde angenommen",
    ]
    for sent in mail.outbox:
        assert not [word for word in (*SECRETS, "Bob", "Marsh") if word in sent.subject + sent.body]
        assert "/access" in sent.body


def test_a_sealed_account_is_mailed(at: dict[str, Phone], people: dict[str, Person]) -> None:
    code = at["alice"]("POST", "/account/recovery-code").json()["recovery_code"]
    wish = {"recovery_code": code, "password": "a long passphrase of alice"}
    assert at["alice"]("PUT", "/account/sealed", wish).status_code == 200
    assert told("alice") == ["Your account was sealed"]
    assert at["alice"]("DELETE", "/account/sealed").status_code == 200
    assert told("alice") == ["Your account was unsealed"]


def test_no_subject_line_takes_a_name() -> None:
    assert not [kind for kind, texts in NOTICES.items() for text in texts if "%" in text]


def test_a_mail_server_that_is_away_breaks_nothing(at: dict[str, Phone], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_named: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert shared(at["alice"], at["bob"])
