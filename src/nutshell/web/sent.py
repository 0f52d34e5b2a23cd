"""Copies of own foods: send one to somebody, and take or decline what somebody sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.common import errors
from nutshell.common.errors import InvalidInput
from nutshell.diary import food_actions, sending
from nutshell.diary import queries as diary
from nutshell.gate import Purpose
from nutshell.grants import actions, queries
from nutshell.grants.types import Sent

from . import errors as failures
from .frame import Visitor, page, see_other
from .look import initials


def send(request: HttpRequest, who: Visitor, food_id: str) -> HttpResponse:
    """Choose to whom a copy of an own food goes."""
    sending.check_own(food_id)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_READ) as vault:
        food = diary.food(vault, food_id)
    if request.method != "POST":
        return _form(request, who, food_id, food.name)
    try:
        wish = forms.parse_form(forms.SendCopy, request.POST)
        actions.send(who.actor, wish.to, sending.FOOD, forms.pack_food(food))
    except InvalidInput as wrong:
        return _form(request, who, food_id, food.name, wrong)
    messages.success(request, gettext("Sent. It waits for their answer for 30 days."))
    return see_other("food", food_id)


def _form(
    request: HttpRequest, who: Visitor, food_id: str, name: str, wrong: InvalidInput | None = None
) -> HttpResponse:
    people = [{"id": str(one.subject), "name": one.name} for one in queries.peers(who.actor)]
    told = failures.fields_of(wrong) if wrong else {}
    shown = {"name": name, "people": people, "back_url": reverse("food", args=[food_id])}
    return page(request, "web/food_send.html", "foods", {"send": shown, "errors": told}, 422 if wrong else 200)


def waiting(who: Visitor) -> list[dict[str, Any]]:
    """What waits for an answer, as the pages of foods and of people show it."""
    return [_row(one) for one in queries.sent_to_me(who.actor) if one.kind == sending.FOOD]


def _row(one: Sent) -> dict[str, Any]:
    name = one.name or gettext("Somebody")
    try:
        food = forms.parse_sent_food(one.payload, "")
        told = gettext("%(name)s sent you a food: %(food)s") % {"name": name, "food": food.name}
        brand, is_readable = food.brand, True
    except errors.NutshellError:
        told, brand, is_readable = gettext("%(name)s sent you a food that cannot be read") % {"name": name}, "", False
    urls = {act: reverse("sent_answer", args=[one.id, act]) for act in ("take", "decline")}
    return {"initials": initials(name), "text": told, "line": brand, "is_readable": is_readable, **urls}


def answer(request: HttpRequest, who: Visitor, item_id: UUID, act: str) -> HttpResponse:
    found = next((one for one in queries.sent_to_me(who.actor) if one.id == item_id), None)
    if found is None or act not in ("take", "decline"):
        raise errors.NotFound
    if act == "decline":
        actions.settle(who.actor, item_id)
        messages.success(request, gettext("Declined."))
        return see_other("foods")
    food = forms.parse_sent_food(found.payload, sending.source_of(found.name))
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.FOODS_WRITE) as vault:
        made = food_actions.create_food(vault, food, item_id)
    actions.settle(who.actor, item_id)
    messages.success(request, gettext("%(name)s is one of your foods now.") % {"name": made.name})
    return see_other("food", made.food_id)
