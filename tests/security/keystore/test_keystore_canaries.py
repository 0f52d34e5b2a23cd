"""Canaries in the key store: who opens one rings and gets what anybody gets; which they are is sealed; mails wait."""

import sqlite3
from types import SimpleNamespace

import pytest
from django.core import mail
from tests.security.rotating import rotated
from tests.stack import free_ports

from nutshell.audit.types import unpack
from nutshell.common import errors
from nutshell.envelope.errors import NotOpened
from nutshell.ops import alarms
from nutshell.vault.keystore import canaries, leaves, service, subjects
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.models import AlarmRow, Canary
from security.keystore.conftest import Person
from security.keystore_in_process import InProcess

CONFIG = SimpleNamespace(smtp_url="smtps://mail.example", dpo_email="officer@example.org", host="diary.example")


def enrolled(core):
    person = Person()
    subjects.create(core, person.subject, person.public, 1)
    subjects.put(core, person.subject, person.subject.bytes, "server", None)
    return person


@pytest.fixture
def canary(core):
    person = enrolled(core)
    canaries.add(core, person.subject)
    return person


def opened(core, *people):
    wanted = [ask.Wanted(person.subject, person.subject.bytes) for person in people]
    return service.perform(core, "node-1", ask.FetchMany(wanted, "login"))


def kinds():
    return [unpack(row.body).kind for row in leaves.own_leaves(0, 100)]


def test_opening_one_rings_at_once_and_answers_as_for_anybody(core, canary, caplog):
    (found,) = opened(core, canary)
    assert len(found.opener) == 32
    assert [line.getMessage()[:29] for line in caplog.records] == ["ALARM: node-1 opened a canary"]
    assert kinds() == ["fetch", "canary-opened"]


def test_it_rings_among_others_and_for_nobody_else(core, canary, caplog):
    others = [enrolled(core) for _ in range(3)]
    opened(core, *others)
    assert not caplog.records
    opened(core, others[0], canary, others[1])
    assert len(AlarmRow.objects.all()) == 1


def test_no_alarm_without_its_leaf(core, canary, caplog, monkeypatch):
    def broken(*_):
        raise errors.Unavailable

    monkeypatch.setattr(leaves, "append", broken)
    with pytest.raises(errors.Unavailable):
        opened(core, canary)
    assert not AlarmRow.objects.exists()


def test_there_are_never_more_than_wanted_so_nobodys_own_account_becomes_one(core):
    for left in (3, 2, 1):
        assert canaries.wanted(core) == left
        canaries.add(core, enrolled(core).subject)
    assert canaries.wanted(core) == 0
    with pytest.raises(errors.Conflict):
        canaries.add(core, enrolled(core).subject)
    for name in ("node", "node-1", "operator"):
        with pytest.raises(errors.Forbidden):
            service.perform(core, name, ask.AddCanary(enrolled(core).subject))


def test_which_they_are_survives_a_restart_and_a_rotation_and_is_in_no_row_in_clear(core, canary, keys_database):
    rotated(core)
    core.canaries.clear()
    service.prepare(core)
    assert core.canaries == {canary.subject}
    with sqlite3.connect(keys_database) as database:
        ((wrapped,),) = database.execute("SELECT wrapped FROM canary").fetchall()
    assert canary.subject.bytes not in wrapped
    assert str(canary.subject) not in repr(core)


def test_a_row_that_was_altered_or_exchanged_stops_the_start(core, canary):
    second = enrolled(core)
    canaries.add(core, second.subject)
    first, last = Canary.objects.order_by("pk")
    Canary.objects.filter(pk=first.pk).update(wrapped=last.wrapped)
    with pytest.raises(NotOpened):
        service.prepare(core)


# ---------- the mail ----------


@pytest.fixture
def worker(core):
    return InProcess(core, "worker")


def test_one_mail_tells_all_that_wait_and_each_is_told_once(core, canary, worker):
    opened(core, canary)
    opened(core, canary)
    assert alarms.mail_waiting(worker, CONFIG) == 2
    assert alarms.mail_waiting(worker, CONFIG) == 0
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["officer@example.org"], "Alarm at diary.example")
    assert sent.body.count("node-1 opened a canary") == 2
    assert str(canary.subject) not in sent.body


def test_an_alarm_waits_for_a_mail_server_that_is_away(core, canary, worker, settings):
    opened(core, canary)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = free_ports(1)[0]
    with pytest.raises(OSError, match="refused"):
        alarms.mail_waiting(worker, CONFIG)
    assert len(worker.alarms()) == 1


def test_without_a_mail_server_the_terminal_is_all(core, canary, worker):
    opened(core, canary)
    assert alarms.mail_waiting(worker, SimpleNamespace(**{**vars(CONFIG), "smtp_url": ""})) == 1
    assert mail.outbox == []
    assert worker.alarms() == []
