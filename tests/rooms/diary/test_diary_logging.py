"""Alice logs, changes, copies and moves; other devices and Dana do so at the same time."""

import math
from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest
from diary_vault import DiaryVault

from nutshell.common import clock, errors
from nutshell.common.aims import Aim, Aims, InForce
from nutshell.common.clock import Day
from nutshell.diary import actions, food_actions, packing, queries
from nutshell.diary.addresses import day_address
from nutshell.diary.types import MAX_ENTRIES, WATER, Edit, Entry, NewEntry, NewFood, NewQuick, Repeat, Serving

NOBODYS = "0f0e0d0c-0b0a-4908-8706-050403020100"

EGG, OATS = "sr28:01123", "sr28:20038"


def egg(amount: float = 100.0, **fields: object) -> NewEntry:
    return NewEntry(food_id=EGG, amount=amount, **fields)  # type: ignore[arg-type]


def names(vault: DiaryVault, day: Day) -> list[str]:
    return [entry.name for entry in actions.read_day(vault, day).entries]


def only(vault: DiaryVault, day: Day) -> Entry:
    (entry,) = actions.read_day(vault, day).entries
    return entry


def test_an_egg_is_logged_with_its_snapshot(alice: DiaryVault, monday: Day) -> None:
    written = actions.log(alice, monday, egg(meal="Breakfast", time=460, note=" soft "))
    entry = only(alice, monday)
    assert written.entries == (entry,)
    assert (entry.name, entry.meal, entry.time, entry.note) == ("Egg, whole, raw, fresh", "breakfast", 460, "soft")
    assert (entry.author, entry.version, entry.grams, entry.catalog_version) == (alice.subject, 1, 100.0, "sr28-1")
    assert queries.day(alice, monday).energy.amount == 143.0


def test_what_an_act_answers_is_shown_as_the_day_shows_it(alice: DiaryVault, monday: Day) -> None:
    written = actions.log(alice, monday, egg())
    assert queries.entry_views(written.entries, alice.subject) == queries.day(alice, monday).shown


def test_portions_weigh_what_the_food_says(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg(2, unit="portion", portion_id="1"))
    entry = only(alice, monday)
    assert (entry.grams, entry.portion_name, queries.day(alice, monday).energy.amount) == (100.0, "large", 143.0)


def test_ounces_and_pounds_are_weights(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg(1, unit="lb"))
    assert only(alice, monday).grams == pytest.approx(453.59237)


def test_a_log_reads_and_writes_one_record(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg())
    assert alice.shelves.writes == 1
    assert [address.collection for address in alice.shelves.records] == ["diary"]


@pytest.mark.parametrize("amount", [0, -1, math.nan, math.inf, 100_001])
def test_amounts_that_nobody_eats_are_refused_and_nothing_is_kept(
    alice: DiaryVault, monday: Day, amount: float
) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.log(alice, monday, egg(amount))
    assert not alice.shelves.records


def test_heavy_portions_are_refused_by_their_weight(alice: DiaryVault, monday: Day) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.log(alice, monday, egg(90_000, unit="portion", portion_id="1"))


@pytest.mark.parametrize("food", ["sr28:99999", "nope", "mine:1", f"mine:{NOBODYS}", "sr28:1123"])
def test_an_unknown_food_is_not_there(alice: DiaryVault, monday: Day, food: str) -> None:
    with pytest.raises(errors.NotFound):
        actions.log(alice, monday, NewEntry(food_id=food, amount=1))


def test_a_repeated_key_logs_once(alice: DiaryVault, monday: Day) -> None:
    first = actions.log(alice, monday, egg(), key="k")
    again = actions.log(alice.beside(), monday, egg(), key="k")
    assert again.entries == first.entries
    assert (first.repeated, again.repeated) == (False, True)
    assert len(names(alice, monday)) == 1


def test_a_repeated_key_for_several_foods_answers_all_of_them(alice: DiaryVault, monday: Day) -> None:
    news = [egg(), NewEntry(food_id=OATS, amount=40)]
    first = actions.log_many(alice, monday, news, key="k")
    assert actions.log_many(alice, monday, news, key="k").entries == first.entries


def test_an_entry_that_brings_its_own_id_twice_is_one_entry(alice: DiaryVault, monday: Day) -> None:
    mine = uuid4()
    actions.log(alice, monday, egg(id=mine))
    again = actions.log(alice, monday, egg(200.0, id=mine))
    assert again.repeated
    assert only(alice, monday).amount == 100.0


def test_a_late_copy_of_a_removed_entry_does_not_come_back(alice: DiaryVault, monday: Day) -> None:
    mine = uuid4()
    actions.log(alice, monday, egg(id=mine))
    actions.remove(alice, monday, [mine])
    with pytest.raises(errors.Conflict):
        actions.log(alice, monday, egg(id=mine))
    assert names(alice, monday) == []


def test_two_devices_that_write_at_once_both_keep_their_entries(alice: DiaryVault, monday: Day) -> None:
    phone = alice.beside()
    alice.meanwhile = lambda: actions.log(phone, monday, NewEntry(food_id=OATS, amount=40))
    actions.log(alice, monday, egg())
    assert [entry.food_id for entry in actions.read_day(alice, monday).entries] == [OATS, EGG]


def test_a_change_and_a_log_at_once_are_both_kept(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    phone = alice.beside()
    alice.meanwhile = lambda: actions.log(phone, monday, egg(30.0))
    actions.change(alice, monday, entry.id, Edit(amount=70.0))
    assert sorted(one.amount for one in actions.read_day(alice, monday).entries) == [30.0, 70.0]


def test_quick_adds_know_only_what_is_told(alice: DiaryVault, monday: Day) -> None:
    actions.quick_add(alice, monday, NewQuick(name="Canteen", kcal=320))
    view = queries.day(alice, monday)
    assert (view.energy.amount, view.total("203").amount, view.unknown_macro_energy) == (320.0, None, 320.0)
    assert view.shown[0].protein is None


def test_a_quick_add_of_nothing_is_refused(alice: DiaryVault, monday: Day) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.quick_add(alice, monday, NewQuick(name="Air"))
    with pytest.raises(errors.InvalidInput) as caught:
        actions.quick_add(alice, monday, NewQuick(name="Air", fat=-1))
    assert "fat" in caught.value.fields


def test_the_five_hundred_and_first_entry_is_refused(alice: DiaryVault, monday: Day) -> None:
    actions.log_many(alice, monday, [egg(1.0) for _ in range(MAX_ENTRIES)])
    with pytest.raises(errors.TooLarge):
        actions.log(alice, monday, egg())


def test_changing_the_amount_scales_the_old_snapshot(alice: DiaryVault, monday: Day) -> None:
    made = food_actions.create_food(alice, NewFood(name="Soup", nutrients={"208": 50, "203": 2}))
    entry = actions.log(alice, monday, NewEntry(food_id=made.food_id, amount=200)).entries[0]
    food_actions.edit_food(alice, made.food_id, NewFood(name="Other", nutrients={"208": 900}))
    actions.change(alice, monday, entry.id, Edit(amount=100.0))
    view = queries.day(alice, monday)
    assert (view.shown[0].name, view.energy.amount, view.total("203").amount) == ("Soup", 50.0, 2.0)


def test_removing_a_food_leaves_what_was_logged_of_it(alice: DiaryVault, monday: Day) -> None:
    made = food_actions.create_food(alice, NewFood(name="Soup", nutrients={"208": 50}))
    actions.log(alice, monday, NewEntry(food_id=made.food_id, amount=200))
    food_actions.remove_food(alice, made.food_id)
    assert queries.day(alice, monday).energy.amount == 100.0


def test_grams_become_portions_and_back(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg(100.0)).entries[0]
    actions.change(alice, monday, entry.id, Edit(amount=3, portion_id="1", unit="portion"))
    assert (only(alice, monday).grams, queries.day(alice, monday).energy.amount) == (150.0, 214.5)
    actions.change(alice, monday, entry.id, Edit(amount=4))
    assert (only(alice, monday).grams, only(alice, monday).portion_name) == (200.0, "large")
    actions.change(alice, monday, entry.id, Edit(amount=100, unit="g"))
    assert (only(alice, monday).portion_id, queries.day(alice, monday).energy.amount) == (None, 143.0)


def test_a_portion_that_the_food_does_not_have_is_refused(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    with pytest.raises(errors.InvalidInput):
        actions.change(alice, monday, entry.id, Edit(portion_id="99", unit="portion"))


def test_a_change_to_an_older_version_is_refused(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    actions.change(alice, monday, entry.id, Edit(amount=2.0), version=1)
    with pytest.raises(errors.PreconditionFailed):
        actions.change(alice, monday, entry.id, Edit(amount=3.0), version=1)


def test_a_change_that_changes_nothing_writes_nothing(alice: DiaryVault, monday: Day) -> None:
    entry = actions.log(alice, monday, egg()).entries[0]
    actions.change(alice, monday, entry.id, Edit(amount=100.0))
    assert alice.shelves.writes == 1


def test_danas_change_is_under_her_name_with_the_value_before(alice: DiaryVault, monday: Day) -> None:
    dana = alice.beside(author=uuid4())
    entry = actions.log(alice, monday, egg(120.0)).entries[0]
    actions.change(dana, monday, entry.id, Edit(amount=140.0))
    shown = queries.day(alice, monday).shown[0]
    assert shown.changed_by == dana.author
    assert shown.before is not None
    assert (shown.before.amount, shown.amount, shown.author) == (120.0, 140.0, alice.subject)


def test_a_quick_adds_figures_can_be_corrected(alice: DiaryVault, monday: Day) -> None:
    entry = actions.quick_add(alice, monday, NewQuick(name="Soup", kcal=300, fat=9)).entries[0]
    actions.change(alice, monday, entry.id, Edit(protein=12.0, fat=None))
    view = queries.day(alice, monday)
    assert (view.energy.amount, view.total("203").amount, view.total("204").amount) == (300.0, 12.0, None)
    with pytest.raises(errors.InvalidInput):
        actions.change(alice, monday, entry.id, Edit(amount=2.0))


def test_a_day_is_copied_as_it_was_logged(alice: DiaryVault, monday: Day) -> None:
    tuesday = Day(monday + timedelta(days=1))
    made = food_actions.create_food(alice, NewFood(name="Soup", nutrients={"208": 50}))
    actions.log(alice, monday, NewEntry(food_id=made.food_id, amount=200, meal="lunch"))
    actions.log(alice, monday, egg(meal="breakfast"))
    food_actions.remove_food(alice, made.food_id)
    actions.copy(alice, monday, tuesday, key="once")
    actions.copy(alice, monday, tuesday, key="once")
    assert names(alice, tuesday) == ["Egg, whole, raw, fresh", "Soup"]
    copied = {entry.id for entry in actions.read_day(alice, tuesday).entries}
    assert copied.isdisjoint(entry.id for entry in actions.read_day(alice, monday).entries)


def test_one_meal_is_copied_into_another(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg(meal="breakfast"))
    actions.log(alice, monday, NewEntry(food_id=OATS, amount=40, meal="lunch"))
    actions.copy_meal(alice, monday, "breakfast", monday, into="dinner")
    assert [entry.meal for entry in actions.read_day(alice, monday).entries] == ["breakfast", "lunch", "dinner"]


def test_a_moved_entry_keeps_its_id_and_leaves_its_day(alice: DiaryVault, monday: Day) -> None:
    tuesday = Day(date(2026, 12, 1))
    entry = actions.log(alice, monday, egg(meal="lunch")).entries[0]
    actions.move(alice, monday, tuesday, [entry.id], meal="dinner")
    assert names(alice, monday) == []
    assert (only(alice, tuesday).id, only(alice, tuesday).meal) == (entry.id, "dinner")
    actions.move(alice, tuesday, monday, [entry.id])
    assert only(alice, monday).id == entry.id


def test_entries_are_put_in_order(alice: DiaryVault, monday: Day) -> None:
    ids = [actions.log(alice, monday, egg(float(n), meal="lunch")).entries[0].id for n in (1, 2, 3)]
    actions.reorder(alice, monday, [ids[2], ids[0], ids[1]])
    lunch = queries.day(alice, monday).meals[1]
    assert [entry.amount for entry in lunch.entries] == [3.0, 1.0, 2.0]


def test_a_day_is_complete_until_it_is_not(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg())
    written = actions.set_complete(alice, monday, True)
    assert queries.day(alice, monday).complete
    with pytest.raises(errors.PreconditionFailed):
        actions.set_complete(alice, monday, False, version=written.version - 1)
    actions.set_complete(alice, monday, False, version=written.version)
    assert not queries.day(alice, monday).complete


def test_a_note_is_kept_changed_and_removed(alice: DiaryVault, monday: Day) -> None:
    assert queries.note(alice, monday) is None
    actions.set_note(alice, monday, "slept badly\n", version=0)
    kept = queries.note(alice, monday)
    assert kept is not None
    assert (kept.text, kept.version) == ("slept badly", 1)
    with pytest.raises(errors.PreconditionFailed):
        actions.set_note(alice, monday, "x", version=0)
    actions.set_note(alice, monday, "")
    assert queries.note(alice, monday) is None


def test_a_note_of_a_megabyte_or_with_nul_is_refused(alice: DiaryVault, monday: Day) -> None:
    for text in ("x" * 1_000_000, "a\x00b", "\ud800"):
        with pytest.raises(errors.InvalidInput):
            actions.set_note(alice, monday, text)
    assert not alice.shelves.records


def test_water_is_a_food_of_its_own(alice: DiaryVault, monday: Day) -> None:
    actions.log_water(alice, monday, 250)
    view = queries.day(alice, monday)
    assert (view.water_grams(WATER), view.energy.amount) == (250.0, 0.0)


def test_a_repeat_is_offered_on_its_weekday_and_logged_once(alice: DiaryVault, monday: Day) -> None:
    repeat = Repeat(uuid4(), 0b0000001, "breakfast", 450, EGG, "", 2.0, "portion", "1")
    food_actions.keep_repeat(alice, repeat)
    tuesday = Day(monday + timedelta(days=1))
    assert queries.repeats_due(alice, queries.day(alice, tuesday)) == []
    (due,) = queries.repeats_due(alice, queries.day(alice, monday))
    assert names(alice, monday) == []
    actions.log_repeats(alice, monday, [due])
    actions.log_repeats(alice.beside(), monday, [due])
    assert names(alice, monday) == ["Egg, whole, raw, fresh"]
    assert queries.repeats_due(alice, queries.day(alice, monday)) == []


def test_the_aims_in_force_stay_with_the_day(alice: DiaryVault) -> None:
    today = clock.utc_day()
    past = Day(today - timedelta(days=30))
    first = Aims(1, (Aim("401", 90.0, 2000.0, "DRI RDA", "DRI UL"), Aim("304", 320.0, 350.0, "", "DRI UL", True)))
    second = Aims(2, (Aim("401", 110.0),))
    for day in (today, past):
        actions.log(alice, day, egg(), InForce(1, lambda: first))
        actions.log(alice, day, egg(), InForce(2, lambda: second))
    assert queries.day(alice, past, second).aims == first
    assert {aim.nutrient: aim.minimum for aim in queries.day(alice, today).aims.aims} == {"401": 110.0}


def test_a_meal_keeps_its_entries_when_it_is_renamed(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg(meal="breakfast"))
    actions.log(alice, monday, egg(meal="Second supper"))
    meals = queries.day(alice, monday, names=("Morning", "Noon")).meals
    assert [(meal.id, meal.name, len(meal.entries)) for meal in meals] == [
        ("breakfast", "Morning", 1), ("lunch", "Noon", 0), ("Second supper", "Second supper", 1)
    ]  # fmt: skip


def test_a_day_of_another_format_or_nutrient_order_is_not_shown(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, egg())
    address = day_address(monday)
    content = alice.shelves.records[address][1]
    raw = msgspec.msgpack.decode(content)
    for place, value in ((0, 2), (2, 9)):
        other = [*raw[:place], value, *raw[place + 1 :]]
        alice.shelves.records[address] = (1, msgspec.msgpack.encode(other))
        with pytest.raises(errors.Tampered):
            queries.day(alice, monday)
    with pytest.raises(errors.Tampered):
        packing.open_day(content[:-3])


def test_own_foods_keep_their_weights_with_the_entry(alice: DiaryVault, monday: Day) -> None:
    food = NewFood(name="Bread", nutrients={"208": 250}, servings=(Serving("s1", "slice", 32.0),))
    made = food_actions.create_food(alice, food)
    entry = actions.log(
        alice, monday, NewEntry(food_id=made.food_id, amount=2, unit="portion", portion_id="s1")
    ).entries[0]
    bigger = NewFood(name="Bread", nutrients={"208": 250}, servings=(Serving("s1", "slice", 64.0),))
    food_actions.edit_food(alice, made.food_id, bigger)
    actions.change(alice, monday, entry.id, Edit(amount=1.0))
    assert only(alice, monday).grams == 32.0
