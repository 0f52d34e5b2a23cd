"""Somebody else changes the targets and their owner takes it back: no day before is touched by either."""

from datetime import date
from uuid import uuid4

import pytest
from tests.rooms.targets.memory_vault import MemoryVault

from nutshell.common import errors
from nutshell.targets import actions, queries
from nutshell.targets.types import TargetSettings

MONDAY, WEDNESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 25), date(2026, 11, 27)
MINE, THEIRS = TargetSettings(own_budget=2100), TargetSettings(own_budget=1800)


def energy(vault: MemoryVault, day: date) -> float | None:
    return next(aim.minimum for aim in queries.in_force(vault, day).aims if aim.nutrient == "208")


@pytest.fixture
def changed(vault: MemoryVault) -> MemoryVault:
    """Mine since Monday, changed by somebody else on Wednesday; opened as I open it."""
    actions.save_settings(vault, MINE, MONDAY)
    vault.author = uuid4()
    actions.save_settings(vault, THEIRS, WEDNESDAY)
    vault.author = vault.subject
    return vault


def test_each_day_keeps_the_targets_that_counted_on_it(changed: MemoryVault) -> None:
    actions.undo(changed, FRIDAY)
    assert [energy(changed, day) for day in (MONDAY, WEDNESDAY, FRIDAY)] == [2100, 1800, 2100]


def test_an_undo_on_the_same_day_leaves_nothing_of_the_change(changed: MemoryVault) -> None:
    actions.undo(changed, WEDNESDAY)
    assert [energy(changed, day) for day in (MONDAY, WEDNESDAY)] == [2100, 2100]
    assert queries.changed(changed) is None


def test_a_second_person_s_change_is_undone_to_the_first_s(changed: MemoryVault) -> None:
    first = queries.changed(changed)
    changed.author = uuid4()
    actions.save_settings(changed, TargetSettings(own_budget=1500), FRIDAY)
    second = queries.changed(changed)
    assert first is not None
    assert second is not None
    assert (first.before, second.before, second.by) == (MINE, THEIRS, changed.author)


def test_there_is_nothing_to_undo_of_one_s_own(vault: MemoryVault) -> None:
    with pytest.raises(errors.Conflict):
        actions.undo(vault, MONDAY)
    actions.save_settings(vault, MINE, MONDAY)
    with pytest.raises(errors.Conflict):
        actions.undo(vault, MONDAY)
