"""Epoch secrets live for seven days after theirs; what ends is destroyed, in the file too."""

from datetime import date, timedelta

import pytest

from nutshell.common import errors
from nutshell.vault.keystore import epochs, installation_keys, subjects
from nutshell.vault.keystore.models import Epoch, InstallationKey, Secret

TODAY = date(2026, 11, 23)


def test_a_day_has_one_secret(core):
    assert epochs.epoch(core, TODAY) == epochs.epoch(core, TODAY)
    assert len(epochs.epoch(core, TODAY)) == 32


def test_an_epoch_is_made_on_its_day_only(core, clock):
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(errors.NotFound):
            epochs.epoch(core, day)
    assert not Epoch.objects.exists()


def test_a_node_whose_clock_is_a_little_ahead_gets_the_next_day(core, clock):
    clock.move(hours=11, minutes=59)
    ahead = epochs.epoch(core, TODAY + timedelta(days=1))
    clock.move(minutes=2)
    assert epochs.epoch(core, TODAY + timedelta(days=1)) == ahead


def test_an_epoch_opens_until_the_end_of_its_seventh_day_and_is_then_gone_from_the_file(core, clock, keys_database):
    secret = epochs.epoch(core, TODAY)
    wrapped = bytes(Epoch.objects.get().wrapped)
    clock.move(days=7, hours=11, minutes=59)
    epochs.sweep(core)
    assert epochs.epoch(core, TODAY) == secret
    assert wrapped in stored_bytes(keys_database)
    clock.move(minutes=1)
    with pytest.raises(errors.NotFound):
        epochs.epoch(core, TODAY)
    assert epochs.sweep(core) == 1
    assert wrapped not in stored_bytes(keys_database)


def test_a_secret_is_destroyed_at_its_end(core, alice, clock, keys_database):
    subjects.create(core, alice.subject, alice.public, 1)
    subjects.put(core, alice.subject, b"t" * 16, "token", clock() + timedelta(hours=1))
    wrapped = bytes(Secret.objects.get().wrapped)
    assert epochs.sweep(core) == 0
    clock.move(hours=1)
    assert epochs.sweep(core) == 1
    assert wrapped not in stored_bytes(keys_database)


def test_an_altered_epoch_opens_nothing(core):
    epochs.epoch(core, TODAY)
    Epoch.objects.update(day=TODAY - timedelta(days=1))
    with pytest.raises(errors.Tampered):
        epochs.epoch(core, TODAY - timedelta(days=1))


def test_an_installation_key_moved_under_another_name_is_refused(core):
    pepper = InstallationKey.objects.get(name="pepper")
    InstallationKey.objects.filter(name="handle").update(wrapped=pepper.wrapped)
    with pytest.raises(errors.Tampered):
        installation_keys.fetch(core, "node", "handle")


def stored_bytes(database):
    wal = database.with_name(database.name + "-wal")
    return database.read_bytes() + (wal.read_bytes() if wal.exists() else b"")
