"""inv-I20: who may destroy, and how often."""

from dataclasses import replace

import pytest

from nutshell.common import errors
from nutshell.vault.keystore import erasing, service, subjects
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.models import Secret, SubjectRow

SLOT = b"alice-slot-00001"
OTHER = b"alice-slot-00002"


@pytest.fixture
def stored(core, alice, charlie):
    subjects.create(core, alice.subject, alice.public, 1)
    subjects.create(core, charlie.subject, charlie.public, 1)
    subjects.put(core, alice.subject, SLOT, "server", None)
    subjects.put(core, alice.subject, OTHER, "token", None)


def survives(core, signed, secret_id=SLOT):
    with pytest.raises(errors.Forbidden):
        subjects.destroy(core, secret_id, signed)
    return Secret.objects.filter(secret_id=secret_id).exists() and not core.tombstones.has_secret(secret_id)


def test_the_owner_destroys_with_a_signature_and_it_leaves_a_tombstone(core, alice, stored):
    subjects.destroy(core, SLOT, alice.signed("destroy", SLOT))
    assert not Secret.objects.filter(secret_id=SLOT).exists()
    assert core.tombstones.has_secret(SLOT)


def test_nobody_else_destroys(core, alice, charlie, stored):
    assert survives(core, charlie.signed("destroy", SLOT))
    assert survives(core, replace(charlie, subject=alice.subject).signed("destroy", SLOT))
    assert survives(core, b"")


def test_a_statement_over_another_secret_or_of_another_kind_destroys_nothing(core, alice, stored):
    assert survives(core, alice.signed("destroy", OTHER))
    assert survives(core, alice.signed("revoke", SLOT))
    assert survives(core, alice.signed("erase", alice.subject.bytes))


def test_a_statement_is_not_obeyed_before_its_time(core, alice, clock, stored):
    signed = alice.signed("destroy", SLOT, not_before=int(clock().timestamp()) + 3600)
    assert survives(core, signed)
    clock.move(hours=1)
    subjects.destroy(core, SLOT, signed)


def test_a_nonce_is_obeyed_once(core, alice, stored):
    signed = alice.signed("destroy", SLOT)
    wrapped = Secret.objects.get(secret_id=SLOT).wrapped
    subjects.destroy(core, SLOT, signed)
    Secret.objects.create(secret_id=SLOT, subject_id=alice.subject, kind="server", wrapped=wrapped)
    with pytest.raises(errors.Forbidden):
        subjects.destroy(core, SLOT, signed)


def test_nobody_but_the_owner_begins_an_erase(core, alice, charlie, stored):
    forged = replace(charlie, subject=alice.subject).signed("erase", alice.subject.bytes)
    for signed in (forged, charlie.signed("erase", alice.subject.bytes), alice.signed("destroy", alice.subject.bytes)):
        with pytest.raises(errors.Forbidden):
            erasing.begin(core, alice.subject, signed)
    assert erasing.erasing() == []


def test_nothing_is_shredded_that_was_not_begun(core, alice, stored):
    for step in (erasing.shred, lambda core, subject: erasing.finish(core, subject, {})):
        with pytest.raises(errors.Forbidden):
            step(core, alice.subject)
    assert bytes(SubjectRow.objects.get(subject_id=alice.subject).erasure_secret)


@pytest.mark.parametrize("role", ["node", "worker", "web", ""])
@pytest.mark.parametrize(
    "request_",
    [ask.DestroyAsOperator(SLOT), ask.Rotate(), ask.Rewrap(1), ask.Sweep()],
    ids=lambda request_: type(request_).__name__,
)
def test_only_an_operator_does_an_operators_acts(core, stored, role, request_):
    with pytest.raises(errors.Forbidden):
        service.perform(core, role, request_)


def test_an_operator_reaches_no_key(core, alice, clock, stored):
    forbidden = [
        ask.FetchMany([ask.Wanted(alice.subject, SLOT)], "login"),
        ask.PutSecret(alice.subject, b"n" * 16, "server", None),
        ask.Installation("pepper"),
        ask.EpochOf(clock().date()),
        ask.ReceiptOf(alice.subject),
    ]
    for request in forbidden:
        with pytest.raises(errors.Forbidden):
            service.perform(core, "operator", request)


def test_every_operation_has_its_roles_and_its_handler():
    assert set(ask.ROLES) == set(service.HANDLERS) == set(ask.Request.__subclasses__())


def test_signing_keys_never_leave(core, stored):
    for name in ("checkpoint", "receipt", "other"):
        frame = ask.encode({"operation": "installation", "name": name})
        assert service.answer(core, "node", frame) == ask.encode(("malformed", None))
