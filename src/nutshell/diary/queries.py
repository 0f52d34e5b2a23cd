"""What can be asked of a diary. Every function reads what it needs with one statement where it can."""

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np

from nutshell.catalog import queries as catalog
from nutshell.catalog.nutrients import AVAILABLE, BY_ID, NUTRIENTS, POSITION, TRACKED
from nutshell.catalog.types import Food, Portion
from nutshell.common import clock, errors
from nutshell.common.aims import Aims
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_
from nutshell.vault.types import Address, OpenVault

from . import days, index, meals, notes, packing, totals, views
from .actions import read_day, repeat_entry_id
from .addresses import INDEX, date_at, day_address, last_days, months_between, note_address
from .packing import HotDay
from .sources import TRACKED as TRACKED_POSITIONS
from .sources import Source, is_own, of_own, own_foods
from .totals import ENERGY
from .types import (
    Act,
    Average,
    Averages,
    Change,
    Contribution,
    Contributors,
    Day,
    Entry,
    EntryView,
    FoodValue,
    FoodView,
    Found,
    Index,
    Note,
    OwnFood,
    OwnRef,
    Repeat,
    Series,
    Serving,
    Trends,
    Usage,
    WeekDay,
)
from .views import DayView

MAX_SPAN_DAYS = 3_660
MAX_REPORT_DAYS = 366
MAX_TREND_NUTRIENTS = 10
SPAN_DIGITS, SPAN_DECIMALS = 5, 3
"""Significant digits of an amount and decimals of a coverage in a span: more than a chart can show, and a year has
thousands of them."""
_SPAN = N_("Choose a span of at most ten years whose first day is not after its last.")
_YEAR = N_("Choose a span of at most a year whose first day is not after its last.")
_NUTRIENTS = N_("Choose one to ten of the nutrients that Nutshell keeps.")

answer = views.answer
report = views.report
mean_report = views.mean_report
entry_views = views.entry_views


def addresses(day: Date) -> list[Address]:
    """All that a page of the day reads: the index, the note, and the week that ends with the day. For prefetch."""
    return [INDEX, note_address(day), *map(day_address, last_days(day))]


def day(vault: OpenVault, date: Date, aims: Aims | None = None, names: Sequence[str] = meals.NAMES) -> DayView:
    """The day with its sums. `aims`: shown where the day's record carries none; `names`: the person's meal names."""
    now = read_day(vault, date)
    return DayView(now, tuple(names), aims if now.aims is None else None, vault.subject)


def entry(vault: OpenVault, date: Date, entry_id: UUID) -> Entry:
    """Raises errors.NotFound."""
    return days.entry_of(read_day(vault, date), entry_id)


def order_of(vault: OpenVault, date: Date, meal: str) -> list[UUID]:
    """The entries of a meal as they are shown."""
    return days.in_order(read_day(vault, date), meal)


def note(vault: OpenVault, date: Date) -> Note | None:
    """None where there is none, or none any more."""
    kept = _kept_note(vault, date)
    return kept if kept and kept.text else None


def _kept_note(vault: OpenVault, date: Date) -> Note | None:
    content = vault.read([note_address(date)])[0].content
    return None if content is None else packing.open_note(content)


def changes(vault: OpenVault, date: Date) -> list[Change]:
    """The acts of the last 24 hours on a day and its note, the latest first."""
    vault.read([day_address(date), note_address(date)])
    done = entry_changes(read_day(vault, date)) + _note_changes(vault, date, int(clock.now().timestamp()))
    return sorted(done, key=lambda change: change.at)[::-1]


def entry_changes(day: Day) -> list[Change]:
    """Those on the day alone, for who may not read its note; the earliest first."""
    at = int(clock.now().timestamp())
    now = days.forget(day, at)
    return [_change(now, line, at) for line in now.journal]


def undo_of(view: DayView, entry: EntryView) -> UUID | None:
    """The act by which somebody else added or last changed the entry, while it can be undone."""
    at = int(clock.now().timestamp())
    lines = (line for line in reversed(view.day.journal) if any(touch.id == entry.id for touch in line.touched))
    last = next(lines, None)
    return last.id if last and last.by != view.owner and days.undoable(view.day, last, at) else None


def _change(now: Day, line: Act, at: int) -> Change:
    there = {entry.id: entry for entry in now.entries}
    known = {mark.id: mark.body for mark in now.marks if mark.body} | there
    ids = [touch.id for touch in line.touched] or [place.id for place in line.places]
    entries = [known[one] for one in ids if one in known]
    in_meals = {there[one].meal if one in there else None for one in ids}
    return Change(
        line.id, line.kind, line.by, line.at, tuple(entry.name for entry in entries), days.undoable(now, line, at),
        tuple(entry.food_id for entry in entries), in_meals.pop() if len(in_meals) == 1 else None,
    )  # fmt: skip


def _note_changes(vault: OpenVault, date: Date, at: int) -> list[Change]:
    kept = _kept_note(vault, date)
    lines = notes.recent(kept, at) if kept else ()
    return [Change(line.id, "note", line.by, line.at, (), line is lines[-1]) for line in lines]


# ── spans ────────────────────────────────────────────────────────────────────


def _span(vault: OpenVault, first: Date, last: Date) -> list[HotDay | None]:
    """The heads of all days of the span, None where nothing was written."""
    contents = _contents(vault, first, last)
    start = first.toordinal()
    found: list[HotDay | None] = [None] * (last.toordinal() - start + 1)
    for head in map(packing.open_hot_day, contents):
        if 0 <= head.ordinal - start < len(found):
            found[head.ordinal - start] = head
    return found


def _contents(vault: OpenVault, first: Date, last: Date) -> list[bytes]:
    if not 0 <= (last - first).days < MAX_SPAN_DAYS:
        raise errors.InvalidInput({"from": _SPAN})
    sheets = vault.read_months("diary", months_between(first, last))
    return [sheet.content for sheet in sheets if sheet.content is not None]


def _checked(nutrients: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(nutrients))
    if not 0 < len(wanted) <= MAX_TREND_NUTRIENTS or any(nutrient not in POSITION for nutrient in wanted):
        raise errors.InvalidInput({"nutrients": _NUTRIENTS})
    return wanted


def trends(vault: OpenVault, first: Date, last: Date, nutrients: Sequence[str]) -> Trends:
    """Daily totals of up to ten nutrients with coverage; None on days of which nothing is known.

    Raises errors.InvalidInput for an unknown nutrient, more than ten, or a span of more than ten years.
    """
    wanted = _checked(nutrients)
    span = _span(vault, first, last)
    filled = [(place, head) for place, head in enumerate(span) if head is not None]
    sums = totals.span_sums([head for _, head in filled], [POSITION[nutrient] for nutrient in wanted])
    amount, coverage = np.full((len(span), len(wanted)), np.nan), np.zeros((len(span), len(wanted)))
    rows = [place for place, _ in filled]
    amount[rows], coverage[rows] = sums.amount, sums.coverage
    start = first.toordinal()
    return Trends(
        [date_at(start + place).isoformat() for place in range(len(span))],
        {
            nutrient: Series(
                BY_ID[nutrient].unit,
                packing.none_for_nan(packing.rounded(amount[:, column], SPAN_DIGITS)),
                _short(totals.shares(coverage[:, column], SPAN_DECIMALS)),
            )
            for column, nutrient in enumerate(wanted)
        },
        [head is not None and head.complete for head in span],
        [len(head.entries) if head is not None else 0 for head in span],
    )


def _short(shares: list[float]) -> list[float]:
    """Wholes without a fraction, "1" for "1.0": a year of shares is a fifth of the answer."""
    return [int(share) if share in (0.0, 1.0) else share for share in shares]


def averages(vault: OpenVault, first: Date, last: Date, complete_only: bool = False) -> Averages:
    """Mean day of a span over its logged days, or over its complete ones (feat-I2), with the number of days.

    A day on which nothing is known of a nutrient is left out of that nutrient's mean: missing is not zero.
    """
    span = _span(vault, first, last)
    counted = [head for head in span if head is not None and head.entries and (head.complete or not complete_only)]
    sums = totals.span_sums(counted, [POSITION[nutrient.id] for nutrient in NUTRIENTS])
    known = ~np.isnan(sums.amount)
    number = known.sum(axis=0)
    total = np.where(known, sums.amount, 0.0).sum(axis=0)
    means = packing.none_for_nan(packing.rounded(np.where(number > 0, total / np.maximum(number, 1), np.nan)))
    coverage = sums.coverage.mean(axis=0).tolist() if counted else [0.0] * len(NUTRIENTS)
    rows = [
        Average(nutrient.id, nutrient.name, nutrient.unit, mean, totals.share(covered), int(days_known))
        for nutrient, mean, covered, days_known in zip(NUTRIENTS, means, coverage, number, strict=True)
    ]
    return Averages(first.isoformat(), last.isoformat(), complete_only, len(counted), len(span), rows)


def check_report_span(first: Date, last: Date) -> None:
    """Raises errors.InvalidInput. A report opens whole days, so it takes fewer of them than a line of totals."""
    if not 0 <= (last - first).days < MAX_REPORT_DAYS:
        raise errors.InvalidInput({"from": _YEAR})


def contributors(vault: OpenVault, first: Date, last: Date, nutrient: str, limit: int = 20) -> Contributors:
    """Which foods gave a nutrient in a span of at most a year (feat-I3). Raises errors.InvalidInput."""
    check_report_span(first, last)
    (wanted,) = _checked([nutrient])
    inside = range(first.toordinal(), last.toordinal() + 1)
    opened = [one for one in map(packing.open_day, _contents(vault, first, last)) if one.ordinal in inside]
    return contributors_of([entry for one in opened for entry in one.entries], wanted, limit)


def contributors_of(
    entries: Sequence[Entry], nutrient: str, limit: int = 20, found: totals.Sums | None = None
) -> Contributors:
    """The same over entries at hand. Entries of one food count together, quick adds by their name.

    `found`: the sums of these entries, where a page asks for many nutrients of the same ones.
    """
    found = found or totals.sums(entries)
    parts = found.parts[:, POSITION[nutrient]].tolist()
    groups: dict[str, list[tuple[Entry, float]]] = defaultdict(list)
    unknown: dict[str, None] = {}
    for one, part in zip(entries, parts, strict=True):
        if part != part:
            unknown[one.name] = None
        else:
            groups[one.food_id or one.name].append((one, part))
    total = totals.sum_at(found, POSITION[nutrient])
    foods = [_contribution(group, total.amount or 0.0) for group in groups.values()]
    foods = sorted((food for food in foods if food.amount > 0), key=lambda food: -food.amount)[:limit]
    about = BY_ID[nutrient]
    return Contributors(about.id, about.name, about.unit, total.amount, total.coverage, foods, list(unknown))


def _contribution(group: list[tuple[Entry, float]], total: float) -> Contribution:
    amount = float(f"{sum(part for _, part in group):.6g}")
    grams = [entry.grams for entry, _ in group]
    weight = sum(one for one in grams if one is not None) if None not in grams else None
    latest = group[-1][0]
    return Contribution(latest.food_id, latest.name, amount, amount / total if total else 0.0, len(group), weight)


def week(vault: OpenVault, date: Date) -> list[WeekDay]:
    """The seven days that end with this one: energy and completeness."""
    dates = last_days(date)
    sheets = vault.read([day_address(one) for one in dates])
    return [_week_day(one, sheet.content) for one, sheet in zip(dates, sheets, strict=True)]


def month(vault: OpenVault, date: Date) -> list[WeekDay]:
    """All days of the calendar month of a date, for a calendar."""
    first = Date(date.replace(day=1))
    last = first.toordinal() + monthrange(date.year, date.month)[1] - 1
    span = _span(vault, first, date_at(last))
    return [_head_day(date_at(first.toordinal() + place), head) for place, head in enumerate(span)]


def _week_day(date: Date, content: bytes | None) -> WeekDay:
    return _head_day(date, None if content is None else packing.open_hot_day(content))


def _head_day(date: Date, head: HotDay | None) -> WeekDay:
    if head is None or not head.entries:
        return WeekDay(date.isoformat(), None, 0.0, 0, head is not None and head.complete)
    sums = totals.span_sums([head], [ENERGY])
    energy = float(sums.amount[0, 0])
    known = None if energy != energy else energy
    return WeekDay(date.isoformat(), known, totals.share(float(sums.coverage[0, 0])), len(head.entries), head.complete)


# ── foods ────────────────────────────────────────────────────────────────────


def own_index(vault: OpenVault) -> Index:
    return packing.open_index(vault.read([INDEX])[0].content)


def search(vault: OpenVault, query: str, limit: int = 20) -> list[Found]:
    """Favourites, recents and own foods that match, then the catalog's (feat-L7, feat-D8). All words must match,
    each as the beginning of one; nothing of the query leaves the machine or is kept."""
    known = own_index(vault)
    yours = _yours(vault, known, query)[:limit]
    have = {found.food_id for found in yours}
    return (yours + [one for one in search_tables(query, limit) if one.food_id not in have])[:limit]


def search_tables(query: str, limit: int = 20) -> list[Found]:
    """The catalog's foods alone; needs no vault."""
    return [_of_catalog(hit.food) for hit in catalog.current().search(query, limit)] if query.strip() else []


def _matching(query: str) -> Callable[[str], bool]:
    """Whether every word of the query begins a word of a name."""
    asked = _words(query)

    def matches(name: str) -> bool:
        words = _words(name)
        return all(any(word.startswith(wanted) for word in words) for wanted in asked)

    return matches


_WORD = re.compile(r"[^\W_]+")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _yours(vault: OpenVault, known: Index, query: str) -> list[Found]:
    """Favourites by use, then habits, the latest first, then own foods, the newest first: those that match."""
    own, matches = {ref.food_id: ref for ref in _own_refs(vault, known)}, _matching(query)
    favourites = sorted((usage for usage in known.usages if usage.favourite), key=lambda usage: -usage.count)
    habits = [usage for usage in index.recents(known) if not usage.favourite]
    used = {usage.food_id for usage in (*favourites, *habits)}
    fresh = [ref for ref in reversed(own.values()) if ref.food_id not in used and matches(ref.name)]
    eaten = ((usage, own.get(usage.food_id)) for usage in (*favourites, *habits))
    found = [_of_usage(usage, ref) for usage, ref in eaten if matches(ref.name if ref else usage.name)]
    return found + [_of_own(ref, None) for ref in fresh]


def _own_refs(vault: OpenVault, known: Index) -> list[OwnRef]:
    if known.own_complete:
        return list(known.own)
    contents = [sheet.content for sheet in vault.read_shelf("foods") if sheet.content is not None]
    return [index.ref_of(food, of_own(food)) for food in map(packing.open_food, contents)]


def _of_usage(usage: Usage, own: OwnRef | None) -> Found:
    if own is not None:
        return _of_own(own, usage)
    group = "favourite" if usage.favourite else "recent"
    try:
        food = catalog.current().food(usage.food_id)
    except errors.NotFound:
        return Found(usage.food_id, usage.name, usage.source, group, None, (), None, AVAILABLE, usage)
    return Found(
        food.id, food.name, food.source, group, food.kcal_per_100g, _servings(food.portions), food.known, AVAILABLE,
        usage,
    )  # fmt: skip


def _of_own(ref: OwnRef, usage: Usage | None) -> Found:
    group = "own" if usage is None else "favourite" if usage.favourite else "recent"
    return Found(ref.food_id, ref.name, "mine", group, ref.kcal_per_100g, ref.servings, ref.known, TRACKED, usage)


def _of_catalog(food: Food) -> Found:
    portions = _servings(food.portions)
    return Found(food.id, food.name, food.source, "catalog", food.kcal_per_100g, portions, food.known, AVAILABLE)


def _servings(portions: Sequence[Portion]) -> tuple[Serving, ...]:
    return tuple(Serving(one.id, one.name, one.grams, one.usual) for one in portions)


def recents(vault: OpenVault, limit: int = 30) -> list[Found]:
    """What was eaten last."""
    known = own_index(vault)
    own = {ref.food_id: ref for ref in known.own}
    return [_of_usage(usage, own.get(usage.food_id)) for usage in index.recents(known)[:limit]]


def favourites(vault: OpenVault) -> list[Found]:
    known = own_index(vault)
    own = {ref.food_id: ref for ref in known.own}
    chosen = sorted((usage for usage in known.usages if usage.favourite), key=lambda usage: -usage.count)
    return [_of_usage(usage, own.get(usage.food_id)) for usage in chosen]


def chosen(vault: OpenVault, food_ids: Sequence[str]) -> list[Found]:
    """These foods, as a search shows them. Raises errors.NotFound."""
    known = own_index(vault)
    own, usages = {ref.food_id: ref for ref in _own_refs(vault, known)}, {one.food_id: one for one in known.usages}
    return [_found(food_id, own.get(food_id), usages.get(food_id)) for food_id in food_ids]


def _found(food_id: str, own: OwnRef | None, usage: Usage | None) -> Found:
    if usage is not None:
        return _of_usage(usage, own)
    return _of_own(own, None) if own is not None else _of_catalog(catalog.current().food(food_id))


def usual_at(vault: OpenVault, view: DayView, minute: int, limit: int = 5) -> list[Usage]:
    """What this person eats at this time of day and has not logged on the day yet (feat-L18)."""
    logged = [entry.food_id for entry in view.entries if entry.food_id]
    return index.usual_at(own_index(vault), minute, without=logged)[:limit]


def repeats(vault: OpenVault) -> tuple[Repeat, ...]:
    return own_index(vault).repeats


def repeats_due(vault: OpenVault, view: DayView) -> list[Repeat]:
    """Repeated items of the day's weekday that were neither logged nor removed on it (feat-L6). They are
    offered, not logged by themselves: a diary says what was eaten, not what was planned."""
    done = {entry.id for entry in view.entries} | {mark.id for mark in view.day.marks}
    weekday = 1 << view.date.weekday()
    due = (repeat for repeat in repeats(vault) if repeat.weekdays & weekday)
    return [repeat for repeat in due if repeat_entry_id(repeat, view.date) not in done]


def own_food_list(vault: OpenVault) -> list[OwnFood]:
    """All own foods by name."""
    contents = [sheet.content for sheet in vault.read_shelf("foods") if sheet.content is not None]
    return sorted(map(packing.open_food, contents), key=lambda food: food.name.casefold())


def own_hits(vault: OpenVault) -> list[Found]:
    """All own foods, as a search shows them."""
    known = own_index(vault)
    usages = {usage.food_id: usage for usage in known.usages}
    return [_of_own(ref, usages.get(ref.food_id)) for ref in _own_refs(vault, known)]


def own_food(vault: OpenVault, food_id: str) -> OwnFood:
    """Raises errors.NotFound."""
    return own_foods(vault, [food_id])[0]


def by_barcode(vault: OpenVault, barcode: str) -> list[Found]:
    """Own foods with this GTIN; leading zeros do not count."""
    wanted = barcode.lstrip("0")
    if not wanted:
        return []  # else every food without a barcode would have this one
    return [_of_own(ref, None) for ref in _own_refs(vault, own_index(vault)) if ref.barcode.lstrip("0") == wanted]


def food(vault: OpenVault, food_id: str) -> FoodView:
    """A food with all that is known of it per 100 g. Raises errors.NotFound."""
    return _own_view(own_food(vault, food_id)) if is_own(food_id) else catalog_food(food_id)


def catalog_food(food_id: str) -> FoodView:
    """A food of the catalog; needs no vault. Raises errors.NotFound."""
    current = catalog.current()
    found = current.food(food_id)
    values = tuple(
        FoodValue(
            value.nutrient, BY_ID[value.nutrient].name, BY_ID[value.nutrient].unit, value.amount, value.source_code,
            value.derivation_code,
        )
        for value in current.provenance(food_id)
        if value.nutrient in BY_ID
    )  # fmt: skip
    portions = _servings(found.portions)
    return FoodView(found.id, found.name, found.source, found.kcal_per_100g, portions, found.known, AVAILABLE, values)


def _own_view(own: OwnFood) -> FoodView:
    source: Source = of_own(own)
    per_100g = packing.rounded(packing.array_of(own.values).astype(np.float64) * (100.0 / own.basis_grams)).tolist()
    values = tuple(
        FoodValue(nutrient.id, nutrient.name, nutrient.unit, per_100g[place])
        for nutrient, place in zip(NUTRIENTS, TRACKED_POSITIONS.tolist(), strict=True)
        if per_100g[place] == per_100g[place]
    )
    ref = index.ref_of(own, source)
    return FoodView(
        own.food_id, own.name, source.source, ref.kcal_per_100g, own.servings, ref.known, TRACKED, values, own.version,
        own.brand, own.barcode, own.supplement, own.copied_from, own.basis_grams,
    )  # fmt: skip


def gap_helpers(view: DayView, limit: int = 3) -> list[Found]:
    """Catalog foods rich in what the day has least of, each once (feat-I5 in small)."""
    helpers: dict[str, Found] = {}
    for total in view.lowest(limit):
        for rich in catalog.current().richest(total.id, limit):
            if rich.food.id not in helpers:
                helpers[rich.food.id] = _of_catalog(rich.food)
                break
    return list(helpers.values())
