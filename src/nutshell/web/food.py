"""One food: its values with their sources, favourite, own copies; and the form of an own food."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.catalog import queries as catalog
from nutshell.catalog.nutrients import BY_ID
from nutshell.catalog.types import Nutrient
from nutshell.common.aims import Aim
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.diary import food_actions, meals, sending
from nutshell.diary import queries as diary
from nutshell.diary.addresses import INDEX, food_address
from nutshell.diary.sources import is_own
from nutshell.diary.types import FoodValue, FoodView, OwnFood, Usage
from nutshell.gate import Purpose
from nutshell.targets import queries as targets

from . import add, errors, portions, rows, words
from . import day as day_page
from .frame import Visitor, page, see_other
from .measures import in_kcal, unit_of

FIRST_UNITS = 2
ENERGY_FIELD = "n-208"
OPEN_GROUPS = ("general", "protein", "lipids", "carbohydrates")
ON_EVERY_LABEL = frozenset(("208", "203", "204", "205", "291", "269", "606", "307"))
USDA = "USDA National Nutrient Database for Standard Reference, release 28"


# ---------- the food's page ----------


def food(request: HttpRequest, who: Visitor, food_id: str) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_READ) as vault:
        own = [food_address(food_id)] if is_own(food_id) else []
        vault.read([INDEX, *own, *targets.addresses()])
        found = diary.food(vault, food_id)
        usage = next((one for one in diary.own_index(vault).usages if one.food_id == food_id), None)
        aims = {aim.nutrient: aim for aim in targets.in_force(vault, who.today()).aims}
    date = forms.parse_day(request.GET["day"]) if "day" in request.GET else who.today()
    amount, unit = add.amount_asked(request.GET, _usual(found, usage))
    grams = portions.grams_of(found.portions, amount, unit)
    context = {
        "food": _about(found, usage, date, _portion_text(found, amount, unit, grams)),
        "portion": _portion(request, who, found, date, amount, unit, grams), "groups": _groups(who, found, grams, aims),
    }  # fmt: skip
    return page(request, "web/food.html", "foods", context)


def _usual(found: FoodView, usage: Usage | None) -> tuple[float, str]:
    if usage:
        return usage.amount, usage.portion_id or usage.unit
    first = next(iter(found.portions), None)
    return (first.usual, first.id) if first else (100.0, "g")


def _portion_text(found: FoodView, amount: float, unit: str, grams: float) -> str:
    name = next((one.name for one in found.portions if one.id == unit), None)
    return words.amount(amount, unit, name, grams)


def _about(found: FoodView, usage: Usage | None, date: Day, portion_text: str) -> dict[str, Any]:
    own = is_own(found.id)
    last = words.of_ordinal(usage.last) if usage and usage.count else None
    return {
        "name": found.name, "source": _source(found), "licence": "" if own else gettext("public domain"),
        "category": found.brand if own else catalog.current().food(found.id).category, "known": found.known,
        "of": found.of, "last": last, "back_url": day_page.url_of(date), "portion_text": portion_text,
        "favourite": bool(usage and usage.favourite), "favourite_url": reverse("favourite", args=[found.id]),
        "edit_url": reverse("food_edit", args=[found.id]) if own else "",
        "send_url": reverse("food_send", args=[found.id]),
        "copy_url": reverse("food_copy", args=[found.id]),
    }  # fmt: skip


def _source(found: FoodView) -> str:
    if not is_own(found.id):
        return USDA
    sender = sending.sender_of(found.copied_from)
    if sender is not None:
        return gettext("A copy that %(name)s sent you") % {"name": sender or gettext("somebody")}
    return gettext("Your own copy") if found.copied_from else gettext("You made it")


def _portion(
    request: HttpRequest, who: Visitor, found: FoodView, date: Day, amount: float, unit: str, grams: float
) -> dict[str, Any]:
    asked = request.GET.get("meal", "")
    known = dict(day_page.meal_choices(who))
    meal = asked if asked in known else meals.meal_at(who.look.minute())
    url = f"{reverse('food', args=[found.id])}?{urlencode({'day': date.isoformat(), 'meal': meal})}"
    return {
        "post_url": reverse("entries", args=[date]), "food": found.id, "meal": meal, "time": "", "boost": False,
        "amount": request.GET.get("amount") or words.typed(amount), "enter": False, "button_short": gettext("Add"),
        "button_long": gettext("Add to %(meal)s") % {"meal": known.get(meal, meal)},
        "choices": portions.choices(found.portions, amount, unit, url),
        "units": portions.units(who.look, found.portions, unit), "per_gram": portions.per_gram(who.look, found),
        "preview": portions.preview(found, grams),
    }  # fmt: skip


def _groups(who: Visitor, found: FoodView, grams: float, aims: dict[str, Aim]) -> list[dict[str, Any]]:
    known = {value.id: value for value in found.nutrients}
    return [
        {
            "id": name,
            "name": rows.group_name(name),
            "rows": [_value_row(who, one, known.get(one.id), grams, aims.get(one.id, Aim(one.id))) for one in some],
        }
        for name, some in rows.in_groups()
    ]


def _value_row(who: Visitor, nutrient: Nutrient, value: FoodValue | None, grams: float, aim: Aim) -> dict[str, Any]:
    unit, factor = unit_of(nutrient, who.look)
    amount = None if value is None else value.per_100g * grams / 100
    share = amount / aim.minimum if aim.minimum and amount is not None else None
    return {
        "name": words.name_of(nutrient), "sub": rows.is_part(nutrient), "unit": unit, "share": share,
        "amount": None if amount is None else amount * factor,
        "bar": rows.bar(amount, aim.minimum, None, 1.0, 1.0, False) if amount is not None else None,
        "source": catalog.current().source_text(value.source) if value and value.source else "",
        "derivation": catalog.current().derivation_text(value.derivation) if value and value.derivation else "",
    }  # fmt: skip


def favourite(request: HttpRequest, who: Visitor, food_id: str) -> HttpResponse:
    wish = forms.parse_form(forms.SetFavourite, request.POST)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
        food_actions.set_favourite(vault, food_id, wish.favourite)
    told = gettext("Among your favourites.") if wish.favourite else gettext("Not among your favourites any more.")
    messages.success(request, told)
    return see_other("food", food_id)


def copy(request: HttpRequest, who: Visitor, food_id: str) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
        made = food_actions.copy_food(vault, food_id, request.POST.get("once") or None)
    messages.success(request, gettext("Your own copy. Correct what you like."))
    return see_other("food_edit", made.food_id)


# ---------- the form of an own food ----------


def new(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _form(request, who, _typed_food(request.GET), None)
    if request.POST.get("act") == "more-units":
        return _form(request, who, _typed_food(request.POST, 1), None)
    try:
        wish = forms.parse_food_form(in_kcal(request.POST, who.look, (ENERGY_FIELD,)))
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
            made = food_actions.create_food(vault, wish.food(), wish.id, wish.key)
    except InvalidInput as wrong:
        return _form(request, who, _typed_food(request.POST), None, wrong)
    messages.success(request, gettext("%(name)s is kept.") % {"name": made.name})
    return see_other("food", made.food_id)


def edit(request: HttpRequest, who: Visitor, food_id: str) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_READ) as vault:
        own, view = diary.own_food(vault, food_id), diary.food(vault, food_id)
    if request.method in ("GET", "HEAD"):
        return _form(request, who, _stored_food(who, own, view), own)
    act = request.POST.get("act")
    if act == "more-units":
        return _form(request, who, _typed_food(request.POST, 1), own)
    return _remove(request, who, own) if act == "delete" else _replace(request, who, own)


def _replace(request: HttpRequest, who: Visitor, own: OwnFood) -> HttpResponse:
    try:
        wish = forms.parse_food_form(in_kcal(request.POST, who.look, (ENERGY_FIELD,)))
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
            food_actions.edit_food(vault, own.food_id, wish.food(), wish.version)
    except InvalidInput as wrong:
        return _form(request, who, _typed_food(request.POST), own, wrong)
    messages.success(request, gettext("Saved. Days that are past keep what they had."))
    return see_other("food", own.food_id)


def _remove(request: HttpRequest, who: Visitor, own: OwnFood) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
        food_actions.remove_food(vault, own.food_id)
    messages.success(request, gettext("%(name)s is removed. What you logged of it stays.") % {"name": own.name})
    return see_other("foods")


Typed = dict[str, Any]
"""What the form shows: name, brand, units (name, grams), basis, values (nutrient id → text)."""


def _typed_food(sent: QueryDict, more: int = 0) -> Typed:
    pairs = zip(sent.getlist("unit_name"), sent.getlist("unit_grams"), strict=False)
    units = [{"name": name, "grams": grams} for name, grams in pairs]
    empty = max(more, FIRST_UNITS - len(units))
    values = {name.removeprefix("n-"): sent.get(name, "") for name in sent if name.startswith("n-")}
    return {
        "name": sent.get("name", ""), "brand": sent.get("brand", ""), "basis": sent.get("basis", "100g"),
        "units": units + [{"name": "", "grams": ""}] * empty, "values": values,
    }  # fmt: skip


def _stored_food(who: Visitor, own: OwnFood, view: FoodView) -> Typed:
    """An own food with its values as its label gave them."""
    factor = own.basis_grams / 100
    values = {
        value.id: words.typed(value.per_100g * factor * unit_of(BY_ID[value.id], who.look)[1])
        for value in view.nutrients
    }
    units = [{"name": one.name, "grams": words.typed(one.grams)} for one in own.servings]
    by_serving = own.servings and own.basis_grams == own.servings[0].grams != 100.0
    return {
        "name": own.name, "brand": own.brand, "basis": "1" if by_serving else "100g",
        "units": [*units, {"name": "", "grams": ""}], "values": values,
    }  # fmt: skip


def _form(
    request: HttpRequest, who: Visitor, typed: Typed, own: OwnFood | None, wrong: InvalidInput | None = None
) -> HttpResponse:
    told = errors.fields_of(wrong) if wrong else {}
    shown = {
        "title": gettext("Edit %(name)s") % {"name": own.name} if own else gettext("Create a food"),
        "name": typed["name"], "brand": typed["brand"], "units": typed["units"], "bases": _bases(typed),
        "version": own.version if own else None, "can_delete": own is not None,
        "copied_from": own.copied_from if own and sending.sender_of(own.copied_from) is None else "",
        "post_url": reverse("food_edit", args=[own.food_id]) if own else reverse("food_new"),
        "groups": [_form_group(who, name, some, typed, told) for name, some in rows.in_groups()],
    }  # fmt: skip
    return page(request, "web/food_edit.html", "foods", {"food": shown, "errors": told}, 422 if wrong else 200)


def _bases(typed: Typed) -> list[dict[str, Any]]:
    named = [(str(number), unit["name"]) for number, unit in enumerate(typed["units"], 1) if unit["name"].strip()]
    offered = [("100g", gettext("100 g")), *((number, f"1 {name}") for number, name in named)]
    if not named:
        offered.append(("1", gettext("1 of the first unit")))
    return [{"id": id_, "name": name, "chosen": id_ == typed["basis"]} for id_, name in offered]


def _form_group(who: Visitor, name: str, some: list[Nutrient], typed: Typed, told: dict[str, str]) -> dict[str, Any]:
    fields = [
        {
            "id": one.id, "name": words.name_of(one), "unit": unit_of(one, who.look)[0],
            "value": typed["values"].get(one.id, ""), "error": told.get(f"n-{one.id}", ""),
        }
        for one in sorted(some, key=lambda one: one.id not in ON_EVERY_LABEL)
    ]  # fmt: skip
    filled = any(field["value"] or field["error"] for field in fields)
    return {"name": rows.group_name(name), "open": filled or name in OPEN_GROUPS[:1], "rows": fields}
