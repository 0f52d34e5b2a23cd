"""Own foods, favourites and repeats: what stands in the index record, written with it in one transaction."""

from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

import msgspec

from nutshell.catalog.nutrients import NUTRIENTS, ORDER, ORDER_VERSION
from nutshell.common import clock, errors, ids
from nutshell.common.clock import Day as Date
from nutshell.common.texts import N_
from nutshell.vault.types import Address, AlreadyDone, Once, OpenVault

from . import checks, index, packing
from .addresses import INDEX, day_address, food_address, this_and_last_month
from .meals import slot
from .sources import amount_of, check_own_id, is_own, of_catalog, of_own, own_foods, sources
from .types import (
    MAX_FAVOURITES,
    MAX_NAME,
    MAX_OWN_FOODS,
    MAX_REPEATS,
    MAX_SERVINGS,
    Index,
    NewFood,
    OwnFood,
    Repeat,
    Serving,
)

_TOO_MANY_FAVOURITES = N_("Keep at most 200 favourites. Remove one first.")
_TOO_MANY_FOODS = N_("Keep at most 2,000 own foods. Remove one first.")
_TOO_MANY_REPEATS = N_("Keep at most 50 repeated items. Remove one first.")
_WEEKDAYS = N_("Choose at least one day of the week.")

IndexEdit = Callable[[Index], Index]


def create_food(vault: OpenVault, food: NewFood, food_id: UUID | None = None, key: str | None = None) -> OwnFood:
    """Keeps an own food (feat-D5). A repeated `key` or `food_id` keeps it once. Raises errors.InvalidInput."""
    made = _own_food(vault, food, food_id or ids.new_id(), 1)

    def edit(before: OwnFood | None, now: Index) -> tuple[OwnFood | None, Index]:
        if before is not None:
            return before, now
        _check_room(len(now.own), MAX_OWN_FOODS, _TOO_MANY_FOODS)
        return made, _with_food(now, made)

    try:
        kept = _change_food(vault, made.food_id, edit, Once(key, made.id) if key else None)
    except AlreadyDone as done:
        return own_foods(vault, [f"mine:{done.result}"])[0]
    return kept or made


def keep_food(vault: OpenVault, food: OwnFood) -> None:
    """Keeps an own food of another vault under its own id, unless it is there. Raises errors.TooLarge for too many."""

    def edit(before: OwnFood | None, now: Index) -> tuple[OwnFood | None, Index]:
        if before is not None:
            return before, now
        _check_room(len(now.own), MAX_OWN_FOODS, _TOO_MANY_FOODS)
        return food, _with_food(now, food)

    _change_food(vault, food.food_id, edit, None)


def copy_food(vault: OpenVault, food_id: str, key: str | None = None) -> OwnFood:
    """An own copy of a catalog food (or of an own one), to be corrected (feat-D7). Raises errors.NotFound."""
    source = sources(vault, [food_id])[food_id]
    amounts = zip(ORDER, packing.array_of(source.values).tolist(), strict=True)
    known = {nutrient: packing.tidy(value) for nutrient, value in amounts if value == value}
    food = NewFood(
        name=source.name[:MAX_NAME], basis_grams=source.measure, nutrients=known, copied_from=food_id,
        servings=source.portions[: MAX_SERVINGS], supplement=source.supplement,
    )  # fmt: skip
    return create_food(vault, food, key=key)


def edit_food(vault: OpenVault, food_id: str, food: NewFood, version: int | None = None) -> OwnFood:
    """Replaces an own food. Entries that were logged keep their snapshots (feat-L15).

    Raises errors.NotFound, and errors.PreconditionFailed when `version` is given and not its version any more.
    """
    check_own_id(food_id)

    def edit(before: OwnFood | None, now: Index) -> tuple[OwnFood | None, Index]:
        if before is None:
            raise errors.NotFound
        if version is not None and before.version != version:
            raise errors.PreconditionFailed
        made = _own_food(vault, food, before.id, before.version + 1)
        made = msgspec.structs.replace(made, copied_from=food.copied_from or before.copied_from)
        return made, _with_food(now, made)

    changed = _change_food(vault, food_id, edit, None)
    if changed is None:
        raise errors.NotFound
    return changed


def remove_food(vault: OpenVault, food_id: str) -> None:
    """Removes an own food; what was logged of it stays in the diary. Raises errors.NotFound."""
    check_own_id(food_id)

    def edit(before: OwnFood | None, now: Index) -> tuple[OwnFood | None, Index]:
        if before is None:
            raise errors.NotFound
        return None, index.without_own(now, food_id)

    _change_food(vault, food_id, edit, None)


FoodEdit = Callable[[OwnFood | None, Index], tuple[OwnFood | None, Index]]


def _change_food(vault: OpenVault, food_id: str, edit: FoodEdit, once: Once | None) -> OwnFood | None:
    """The food's record and the index, in one transaction."""

    def change_contents(contents: list[bytes | None]) -> list[bytes | None]:
        before = None if contents[0] is None else packing.open_food(contents[0])
        known = packing.open_index(contents[1])
        after, now = edit(before, known)
        kept = None if after is None else contents[0] if after is before else packing.pack(after)
        return [kept, contents[1] if now is known else index.pack_small(now)]

    content = vault.change([food_address(food_id), INDEX], change_contents, once)[0].content
    return None if content is None else packing.open_food(content)


def _with_food(now: Index, food: OwnFood) -> Index:
    source = of_own(food)
    return index.with_own(now, index.ref_of(food, source), source)


def _check_room(number: int, most: int, sentence: str) -> None:
    if number >= most:
        raise errors.TooLarge(sentence)


def _own_food(vault: OpenVault, food: NewFood, food_id: UUID, version: int) -> OwnFood:
    checks.check_food(food)
    servings = tuple(
        Serving(
            serving.id or f"s{place}",
            checks.check_text("servings", serving.name, MAX_NAME),
            serving.grams,
            serving.usual,
        )
        for place, serving in enumerate(food.servings, 1)
    )
    if len({serving.id for serving in servings}) < len(servings):
        raise checks.refuse("servings", checks.SERVING)
    return OwnFood(
        id=food_id, version=version, name=checks.check_name(food.name), order=ORDER_VERSION,
        brand=checks.check_text("brand", food.brand, MAX_NAME), basis_grams=food.basis_grams,
        values=packing.values_of(with_sums(food.nutrients)), servings=servings, barcode=food.barcode,
        copied_from=food.copied_from, supplement=food.supplement, author=vault.author,
        changed_at=int(clock.now().timestamp()),
    )  # fmt: skip


def with_sums(nutrients: dict[str, float]) -> dict[str, float | None]:
    """The nutrients with computed ones (net carbohydrates, omega-3 …) where all their parts are known."""
    known: dict[str, float | None] = dict(nutrients)
    for nutrient in NUTRIENTS:
        parts = [nutrients.get(part.lstrip("-")) for part in nutrient.sum_of]
        if nutrient.sum_of and nutrient.id not in nutrients and None not in parts:
            signs = [-1 if part.startswith("-") else 1 for part in nutrient.sum_of]
            total = sum(sign * part for sign, part in zip(signs, parts, strict=True) if part is not None)
            known[nutrient.id] = max(0.0, total)
    return known


# ── favourites, repeats, habits ──────────────────────────────────────────────


def set_favourite(vault: OpenVault, food_id: str, favourite: bool) -> None:
    """Keeps a food first in search, or no longer (feat-L7). Raises errors.NotFound, errors.TooLarge beyond 200."""
    source = of_catalog(food_id) if not is_own(food_id) else sources(vault, [food_id])[food_id]

    def edit(now: Index) -> Index:
        others = sum(usage.favourite for usage in now.usages if usage.food_id != food_id)
        _check_room(others if favourite else 0, MAX_FAVOURITES, _TOO_MANY_FAVOURITES)
        return index.with_favourite(now, source, favourite, clock.utc_day())

    _change_index(vault, edit)


def keep_repeat(vault: OpenVault, repeat: Repeat) -> None:
    """Adds a repeated item, or replaces the one with its id (feat-L6). Raises errors.NotFound for an unknown
    food, errors.InvalidInput, errors.TooLarge beyond 50."""
    if not 0 < repeat.weekdays < 128:
        raise checks.refuse("weekdays", _WEEKDAYS)
    checks.check_time(repeat.time)
    source = sources(vault, [repeat.food_id])[repeat.food_id]
    amount_of(source, repeat.amount, repeat.unit, repeat.portion_id)
    kept = msgspec.structs.replace(repeat, name=source.name, meal=slot(checks.check_meal(repeat.meal)))

    def edit(now: Index) -> Index:
        others = tuple(other for other in now.repeats if other.id != repeat.id)
        _check_room(len(others), MAX_REPEATS, _TOO_MANY_REPEATS)
        return msgspec.structs.replace(now, repeats=(*others, kept))

    _change_index(vault, edit)


def drop_repeat(vault: OpenVault, repeat_id: UUID) -> None:
    """Ends a repeated item; entries made of it stay."""

    def edit(now: Index) -> Index:
        others = tuple(other for other in now.repeats if other.id != repeat_id)
        return now if len(others) == len(now.repeats) else msgspec.structs.replace(now, repeats=others)

    _change_index(vault, edit)


def fold(vault: OpenVault, today: Date) -> bool:
    """Counts what was logged this month and last, by whatever device, into the index, if anything changed; says
    whether. Days of which the shelves list the version that was counted are not opened.

    For the owner's session reads: with `folding` among what they read, this costs no statement of its own unless
    another day was written.
    """
    window = _window(today)
    listed = dict(zip(window, vault.versions([*window.values()]), strict=True))
    fresh = index.unfolded(packing.open_index(vault.read([INDEX])[0].content), listed)
    if not fresh:
        return False
    sheets = vault.read([window[ordinal] for ordinal in fresh])
    opened = [packing.open_day(sheet.content) for sheet in sheets if sheet.content is not None]
    read = {ordinal: sheet.version for ordinal, sheet in zip(fresh, sheets, strict=True)}
    _change_index(vault, lambda now: index.folded(now, opened, {**dict.fromkeys(listed, 0), **read}))
    return True


def folding(today: Date) -> list[Address]:
    """What `fold` needs to have been read: the index, and one day each of the months that it looks at."""
    days = [*_window(today).values()]
    return [INDEX, days[0], *days[-2:]]


@lru_cache(maxsize=8)
def _window(today: Date) -> dict[int, Address]:
    """The days that `fold` looks at, by ordinal. Kept, because it costs as much as looking does."""
    return {date.toordinal(): day_address(date) for date in this_and_last_month(today)}


def _change_index(vault: OpenVault, edit: IndexEdit) -> None:
    def change_content(contents: list[bytes | None]) -> list[bytes | None]:
        before = packing.open_index(contents[0])
        after = edit(before)
        return contents if after is before else [index.pack_small(after)]

    vault.change([INDEX], change_content)
