"""The input types. Limits stand in the types, with the sentence for who passes them; both doors use these."""

import math
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from nutshell.common import errors, ids
from nutshell.common.clock import Day
from nutshell.common.languages import CODES
from nutshell.diary.types import (
    MAX_AMOUNT,
    MAX_ENTRIES,
    MAX_ENTRY_NOTE,
    MAX_MEAL,
    MAX_NAME,
    MAX_NOTE,
    MAX_SERVINGS,
    MAX_VALUE,
    UNITS,
    Edit,
    NewEntry,
    NewFood,
    NewQuick,
    Repeat,
    Serving,
    Usage,
)
from nutshell.rights.types import LENGTH, LONGEST, Kind

from . import sentences as say


def _said(sentence: str) -> dict[str, Any]:
    return {"sentence": sentence}


_BREAKS = r"\n\r\t\u200e\u200f\u2028-\u202e\u2066-\u2069"
LINE = f"^[^{_BREAKS}]*(?![{_BREAKS}])$"
"""One line, with no sign that turns the order of others round: such a name stands in mails and beside other names."""
EMAIL = r"^[^@\s]+@[^@\s]+(?!\s)$"

Amount = Annotated[float, Meta(gt=0, le=MAX_AMOUNT, extra=_said(say.AMOUNT))]
Value = Annotated[float, Meta(ge=0, le=MAX_VALUE, extra=_said(say.VALUE))]
FoodId = Annotated[str, Meta(pattern=r"^[a-z0-9]{2,8}:[A-Za-z0-9-]{1,64}$", extra=_said(say.FOOD))]
PortionId = Annotated[str, Meta(min_length=1, max_length=64, extra=_said(say.CHOICE))]
Unit = Annotated[str, Meta(min_length=1, max_length=64, extra=_said(say.CHOICE))]
MealText = Annotated[str, Meta(min_length=1, max_length=MAX_MEAL, extra=_said(say.MEAL))]
TimeText = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", extra=_said(say.TIME))]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME, extra=_said(say.NAME))]
EntryNote = Annotated[str, Meta(max_length=MAX_ENTRY_NOTE, extra=_said(say.ENTRY_NOTE))]
Id = Annotated[UUID, Meta(extra=_said(say.ID))]
Ids = Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MAX_ENTRIES, extra=_said(say.ENTRIES))]
Key = Annotated[str, Meta(min_length=1, max_length=200, extra=_said(say.ID))]
EntryVersion = Annotated[int, Meta(ge=0, le=2**31, extra=_said(say.OTHER))]


def minutes(time: str | None) -> int | None:
    """Minutes after midnight of "HH:MM"."""
    return None if time is None else int(time[:2]) * 60 + int(time[3:5])


def _unit(unit: str | UnsetType, portion_id: str | UnsetType | None) -> tuple[str, str | None]:
    """(unit, portion id): what is no unit of weight is the id of a portion, as a page's one list of units gives it."""
    if isinstance(portion_id, str):
        return "portion", portion_id
    if unit is UNSET or unit in UNITS:
        return "g" if unit is UNSET else unit, None
    return "portion", unit


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`form_names` maps a page's field names to these fields, where they differ."""

    form_names: ClassVar[dict[str, str]] = {}


class LogFood(Input, frozen=True, kw_only=True):
    """Log a food: `amount` in a unit of weight, or in portions by `portion_id` (or by naming it as the unit)."""

    form_names: ClassVar[dict[str, str]] = {"food": "food_id", "once": "key"}

    food_id: FoodId
    amount: Amount
    unit: Unit | UnsetType = UNSET
    portion_id: PortionId | None = None
    meal: MealText = "snacks"
    time: TimeText | None = None
    note: EntryNote = ""
    id: Id | None = None
    key: Key | None = None

    def entry(self) -> NewEntry:
        unit, portion_id = _unit(self.unit, self.portion_id)
        return NewEntry(
            food_id=self.food_id, amount=self.amount, unit=unit, portion_id=portion_id, meal=self.meal,
            time=minutes(self.time), note=self.note, id=self.id,
        )  # fmt: skip

    @classmethod
    def picked(cls, pick: str, meal: str = "snacks", time: str | None = None, key: str | None = None) -> "LogFood":
        """A one-tap button's value as `pick_of` wrote it. Raises errors.InvalidInput for any other text."""
        try:
            food_id, amount, unit = pick.split("|")
            raw = {"food_id": food_id, "amount": float(amount), "unit": unit, "meal": meal, "time": time, "key": key}
            return msgspec.convert(raw, cls)
        except (ValueError, msgspec.ValidationError) as error:
            raise errors.InvalidInput({"pick": say.CHOICE}) from error


def pick_of(usage: Usage | NewEntry) -> str:
    """The value of a button that logs the usual amount in one tap."""
    amount = int(usage.amount) if math.modf(usage.amount)[0] == 0 else usage.amount
    return f"{usage.food_id}|{amount}|{usage.portion_id or usage.unit}"


class LogMany(Input, frozen=True, kw_only=True):
    """Several foods in one act."""

    entries: Annotated[tuple[LogFood, ...], Meta(min_length=1, max_length=MAX_ENTRIES, extra=_said(say.ENTRIES))]
    key: Key | None = None


class QuickAdd(Input, frozen=True, kw_only=True):
    """Energy and macros without a food; what is not given stays unknown."""

    form_names: ClassVar[dict[str, str]] = {"energy": "kcal", "carb": "carbs", "once": "key"}

    name: Name
    kcal: Value | None = None
    protein: Value | None = None
    carbs: Value | None = None
    fat: Value | None = None
    alcohol: Value | None = None
    meal: MealText = "snacks"
    time: TimeText | None = None
    note: EntryNote = ""
    id: Id | None = None
    key: Key | None = None

    def entry(self) -> NewQuick:
        return NewQuick(
            name=self.name, kcal=self.kcal, protein=self.protein, carbs=self.carbs, fat=self.fat,
            alcohol=self.alcohol, meal=self.meal, time=minutes(self.time), note=self.note, id=self.id,
        )  # fmt: skip


class ChangeEntry(Input, frozen=True, kw_only=True):
    """Changes to an entry; what is absent stays. A null time or figure takes it away."""

    form_names: ClassVar[dict[str, str]] = {"energy": "kcal", "carb": "carbs", "once": "key"}

    amount: Amount | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    portion_id: PortionId | UnsetType | None = UNSET
    meal: MealText | UnsetType = UNSET
    time: TimeText | UnsetType | None = UNSET
    note: EntryNote | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    kcal: Value | UnsetType | None = UNSET
    protein: Value | UnsetType | None = UNSET
    carbs: Value | UnsetType | None = UNSET
    fat: Value | UnsetType | None = UNSET
    alcohol: Value | UnsetType | None = UNSET
    version: EntryVersion | None = None
    key: Key | None = None

    def edit(self) -> Edit:
        same = {name: getattr(self, name) for name in ("amount", "meal", "note", "name", *_FIGURES)}
        time = UNSET if self.time is UNSET else minutes(self.time)
        if self.unit is UNSET and not isinstance(self.portion_id, str):
            return Edit(**same, time=time, portion_id=self.portion_id)
        unit, portion_id = _unit(self.unit, self.portion_id)
        return Edit(**same, time=time, unit=unit, portion_id=portion_id)


_FIGURES = ("kcal", "protein", "carbs", "fat", "alcohol")


class CopyEntries(Input, frozen=True, kw_only=True):
    """Copy entries (none named: the whole day, or one `meal` of it) to a day, into a meal or each into its own."""

    form_names: ClassVar[dict[str, str]] = {"entry": "entries", "once": "key"}

    to_day: Day
    entries: Ids | None = None
    meal: MealText | None = None
    from_day: Day | None = None
    to_meal: MealText | None = None
    key: Key | None = None


class MoveEntries(Input, frozen=True, kw_only=True):
    """Move entries to a day, into a meal or each into its own."""

    form_names: ClassVar[dict[str, str]] = {"entry": "entries", "once": "key"}

    to_day: Day
    entries: Ids
    from_day: Day | None = None
    to_meal: MealText | None = None
    key: Key | None = None


class RemoveEntries(Input, frozen=True, kw_only=True):
    form_names: ClassVar[dict[str, str]] = {"entry": "entries", "once": "key"}

    entries: Ids
    key: Key | None = None


class ReorderEntries(Input, frozen=True, kw_only=True):
    form_names: ClassVar[dict[str, str]] = {"entry": "entries"}

    entries: Ids


class CompleteDay(Input, frozen=True, kw_only=True):
    complete: bool


class DayNote(Input, frozen=True, kw_only=True):
    note: Annotated[str, Meta(max_length=MAX_NOTE, extra=_said(say.DAY_NOTE))]
    version: EntryVersion | None = None


class LogWater(Input, frozen=True, kw_only=True):
    """Drinking water in millilitres."""

    form_names: ClassVar[dict[str, str]] = {"once": "key"}

    add: Annotated[float, Meta(gt=0, le=10_000, extra=_said(say.WATER))]
    meal: MealText = "snacks"
    time: TimeText | None = None
    key: Key | None = None


class SetFavourite(Input, frozen=True, kw_only=True):
    favourite: bool


class KeepRepeat(Input, frozen=True, kw_only=True):
    """Offer a food on weekdays; 0 is Monday."""

    form_names: ClassVar[dict[str, str]] = {"food": "food_id", "weekday": "weekdays"}

    food_id: FoodId
    amount: Amount
    weekdays: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=6)], ...], Meta(min_length=1, max_length=7, extra=_said(say.WEEKDAYS))
    ]
    unit: Unit | UnsetType = UNSET
    portion_id: PortionId | None = None
    meal: MealText = "snacks"
    time: TimeText | None = None
    id: Id | None = None

    def repeat(self) -> Repeat:
        unit, portion_id = _unit(self.unit, self.portion_id)
        days = sum({1 << weekday for weekday in self.weekdays})
        new_id = self.id or ids.new_id()
        return Repeat(new_id, days, self.meal, minutes(self.time), self.food_id, "", self.amount, unit, portion_id)


class ServingInput(Input, frozen=True, kw_only=True):
    name: Name
    grams: Annotated[float, Meta(gt=0, le=MAX_AMOUNT, extra=_said(say.SERVINGS))]
    id: PortionId | None = None


class OwnFood(Input, frozen=True, kw_only=True):
    """An own food. `nutrients` by id are for 100 g, or for one of the first serving with basis "serving"."""

    name: Name
    brand: Annotated[str, Meta(max_length=MAX_NAME, extra=_said(say.LONG))] = ""
    basis: Literal["100g", "serving"] = "100g"
    servings: Annotated[tuple[ServingInput, ...], Meta(max_length=MAX_SERVINGS, extra=_said(say.SERVINGS))] = ()
    nutrients: Annotated[dict[str, Value | None], Meta(max_length=200, extra=_said(say.NUTRIENTS))] = {}
    barcode: Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})?$", extra=_said(say.BARCODE))] = ""
    supplement: bool = False
    copied_from: FoodId | None = None
    version: EntryVersion | None = None
    id: Id | None = None
    key: Key | None = None

    def food(self) -> NewFood:
        """Raises errors.InvalidInput for basis "serving" without one."""
        if self.basis == "serving" and not self.servings:
            raise errors.InvalidInput({"basis": say.SERVINGS})
        return NewFood(
            name=self.name, brand=self.brand, barcode=self.barcode, supplement=self.supplement,
            basis_grams=self.servings[0].grams if self.basis == "serving" else 100.0,
            nutrients={nutrient: value for nutrient, value in self.nutrients.items() if value is not None},
            servings=tuple(Serving(one.id or f"s{n}", one.name, one.grams) for n, one in enumerate(self.servings, 1)),
            copied_from=self.copied_from or "",
        )  # fmt: skip


class TrendQuery(Input, frozen=True, kw_only=True):
    """`from` and `to` are days, both included; `nutrients` are ids with commas between."""

    form_names: ClassVar[dict[str, str]] = {"from": "first", "to": "last"}

    first: Day
    last: Day
    nutrients: Annotated[str, Meta(pattern=r"^[a-z0-9-]+(,[a-z0-9-]+){0,9}$", extra=_said(say.TREND_NUTRIENTS))] = "208"

    @property
    def ids(self) -> list[str]:
        return self.nutrients.split(",")


class ReportQuery(Input, frozen=True, kw_only=True):
    """`from` and `to` are days, both included; `complete` leaves out the days that are not marked complete."""

    form_names: ClassVar[dict[str, str]] = {"from": "first", "to": "last"}

    first: Day
    last: Day
    complete: Annotated[bool, Meta(extra=_said(say.CHOICE))] = False


class FoodsQuery(Input, frozen=True, kw_only=True):
    """Which foods gave the `nutrient` (its id) from `from` to `to`, both included; at most `limit` of them."""

    form_names: ClassVar[dict[str, str]] = {"from": "first", "to": "last"}

    first: Day
    last: Day
    nutrient: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$", extra=_said(say.TREND_NUTRIENTS))]
    limit: Annotated[int, Meta(ge=1, le=50, extra=_said(say.LIMIT))] = 20


class SearchQuery(Input, frozen=True, kw_only=True):
    q: Annotated[str, Meta(max_length=200, extra=_said(say.QUERY))] = ""
    limit: Annotated[int, Meta(ge=1, le=50, extra=_said(say.LIMIT))] = 20


class LedgerQuery(Input, frozen=True, kw_only=True):
    """Lines of the access ledger. Days are inclusive; `before` is the place where the page before ended.

    `who` is "me", "machine" or somebody's subject id.
    """

    form_names: ClassVar[dict[str, str]] = {"from": "first", "to": "last"}

    who: Annotated[str, Meta(pattern=r"^(|me|machine|[0-9a-f-]{36})$", extra=_said(say.CHOICE))] = ""
    kind: Annotated[
        Literal["", "read", "change", "refused", "log-in", "grant", "security", "data", "clinic", "keys"],
        Meta(extra=_said(say.CHOICE)),
    ] = ""
    first: Day | None = None
    last: Day | None = None
    grant: UUID | None = None
    before: Annotated[int, Meta(ge=0, le=2**53, extra=_said(say.OTHER))] = 0
    limit: Annotated[int, Meta(ge=1, le=500, extra=_said(say.LINES))] = 500


class MakeToken(Input, frozen=True, kw_only=True):
    """`until` is the token's last day. Which scopes exist is the gate's to say; here only their shape."""

    form_names: ClassVar[dict[str, str]] = {"scope": "scopes"}

    name: Annotated[str, Meta(min_length=1, max_length=80, extra=_said(say.TOKEN_NAME))]
    scopes: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(all|[a-z]{2,20}:(read|write))$")], ...],
        Meta(min_length=1, max_length=32, extra=_said(say.SCOPES)),
    ]
    until: Day | None = None


class GiveConsent(Input, frozen=True, kw_only=True):
    document: Annotated[str, Meta(pattern=r"^[a-z-]{1,40}$", extra=_said(say.CHOICE))]
    version: Annotated[int | str, Meta(extra=_said(say.CHOICE))]


class SetName(Input, frozen=True, kw_only=True):
    """How somebody wants to be called; nothing takes the name away. Which signs a name may have, accounts say."""

    display_name: Annotated[str, Meta(max_length=60, extra=_said(say.DISPLAY_NAME))] | None = None


class ShareTerms(Input, frozen=True, kw_only=True):
    """What somebody shares; which collections there are, and which may be shared, grants say. `until` is a last day."""

    form_names: ClassVar[dict[str, str]] = {"collection": "collections"}

    collections: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,20}$")], ...],
        Meta(max_length=16, extra=_said(say.COLLECTIONS)),
    ] = ()
    first_day: Day | None = None
    last_day: Day | None = None


class OfferGrant(ShareTerms, frozen=True, kw_only=True):
    """An offer: `label` is what the owner calls it, `email` where the invitation goes."""

    label: Annotated[str, Meta(min_length=1, max_length=60, extra=_said(say.LABEL))]
    email: Annotated[str, Meta(max_length=254, pattern=EMAIL, extra=_said(say.EMAIL))] | None = None
    mode: Literal["read", "write"] = "read"
    purpose: Literal["friend", "family", "care"] = "friend"
    until: Day | None = None


class ChangeGrant(ShareTerms, frozen=True, kw_only=True):
    """New terms for a grant. Without `mode`, `until` or `emergency` these stay; `until` null or empty: no end.

    `emergency`: others of a clinic than the team may open it in one. `confirmed` repeats what was
    said to become wider (at the API the fields, divided by commas).
    """

    mode: Literal["read", "write"] | UnsetType = UNSET
    until: Day | UnsetType | None = UNSET
    emergency: bool | UnsetType = UNSET
    confirmed: Annotated[str, Meta(max_length=64, extra=_said(say.OTHER))] = ""


class SendCopy(Input, frozen=True, kw_only=True):
    """To whom a copy goes: a subject id."""

    to: Id


class SetPaused(Input, frozen=True, kw_only=True):
    paused: bool


class CloseCollections(Input, frozen=True, kw_only=True):
    """Collections that are never shared; all others may be."""

    form_names: ClassVar[dict[str, str]] = {"collection": "collections"}

    collections: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,20}$")], ...], Meta(max_length=16, extra=_said(say.COLLECTIONS))
    ] = ()


class ChooseLanguage(Input, frozen=True, kw_only=True):
    """Before sign-in; afterwards the language is a field of the profile. `next` is the page to come back to."""

    language: Annotated[str, Meta(pattern=f"^({'|'.join(sorted(CODES))})$", extra=_said(say.CHOICE))]
    next: Annotated[str, Meta(max_length=2000, extra=_said(say.LONG))] = "/"


_Password = Annotated[str, Meta(max_length=1024, extra=_said(say.PASSWORD))]
_Prf = Annotated[str, Meta(max_length=64, extra=_said(say.PRF))]
_RecoveryCode = Annotated[str, Meta(max_length=200, extra=_said(say.RECOVERY_CODE))]


class SealAccount(Input, frozen=True, kw_only=True):
    """The recovery code as it was written down, and the password that shall open the account beside it."""

    recovery_code: _RecoveryCode
    password: _Password


class KeepRecoveryCode(Input, frozen=True, kw_only=True):
    recovery_code: _RecoveryCode


class RenewKeys(Input, frozen=True, kw_only=True):
    """Only where the account is sealed: the new recovery code as it was written down, and the password."""

    recovery_code: _RecoveryCode = ""
    password: _Password = ""


class OpenSealed(Input, frozen=True, kw_only=True):
    """One of the three."""

    password: _Password | None = None
    recovery_code: _RecoveryCode | None = None
    prf: _Prf | None = None


class NameContact(Input, frozen=True, kw_only=True):
    """A trusted contact: whose subject, and how many days they wait."""

    contact: Annotated[UUID, Meta(extra=_said(say.CONTACT_NEEDED))]
    days: Annotated[int, Meta(ge=1, le=30, extra=_said(say.CONTACT_DAYS))] = 7


class AnswerContact(Input, frozen=True, kw_only=True):
    """Whether somebody is willing to be a trusted contact."""

    accept: bool


class AddPasskeyKey(Input, frozen=True, kw_only=True):
    """What a passkey's PRF gave for this site (base64url)."""

    prf: _Prf


UndoDays = Annotated[int, Meta(ge=0, le=14, extra=_said(say.UNDO_DAYS))]


class CloseAccount(Input, frozen=True, kw_only=True):
    """The password, or nothing after a fresh re-authentication; and for how many days it can be taken back."""

    password: _Password | None = None
    sure: bool = False
    undo_days: UndoDays = 0


class Restrict(Input, frozen=True, kw_only=True):
    """Why nothing shall be done with the data: GDPR article 18(1)(a) to (c), or an objection (article 21)."""

    ground: Annotated[Literal["accuracy", "unlawful", "claims", "objection"], Meta(extra=_said(say.CHOICE))] = (
        "objection"
    )


RequestText = Annotated[str, Meta(min_length=1, max_length=LONGEST, extra=_said(LENGTH))]


class AskOfficer(Input, frozen=True, kw_only=True):
    """A request to the data-protection officer."""

    kind: Annotated[Kind, Meta(extra=_said(say.CHOICE))] = "question"
    text: RequestText


class Disagree(Input, frozen=True, kw_only=True):
    """A statement of disagreement with a denied amendment."""

    number: Annotated[int, Meta(ge=1, le=2**31 - 1, extra=_said(say.OTHER))]
    text: RequestText


class WithdrawConsent(Input, frozen=True, kw_only=True):
    """For how many days the erase of the data can be taken back."""

    sure: bool = False
    undo_days: UndoDays = 0
