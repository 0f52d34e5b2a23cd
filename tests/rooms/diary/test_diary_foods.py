"""Own foods, favourites, habits and search; the index that keeps them and its 64 kB."""

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from diary_vault import DiaryVault

from nutshell.catalog import queries as catalog
from nutshell.common import errors
from nutshell.common.clock import Day
from nutshell.diary import actions, food_actions, packing, queries
from nutshell.diary.addresses import INDEX
from nutshell.diary.index import LEAST_DAYS
from nutshell.diary.types import INDEX_BYTES, Index, NewEntry, NewFood, Serving
from nutshell.vault.types import Address

EGG = "sr28:01123"
SOUP = NewFood(name="Lentil soup", nutrients={"208": 60, "203": 4, "205": 9, "291": 3}, barcode="4006381333931",
               servings=(Serving("s1", "bowl", 300.0), Serving("s2", "cup", 240.0)))  # fmt: skip


def index_bytes(vault: DiaryVault) -> int:
    return len(vault.shelves.records[INDEX][1])


def test_an_own_food_shows_what_it_knows_per_100_grams(alice: DiaryVault) -> None:
    label = NewFood(name="Bar", basis_grams=30.0, nutrients={"208": 140, "203": 7})
    view = queries.food(alice, food_actions.create_food(alice, label).food_id)
    assert {value.id: value.per_100g for value in view.nutrients} == {"208": 466.667, "203": 23.3333}
    assert (view.source, view.known, view.version, view.kcal_per_100g) == ("mine", 2, 1, 466.667)


def test_what_a_label_gives_per_serving_is_logged_to_the_digit(alice: DiaryVault, monday: Day) -> None:
    label = NewFood(
        name="Bar", basis_grams=30.0, nutrients={"208": 140, "203": 7}, servings=(Serving("s1", "bar", 30),)
    )
    made = food_actions.create_food(alice, label)
    actions.log(alice, monday, NewEntry(food_id=made.food_id, amount=3, unit="portion", portion_id="s1"))
    assert (queries.day(alice, monday).energy.amount, queries.day(alice, monday).total("203").amount) == (420.0, 21.0)


def test_net_carbs_follow_where_their_parts_are_known_and_only_there(alice: DiaryVault) -> None:
    known = queries.food(alice, food_actions.create_food(alice, SOUP).food_id)
    other = queries.food(alice, food_actions.create_food(alice, NewFood(name="x", nutrients={"205": 9})).food_id)
    assert next(value.per_100g for value in known.nutrients if value.id == "net-carbs") == 6.0
    assert "net-carbs" not in {value.id for value in other.nutrients}


def test_the_index_knows_a_food_as_soon_as_it_is_made_and_no_longer_when_it_is_gone(alice: DiaryVault) -> None:
    made = food_actions.create_food(alice, SOUP)
    assert queries.search(alice, "lent so")[0].name == "Lentil soup"
    food_actions.edit_food(alice, made.food_id, NewFood(name="Bean soup", nutrients={"208": 80}))
    assert queries.search(alice, "bean soup")[0].food_id == made.food_id
    food_actions.remove_food(alice, made.food_id)
    assert made.food_id not in {found.food_id for found in queries.search(alice, "bean soup")}
    with pytest.raises(errors.NotFound):
        queries.food(alice, made.food_id)


def test_a_food_is_made_once_for_one_key_or_one_id(alice: DiaryVault) -> None:
    first = food_actions.create_food(alice, SOUP, key="k")
    assert food_actions.create_food(alice, SOUP, key="k").id == first.id
    assert food_actions.create_food(alice, SOUP, food_id=first.id).version == 1
    assert len(queries.own_food_list(alice)) == 1


def test_an_older_edit_is_refused(alice: DiaryVault) -> None:
    made = food_actions.create_food(alice, SOUP)
    food_actions.edit_food(alice, made.food_id, SOUP, version=1)
    with pytest.raises(errors.PreconditionFailed):
        food_actions.edit_food(alice, made.food_id, SOUP, version=1)
    for unknown in (f"mine:{uuid4()}", "mine:x", EGG):
        with pytest.raises(errors.NotFound):
            food_actions.edit_food(alice, unknown, SOUP)


@pytest.mark.parametrize(
    "food",
    [
        NewFood(name=""), NewFood(name="x" * 201), NewFood(name="a\x00"), NewFood(name="a", nutrients={"999": 1}),
        NewFood(name="a", nutrients={"208": -1}), NewFood(name="a", nutrients={"208": float("nan")}),
        NewFood(name="a", basis_grams=0), NewFood(name="a", servings=(Serving("1", "", 1.0),)),
        NewFood(name="a", servings=(Serving("1", "b", 0.0),)), NewFood(name="a", barcode="4006381333930"),
        NewFood(name="a", servings=(Serving("1", "b", 1.0), Serving("1", "c", 2.0))),
    ],
)  # fmt: skip
def test_a_food_that_cannot_be_is_refused_and_nothing_is_kept(alice: DiaryVault, food: NewFood) -> None:
    with pytest.raises(errors.InvalidInput):
        food_actions.create_food(alice, food)
    assert not alice.shelves.records


def test_a_copy_of_a_catalog_food_keeps_its_values_and_its_unknowns(alice: DiaryVault) -> None:
    copy = queries.food(alice, food_actions.copy_food(alice, EGG).food_id)
    original = queries.catalog_food(EGG)
    assert (copy.copied_from, copy.known, copy.kcal_per_100g) == (EGG, original.known, 143.0)
    assert [portion.grams for portion in copy.portions] == [portion.grams for portion in original.portions]


def test_a_food_shows_where_each_value_comes_from(alice: DiaryVault) -> None:
    protein = next(value for value in queries.food(alice, EGG).nutrients if value.id == "203")
    assert (protein.per_100g, protein.source) == (12.56, "1")


def test_a_barcode_finds_the_own_food(alice: DiaryVault) -> None:
    made = food_actions.create_food(alice, SOUP)
    assert [found.food_id for found in queries.by_barcode(alice, "04006381333931")] == [made.food_id]
    assert queries.by_barcode(alice, "4006381333932") == []


def test_favourites_come_first_then_recents_then_own_foods_then_the_catalog(alice: DiaryVault, monday: Day) -> None:
    own = food_actions.create_food(alice, NewFood(name="Egg curry", nutrients={"208": 150}))
    actions.log(alice, monday, NewEntry(food_id="sr28:01125", amount=17))
    food_actions.fold(alice, monday)
    food_actions.set_favourite(alice, "sr28:01129", True)
    found = queries.search(alice, "egg", 20)
    assert [one.group for one in found[:4]] == ["favourite", "recent", "own", "catalog"]
    assert found[2].food_id == own.food_id
    assert len({one.food_id for one in found}) == len(found)
    assert found[3].name == "Egg, whole, raw, fresh"
    food_actions.set_favourite(alice, "sr28:01129", False)
    assert queries.favourites(alice) == []


def test_search_says_how_much_of_a_food_is_known(alice: DiaryVault) -> None:
    found = queries.search(alice, "egg whole raw fresh", 1)[0]
    assert (found.known, found.of) == (80, 83)


def test_a_habit_is_folded_in_once_however_often_the_day_is_read(alice: DiaryVault, monday: Day) -> None:
    actions.log(alice, monday, NewEntry(food_id=EGG, amount=60, meal="breakfast", time=470))
    assert food_actions.fold(alice, monday)
    assert not food_actions.fold(alice, monday)
    actions.log(alice, monday, NewEntry(food_id=EGG, amount=80, meal="breakfast", time=480))
    assert food_actions.fold(alice, monday)
    (usage,) = queries.own_index(alice).usages
    assert (usage.count, usage.amount, usage.hours[7], usage.hours[8]) == (2, 80.0, 1, 1)


def test_days_that_no_page_showed_are_learnt_this_month_and_last(alice: DiaryVault, monday: Day) -> None:
    for back in (0, 12, 30, 54):
        actions.log(alice, Day(monday - timedelta(days=back)), NewEntry(food_id=EGG, amount=60, time=470))
    assert food_actions.fold(alice, monday)
    (usage,) = queries.own_index(alice).usages
    assert (usage.count, usage.hours[7]) == (3, 3)
    actions.log(alice, Day(monday - timedelta(days=20)), NewEntry(food_id=EGG, amount=60, time=480))
    assert food_actions.fold(alice, monday)
    assert queries.own_index(alice).usages[0].count == 4
    assert not food_actions.fold(alice, monday)


def test_a_look_opens_the_days_that_changed_and_no_others(alice: DiaryVault, monday: Day) -> None:
    for back in range(20):
        actions.log(alice, Day(monday - timedelta(days=back)), NewEntry(food_id=EGG, amount=60))
    food_actions.fold(alice, monday)
    actions.log(alice, Day(monday - timedelta(days=9)), NewEntry(food_id=EGG, amount=60))
    opened: list[Address] = []
    read = alice.read
    alice.read = lambda addresses: opened.extend(addresses) or read(addresses)  # type: ignore[method-assign]
    assert food_actions.fold(alice, monday)
    assert {address.name for address in opened} == {"index", "2026-11-14"}


def test_what_was_counted_is_not_counted_again_when_months_pass_or_the_index_is_full(
    alice: DiaryVault, monday: Day
) -> None:
    for back in range(50):
        actions.log(alice, Day(monday - timedelta(days=back)), NewEntry(food_id=EGG, amount=60))
    food_actions.fold(alice, monday)
    content = alice.shelves.records[INDEX]
    forgetful = packing.open_index(content[1])
    forgetful = msgspec.structs.replace(forgetful, folded=forgetful.folded[-LEAST_DAYS:])
    alice.shelves.records[INDEX] = (content[0], packing.pack(forgetful))
    assert not food_actions.fold(alice, monday)
    for later in (8, 15, 40):
        day = Day(monday + timedelta(days=later))
        actions.log(alice, day, NewEntry(food_id=EGG, amount=60))
        food_actions.fold(alice, day)
    assert queries.own_index(alice).usages[0].count == 53


def test_the_usual_of_an_hour_is_offered_until_it_is_logged(alice: DiaryVault, monday: Day) -> None:
    for back in range(1, 6):
        day = Day(monday - timedelta(days=back))
        actions.log(alice, day, NewEntry(food_id=EGG, amount=2, unit="portion", portion_id="1", time=470))
        actions.log(alice, day, NewEntry(food_id="sr28:15076", amount=150, time=1140))
    food_actions.fold(alice, monday)
    morning = queries.usual_at(alice, queries.day(alice, monday), 7 * 60 + 30)
    assert [(usage.food_id, usage.amount, usage.portion_id) for usage in morning] == [(EGG, 2.0, "1")]
    actions.log(alice, monday, NewEntry(food_id=EGG, amount=100))
    assert queries.usual_at(alice, queries.day(alice, monday), 450) == []


def test_quick_adds_and_removed_own_foods_are_no_habits(alice: DiaryVault, monday: Day) -> None:
    made = food_actions.create_food(alice, SOUP)
    actions.log(alice, monday, NewEntry(food_id=made.food_id, amount=100))
    food_actions.remove_food(alice, made.food_id)
    food_actions.fold(alice, monday)
    assert queries.own_index(alice).usages == ()


def test_a_favourite_own_food_follows_its_new_serving(alice: DiaryVault) -> None:
    made = food_actions.create_food(alice, SOUP)
    food_actions.set_favourite(alice, made.food_id, True)
    food_actions.edit_food(alice, made.food_id, NewFood(name="Soup 2", nutrients={"208": 100},
                                                        servings=(Serving("s1", "bowl", 200.0),)))  # fmt: skip
    (usage,) = queries.own_index(alice).usages
    assert (usage.name, usage.grams, usage.kcal) == ("Soup 2", 200.0, 200.0)


def test_the_index_stays_under_64_kb_and_lets_the_least_useful_habits_go(alice: DiaryVault, monday: Day) -> None:
    ids = [
        hit.food.id
        for word in ("beef", "milk", "soup", "bread", "cheese", "fish")
        for hit in catalog.current().search(word, 200)
    ]
    for back, start in enumerate(range(0, len(ids), 300)):
        day = Day(monday - timedelta(days=6 - back))
        actions.log_many(alice, day, [NewEntry(food_id=one, amount=10) for one in ids[start : start + 300]])
    actions.log(alice, monday, NewEntry(food_id=EGG, amount=50))
    food_actions.set_favourite(alice, "sr28:01129", True)
    food_actions.fold(alice, monday)
    known = {usage.food_id for usage in queries.own_index(alice).usages}
    assert index_bytes(alice) <= INDEX_BYTES
    assert len(known) < len(set(ids))
    assert {EGG, "sr28:01129"} <= known


def test_more_own_foods_than_the_index_holds_are_still_found(alice: DiaryVault) -> None:
    many = 600
    for number in range(many):
        servings = tuple(Serving(f"s{n}", f"unit {n} " + "é" * 60, 10.0) for n in range(3))
        food_actions.create_food(alice, NewFood(name=f"Dish {number} " + "ü" * 80, servings=servings))
    known = queries.own_index(alice)
    assert index_bytes(alice) <= INDEX_BYTES
    assert not known.own_complete
    assert [found.name[:7] for found in queries.search(alice, "dish 0 ")] == ["Dish 0 "]


def test_an_index_of_another_format_is_not_guessed_at(alice: DiaryVault) -> None:
    content = packing.pack(Index())
    with pytest.raises(errors.Tampered):
        packing.open_index(content[:1] + b"\x09" + content[2:])
