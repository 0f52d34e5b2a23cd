"""A day as it is shown: entries by meal, sums with coverage, what is not known. Built from one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np

from nutshell.catalog.nutrients import BY_ID, GROUPS, NUTRIENTS, POSITION
from nutshell.catalog.types import Nutrient
from nutshell.common.aims import Aim, Aims
from nutshell.common.clock import Day as Date

from . import meals, packing, totals
from .packing import Bounds, Numbers, none_for_nan, rounded
from .totals import CARBS, ENERGY, FAT, MACROS, PROTEIN, Sums, sum_at
from .types import (
    Averages,
    Before,
    Day,
    DayAnswer,
    Entry,
    EntryView,
    MealView,
    ReportGroup,
    ReportRow,
    State,
    Sum,
    Total,
)

_TRACKED = [(nutrient, POSITION[nutrient.id]) for nutrient in NUTRIENTS]
_PLACES = [place for _, place in _TRACKED]
_IDS = [nutrient.id for nutrient in NUTRIENTS]
_NAMES = [nutrient.name for nutrient in NUTRIENTS]
_UNITS = [nutrient.unit for nutrient in NUTRIENTS]
_COLUMNS = [ENERGY, PROTEIN, CARBS, FAT]
NO_GAPS = frozenset(("208", "255", "307", "omega3", "omega6"))
"""Energy is what the whole day is about; water has a card of its own; nobody is to be told to eat more salt; the
two sums would only repeat their essential parts."""


@dataclass(frozen=True)
class DayView:
    """A day with its sums. `given` are aims of the reader's; None: those that the day's record keeps."""

    day: Day
    names: tuple[str, ...]
    given: Aims | None
    owner: UUID

    @property
    def date(self) -> Date:
        return self.day.date

    @property
    def version(self) -> int:
        return self.day.version

    @property
    def complete(self) -> bool:
        return self.day.complete

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """In the order of the day's record."""
        return self.day.entries

    @cached_property
    def sums(self) -> Sums:
        return totals.sums(self.entries)

    @cached_property
    def aims(self) -> Aims:
        if self.given is not None:
            return self.given
        return Aims() if self.day.aims is None else packing.open_aims(self.day.aims)

    @property
    def aims_version(self) -> int:
        """Without opening what the record keeps."""
        if self.given is not None:
            return self.given.version
        return 0 if self.day.aims is None else self.day.aims.version

    @cached_property
    def bounds(self) -> Bounds:
        if self.given is None and self.day.aims is not None:
            return packing.bounds_of(self.day.aims)
        return packing.bounds_in_order(self.aims)

    @cached_property
    def by_nutrient(self) -> dict[str, Aim]:
        return {aim.nutrient: aim for aim in self.aims.aims}

    @cached_property
    def shown(self) -> tuple[EntryView, ...]:
        """The entries as shown, parallel to `entries`."""
        return _views(self.entries, self.sums.parts[:, _COLUMNS], self.owner)

    @cached_property
    def groups(self) -> list[tuple[str, str]]:
        return meals.groups(self.names, [entry.meal for entry in self.entries])

    @cached_property
    def meals(self) -> tuple[MealView, ...]:
        """The person's meal groups in order, then any other that an entry names."""
        return tuple(_meal_view(self, meal, name) for meal, name in self.groups)

    @cached_property
    def totals(self) -> list[Total]:
        """All tracked nutrients in display order."""
        amounts = none_for_nan(self.sums.amount[_PLACES])
        coverage = totals.shares(self.sums.coverage[_PLACES])
        least, most = ([bound[place] for place in _PLACES] for bound in self.bounds)
        return list(map(Total, _IDS, _NAMES, _UNITS, amounts, coverage, least, most))

    def total(self, nutrient: str) -> Sum:
        """One nutrient's sum by id."""
        return sum_at(self.sums, POSITION[nutrient])

    @property
    def energy(self) -> Sum:
        return self.total("208")

    @property
    def unknown_macro_energy(self) -> float:
        """kcal of entries of which a macronutrient is not known."""
        return totals.unknown_macro_energy(self.sums)

    @property
    def incomplete(self) -> list[EntryView]:
        """Entries of which energy or a macronutrient is not known: what "Fill in" leads to."""
        missing = np.logical_or.reduce(np.isnan(self.sums.parts[:, [ENERGY, *MACROS]]), axis=1)
        return [entry for entry, wanting in zip(self.shown, missing, strict=True) if wanting]

    def unknown_for(self, nutrient: str) -> list[str]:
        """Names of the entries whose value of a nutrient is not known, each once; those of 0 kcal too, which
        weigh nothing in coverage."""
        unknown = np.isnan(self.sums.parts[:, POSITION[nutrient]])
        return list(dict.fromkeys(e.name for e, missing in zip(self.entries, unknown, strict=True) if missing))

    @property
    def known_share(self) -> float | None:
        """Median coverage over the nutrients that the catalog can know: "known for 84 % of today's energy".

        The median, because the few that tables seldom give (starch, fluoride) say so in their own rows.
        """
        if not self.entries:
            return None
        return float(np.median(self.sums.coverage[[POSITION[n.id] for n in NUTRIENTS if n.in_sr28]]))

    def lowest(self, limit: int = 4) -> list[Total]:
        """Nutrients furthest below their target by what is known, without NO_GAPS and what is little known."""
        enough = (self.known_share or 0.0) / 2
        below = [
            (total.amount / total.target, total)
            for total in self.totals
            if total.target and total.amount is not None and total.amount < total.target
            if total.id not in NO_GAPS and total.coverage >= enough
        ]
        return [total for _, total in sorted(below, key=lambda pair: pair[0])[:limit]]

    def water_grams(self, food_id: str) -> float:
        """Grams of plain water that was logged."""
        return sum(entry.grams or 0.0 for entry in self.entries if entry.food_id == food_id)


def clock_text(minutes: int | None) -> str | None:
    """ "07:40" of minutes after midnight."""
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def _entry_view(entry: Entry, row: Sequence[float | None], owner: UUID) -> EntryView:
    by_another = entry.changed_by is not None and entry.changed_by != owner
    return EntryView(
        entry.id, entry.meal, entry.food_id, entry.name, entry.source, entry.amount, entry.unit, entry.portion_id,
        entry.portion_name, entry.grams, clock_text(entry.time), entry.note, entry.version, row[0], row[1], row[2],
        row[3], entry.author, entry.changed_by, _before(entry.previous) if by_another and entry.previous else None,
        entry.author if entry.author != owner else None,
    )  # fmt: skip


def _before(state: State) -> Before:
    return Before(
        state.meal, clock_text(state.time), state.amount, state.unit, state.portion_name, state.grams, state.name,
        state.note,
    )  # fmt: skip


def entry_answer(entry: Entry, owner: UUID) -> EntryView:
    """One entry in the API's shape."""
    return entry_views([entry], owner)[0]


def entry_views(entries: Sequence[Entry], owner: UUID) -> tuple[EntryView, ...]:
    """Entries as shown, outside a day: what an act answers."""
    return tuple(_entry_view(entry, _energy_and_macros(entry), owner) for entry in entries)


def _energy_and_macros(entry: Entry) -> list[float | None]:
    """Without sums over arrays, which cost more than they save for a single entry."""
    values = (packing.value_at(entry.values, place) for place in _COLUMNS)
    return [None if value != value else packing.tidy(value * entry.scale) for value in values]


def _views(entries: Sequence[Entry], parts: Numbers, owner: UUID) -> tuple[EntryView, ...]:
    """`parts`: (entries, energy and macros)."""
    flat, width = none_for_nan(rounded(parts.ravel())), len(_COLUMNS)
    return tuple([
        _entry_view(entry, flat[place * width : place * width + width], owner) for place, entry in enumerate(entries)
    ])  # fmt: skip


def _meal_view(view: DayView, meal: str, name: str) -> MealView:
    places = [place for place, entry in enumerate(view.entries) if entry.meal == meal]
    places.sort(key=lambda place: view.entries[place].position)
    entries = tuple(view.shown[place] for place in places)
    energy, protein, carbs, fat = _meal_sums(view.sums, places)
    times = [entry.time for entry in entries if entry.time is not None]
    return MealView(meal, name, min(times, default=None), entries, energy, protein, carbs, fat)


def _meal_sums(found: Sums, places: list[int]) -> list[Sum]:
    if not places:
        return [Sum(0.0, 1.0)] * len(_COLUMNS)
    parts, energy = found.parts[np.ix_(places, _COLUMNS)], found.energy[places]
    known = ~np.isnan(parts)
    weight = energy if energy.any() else np.ones(len(places))
    coverage = totals.shares((weight @ known) / weight.sum())
    amounts = rounded(np.where(known, parts, 0.0).sum(axis=0)).tolist()
    some = np.logical_or.reduce(known, axis=0)
    return [Sum(amounts[column] if some[column] else None, coverage[column]) for column in range(len(_COLUMNS))]


def answer(view: DayView) -> DayAnswer:
    """The day in the API's shape."""
    order = {meal: place for place, (meal, _) in enumerate(view.groups)}
    positions = {entry.id: (order[entry.meal], entry.position) for entry in view.entries}
    ordered = sorted(view.shown, key=lambda entry: positions[entry.id])
    return DayAnswer(view.date.isoformat(), view.version, view.complete, ordered, view.totals)


def report(view: DayView, aims: Aims | None = None) -> list[ReportGroup]:
    """All tracked nutrients in their groups against the aims: those given, else those in force that day (feat-I1)."""
    by_nutrient = view.by_nutrient if aims is None else {aim.nutrient: aim for aim in aims.aims}
    supplements = _from_supplements(view)
    by_group: dict[str, list[ReportRow]] = {group: [] for group in GROUPS}
    for nutrient, place in _TRACKED:
        aim = by_nutrient.get(nutrient.id, Aim(nutrient.id))
        row = report_row(nutrient, sum_at(view.sums, place), aim, supplements[place])
        by_group[nutrient.group].append(row)
    return [ReportGroup(group, rows) for group, rows in by_group.items()]


def mean_report(means: Averages, aims: Aims) -> list[ReportGroup]:
    """The means a day of a span against these aims (feat-I2)."""
    by_nutrient = {aim.nutrient: aim for aim in aims.aims}
    by_group: dict[str, list[ReportRow]] = {group: [] for group in GROUPS}
    for mean in means.nutrients:
        nutrient, found = BY_ID[mean.id], Sum(mean.amount, mean.coverage)
        by_group[nutrient.group].append(report_row(nutrient, found, by_nutrient.get(mean.id, Aim(mean.id)), None))
    return [ReportGroup(group, rows) for group, rows in by_group.items()]


def report_row(nutrient: Nutrient, found: Sum, aim: Aim, from_supplements: float | None) -> ReportRow:
    """A sum against one aim. A supplement-only limit is held against what supplements gave."""
    compared = from_supplements if aim.supplement_only else found.amount
    over = aim.maximum is not None and compared is not None and compared > aim.maximum
    share = found.amount / aim.minimum if aim.minimum and found.amount is not None else None
    return ReportRow(
        nutrient.id, nutrient.name, nutrient.unit, nutrient.decimals, found.amount, found.coverage, aim.minimum,
        aim.maximum, aim.origin, aim.maximum_origin, share, over, aim.supplement_only, from_supplements,
    )  # fmt: skip


def _from_supplements(view: DayView) -> list[float | None]:
    """What supplements gave, by position; None where none of them says."""
    parts = view.sums.parts[[entry.supplement for entry in view.entries]] if view.entries else view.sums.parts
    known = ~np.isnan(parts)
    amounts = rounded(np.where(known, parts, 0.0).sum(axis=0))
    return none_for_nan(np.where(known.any(axis=0), amounts, np.nan))
