"""What the diary keeps and what it shows. The kept structs are packed as arrays: their field order is the format.

Every kept struct starts with a format number (the msgspec tag); another number fails closed on
reading. Nutrient values are float32 bytes in the catalog's ORDER, NaN = unknown, and belong to one
*measure*: 100 g of a food, or the whole of a quick add. An entry's amount of a nutrient is
`values * scale`, so changing the amount never reads a food again (feat-L15).
"""

from datetime import date
from uuid import UUID

import msgspec

from nutshell.common.clock import Day as Date

MAX_ENTRIES = 500
"""Entries of one day."""
MAX_NAME = 200
MAX_ENTRY_NOTE = 500
MAX_NOTE = 10_000
"""Characters of a day's note."""
MAX_NOTE_ACTS = 10
"""Changes of a note that can be undone, one after the other."""
MAX_GRAMS = 100_000.0
MAX_AMOUNT = 100_000.0
MAX_VALUE = 1_000_000.0
"""The largest amount of any nutrient in an entry or a measure, in the nutrient's unit."""
OWN_NAME_IN_INDEX = 80
"""Characters of a name that the index keeps."""
MAX_SERVINGS = 20
MAX_OWN_FOODS = 2_000
MAX_FAVOURITES = 200
MAX_REPEATS = 50
MAX_MEAL = 40
SLOTS = ("breakfast", "lunch", "dinner", "snacks", *(f"meal-{number}" for number in range(5, 13)))
"""Lasting ids of the meal groups in the order of the profile's meal names: a group keeps its entries when it is
renamed (feat-L1). An entry whose meal is any other text stands in a group of that name."""
INDEX_BYTES = 64 * 1024
UNDO_SECONDS = 24 * 3600

UNITS = {"g": 1.0, "kg": 1000.0, "oz": 28.349523125, "lb": 453.59237}
"""Units of weight in grams (avoirdupois)."""

WATER = "sr28:14411"
"""Beverages, water, tap, drinking: 1 ml counts as 1 g."""
QUICK = "quick"
"""`source` of a quick add, which has no food."""


class State(msgspec.Struct, frozen=True, array_like=True):
    """What can change in an entry. `values` None: as in the entry itself (only quick adds change them)."""

    version: int
    meal: str
    position: int
    time: int | None
    amount: float
    unit: str
    portion_id: str | None
    portion_name: str | None
    portion_grams: float | None
    grams: float | None
    scale: float
    name: str
    note: str
    changed_by: UUID | None
    values: bytes | None = None


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One thing eaten, with its own copy of the food. The two hot fields stand first (see `totals`).

    `values`: float32 in ORDER for one measure; `scale`: measures eaten (grams / 100, or 1).
    `unit` is one of `UNITS`, "portion" or "quick"; `time` is minutes after midnight; `portion_grams` the grams
    of one portion when it was logged. `changed_by` is who changed it last, None if nobody did.
    `previous` is the state before that change (one level, for the ledger and for undo).
    """

    values: bytes
    scale: float
    id: UUID
    version: int
    author: UUID
    meal: str
    position: int
    time: int | None
    food_id: str | None
    catalog_version: str
    name: str
    source: str
    amount: float
    unit: str
    portion_id: str | None = None
    portion_name: str | None = None
    portion_grams: float | None = None
    grams: float | None = None
    note: str = ""
    supplement: bool = False
    changed_by: UUID | None = None
    changed_at: int = 0
    previous: State | None = None


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A removed entry: so that a late copy of it does not come back. The body stays 24 hours for undo."""

    id: UUID
    version: int
    by: UUID
    at: int
    body: Entry | None = None


class Touch(msgspec.Struct, frozen=True, array_like=True):
    """One entry in an act: its version after it, and its state before (None: it was not there).

    `mark` is what stood in its place when it came back to a day that it had left.
    """

    id: UUID
    version: int
    before: State | None = None
    mark: Mark | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a reordered entry stood in its meal, and where it stands since."""

    id: UUID
    before: int
    after: int


class Act(msgspec.Struct, frozen=True, array_like=True):
    """A journal line. `kind`: add, change, move, remove, copy, reorder, complete or reopen. `days` are all days it
    wrote, as ordinals; `at` is in seconds since 1970. Order is looks: it has `places` instead of `touched`."""

    id: UUID
    kind: str
    by: UUID
    at: int
    days: tuple[int, ...]
    touched: tuple[Touch, ...]
    places: tuple[Place, ...] = ()


class PackedAims(msgspec.Struct, frozen=True, array_like=True):
    """Aims in ORDER: float32 bounds (NaN = none), one byte an origin that counts into `origins`.

    `supplement_only` holds one byte (0 or 1) a nutrient. `stamp` is that of the targets which they came from (see
    `InForce`), 0 where it was not kept.
    """

    version: int
    minimum: bytes
    maximum: bytes
    origin: bytes
    maximum_origin: bytes
    supplement_only: bytes
    origins: tuple[str, ...]
    stamp: int = 0


class Day(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """One day, one record. `order` is the ORDER_VERSION of all values in it; `version` counts its writes."""

    ordinal: int
    order: int
    version: int
    complete: bool
    entries: tuple[Entry, ...] = ()
    marks: tuple[Mark, ...] = ()
    journal: tuple[Act, ...] = ()
    aims: PackedAims | None = None

    @property
    def date(self) -> Date:
        return Date(date.fromordinal(self.ordinal))


class NoteAct(msgspec.Struct, frozen=True, array_like=True):
    """A journal line of a note: the text `before` it was changed. It stays 24 hours for undo."""

    id: UUID
    by: UUID
    at: int
    before: str


class Note(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The note of a day, in a collection of its own (`notes`) so that it can be shared or closed apart: with its
    own journal, because the day's may be read by who may not read notes. An empty `text` is no note."""

    ordinal: int
    version: int
    text: str
    author: UUID
    at: int
    journal: tuple[NoteAct, ...] = ()

    @property
    def date(self) -> Date:
        return Date(date.fromordinal(self.ordinal))


class Serving(msgspec.Struct, frozen=True, array_like=True):
    """A unit of a food: one "slice" weighs 32 `grams`; `usual` is how many are offered at first."""

    id: str
    name: str
    grams: float
    usual: float = 1.0


class OwnFood(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """A food of the person. `values` are float32 in ORDER for `basis_grams` grams, as the label gives them.

    `copied_from` names the catalog food of a corrected copy; `supplement` marks pills and powders whose
    values count against supplement-only limits.
    """

    id: UUID
    version: int
    name: str
    brand: str
    order: int
    basis_grams: float
    values: bytes
    servings: tuple[Serving, ...]
    barcode: str = ""
    copied_from: str = ""
    supplement: bool = False
    author: UUID | None = None
    changed_at: int = 0

    @property
    def food_id(self) -> str:
        return f"mine:{self.id}"


class OwnRef(msgspec.Struct, frozen=True, array_like=True):
    """An own food as the index knows it; long names are cut and at most three servings kept."""

    food_id: str
    name: str
    kcal_per_100g: float | None
    servings: tuple[Serving, ...]
    known: int
    barcode: str = ""


class Usage(msgspec.Struct, frozen=True, array_like=True):
    """How a person eats a food. `hours`: 24 counts, one byte an hour of the day; `last` is an ordinal day.

    `kcal` is the energy of the usual amount, None if unknown. The usual amount is the last one logged.
    """

    food_id: str
    name: str
    source: str
    kcal: float | None
    amount: float
    unit: str
    portion_id: str | None
    portion_name: str | None
    grams: float | None
    meal: str
    count: int
    last: int
    hours: bytes
    favourite: bool = False


class Repeat(msgspec.Struct, frozen=True, array_like=True):
    """Something eaten every week: offered on its days until it is logged. `weekdays`: bit 0 is Monday."""

    id: UUID
    weekdays: int
    meal: str
    time: int | None
    food_id: str
    name: str
    amount: float
    unit: str
    portion_id: str | None


class Folded(msgspec.Struct, frozen=True, array_like=True):
    """What of a recent day is already counted: its record's version and the first 8 bytes of each entry id."""

    ordinal: int
    version: int
    ids: bytes


class Index(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The one record that makes search personal. `own_complete` False: some own foods lie only in `foods`."""

    own: tuple[OwnRef, ...] = ()
    usages: tuple[Usage, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    folded: tuple[Folded, ...] = ()
    own_complete: bool = True


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What to log of a food: `amount` in a `unit` of weight, or in portions (`unit` "portion" and `portion_id`)."""

    food_id: str
    amount: float
    unit: str = "g"
    portion_id: str | None = None
    meal: str = "snacks"
    time: int | None = None
    note: str = ""
    id: UUID | None = None


class NewQuick(msgspec.Struct, frozen=True, kw_only=True):
    """A quick add: kcal and grams, each None when not known. All other nutrients stay unknown (feat-L5)."""

    name: str
    kcal: float | None = None
    protein: float | None = None
    carbs: float | None = None
    fat: float | None = None
    alcohol: float | None = None
    meal: str = "snacks"
    time: int | None = None
    note: str = ""
    id: UUID | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Changes to an entry; UNSET leaves a field as it is. `name`, `kcal` … are for quick adds only."""

    amount: float | msgspec.UnsetType = msgspec.UNSET
    unit: str | msgspec.UnsetType = msgspec.UNSET
    portion_id: str | msgspec.UnsetType | None = msgspec.UNSET
    meal: str | msgspec.UnsetType = msgspec.UNSET
    time: int | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    kcal: float | msgspec.UnsetType | None = msgspec.UNSET
    protein: float | msgspec.UnsetType | None = msgspec.UNSET
    carbs: float | msgspec.UnsetType | None = msgspec.UNSET
    fat: float | msgspec.UnsetType | None = msgspec.UNSET
    alcohol: float | msgspec.UnsetType | None = msgspec.UNSET


class NewFood(msgspec.Struct, frozen=True, kw_only=True):
    """An own food as its maker gives it: `nutrients` by id for `basis_grams` grams, absent = unknown."""

    name: str
    basis_grams: float = 100.0
    nutrients: dict[str, float] = {}
    servings: tuple[Serving, ...] = ()
    brand: str = ""
    barcode: str = ""
    supplement: bool = False
    copied_from: str = ""


class Written(msgspec.Struct, frozen=True):
    """What an act left: the act's id (for undo), the entries it made or changed, the day's new version.

    `repeated`: the same request (idempotency key or entry id) had been done before.
    """

    act: UUID
    entries: tuple[Entry, ...]
    version: int
    repeated: bool = False


class Sum(msgspec.Struct, frozen=True):
    """An amount in the nutrient's unit (None: no entry's value is known) and the known share, 0 to 1."""

    amount: float | None
    coverage: float


class Total(msgspec.Struct, frozen=True):
    """One nutrient of a day. `coverage` is the share of the day's energy from entries whose value is known;
    `target` the minimum to reach, `maximum` the upper limit, None without one."""

    id: str
    name: str
    unit: str
    amount: float | None
    coverage: float
    target: float | None
    maximum: float | None = None


class Before(msgspec.Struct, frozen=True):
    """What an entry said before somebody else changed it."""

    meal: str
    time: str | None
    amount: float
    unit: str
    portion_name: str | None
    grams: float | None
    name: str
    note: str


class EntryView(msgspec.Struct, frozen=True):
    """An entry as shown: amounts of energy (kcal) and macros (g), None = unknown. `time` is "HH:MM" or None.

    `before` is the state before the last change, when somebody other than the owner made it; `added_by` who made the
    entry, when that was somebody else.
    """

    id: UUID
    meal: str
    food_id: str | None
    name: str
    source: str
    amount: float
    unit: str
    portion_id: str | None
    portion_name: str | None
    grams: float | None
    time: str | None
    note: str
    version: int
    energy: float | None
    protein: float | None
    carbs: float | None
    fat: float | None
    author: UUID
    changed_by: UUID | None
    before: Before | None = None
    added_by: UUID | None = None


class MealView(msgspec.Struct, frozen=True):
    """A meal group with its entries in order and its sums."""

    id: str
    name: str
    time: str | None
    entries: tuple[EntryView, ...]
    energy: Sum
    protein: Sum
    carbs: Sum
    fat: Sum


class DayAnswer(msgspec.Struct, frozen=True):
    """The day in the shape that API clients rely on."""

    date: str
    version: int
    complete: bool
    entries: list[EntryView]
    totals: list[Total]


class Found(msgspec.Struct, frozen=True):
    """A food that search offers. `group` is "favourite", "recent", "own" or "catalog".

    `known` of `of` tracked nutrients have a value (feat-D3); the usual amount is None for a food never
    eaten. `kcal` is the energy of the usual amount, `kcal_per_100g` of 100 g.
    """

    food_id: str
    name: str
    source: str
    group: str
    kcal_per_100g: float | None
    portions: tuple[Serving, ...]
    known: int | None
    of: int
    usual: Usage | None = None

    @property
    def favourite(self) -> bool:
        return self.usual is not None and self.usual.favourite


class FoodValue(msgspec.Struct, frozen=True):
    """One known value of a food. `source` and `derivation` say where it comes from (feat-D2)."""

    id: str
    name: str
    unit: str
    per_100g: float
    source: str = ""
    derivation: str = ""


class FoodView(msgspec.Struct, frozen=True):
    """One food, of the catalog or own, with every value that is known. Absent nutrients are unknown."""

    id: str
    name: str
    source: str
    kcal_per_100g: float | None
    portions: tuple[Serving, ...]
    known: int
    of: int
    nutrients: tuple[FoodValue, ...]
    version: int | None = None
    brand: str = ""
    barcode: str = ""
    supplement: bool = False
    copied_from: str = ""
    basis_grams: float = 100.0


class Series(msgspec.Struct, frozen=True):
    """A nutrient by day: amount None where nothing is known, coverage 0 to 1."""

    unit: str
    amount: list[float | None]
    coverage: list[float]


class Trends(msgspec.Struct, frozen=True):
    """Daily totals. `days`, `complete`, `entries` and each series are parallel."""

    days: list[str]
    nutrients: dict[str, Series]
    complete: list[bool]
    entries: list[int]


class Average(msgspec.Struct, frozen=True):
    """Mean amount a day over the `days` on which something is known of the nutrient; None without any."""

    id: str
    name: str
    unit: str
    amount: float | None
    coverage: float
    days: int


class Averages(msgspec.Struct, frozen=True):
    """Averages over the `days` that count (logged, and complete if so asked) out of `of` in the span."""

    first: str
    last: str
    complete_only: bool
    days: int
    of: int
    nutrients: list[Average]


class Contribution(msgspec.Struct, frozen=True):
    """A food's part in a nutrient: amount in its unit, share of the known sum, how often, grams if weighed."""

    food_id: str | None
    name: str
    amount: float
    share: float
    times: int
    grams: float | None


class Contributors(msgspec.Struct, frozen=True):
    """Which foods gave a nutrient, largest first, and which foods' values are not known (feat-I3)."""

    id: str
    name: str
    unit: str
    amount: float | None
    coverage: float
    foods: list[Contribution]
    unknown: list[str]


class ReportRow(msgspec.Struct, frozen=True):
    """A nutrient against its aims. `share` is amount / target (None without one), `over` above the maximum.

    `from_supplements` is what supplement-only limits are held against.
    """

    id: str
    name: str
    unit: str
    decimals: int
    amount: float | None
    coverage: float
    minimum: float | None
    maximum: float | None
    origin: str
    maximum_origin: str
    share: float | None
    over: bool
    supplement_only: bool
    from_supplements: float | None


class ReportGroup(msgspec.Struct, frozen=True):
    name: str
    rows: list[ReportRow]


class WeekDay(msgspec.Struct, frozen=True):
    """A day of the week strip: energy in kcal (None: unknown or nothing logged), entries, complete."""

    date: str
    energy: float | None
    coverage: float
    entries: int
    complete: bool


class Change(msgspec.Struct, frozen=True):
    """A line of "changes of the last 24 hours". `undoable`: nothing it touched was changed since.

    `kind` is that of the act, or "note". `foods` are the food ids to `names`, None for quick adds; `meal` is where
    the entries stand now, None unless all of them are there and in one.
    """

    id: UUID
    kind: str
    by: UUID
    at: int
    names: tuple[str, ...]
    undoable: bool
    foods: tuple[str | None, ...] = ()
    meal: str | None = None
