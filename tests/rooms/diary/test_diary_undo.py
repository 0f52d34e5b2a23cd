"""Undo takes back an act of the last 24 hours, and only if nothing has happened to it since (feat-L16)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from diary_vault import DiaryVault

from nutshell.common import clock, errors
from nutshell.common.clock import Day
from nutshell.diary import actions, queries
from nutshell.diary.addresses import note_address
from nutshell.diary.types import MAX_NOTE_ACTS, Edit, NewEntry, NewQuick

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


def names(vault: DiaryVault, day: Day) -> list[str]:
    entries = sorted(actions.read_day(vault, day).entries, key=lambda entry: entry.position)
    return [entry.note for entry in entries]


def three_in_order(vault: DiaryVault, day: Day) -> list[UUID]:
    return [actions.log(vault, day, msgspec.structs.replace(egg(), note=note)).entries[0].id for note in "abc"]


def test_a_new_order_is_taken_back_and_its_forerunner_too(alice: DiaryVault, monday: Day) -> None:
    a, b, c = three_in_order(alice, monday)
    actions.reorder(alice, monday, [b, a])
    actions.reorder(alice, monday, [c, a])
    assert names(alice, monday) == ["b", "c", "a"]
    actions.undo(alice, monday)
    assert names(alice, monday) == ["b", "a", "c"]
    actions.undo(alice, monday)
    assert names(alice, monday) == ["a", "b", "c"]
    assert all(entry.version == 1 for entry in actions.read_day(alice, monday).entries)


def test_an_order_that_was_changed_since_is_not_taken_back(alice: DiaryVault, monday: Day) -> None:
    a, b, c = three_in_order(alice, monday)
    first = actions.reorder(alice, monday, [b, a])
    actions.reorder(alice, monday, [c, a])
    with pytest.raises(errors.Conflict):
        actions.undo(alice, monday, first.act)
    assert [change.undoable for change in queries.changes(alice, monday)][:2] == [True, False]


def test_an_order_is_of_one_meal_and_the_same_order_writes_nothing(alice: DiaryVault, monday: Day) -> None:
    a, b, _ = three_in_order(alice, monday)
    other = actions.log(alice, monday, msgspec.structs.replace(egg(), meal="dinner")).entries[0].id
    with pytest.raises(errors.InvalidInput):
        actions.reorder(alice, monday, [a, other])
    before = actions.read_day(alice, monday).version
    actions.reorder(alice, monday, [a, b])
    assert actions.read_day(alice, monday).version == before


def test_completing_a_day_is_taken_back_the_last_time_first(alice: DiaryVault, monday: Day) -> None:
    first = actions.set_complete(alice, monday, True)
    second = actions.set_complete(alice, monday, False)
    with pytest.raises(errors.Conflict):
        actions.undo(alice, monday, first.act)
    actions.log(alice, monday, egg())
    actions.undo(alice, monday, second.act)
    assert actions.read_day(alice, monday).complete
    actions.undo(alice, monday, first.act)
    assert not actions.read_day(alice, monday).complete
    assert [change.kind for change in queries.changes(alice, monday)] == ["add"]


def note_of(vault: DiaryVault, day: Day) -> str | None:
    note = queries.note(vault, day)
    return note.text if note else None


def test_a_note_is_taken_back_step_by_step(alice: DiaryVault, monday: Day) -> None:
    acts = [actions.set_note(alice, monday, text).act for text in ("slept badly", "slept well", "")]
    assert note_of(alice, monday) is None
    assert [(change.kind, change.undoable) for change in queries.changes(alice, monday)] == [
        ("note", True), ("note", False), ("note", False),
    ]  # fmt: skip
    with pytest.raises(errors.Conflict):
        actions.undo(alice, monday, acts[0])
    for act, text in zip(reversed(acts), ("slept well", "slept badly", None), strict=True):
        actions.undo(alice, monday, act)
        assert note_of(alice, monday) == text
    assert alice.read([note_address(monday)])[0].content is None
    with pytest.raises(errors.NotFound):
        actions.undo(alice, monday, acts[0])


def test_a_note_that_was_removed_leaves_nothing_of_its_text_after_a_day(alice: DiaryVault, monday: Day) -> None:
    with clock.moved_to(NOON):
        act = actions.set_note(alice, monday, "secret").act
        actions.set_note(alice, monday, "")
    with clock.moved_to(NOON + timedelta(hours=24)):
        assert queries.changes(alice, monday) == []
        with pytest.raises(errors.NotFound):
            actions.undo(alice, monday, act)
        actions.set_note(alice, monday, "new")
        content = alice.read([note_address(monday)])[0].content
    assert content is not None
    assert b"secret" not in content


def test_only_so_many_changes_of_a_note_are_kept(alice: DiaryVault, monday: Day) -> None:
    for number in range(30):
        actions.set_note(alice, monday, f"version {number}")
    assert len(queries.changes(alice, monday)) == MAX_NOTE_ACTS


def test_a_change_says_which_foods_and_into_which_meal(alice: DiaryVault, monday: Day) -> None:
    tuesday = Day(monday + timedelta(days=1))
    added = actions.log_many(alice, monday, [egg(), msgspec.structs.replace(egg(), meal="dinner")])
    actions.quick_add(alice, monday, NewQuick(name="Soup", kcal=300, meal="dinner"))
    soup, eggs = queries.changes(alice, monday)
    assert (soup.names, soup.foods, soup.meal) == (("Soup",), (None,), "dinner")
    assert (eggs.foods, eggs.meal) == (("sr28:01123", "sr28:01123"), None)
    actions.move(alice, monday, tuesday, [entry.id for entry in added.entries], meal="lunch")
    assert queries.changes(alice, tuesday)[0].meal == "lunch"
    assert queries.changes(alice, monday)[0].meal is None


def test_an_entry_goes_up_and_down_but_not_beyond_the_ends(alice: DiaryVault, monday: Day) -> None:
    a, b, c = three_in_order(alice, monday)
    other = actions.log(alice, monday, msgspec.structs.replace(egg(), meal="dinner", note="d")).entries[0].id
    actions.shift(alice, monday, c, -1)
    assert queries.order_of(alice, monday, "lunch") == [a, c, b]
    actions.shift(alice, monday, a, -1)
    actions.shift(alice, monday, a, 1)
    assert queries.order_of(alice, monday, "lunch") == [c, a, b]
    before = actions.read_day(alice, monday).version
    actions.shift(alice, monday, b, 1)
    actions.shift(alice, monday, other, 1)
    assert actions.read_day(alice, monday).version == before
    with pytest.raises(errors.NotFound):
        actions.shift(alice, monday, uuid4(), 1)


def test_an_order_made_meanwhile_by_another_device_is_kept(alice: DiaryVault, monday: Day) -> None:
    a, b, c = three_in_order(alice, monday)
    alice.meanwhile = lambda: actions.shift(alice.beside(), monday, c, -2)
    actions.shift(alice, monday, a, 1)
    assert queries.order_of(alice, monday, "lunch") == [c, b, a]


def test_entries_that_share_a_position_can_be_told_apart_again(alice: DiaryVault, monday: Day) -> None:
    a, b, c = three_in_order(alice, monday)
    actions.remove(alice, monday, [c])
    removal = queries.changes(alice, monday)[0].id
    d = actions.log(alice, monday, egg()).entries[0].id
    actions.undo(alice, monday, removal)
    actions.shift(alice, monday, queries.order_of(alice, monday, "lunch")[3], -1)
    order = queries.order_of(alice, monday, "lunch")
    actions.shift(alice, monday, order[3], -1)
    assert queries.order_of(alice, monday, "lunch") == [*order[:2], order[3], order[2]]
    assert {*order} == {a, b, c, d}
