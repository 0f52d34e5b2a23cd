"""Mail with a mail server: no page waits for it, nothing of it lies in clear, and it is tried again for a day."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.conf import settings as live
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from tests.doors.api.conftest import Person
from tests.doors.api.test_studies_api import Phone, ok

from nutshell.accounts import outbox
from nutshell.accounts.models import OutgoingMail
from nutshell.common import clock
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])
BOB = "bob.invited@example.org"


class Refuses(BaseEmailBackend):
    """A server that is away."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError


@pytest.fixture
def alice(person: Callable[[str], Person], settings: Any) -> Phone:
    grantee.forget()
    settings.NUTSHELL = _with_server(live.NUTSHELL)
    return Phone(person("alice").consent())


def _with_server(config: Any) -> Any:
    wanted = {"smtp_url": "smtps://u:p@mail.example.org:465", "mail_from": "nutshell@example.org"}
    replace = dataclasses.replace if dataclasses.is_dataclass(config) else msgspec.structs.replace
    return replace(config, **wanted)


def invited(alice: Phone) -> None:
    ok(alice("POST", "/grants", {"label": "Bob", "collections": ["diary"], "email": BOB}), 201)


def later(monkeypatch: pytest.MonkeyPatch, **more: float) -> None:
    now = clock.now() + timedelta(**more)
    monkeypatch.setattr(outbox.clock, "now", lambda: now)


def test_a_request_leaves_its_mail_to_the_worker_and_sealed(alice: Phone) -> None:
    invited(alice)
    assert mail.outbox == []
    assert not any(BOB.encode() in bytes(row.sealed) for row in OutgoingMail.objects.all())
    assert outbox.send_due() == 2  # the invitation, and the notice to Alice
    assert {one.to[0] for one in mail.outbox} == {BOB, "alice@example.org"}
    assert outbox.send_due() == 0
    assert not OutgoingMail.objects.exists()


def test_mail_is_tried_again_when_the_server_is_back_and_not_before_its_time(
    alice: Phone, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(alice)
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Refuses"
    assert (outbox.send_due(), OutgoingMail.objects.filter(tries=1).count()) == (0, 2)
    settings.EMAIL_BACKEND = works
    assert outbox.send_due() == 0
    later(monkeypatch, seconds=31)
    assert outbox.send_due() == 2


def test_mail_that_nobody_takes_is_gone_after_a_day(
    alice: Phone, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(alice)
    settings.EMAIL_BACKEND = f"{__name__}.Refuses"
    later(monkeypatch, days=1, minutes=1)
    assert outbox.send_due() == 0
    assert not OutgoingMail.objects.exists()


def test_two_workers_send_a_mail_once(alice: Phone) -> None:
    invited(alice)
    rows = list(OutgoingMail.objects.all())
    assert [outbox._claim(row) for row in rows] == [True, True]
    assert outbox.send_due() == 0


def test_what_waits_goes_with_the_account_that_it_is_about(alice: Phone) -> None:
    invited(alice)
    waiting = set(OutgoingMail.objects.values_list("pk", flat=True))
    assert waiting
    ok(alice("DELETE", "/account"))
    assert not OutgoingMail.objects.filter(pk__in=waiting).exists()
    (receipt,) = OutgoingMail.objects.all()
    assert receipt.user_id is None
