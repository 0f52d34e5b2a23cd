"""Reference intakes of a life stage: from the published tables to one value a nutrient.

`recommended` (to reach) and `limits` (not to pass) answer per day and in the nutrient's unit; `per_kg`, `per_mj` and
`shares` still need the body weight (kg), the energy that the body needs (MJ) or the energy budget.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from nutshell.targets import tables
from nutshell.targets.types import Condition, Sex, Source


class LifeStage(NamedTuple):
    """A column of the tables: completed months of age, sex (None: not told), condition."""

    months: int
    sex: Sex | None
    condition: Condition


class Level(NamedTuple):
    """A reference value. `high` equals `low` unless the table gives a range."""

    low: float
    high: float
    origin: str
    supplement_only: bool = False


class _Step(NamedTuple):
    months: int
    level: Level | None


class _Row(NamedTuple):
    male: tuple[_Step, ...]
    female: tuple[_Step, ...]
    pregnant: tuple[_Step, ...]
    lactating: tuple[_Step, ...]


Table = Mapping[str, _Row]


def _level(text: str, origin: str, adequate: str, supplement_only: bool) -> Level | None:
    if text == "-":
        return None
    low, _, high = text.rstrip("*").partition("-")
    return Level(float(low), float(high or low), adequate if text.endswith("*") else origin, supplement_only)


def _steps(text: str, read: Callable[[str], Level | None]) -> tuple[_Step, ...]:
    pairs = (part.split(":") if ":" in part else ("0", part) for part in text.split())
    return tuple(_Step(round(float(age) * 12), read(value)) for age, value in pairs)


def _row(text: str, read: Callable[[str], Level | None]) -> _Row:
    male, own, pregnant, lactating = (_steps(part, read) for part in (text + ";" * (3 - text.count(";"))).split(";"))
    female = (*takewhile(lambda step: not own or step.months < own[0].months, male), *own)
    return _Row(male, female, pregnant or female, lactating or female)


def _table(text: str, origin: str, adequate: str = "", supplement_only: bool = False) -> Table:
    def read(value: str) -> Level | None:
        return _level(value, origin, adequate, supplement_only)

    rows: dict[str, _Row] = {}
    for line in text.strip().splitlines():
        nutrients, _, values = line.partition(" ")
        rows |= dict.fromkeys(nutrients.split(","), _row(values, read))
    return rows


_RECOMMENDED: Mapping[Source, tuple[Table, ...]] = {
    Source.DRI: (_table(tables.DRI_RDA, "DRI RDA", "DRI AI"),),
    Source.EFSA: (_table(tables.EFSA_PRI, "EFSA PRI", "EFSA AI"),),
}
_PER_KG: Mapping[Source, tuple[Table, ...]] = {
    Source.DRI: (_table(tables.DRI_PER_KG, "DRI RDA", "DRI AI"),),
    Source.EFSA: (_table(tables.EFSA_PER_KG, "EFSA PRI"),),
}
_PER_MJ: Mapping[Source, tuple[Table, ...]] = {
    Source.DRI: (),
    Source.EFSA: (_table(tables.EFSA_PER_MJ, "EFSA PRI"),),
}
_SHARES: Mapping[Source, tuple[Table, ...]] = {
    Source.DRI: (_table(tables.DRI_SHARE, "DRI AMDR"), _table(tables.WHO_SHARE, "WHO")),
    Source.EFSA: (_table(tables.EFSA_SHARE, "EFSA RI", "EFSA AI"), _table(tables.WHO_SHARE, "WHO")),
}
_LIMITS: Mapping[Source, tuple[Table, ...]] = {
    Source.DRI: (
        _table(tables.DRI_UL, "DRI UL"),
        _table(tables.DRI_SUPPLEMENT_UL, "DRI UL", supplement_only=True),
        _table(tables.DRI_CDRR, "DRI CDRR"),
        _table(tables.CAFFEINE_SAFE, "EFSA safe level"),
    ),
    Source.EFSA: (
        _table(tables.EFSA_UL, "EFSA UL"),
        _table(tables.EFSA_SUPPLEMENT_UL, "EFSA UL", supplement_only=True),
        _table(tables.EFSA_SAFE, "EFSA safe level"),
        _table(tables.EFSA_SODIUM, "EFSA safe and adequate"),
        _table(tables.CAFFEINE_SAFE, "EFSA safe level"),
    ),
}

HEALTH_LIMITS = frozenset({"DRI UL", "DRI CDRR", "EFSA UL", "EFSA safe level", "EFSA safe and adequate"})
"""Origins of maxima whose passing has a meaning for health; every other maximum is an aim."""

LIMITED_BY_FORM = frozenset({"320", "435"})
"""Vitamin A and folate: their limits count one form, retinol (319) or folic acid (431), which has its own line."""

EFSA_PROTEIN_EXTRA: Mapping[Condition, float] = {
    Condition.FIRST_TRIMESTER: 1.0,
    Condition.SECOND_TRIMESTER: 9.0,
    Condition.THIRD_TRIMESTER: 28.0,
    Condition.LACTATING_EARLY: 19.0,
    Condition.LACTATING_LATE: 13.0,
}
"""Protein in g per day on top of the PRI. EFSA 2012."""


def _at(steps: tuple[_Step, ...], months: int) -> Level | None:
    reached = [step for step in steps if step.months <= months]
    return reached[-1].level if reached else None


def _value(row: _Row, stage: LifeStage) -> Level | None:
    """The value of a stage. With the sex not told: only where both sexes have the same one."""
    if stage.condition.pregnant:
        return _at(row.pregnant, stage.months)
    if stage.condition.lactating:
        return _at(row.lactating, stage.months)
    male, female = _at(row.male, stage.months), _at(row.female, stage.months)
    if stage.sex is None:
        return male if male == female else None
    return male if stage.sex is Sex.MALE else female


def _values(found: Iterable[Table], stage: LifeStage) -> dict[str, Level]:
    pairs = ((nutrient, _value(row, stage)) for table in found for nutrient, row in table.items())
    return {nutrient: level for nutrient, level in pairs if level}


_KINDS: Mapping[str, Mapping[Source, tuple[Table, ...]]] = {
    "recommended": _RECOMMENDED,
    "per kg": _PER_KG,
    "per MJ": _PER_MJ,
    "shares": _SHARES,
    "limits": _LIMITS,
}
_CUTS = tuple(
    sorted(
        {
            step.months
            for kind in _KINDS.values()
            for group in kind.values()
            for table in group
            for row in table.values()
            for steps in row
            for step in steps
        }
    )
)


@lru_cache(maxsize=1024)
def _looked_up(kind: str, source: Source, stage: LifeStage) -> Mapping[str, Level]:
    return _values(_KINDS[kind][source], stage)


def _find(kind: str, source: Source, stage: LifeStage) -> Mapping[str, Level]:
    # Rounding the age down to a step of the tables keeps the cache small and free of anybody's age in months.
    step = max(cut for cut in _CUTS if cut <= stage.months)
    return _looked_up(kind, source, stage._replace(months=step))


def recommended(source: Source, stage: LifeStage) -> Mapping[str, Level]:
    """RDA, AI or PRI per day. `stage.months` is not negative."""
    return _find("recommended", source, stage)


def per_kg(source: Source, stage: LifeStage) -> Mapping[str, Level]:
    """RDA, AI or PRI in g per kg body weight and day."""
    return _find("per kg", source, stage)


def per_mj(source: Source, stage: LifeStage) -> Mapping[str, Level]:
    """PRI in mg per MJ of energy that the body needs."""
    return _find("per MJ", source, stage)


def shares(source: Source, stage: LifeStage) -> Mapping[str, Level]:
    """Ranges in percent of the energy; low 0 is a maximum only, low = high a level to reach."""
    return _find("shares", source, stage)


def limits(source: Source, stage: LifeStage) -> Mapping[str, Level]:
    """UL, CDRR or safe level per day."""
    return _find("limits", source, stage)
