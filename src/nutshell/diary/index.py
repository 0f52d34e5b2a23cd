"""The index record as a value: own foods, favourites, habits. Always at most 64 kB; the least useful habit goes first.

Own foods and favourites are written with the act that changes them; habits are folded in from the
last days' records by the next session read, so that a log writes one record only.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nutshell.catalog.nutrients import POSITION
from nutshell.common.clock import Day as Date

from . import packing
from .sources import OWN_SOURCE, Source, kcal_of, known_of, usual_amount
from .types import INDEX_BYTES, OWN_NAME_IN_INDEX, QUICK, Day, Entry, Folded, Index, OwnFood, OwnRef, Serving, Usage

HALF_LIFE_DAYS = 30.0
KEPT_DAYS = 63
"""Days whose counted entries are remembered: as many as two months and a day. Older days are not looked at."""
LEAST_DAYS = 8
"""Of these, the days that a full index remembers: without any, it would be written again with every look."""
_HOURS_OF_MEALS = {"breakfast": 8, "lunch": 12, "dinner": 19}
_NO_HOURS = bytes(24)


def pack_small(index: Index) -> bytes:
    """Packs the index; what does not fit in 64 kB leaves it, habits first, then the oldest own foods' lines."""
    content = packing.pack(index)
    while len(content) > INDEX_BYTES:
        index = _smaller(index, len(content) - INDEX_BYTES)
        content = packing.pack(index)
    return content


def _smaller(index: Index, excess: int) -> Index:
    habits = sorted((usage for usage in index.usages if not usage.favourite), key=lambda usage: _weight(usage))
    if habits:
        leaving = {usage.food_id for usage in habits[: 1 + excess // 250]}
        return msgspec.structs.replace(index, usages=tuple(u for u in index.usages if u.food_id not in leaving))
    if len(index.folded) > LEAST_DAYS:
        leave = min(1 + excess // 250, len(index.folded) - LEAST_DAYS)
        return msgspec.structs.replace(index, folded=index.folded[leave:])
    return msgspec.structs.replace(index, own=index.own[1 + excess // 250 :], own_complete=False)


def _weight(usage: Usage) -> float:
    """How much a habit counts: its uses, halved for every month since the last. Only ratios matter."""
    return math.log2(usage.count + 0.5) + usage.last / HALF_LIFE_DAYS


def ref_of(food: OwnFood, source: Source) -> OwnRef:
    servings = tuple(Serving(s.id, s.name[:OWN_NAME_IN_INDEX], s.grams, s.usual) for s in food.servings[:3])
    name = food.name[:OWN_NAME_IN_INDEX]
    return OwnRef(food.food_id, name, kcal_of(source, 100.0), servings, known_of(source), food.barcode)


def with_own(index: Index, ref: OwnRef, source: Source) -> Index:
    """The food last in the list; a favourite or habit of it takes the new name and energy."""
    own = (*(other for other in index.own if other.food_id != ref.food_id), ref)
    usages = tuple(_renamed(usage, source) if usage.food_id == ref.food_id else usage for usage in index.usages)
    return msgspec.structs.replace(index, own=own, usages=usages)


def _renamed(usage: Usage, source: Source) -> Usage:
    serving = next((s for s in source.portions if s.id == usage.portion_id), None)
    if usage.unit == "g" or serving is None:
        amount = usual_amount(source) if usage.unit != "g" else None
        if amount is None:
            kcal = kcal_of(source, usage.grams or 0.0)
            return msgspec.structs.replace(usage, name=source.name, kcal=kcal)
        return msgspec.structs.replace(
            usage, name=source.name, kcal=kcal_of(source, amount.grams), amount=amount.amount, unit=amount.unit,
            portion_id=amount.portion_id, portion_name=amount.portion_name, grams=amount.grams,
        )  # fmt: skip
    grams = usage.amount * serving.grams
    return msgspec.structs.replace(
        usage, name=source.name, kcal=kcal_of(source, grams), grams=grams, portion_name=serving.name
    )


def without_own(index: Index, food_id: str) -> Index:
    """The food with its favourite, habit and repeats gone."""
    return msgspec.structs.replace(
        index,
        own=tuple(ref for ref in index.own if ref.food_id != food_id),
        usages=tuple(usage for usage in index.usages if usage.food_id != food_id),
        repeats=tuple(repeat for repeat in index.repeats if repeat.food_id != food_id),
    )


def with_favourite(index: Index, source: Source, favourite: bool, today: Date) -> Index:
    known = {usage.food_id: usage for usage in index.usages}
    usage = known.get(source.food_id) or _never_eaten(source, today)
    known[source.food_id] = msgspec.structs.replace(usage, favourite=favourite)
    kept = (usage for usage in known.values() if usage.favourite or usage.count)
    return msgspec.structs.replace(index, usages=tuple(kept))


def _never_eaten(source: Source, today: Date) -> Usage:
    amount = usual_amount(source)
    return Usage(
        source.food_id, source.name, source.source, kcal_of(source, amount.grams), amount.amount, amount.unit,
        amount.portion_id, amount.portion_name, amount.grams, "", 0, today.toordinal(), _NO_HOURS,
    )  # fmt: skip


def folded(index: Index, days: Iterable[Day], versions: Mapping[int, int]) -> Index:
    """Counts every entry of the days once; the usual amount of a food is that of its latest entry.

    `versions`: of the records of all days looked at, by ordinal; those without entries are remembered too, so that
    what is older than the oldest remembered day is known to have left.
    """
    usages = {usage.food_id: usage for usage in index.usages}
    seen = {line.ordinal: line for line in index.folded}
    oldest = min(seen, default=0)
    seen = {ordinal: Folded(ordinal, 0, b"") for ordinal in versions if ordinal >= oldest} | seen
    for day in sorted(days, key=lambda day: day.ordinal):
        counted = prefixes(seen[day.ordinal].ids)
        for entry in day.entries:
            food_id = entry.food_id
            if food_id is not None and _counts(index, entry):
                fresh = entry.id.bytes[:8] not in counted
                usages[food_id] = _used(usages.get(food_id), entry, day.ordinal, fresh)
        counted |= {entry.id.bytes[:8] for entry in day.entries}
        seen[day.ordinal] = Folded(day.ordinal, versions[day.ordinal], b"".join(sorted(counted)))
    kept = sorted(seen.values(), key=lambda line: line.ordinal)[-KEPT_DAYS:]
    return msgspec.structs.replace(index, usages=tuple(usages.values()), folded=tuple(kept))


def _counts(index: Index, entry: Entry) -> bool:
    """Quick adds have no food to offer again; an own food that was removed is not offered either."""
    if entry.source == QUICK:
        return False
    gone = entry.source == OWN_SOURCE and index.own_complete
    return not gone or any(ref.food_id == entry.food_id for ref in index.own)


def prefixes(joined: bytes) -> set[bytes]:
    """The first bytes of the entry ids that a `Folded` holds."""
    return {joined[start : start + 8] for start in range(0, len(joined), 8)}


def _used(usage: Usage | None, entry: Entry, ordinal: int, fresh: bool) -> Usage:
    hours = bytearray(usage.hours if usage else _NO_HOURS)
    if fresh:
        hour = _hour_of(entry)
        hours[hour] = min(255, hours[hour] + 1)
    count = (usage.count if usage else 0) + fresh
    if usage and ordinal < usage.last:
        return msgspec.structs.replace(usage, count=count, hours=bytes(hours))
    return Usage(
        entry.food_id or "", entry.name, entry.source, energy_of(entry), entry.amount, entry.unit, entry.portion_id,
        entry.portion_name, entry.grams, entry.meal, count, ordinal, bytes(hours), bool(usage and usage.favourite),
    )  # fmt: skip


def _hour_of(entry: Entry) -> int:
    return _HOURS_OF_MEALS.get(entry.meal, 16) if entry.time is None else entry.time // 60


def energy_of(entry: Entry) -> float | None:
    """kcal of an entry, None if unknown."""
    energy = float(packing.array_of(entry.values)[POSITION["208"]]) * entry.scale
    return None if energy != energy else packing.tidy(energy)


def unfolded(index: Index, versions: Mapping[int, int]) -> list[int]:
    """The ordinals, of days whose records have these versions, that changed since they were folded in."""
    seen = {line.ordinal: line.version for line in index.folded}
    oldest = min(seen, default=0)
    return [day for day, version in versions.items() if day >= oldest and seen.get(day, 0) != version]


def recents(index: Index) -> list[Usage]:
    """Foods that were eaten, the latest first, the more frequent before the rarer of one day."""
    eaten = [usage for usage in index.usages if usage.count]
    return sorted(eaten, key=lambda usage: (-usage.last, -usage.count, usage.name))


def frequents(index: Index) -> list[Usage]:
    """Foods that were eaten, the most useful first."""
    eaten = [usage for usage in index.usages if usage.count]
    return sorted(eaten, key=lambda usage: -_weight(usage))


def usual_at(index: Index, minute: int, without: Sequence[str] = ()) -> list[Usage]:
    """Foods that are eaten at this hour of the day (the hours beside it count half), the likeliest first."""
    hour = minute // 60
    scored = [
        (_weight_at(usage, hour), usage)
        for usage in index.usages
        if usage.food_id not in without and _hits(usage, hour) > 0
    ]
    return [usage for _, usage in sorted(scored, key=lambda pair: (-pair[0], pair[1].name))]


def _hits(usage: Usage, hour: int) -> float:
    return usage.hours[hour] + 0.5 * (usage.hours[hour - 1] + usage.hours[(hour + 1) % 24])


def _weight_at(usage: Usage, hour: int) -> float:
    return math.log2(_hits(usage, hour) + 0.5) + usage.last / HALF_LIFE_DAYS
