"""Who a person is for their targets, what they chose, and since when. All values are frozen.

Units: cm, kg, kcal, percent; amounts of a nutrient are in that nutrient's own unit (see the catalog's nutrient
table). A field that is None was not told: whatever needs it stays absent and is asked for, never guessed.
"""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

NO_ZONE = "UTC"
"""The zone of who never chose one."""

VERSION = 1
"""Version of the stored forms of `Profile` and `TargetHistory`. Another one is refused, see `stored`."""


class Sex(StrEnum):
    """Which column of the reference tables and which formula applies."""

    FEMALE = "female"
    MALE = "male"


class Condition(StrEnum):
    """Pregnancy by trimester, lactation in the first six months and after: the steps that the tables know."""

    NONE = "none"
    FIRST_TRIMESTER = "pregnant-1"
    SECOND_TRIMESTER = "pregnant-2"
    THIRD_TRIMESTER = "pregnant-3"
    LACTATING_EARLY = "lactating-early"
    LACTATING_LATE = "lactating-late"

    @property
    def pregnant(self) -> bool:
        return self.value.startswith("pregnant")

    @property
    def lactating(self) -> bool:
        return self.value.startswith("lactating")


class Activity(StrEnum):
    """Activity of an ordinary day without logged exercise. Factors of the BMR: `energy.ACTIVITY_FACTORS`."""

    NONE = "none"
    SEDENTARY = "sedentary"
    LIGHT = "light"
    MODERATE = "moderate"
    VERY = "very"


class BmrFormula(StrEnum):
    MIFFLIN = "mifflin"
    HARRIS_BENEDICT = "harris-benedict"
    KATCH_MCARDLE = "katch-mcardle"
    SCHOFIELD = "schofield"
    OWN = "own"


class Source(StrEnum):
    """Which body's reference intakes apply."""

    DRI = "DRI"
    EFSA = "EFSA"


Height = Annotated[float, Meta(ge=30, le=280, description="cm")]
Weight = Annotated[float, Meta(ge=1, le=650, description="kg")]
BodyFat = Annotated[float, Meta(ge=2, le=75, description="percent of the body weight")]
Budget = Annotated[float, Meta(ge=300, le=15000, description="kcal per day")]
OwnBmr = Annotated[float, Meta(ge=200, le=6000, description="kcal per day")]
Factor = Annotated[float, Meta(ge=0, le=2.5, description="times the BMR, added to it")]
Rate = Annotated[float, Meta(ge=-1.5, le=1.5, description="kg per week; negative loses")]
Amount = Annotated[float, Meta(ge=0, le=1_000_000, description="in the nutrient's own unit, per day")]
Share = Annotated[float, Meta(ge=0, le=100, description="part of the energy")]
Grams = Annotated[float, Meta(ge=0, le=3000, description="g per day")]
NutrientId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
MealName = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,38}[^\s\x00-\x1f\x7f])?$")]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What of a person the targets depend on."""

    sex: Sex | None = None
    birth_date: date | None = None
    height: Height | None = None
    weight: Weight | None = None
    body_fat: BodyFat | None = None
    condition: Condition = Condition.NONE
    activity: Activity = Activity.SEDENTARY


class Profile(Facts, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The facts and how this person likes to see things."""

    zone: Annotated[str, Meta(max_length=64)] = NO_ZONE
    """IANA name of the time zone. Who lives by UTC says "Etc/UTC"; "UTC" is what nobody chose."""
    language: Language = "en"
    energy_unit: Literal["kcal", "kJ"] = "kcal"
    measures: Literal["metric", "us"] = "metric"
    theme: Literal["system", "light", "dark"] = "system"
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    meals: Annotated[tuple[MealName, ...], Meta(min_length=1, max_length=12)] = (
        "Breakfast",
        "Lunch",
        "Dinner",
        "Snacks",
    )
    day_start: time = time(0, 0)
    """Local time before which a moment still belongs to the day before; before noon."""
    hidden_cards: Annotated[tuple[Literal["water", "week", "note"], ...], Meta(max_length=3)] = ()
    """Cards that the day page leaves out."""
    shortcuts: bool = True
    """Whether single keys act on pages."""

    @property
    def facts(self) -> Facts:
        return Facts(**{name: getattr(self, name) for name in Facts.__struct_fields__})


class Limits(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person's own minimum, maximum or range for one nutrient. What is None stays as the reference has it."""

    nutrient: NutrientId
    minimum: Amount | None = None
    maximum: Amount | None = None


class ByReference(msgspec.Struct, frozen=True, tag="reference", tag_field="mode"):
    """Protein, carbohydrate and fat as the reference intakes have them."""


class ByRatio(msgspec.Struct, frozen=True, tag="ratio", tag_field="mode", forbid_unknown_fields=True):
    """Parts of the energy budget, in any scale: 30, 40, 30 and 3, 4, 3 are the same."""

    protein: Share
    carbohydrate: Share
    fat: Share


class ByGrams(msgspec.Struct, frozen=True, tag="grams", tag_field="mode", forbid_unknown_fields=True):
    protein: Grams
    carbohydrate: Grams
    fat: Grams


class Keto(msgspec.Struct, frozen=True, tag="keto", tag_field="mode", forbid_unknown_fields=True):
    """Net carbohydrate at most this much (g), protein in g per kg body weight, fat for the rest of the budget."""

    net_carbohydrate: Annotated[float, Meta(ge=0, le=100)] = 20.0
    protein_per_kg: Annotated[float, Meta(ge=0.5, le=4)] = 1.5


Macros = ByReference | ByRatio | ByGrams | Keto
Weekday = Annotated[int, Meta(ge=0, le=6, description="0 is Monday")]


class MacroDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other macros on some days of the week."""

    weekdays: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)]
    macros: Macros


class TargetSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a person chose. The defaults are what a newcomer has."""

    source: Source = Source.DRI
    limits: Annotated[tuple[Limits, ...], Meta(max_length=200)] = ()
    macros: Macros = ByReference()
    macros_by_weekday: Annotated[tuple[MacroDays, ...], Meta(max_length=7)] = ()
    """What goes before `macros` on its days; no day of the week stands in two."""
    formula: BmrFormula = BmrFormula.MIFFLIN
    own_bmr: OwnBmr | None = None
    activity_factor: Factor | None = None
    """Own factor instead of that of `Facts.activity`: 0.2 adds a fifth of the BMR."""
    thermic_effect: bool = False
    """Add the energy that digesting takes."""
    goal_weight: Weight | None = None
    rate: Rate = 0.0
    own_budget: Budget | None = None


class Changed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings that somebody else made under the owner's grant: who, when (seconds since 1970), and what was before."""

    by: UUID
    at: int
    before: TargetSettings


class Period(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """In force from this day until the next period begins. `version` counts every change of the targets.

    `changed` is None for what the owner chose.
    """

    from_day: date
    version: int
    facts: Facts = Facts()
    settings: TargetSettings = TargetSettings()
    changed: Changed | None = None


class TargetHistory(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Periods in the order of their first days, no two of which are equal."""

    periods: tuple[Period, ...] = ()


class Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A record as it lies in the vault: the version of its form, then the form itself."""

    version: int
    content: msgspec.Raw


class EnergyPart(msgspec.Struct, frozen=True):
    """One line of the make-up of a budget: kcal per day, negative for a deficit, and where the figure comes from."""

    name: str
    kcal: float
    source: str


class EnergyBudget(msgspec.Struct, frozen=True):
    """The energy of one day in kcal.

    `expenditure` is what the body is thought to use (None while facts are `missing`: their field names), `total`
    what to eat; `parts` add up to `total` unless the person set an own budget. `warnings` are sentences.
    """

    parts: tuple[EnergyPart, ...] = ()
    expenditure: float | None = None
    total: float | None = None
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class OverLimit(msgspec.Struct, frozen=True):
    """An intake above a maximum, both in the nutrient's unit. `health` tells upper limits from mere aims."""

    nutrient: str
    amount: float
    maximum: float
    origin: str
    supplement_only: bool
    health: bool
