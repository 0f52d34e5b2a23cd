"""Foods: search, one food, by barcode, and the person's own."""

from django.http import HttpRequest

from nutshell import forms
from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.diary import food_actions, queries
from nutshell.diary.sending import sender_of
from nutshell.diary.types import FoodView, Found
from nutshell.gate.actions import enter
from nutshell.gate.types import Actor, Purpose

from . import shapes
from .requests import etag, expected_version, idempotency_key
from .routing import Reply, Route

_OWN = "mine:"


def _hit(found: Found) -> shapes.FoodHit:
    portions = [shapes.Portion(one.id, one.name, one.grams) for one in found.portions]
    return shapes.FoodHit(
        found.food_id,
        found.name,
        found.source,
        found.kcal_per_100g,
        portions,
        found.known,
        found.group,
        found.favourite,
    )


def search(request: HttpRequest, caller: Actor) -> Reply:
    wanted = forms.parse_query(forms.SearchQuery, request.GET)
    with enter(caller, caller.subject, Purpose.INDEX_READ) as vault:
        return Reply(shapes.FoodList([_hit(found) for found in queries.search(vault, wanted.q, wanted.limit)]))


def by_barcode(request: HttpRequest, caller: Actor, gtin: str) -> Reply:
    with enter(caller, caller.subject, Purpose.INDEX_READ) as vault:
        found = queries.by_barcode(vault, gtin)
    if not found:
        raise errors.NotFound(N_("No food has this barcode. Create it; it takes a minute."))
    return Reply(_hit(found[0]))


def _detail(food: FoodView) -> Reply:
    portions = [shapes.Portion(one.id, one.name, one.grams) for one in food.portions]
    nutrients = [
        shapes.FoodNutrient(value.id, value.name, value.unit, value.per_100g, value.source, value.derivation)
        for value in food.nutrients
    ]
    shown = shapes.FoodDetail(
        food.id, food.name, food.source, food.kcal_per_100g, portions, food.known, nutrients=nutrients,
        brand=food.brand, barcode=food.barcode, version=food.version, sent_by=sender_of(food.copied_from),
    )  # fmt: skip
    return Reply(shown, headers={"ETag": etag(food.version)} if food.version else {})


def read_food(request: HttpRequest, caller: Actor, food: str) -> Reply:
    if not food.startswith(_OWN):
        with enter(caller, caller.subject, Purpose.INDEX_READ):
            return _detail(queries.catalog_food(food))
    with enter(caller, caller.subject, Purpose.FOODS_READ) as vault:
        return _detail(queries.food(vault, food))


def own_foods(request: HttpRequest, caller: Actor) -> Reply:
    with enter(caller, caller.subject, Purpose.FOODS_READ) as vault:
        items = [_hit(found) for found in queries.own_hits(vault)]
        return Reply(shapes.FoodList(items))


def create_food(request: HttpRequest, caller: Actor) -> Reply:
    new = forms.parse_json(forms.OwnFood, request.body)
    with enter(caller, caller.subject, Purpose.FOODS_WRITE) as vault:
        made = food_actions.create_food(vault, new.food(), new.id, idempotency_key(request))
        return detail(queries.food(vault, made.food_id), 201)


def detail(food: FoodView, status: int) -> Reply:
    """One food, as an answer of this status."""
    shown = _detail(food)
    return Reply(shown.value, status, shown.headers)


def change_food(request: HttpRequest, caller: Actor, food: str) -> Reply:
    new = forms.parse_json(forms.OwnFood, request.body)
    with enter(caller, caller.subject, Purpose.FOODS_WRITE) as vault:
        food_actions.edit_food(vault, food, new.food(), expected_version(request))
        return detail(queries.food(vault, food), 200)


def remove_food(request: HttpRequest, caller: Actor, food: str) -> Reply:
    with enter(caller, caller.subject, Purpose.FOODS_WRITE) as vault:
        food_actions.remove_food(vault, food)
        return Reply(None, 204)


_KEY = ("Idempotency-Key", "The same key makes the same food once, for 24 hours.")
ROUTES = (
    Route("GET", "/foods", search, "Search as you type; own, favourite and recent foods first", scope="index:read",
          answers=shapes.FoodList, query=(("q!", "string", "what is looked for"), ("limit", "integer", "1 to 50"))),
    Route("GET", "/foods/mine", own_foods, "The person's own foods", scope="foods:read", answers=shapes.FoodList),
    Route("POST", "/foods/mine", create_food, "Create an own food", scope="foods:write", takes=forms.OwnFood,
          answers=shapes.FoodDetail, status=201, headers=(_KEY,)),
    Route("PUT", "/foods/mine/{food}", change_food, "Replace an own food; what was logged stays", scope="foods:write",
          takes=forms.OwnFood, answers=shapes.FoodDetail, headers=(("If-Match", "Only if it has this version."),)),
    Route("DELETE", "/foods/mine/{food}", remove_food, "Remove an own food; what was logged stays",
          scope="foods:write", status=204),
    Route("GET", "/foods/barcode/{gtin}", by_barcode, "The own food with a barcode", scope="index:read",
          answers=shapes.FoodHit),
    Route("GET", "/foods/{food}", read_food, "One food with portions and every known nutrient",
          answers=shapes.FoodDetail),
)  # fmt: skip
