"""Any sequence of acts: undo restores, devices merge, nothing is lost, sums follow the entries."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from diary_vault import DiaryVault
from hypothesis import given, settings
from hypothesis import strategies as some

from nutshell.catalog.nutrients import NUTRIENTS, POSITION
from nutshell.common import errors
from nutshell.common.clock import Day
from nutshell.diary import actions, packing, queries
from nutshell.diary.addresses import day_address
from nutshell.diary.types import Edit, Entry, NewEntry, NewQuick, Written

pytestmark = pytest.mark.usefixtures("sr28")

MONDAY, TUESDAY = Day(date(2026, 11, 23)), Day(date(2026, 11, 24))
MEALS = ("breakfast", "lunch", "Second supper")
FOODS = ("sr28:01123", "sr28:09040", "sr28:14411", "sr28:15076", "sr28:18069")

amounts = some.floats(0.1, 5_000, allow_nan=False).map(lambda amount: round(amount, 2))
meals = some.sampled_from(MEALS)
figures = some.none() | some.floats(0, 3_000).map(lambda figure: round(figure, 1))
news = some.builds(
    NewEntry, food_id=some.sampled_from(FOODS), amount=amounts, meal=meals, time=some.none() | some.integers(0, 1439)
)
quicks = some.builds(NewQuick, name=some.just("Quick"), kcal=amounts, protein=figures, fat=figures, meal=meals)
edits = some.builds(Edit, amount=amounts, meal=meals, note=some.text("ab", max_size=3))

Act = tuple[str, int, NewEntry, NewQuick, Edit]
acts = some.tuples(
    some.sampled_from(("log", "quick", "change", "remove", "move", "within", "copy", "day")),
    some.integers(0, 10), news, quicks, edits,
)  # fmt: skip
Looks = dict[Day, set[tuple[object, ...]]]


def picked(vault: DiaryVault, day: Day, number: int) -> Entry | None:
    entries = actions.read_day(vault, day).entries
    return entries[number % len(entries)] if entries else None


def fitting(entry: Entry, edit: Edit) -> Edit:
    return Edit(note=edit.note, kcal=5.0) if entry.unit == "quick" else edit


def act(vault: DiaryVault, day: Day, what: Act) -> tuple[Day, UUID] | None:
    """Does one act, if it can be done on the day; answers on which day it can be undone, and its id."""
    kind, number, new, quick, edit = what
    if kind == "log":
        return day, actions.log(vault, day, new).act
    if kind == "quick":
        return day, actions.quick_add(vault, day, quick).act
    entry, other = picked(vault, day, number), TUESDAY if day == MONDAY else MONDAY
    if entry is None:
        return None
    does: dict[str, Callable[[], Written]] = {
        "change": partial(actions.change, vault, day, entry.id, fitting(entry, edit)),
        "remove": partial(actions.remove, vault, day, [entry.id]),
        "move": partial(actions.move, vault, day, other, [entry.id]),
        "within": partial(actions.move, vault, day, day, [entry.id], meal="dinner"),
        "copy": partial(actions.copy, vault, day, other, [entry.id]),
        "day": partial(actions.copy, vault, day, other),
    }
    made = does[kind]().act
    where = other if kind in ("copy", "day") else day
    return (where, made) if any(line.id == made for line in actions.read_day(vault, where).journal) else None


def looks(vault: DiaryVault) -> Looks:
    """All that a person sees of both days."""
    return {
        day: {
            (e.id, e.name, e.amount, e.unit, e.grams, e.scale, e.meal, e.time, e.note, e.position, e.values)
            for e in actions.read_day(vault, day).entries
        }
        for day in (MONDAY, TUESDAY)
    }


@settings(max_examples=80, deadline=None)
@given(some.lists(some.tuples(some.sampled_from((MONDAY, TUESDAY)), acts), max_size=14))
def test_undoing_every_act_in_turn_restores_every_day_between(done: list[tuple[Day, Act]]) -> None:
    vault = DiaryVault()
    past: list[tuple[Looks, tuple[Day, UUID]]] = []
    for day, what in done:
        before = looks(vault)
        made = act(vault, day, what)
        if made is not None:
            past.append((before, made))
    for before, (day, line) in reversed(past):
        actions.undo(vault, day, line)
        assert looks(vault) == before


@settings(max_examples=80, deadline=None)
@given(some.lists(some.tuples(acts, acts), min_size=1, max_size=8))
def test_two_devices_at_once_lose_nothing_that_was_answered(pairs: list[tuple[Act, Act]]) -> None:
    vault = DiaryVault()
    for mine, theirs in pairs:
        added: set[UUID] = set()
        removed: set[UUID] = set()
        vault.meanwhile = partial(_recorded, vault.beside(), theirs, added, removed)
        try:
            _recorded(vault, mine, added, removed)
        except errors.NotFound:
            assert mine[0] not in ("log", "quick"), "only an entry that is gone may refuse"
        finally:
            vault.meanwhile = None
        listed = [entry.id for day in (MONDAY, TUESDAY) for entry in actions.read_day(vault, day).entries]
        assert added - removed <= set(listed)
        assert not removed & set(listed)
        assert len(listed) == len(set(listed))


def _recorded(vault: DiaryVault, what: Act, added: set[UUID], removed: set[UUID]) -> None:
    kind, number, new, _, edit = what
    entry = picked(vault, MONDAY, number)
    if kind in ("log", "quick") or entry is None:
        added.update(one.id for one in actions.log(vault, MONDAY, new).entries)
    elif kind == "remove":
        actions.remove(vault, MONDAY, [entry.id])
        removed.add(entry.id)
    elif kind == "move":
        actions.move(vault, MONDAY, TUESDAY, [entry.id])
        added.add(entry.id)
    else:
        actions.change(vault, MONDAY, entry.id, fitting(entry, edit))


@settings(max_examples=40, deadline=None)
@given(some.lists(news | quicks, max_size=12))
def test_totals_are_the_sums_of_what_is_known_and_coverage_its_energy(logged: list[NewEntry | NewQuick]) -> None:
    vault = DiaryVault()
    for new in logged:
        if isinstance(new, NewQuick):
            actions.quick_add(vault, MONDAY, new)
        else:
            actions.log(vault, MONDAY, new)
    view = queries.day(vault, MONDAY)
    energies = [_amount(entry, "208") for entry in view.entries]
    for total in view.totals:
        parts = [_amount(entry, total.id) for entry in view.entries]
        known = [part for part in parts if not math.isnan(part)]
        assert (total.amount is None) == (not known)
        assert total.amount is None or math.isclose(total.amount, math.fsum(known), rel_tol=6e-6, abs_tol=1e-9)
        assert 0 <= total.coverage <= 1
        if sum(energies) > 0:
            weight = sum(energy for energy, part in zip(energies, parts, strict=True) if not math.isnan(part))
            assert math.isclose(total.coverage, weight / sum(energies), abs_tol=1.1e-4)
            assert (total.coverage == 1) == math.isclose(weight, sum(energies), rel_tol=1e-9)


def _amount(entry: Entry, nutrient: str) -> float:
    return float(packing.array_of(entry.values)[POSITION[nutrient]]) * entry.scale


@settings(max_examples=40, deadline=None)
@given(some.lists(some.tuples(some.integers(0, 40), news), max_size=12))
def test_trends_and_days_always_agree(logged: list[tuple[int, NewEntry]]) -> None:
    vault = DiaryVault()
    for back, new in logged:
        actions.log(vault, Day(MONDAY - timedelta(days=back)), new)
    wanted = [nutrient.id for nutrient in NUTRIENTS[::12]]
    first = Day(MONDAY - timedelta(days=40))
    trend = queries.trends(vault, first, MONDAY, wanted)
    for place in range(41):
        view = queries.day(vault, Day(first + timedelta(days=place)))
        for nutrient in wanted:
            series = trend.nutrients[nutrient]
            total = view.total(nutrient)
            assert (series.amount[place] is None) == (total.amount is None)
            if total.amount is not None:
                assert series.amount[place] == pytest.approx(total.amount, rel=5e-5)  # five significant digits
            assert series.coverage[place] == pytest.approx(total.coverage, abs=6e-4)  # three decimals


@settings(max_examples=40, deadline=None)
@given(some.lists(acts, max_size=10))
def test_a_packed_day_opens_to_the_same_day_and_a_cut_one_stays_shut(done: list[Act]) -> None:
    vault = DiaryVault()
    for what in done:
        act(vault, MONDAY, what)
    day = actions.read_day(vault, MONDAY)
    assert packing.open_day(packing.pack(day)) == day
    if day_address(MONDAY) in vault.shelves.records:
        with pytest.raises(errors.Tampered):
            packing.open_day(packing.pack(day)[:-1])


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=200))
def test_bytes_that_are_no_record_are_never_shown(content: bytes) -> None:
    for opened in (packing.open_day, packing.open_hot_day, packing.open_note, packing.open_food, packing.open_index):
        with pytest.raises(errors.Tampered):
            opened(content)
