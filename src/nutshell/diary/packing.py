"""Between stored bytes and the diary's structs. Unknown formats and nutrient orders fail closed.

MessagePack arrays; UUIDs as 16 bytes; nutrient values as little-endian float32 (see `types`).
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from nutshell.catalog.nutrients import ORDER, ORDER_VERSION, POSITION
from nutshell.common import errors
from nutshell.common.aims import Aim, Aims
from nutshell.common.texts import N_

from .types import Day, Index, Note, OwnFood, PackedAims

Values = NDArray[np.float32]
Numbers = NDArray[np.float64]
WIDTH = len(ORDER)
BYTES = 4 * WIDTH
FLOAT = np.dtype("<f4")

_FLOAT = struct.Struct("<f")
_POWERS = 10.0 ** np.arange(16)
_NEWER = N_("This was written by another version of Nutshell, so it is not shown.")
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_Kept = TypeVar("_Kept", Day, Note, OwnFood, Index)


class HotEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The head of an `Entry`: all that sums over a long span need."""

    values: bytes
    scale: float


class HotDay(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The head of a `Day`, decoded without names, marks or journal."""

    ordinal: int
    order: int
    version: int
    complete: bool
    entries: tuple[HotEntry, ...] = ()


_day = msgspec.msgpack.Decoder(Day)
_hot_day = msgspec.msgpack.Decoder(HotDay)
_note = msgspec.msgpack.Decoder(Note)
_food = msgspec.msgpack.Decoder(OwnFood)
_index = msgspec.msgpack.Decoder(Index)


def pack(kept: _Kept) -> bytes:
    return _encoder.encode(kept)


def open_day(content: bytes) -> Day:
    """Raises errors.Tampered for a format, nutrient order or value width that this version does not know."""
    day = _read(_day, content)
    _check_order(day.order, [entry.values for entry in day.entries])
    return day


def open_hot_day(content: bytes) -> HotDay:
    """As `open_day`, only the head; 10 µs a day of twelve entries."""
    day = _read(_hot_day, content)
    _check_order(day.order, [entry.values for entry in day.entries])
    return day


def open_note(content: bytes) -> Note:
    return _read(_note, content)


def open_food(content: bytes) -> OwnFood:
    food = _read(_food, content)
    _check_order(food.order, [food.values])
    return food


def open_index(content: bytes | None) -> Index:
    return Index() if content is None else _read(_index, content)


_Read = TypeVar("_Read")


def _read(decoder: msgspec.msgpack.Decoder[_Read], content: bytes) -> _Read:
    try:
        return decoder.decode(content)
    except msgspec.DecodeError as error:
        raise errors.Tampered(_NEWER) from error


def _check_order(order: int, values: list[bytes]) -> None:
    if order != ORDER_VERSION or any(len(one) != BYTES for one in values):
        raise errors.Tampered(_NEWER)


def values_of(amounts: Mapping[str, float | None]) -> bytes:
    """Packed values from amounts by nutrient id, each in its nutrient's unit; the rest is unknown."""
    values = np.full(WIDTH, np.nan, dtype=FLOAT)
    for nutrient, amount in amounts.items():
        if amount is not None:
            values[POSITION[nutrient]] = amount
    return values.tobytes()


def array_of(values: bytes) -> Values:
    """A read-only view of packed values, in ORDER."""
    return np.frombuffer(values, dtype=FLOAT)


def value_at(values: bytes, place: int) -> float:
    """One of the packed values, NaN for unknown."""
    (value,) = _FLOAT.unpack_from(values, _FLOAT.size * place)
    return float(value)


def matrix_of(values: list[bytes]) -> Values:
    """(entries, nutrients) of packed values, in ORDER."""
    return np.frombuffer(b"".join(values), dtype=FLOAT).reshape(len(values), WIDTH)


def tidy(number: float) -> float:
    """A float32 as its maker wrote it: six significant digits."""
    return float(f"{number:.6g}")


def pack_aims(aims: Aims, stamp: int = 0) -> PackedAims:
    """Aims of nutrients that the catalog orders; others cannot be summed and are left out."""
    by_position = {POSITION[aim.nutrient]: aim for aim in aims.aims if aim.nutrient in POSITION}
    origins = tuple(sorted({name for aim in by_position.values() for name in (aim.origin, aim.maximum_origin)}))
    minimum, maximum = (np.full(WIDTH, np.nan, dtype=FLOAT) for _ in range(2))
    marks = [bytearray(WIDTH) for _ in range(3)]
    for place, aim in by_position.items():
        minimum[place] = np.nan if aim.minimum is None else aim.minimum
        maximum[place] = np.nan if aim.maximum is None else aim.maximum
        marks[0][place], marks[1][place] = origins.index(aim.origin), origins.index(aim.maximum_origin)
        marks[2][place] = aim.supplement_only
    origin, maximum_origin, supplement_only = map(bytes, marks)
    return PackedAims(
        aims.version, minimum.tobytes(), maximum.tobytes(), origin, maximum_origin, supplement_only, origins, stamp
    )


class Bounds(NamedTuple):
    """What to reach and what not to pass, each in ORDER; None = none."""

    minimum: list[float | None]
    maximum: list[float | None]


def bounds_of(packed: PackedAims) -> Bounds:
    both = none_for_nan(rounded(np.frombuffer(packed.minimum + packed.maximum, dtype=FLOAT).astype(np.float64)))
    return Bounds(both[:WIDTH], both[WIDTH:])


def bounds_in_order(aims: Aims) -> Bounds:
    """Of aims that were not packed."""
    by_nutrient = {aim.nutrient: aim for aim in aims.aims}
    found = [by_nutrient.get(nutrient, Aim(nutrient)) for nutrient in ORDER]
    return Bounds([aim.minimum for aim in found], [aim.maximum for aim in found])


def open_aims(packed: PackedAims) -> Aims:
    """The aims as they were in force."""
    marks = zip(packed.origin, packed.maximum_origin, packed.supplement_only, strict=True)
    origins = packed.origins
    return Aims(packed.version, tuple([
        Aim(nutrient, low, high, origins[origin], origins[maximum_origin], bool(supplement_only))
        for nutrient, low, high, (origin, maximum_origin, supplement_only) in zip(
            ORDER, *bounds_of(packed), marks, strict=True
        )
        if low is not None or high is not None
    ]))  # fmt: skip


def rounded(amounts: Numbers, digits: int = 6) -> Numbers:
    """Six significant digits: float32 snapshots know no more, and 0.3 stays 0.3."""
    size = np.fmax(np.abs(amounts), 1e-10)
    decimals = np.minimum(np.maximum(digits - 1 - np.floor(np.log10(size)), 0), 15)
    factor = _POWERS[decimals.astype(np.intp)]
    result: Numbers = np.rint(amounts * factor) / factor
    return result


def none_for_nan(numbers: Numbers) -> list[float | None]:
    """A row of numbers for JSON: NaN, which stands for unknown, becomes None."""
    return [None if number != number else number for number in numbers.tolist()]
