"""The diary's part of a file that any program reads: what stands there, and what may.

What was written by the owner says "me": a new account has another id. Values of the same food are said once, in
`Diary.measures`; entries name their place there. See `portable` for both ways.
"""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from nutshell.common.clock import Day as Date

from .types import (
    MAX_ENTRIES,
    MAX_ENTRY_NOTE,
    MAX_MEAL,
    MAX_NAME,
    MAX_NOTE,
    MAX_OWN_FOODS,
    MAX_REPEATS,
    MAX_SERVINGS,
    UNITS,
)

ME = "me"
HOURS = 24
Who = Annotated[str, Meta(pattern=r"^(me|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
"""The owner, or somebody else by their id."""
Version = Annotated[int, Meta(ge=0, le=2**31)]
Second = Annotated[int, Meta(ge=0, le=2**40, description="since 1970")]
Minute = Annotated[int, Meta(ge=0, lt=24 * 60, description="after midnight")]
Number = Annotated[float, Meta(ge=0, le=1e9)]
Bound = Annotated[float, Meta(ge=-1e9, le=1e9)]
Name = Annotated[str, Meta(max_length=MAX_NAME)]
Meal = Annotated[str, Meta(min_length=1, max_length=MAX_MEAL)]
EntryNote = Annotated[str, Meta(max_length=MAX_ENTRY_NOTE)]
FoodId = Annotated[str, Meta(min_length=1, max_length=80)]
Unit = Annotated[str, Meta(pattern=f"^({'|'.join((*UNITS, 'portion', 'quick'))})$")]
Word = Annotated[str, Meta(max_length=200)]
Place = Annotated[int, Meta(ge=0, le=10**6)]
Nutrients = dict[str, Number]
"""By nutrient id, each in its nutrient's unit; an absent one is unknown."""


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What stands in a file. A field that is not said has its default."""


class PlainState(Plain, frozen=True, kw_only=True):
    """An entry before its last change. `measure` None: its values did not change."""

    version: Version
    meal: Meal
    position: Place
    time: Minute | None = None
    amount: Number
    unit: Unit
    portion_id: Word | None = None
    portion_name: Name | None = None
    portion_grams: Number | None = None
    grams: Number | None = None
    scale: Number
    name: Name
    note: EntryNote = ""
    changed_by: Who | None = None
    measure: Place | None = None


class PlainEntry(PlainState, frozen=True, kw_only=True):
    """An entry: its amount of a nutrient is that of its measure times `scale`. Fields as in `diary.types.Entry`."""

    id: UUID
    author: Who
    food_id: FoodId | None = None
    catalog_version: Word
    source: Word
    supplement: bool = False
    changed_at: Second = 0
    previous: PlainState | None = None


class Removed(Plain, frozen=True, kw_only=True):
    """That an entry was removed, so that a late copy of it does not come back."""

    id: UUID
    version: Version
    by: Who
    at: Second


class PlainAim(Plain, frozen=True, kw_only=True):
    nutrient: Word
    minimum: Bound | None = None
    maximum: Bound | None = None
    origin: Word = ""
    maximum_origin: Word = ""
    supplement_only: bool = False


class PlainAims(Plain, frozen=True, kw_only=True):
    """What was aimed at; `version` is that of the targets."""

    version: Version
    aims: Annotated[tuple[PlainAim, ...], Meta(max_length=300)]


class PlainDay(Plain, frozen=True, kw_only=True):
    """`aims` is a place in `Diary.aims`, None where the day has none."""

    date: Date
    version: Version
    complete: bool
    entries: Annotated[tuple[PlainEntry, ...], Meta(max_length=MAX_ENTRIES)] = ()
    removed: Annotated[tuple[Removed, ...], Meta(max_length=5_000)] = ()
    aims: Place | None = None


class Diary(Plain, frozen=True, kw_only=True):
    """All days, the oldest first."""

    measures: tuple[Nutrients, ...] = ()
    aims: tuple[PlainAims, ...] = ()
    days: tuple[PlainDay, ...] = ()


class PlainNote(Plain, frozen=True, kw_only=True):
    date: Date
    version: Version
    text: Annotated[str, Meta(max_length=MAX_NOTE)]
    author: Who
    at: Second


class PlainServing(Plain, frozen=True, kw_only=True):
    id: Word
    name: Name
    grams: Number
    usual: Number = 1.0


class PlainFood(Plain, frozen=True, kw_only=True):
    """An own food: `nutrients` for `basis_grams` grams."""

    id: UUID
    version: Version
    name: Name
    brand: Name = ""
    basis_grams: Number
    nutrients: Nutrients
    servings: Annotated[tuple[PlainServing, ...], Meta(max_length=MAX_SERVINGS)] = ()
    barcode: Annotated[str, Meta(max_length=14)] = ""
    copied_from: Annotated[str, Meta(max_length=300)] = ""
    supplement: bool = False
    author: Who | None = None
    changed_at: Second = 0


class PlainHabit(Plain, frozen=True, kw_only=True):
    """How a food is eaten: `hours` counts by hour of the day."""

    food_id: FoodId
    name: Name
    source: Word
    kcal: Number | None = None
    amount: Number
    unit: Unit
    portion_id: Word | None = None
    portion_name: Name | None = None
    grams: Number | None = None
    meal: Annotated[str, Meta(max_length=MAX_MEAL)]
    count: Version
    last: Date
    hours: Annotated[tuple[Annotated[int, Meta(ge=0, le=255)], ...], Meta(min_length=HOURS, max_length=HOURS)]
    favourite: bool = False


class PlainRepeat(Plain, frozen=True, kw_only=True):
    """Something eaten every week; bit 0 of `weekdays` is Monday."""

    id: UUID
    weekdays: Annotated[int, Meta(gt=0, lt=128)]
    meal: Meal
    time: Minute | None = None
    food_id: FoodId
    name: Name
    amount: Number
    unit: Unit
    portion_id: Word | None = None


class Foods(Plain, frozen=True, kw_only=True):
    own: Annotated[tuple[PlainFood, ...], Meta(max_length=MAX_OWN_FOODS)] = ()
    habits: Annotated[tuple[PlainHabit, ...], Meta(max_length=5_000)] = ()
    repeats: Annotated[tuple[PlainRepeat, ...], Meta(max_length=MAX_REPEATS)] = ()
