"""What a person made or likes: own foods, favourites, what waits on weekdays."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import gate
from nutshell.diary import food_actions
from nutshell.diary import queries as diary
from nutshell.diary.sources import is_own
from nutshell.diary.types import MAX_OWN_FOODS, Found, Repeat
from nutshell.gate import Purpose

from . import sent, words
from .entry import WEEKDAYS
from .frame import Visitor, page, see_other


def foods(request: HttpRequest, who: Visitor) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_READ) as vault:
        yours, liked, weekly = diary.search(vault, "", MAX_OWN_FOODS), diary.favourites(vault), diary.repeats(vault)
    own = sorted((one for one in yours if is_own(one.food_id)), key=lambda one: one.name.casefold())
    context = {
        "sent": sent.waiting(who),
        "foods": [_own_row(food) for food in own],
        "favourites": [_liked_row(one) for one in liked],
        "repeats": [_weekly_row(one) for one in weekly],
    }
    return page(request, "web/foods.html", "foods", context)


def _own_row(food: Found) -> dict[str, Any]:
    first = next(iter(food.portions), None)
    portion = words.amount(1.0, first.id, first.name, first.grams) if first else words.grams(100)
    known = gettext("%(known)d of %(of)d known") % {"known": food.known, "of": food.of}
    energy = None if food.kcal_per_100g is None else food.kcal_per_100g * (first.grams if first else 100) / 100
    return {
        "name": food.name, "url": reverse("food", args=[food.food_id]), "line": f"{portion}; {known}", "energy": energy,
    }  # fmt: skip


def _liked_row(one: Found) -> dict[str, Any]:
    usage = one.usual
    line = words.amount(usage.amount, usage.unit, usage.portion_name, usage.grams) if usage else ""
    return {"name": one.name, "url": reverse("food", args=[one.food_id]), "line": line}


def _weekly_row(repeat: Repeat) -> dict[str, Any]:
    days = ", ".join(str(name) for number, name in WEEKDAYS if repeat.weekdays & 1 << number)
    return {"name": repeat.name, "line": days, "stop_url": reverse("repeat_stop", args=[repeat.id])}


def repeat_stop(request: HttpRequest, who: Visitor, repeat_id: UUID) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
        food_actions.drop_repeat(vault, repeat_id)
    messages.success(request, gettext("It is not offered any more."))
    return see_other("foods")
