"""Undo takes back an act of the last 24 hours, and only if nothing has happened to it since (feat-L16)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from diary_vault import DiaryVault

from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.diary import actions, queries
from nutshell.diary.types import Edit, NewEntry, NewQuick

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def egg(amount: float = 100.0) -> NewEntry:
    return NewEntry(food_id="sr28:01123", amount=amount, meal="lunch")


def shown(vault: DiaryVault, day: Day) -> list[tuple[str, float, str]]:
    return sorted((entry.name, entry.amount, entry.meal) for entry in actions.read_day(vault, day).entries)


def test_an_addition_is_taken_back(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg())
    actions.undo(alice, monday)
    assert shown(alice, monday) == []


def test_an_edit_is_taken_back(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    written = actions.change(alice, monday, entry.id, Edit(amount=5.0, meal="dinner", note="x"))
    actions.undo(alice, monday, written.act)
    assert shown(alice, monday) == [("Egg, whole, raw, fresh", 100.0, "lunch")]
    assert queries.day(alice, monday).energy.amount == 143.0


def test_an_edit_of_a_quick_add_is_taken_back_with_its_figures(alice: DiaryVault, monday: Day) -> None:
    entry = actions.quick_add(alice, monday, NewQuick(name="Soup", kcal=300)).entries[0]
    actions.change(alice, monday, entry.id, Edit(kcal=900.0, name="Stew"))
    actions.undo(alice, monday)
    assert (queries.day(alice, monday).shown[0].name, queries.day(alice, monday).energy.amount) == ("Soup", 300.0)


def test_a_removal_is_taken_back(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    actions.remove(alice, monday, [entry.id])
    actions.undo(alice, monday)
    assert actions.read_day(alice, monday).entries[0].id == entry.id
    assert actions.read_day(alice, monday).marks == ()


def test_a_copy_of_a_day_is_taken_back_as_one(alice: DiaryVault, monday: Day) -> None:
    tuesday = Day(monday + timedelta(days=1))
    actions.log_many(alice, monday, [egg(1.0), egg(2.0)])
    written = actions.copy(alice, monday, tuesday)
    actions.undo(alice, tuesday, written.act)
    assert (len(shown(alice, monday)), shown(alice, tuesday)) == (2, [])


@pytest.mark.parametrize("from_target", [False, True])
def test_a_move_is_taken_back_on_both_days(alice: DiaryVault, monday: Day, from_target: bool) -> None:
    tuesday = Day(monday + timedelta(days=1))
    entry = actions.log(alice, monday, egg()).entries[0]
    written = actions.move(alice, monday, tuesday, [entry.id], meal="dinner")
    actions.undo(alice, tuesday if from_target else monday, written.act)
    assert (shown(alice, monday), shown(alice, tuesday)) == ([("Egg, whole, raw, fresh", 100.0, "lunch")], [])


def test_a_move_there_and_back_is_taken_back_step_by_step(alice: DiaryVault, monday: Day) -> None:
    tuesday = Day(monday + timedelta(days=1))
    entry = actions.log(alice, monday, egg()).entries[0]
    there = actions.move(alice, monday, tuesday, [entry.id])
    back = actions.move(alice, tuesday, monday, [entry.id])
    actions.undo(alice, monday, back.act)
    assert (len(shown(alice, monday)), len(shown(alice, tuesday))) == (0, 1)
    actions.undo(alice, monday, there.act)
    assert (len(shown(alice, monday)), len(shown(alice, tuesday))) == (1, 0)


def test_a_move_between_meals_is_taken_back(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    actions.move(alice, monday, monday, [entry.id], meal="dinner")
    actions.undo(alice, monday)
    assert shown(alice, monday)[0][2] == "lunch"


def test_undo_after_undo_goes_further_back(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    for amount in (50.0, 25.0):
        actions.change(alice, monday, entry.id, Edit(amount=amount))
    actions.undo(alice, monday)
    assert shown(alice, monday)[0][1] == 50.0
    actions.undo(alice, monday)
    assert shown(alice, monday)[0][1] == 100.0
    actions.undo(alice, monday)
    assert shown(alice, monday) == []


def test_what_was_changed_since_is_not_undone(alice: DiaryVault, monday: Day) -> None:
    first = actions.log(alice, monday, egg())
    actions.change(alice, monday, first.entries[0].id, Edit(amount=5.0))
    with pytest.raises(errors.Conflict):
        actions.undo(alice, monday, first.act)
    assert shown(alice, monday)[0][1] == 5.0


def test_nothing_is_undone_twice(alice: DiaryVault, monday: Day) -> None:
    act = actions.log(alice, monday, egg()).act
    actions.undo(alice, monday, act)
    with pytest.raises(errors.NotFound):
        actions.undo(alice, monday, act)


def test_after_24_hours_it_is_too_late_and_the_removed_body_is_gone(alice: DiaryVault, monday: Day) -> None:
    with clock.moved_to(NOON):
        entry = actions.log(alice, monday, egg()).entries[0]
        actions.remove(alice, monday, [entry.id])
    with clock.moved_to(NOON + timedelta(hours=24)):
        assert queries.changes(alice, monday) == []
        with pytest.raises(errors.NotFound):
            actions.undo(alice, monday)
        actions.log(alice, monday, egg())
        day = actions.read_day(alice, monday)
    assert [mark.body for mark in day.marks] == [None]
    assert len(day.journal) == 1


def test_alice_takes_back_her_own_last_act_unless_she_names_danas(alice: DiaryVault, monday: Day) -> None:
    dana = alice.beside(author=uuid4())
    actions.log(alice, monday, egg(1.0))
    hers = actions.log(dana, monday, egg(2.0))
    actions.undo(alice, monday)
    assert [entry.amount for entry in actions.read_day(alice, monday).entries] == [2.0]
    actions.undo(alice, monday, hers.act)
    assert shown(alice, monday) == []


def test_the_changes_of_a_day_are_listed_with_who_and_whether_they_can_be_undone(
    alice: DiaryVault, monday: Day
) -> None:
    dana = alice.beside(author=uuid4())
    entry = actions.log(alice, monday, egg()).entries[0]
    actions.change(dana, monday, entry.id, Edit(amount=5.0))
    latest, first = queries.changes(alice, monday)
    assert (latest.kind, latest.by, latest.undoable, latest.names) == ("change", dana.author, True, (entry.name,))
    assert (first.kind, first.by, first.undoable) == ("add", alice.subject, False)
