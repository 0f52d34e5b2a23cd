"""What a person aims at on a day: the value type that targets make and days carry."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec


class Aim(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """Aim for one nutrient on one day, in the nutrient's own unit (see the nutrient table).

    `minimum` is what to reach (RDA, AI, energy budget or the person's own), `maximum` the upper
    limit (UL, CDRR or own); None means none. `origin` is one of "DRI RDA", "DRI AI", "DRI AMDR",
    "DRI CDRR", "EFSA PRI", "EFSA AI", "own", "budget", ... `supplement_only` marks limits that
    count supplements or added forms only (magnesium, niacin, folate, preformed vitamin A).
    """

    nutrient: str
    minimum: float | None = None
    maximum: float | None = None
    origin: str = ""
    maximum_origin: str = ""
    supplement_only: bool = False


class Aims(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """All aims of one day with the version of the targets they come from."""

    version: int = 0
    aims: tuple[Aim, ...] = ()


class InForce(NamedTuple):
    """The aims of a day that are found only where a day is to keep them: finding them costs more than a log.

    `stamp` changes whenever they may have changed, and is above 0.
    """

    stamp: int
    find: Callable[[], Aims]
