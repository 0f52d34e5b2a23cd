"""What is kept for a time goes when the time is over, and not before: of every table whose class has days."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Model

from nutshell.accounts import guesses
from nutshell.accounts.models import CacheEntry, Guess, Invitation, OutgoingMail, Session
from nutshell.activity.models import WeekRow
from nutshell.clinics.models import Invitation as Asked
from nutshell.common import clock
from nutshell.compliance import inventory, retention
from nutshell.operators.models import Operator, OperatorSession
from nutshell.rights.models import RequestRow
from nutshell.vault import installation
from nutshell.vault.keystore import service
from nutshell.vault.keystore.core import Core
from nutshell.vault.keystore.models import Epoch, FinishedErase, Opening
from nutshell.vault.models import Idempotency
from security.keystore_in_process import InProcess, started

# The key store cuts its log, which no open transaction allows.
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture(autouse=True)
def core(tmp_path: Path) -> Iterator[Core]:
    core = started(tmp_path)
    before = installation._client, installation._held
    installation.configure(InProcess(core))
    yield core
    installation._client, installation._held = before


def random() -> bytes:
    return uuid4().bytes * 2


def of_guess(made: datetime) -> Model:
    target = guesses.of_password(f"{uuid4()}@example.org")
    return Guess.objects.create(target=target, count=1, last_at=made)


def of_console(made: datetime) -> Model:
    operator = Operator.objects.create(name=f"o{uuid4().hex[:8]}", fingerprint=random(), factor=b"x")
    return OperatorSession.objects.create(handle=random(), operator=operator, started_at=made, used_at=made)


def of_session(made: datetime) -> Model:
    times = {"started_at": made, "used_at": made, "ends_at": made + timedelta(days=7)}
    return Session.objects.create(handle=random(), kind="personal", epoch=made.date(), sealed=b"", **times)


def ends(kind: Any, days: int, **more: Any) -> Callable[[datetime], Model]:
    return lambda made: kind.objects.create(ends_at=made + timedelta(days=days), **{k: v() for k, v in more.items()})


MADE: dict[str, tuple[Callable[[datetime], Model], timedelta]] = {
    "session": (of_session, timedelta(days=7)),
    "invitation": (
        lambda made: Invitation.objects.create(
            handle=random(), email=f"{uuid4()}@example.org", created_at=made, ends_at=made + timedelta(days=7)
        ),
        timedelta(days=7),
    ),
    "clinic_invitation": (
        ends(Asked, 7, subject_id=uuid4, client=uuid4, asked=random, proof=random), timedelta(days=7),
    ),
    "guess": (of_guess, timedelta(days=1)),
    "cache": (
        lambda made: CacheEntry.objects.create(
            cache_key=uuid4().hex, value="x", expires=made + timedelta(minutes=5)
        ),
        timedelta(minutes=5),
    ),
    "outgoing_mail": (
        lambda made: OutgoingMail.objects.create(id=uuid4(), sealed=b"x", made_at=made, due_at=made),
        timedelta(days=1),
    ),
    "operator_session": (of_console, timedelta(minutes=15)),
    "idempotency": (
        lambda made: Idempotency.objects.create(
            subject_id=uuid4(), key_hash=random(), result=uuid4().bytes, created_at=made
        ),
        timedelta(days=1),
    ),
    "activity_week": (
        lambda made: WeekRow.objects.create(week=uuid4().hex[:8], made_at=made, over=0, next_leaf=0, sealed=b"x"),
        timedelta(days=2190),
    ),
    "rights_request": (
        lambda made: RequestRow.objects.create(
            number=uuid4().int % 10**9, subject_id=uuid4(), kind="question", state="answered", made_at=made,
            due_at=made, answered_at=made, sealed=b"x",
        ),
        timedelta(days=2190),
    ),
    "epoch": (lambda made: Epoch.objects.create(day=made.date(), wrapped=b"x"), timedelta(days=8)),
    "finished_erase": (
        lambda made: FinishedErase.objects.create(tombstone=random(), finished_at=made, rows=b"\x80"),
        timedelta(days=7),
    ),
    "opening": (
        lambda made: Opening.objects.create(subject_id=uuid4(), node="node-1", at=made), timedelta(minutes=1),
    ),
}  # fmt: skip
"""How a row is made that is as old as this, and after how long it has to go."""


@pytest.mark.parametrize("table", MADE)
def test_old_rows_go_and_young_ones_stay(table: str, core: Core) -> None:
    make, kept = MADE[table]
    margin = timedelta(days=1) if table == "epoch" else timedelta(seconds=20)
    old, young = make(clock.now() - kept - margin), make(clock.now() - kept + margin)
    retention.enforce()
    service.sweep(core)
    left = set(type(old).objects.filter(pk__in=[old.pk, young.pk]).values_list("pk", flat=True))
    assert left == {young.pk}
    assert kept <= timedelta(days=inventory.load().timed()[table]), "it is kept for longer than the inventory says"


def test_every_table_with_a_time_is_tried() -> None:
    """Orders to erase have a test of their own: what is due is carried out."""
    assert sorted([*MADE, *retention.BY_ERASURE, *retention.BY_ARCHIVES]) == sorted(inventory.load().timed())


def test_a_sweep_that_fails_keeps_no_other_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Exception):  # noqa: N818 - an event, not an error
        pass

    def broken() -> None:
        raise Broken

    old = MADE["idempotency"][0](clock.now() - timedelta(days=2))
    monkeypatch.setattr(retention, "SWEEPS", (retention.Sweep(("session",), broken), *retention.SWEEPS))
    with pytest.raises(Broken):
        retention.enforce()
    assert not Idempotency.objects.filter(pk=old.pk).exists()
