"""Copies of own foods that people send each other. All of it takes a session, never a bearer token."""

from django.http import HttpRequest

from nutshell import forms
from nutshell.common import errors
from nutshell.diary import food_actions, sending
from nutshell.diary import queries as diary
from nutshell.gate.actions import enter
from nutshell.gate.types import Actor, Purpose
from nutshell.grants import actions, queries
from nutshell.grants.types import Sent

from . import shapes
from .foods import detail
from .requests import id_from
from .routing import Reply, Route


def peers(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.PeerList([shapes.Peer(str(one.subject), one.name) for one in queries.peers(caller)]))


def send(request: HttpRequest, caller: Actor, food: str) -> Reply:
    wish = forms.parse_json(forms.SendCopy, request.body)
    sending.check_own(food)
    with enter(caller, caller.subject, Purpose.FOODS_READ) as vault:
        found = diary.food(vault, food)
    actions.send(caller, wish.to, sending.FOOD, forms.pack_food(found))
    return Reply(None, 202)


def inbox(request: HttpRequest, caller: Actor) -> Reply:
    with enter(caller, caller.subject, Purpose.FOODS_READ):  # runs the errands that file what came
        return Reply(shapes.Inbox([_sent(one) for one in queries.sent_to_me(caller) if one.kind == sending.FOOD]))


def _sent(one: Sent) -> shapes.SentFood:
    try:
        food = forms.parse_sent_food(one.payload, "")
    except errors.NutshellError:
        return shapes.SentFood(str(one.id), str(one.writer), one.name, one.at, None, "")
    return shapes.SentFood(str(one.id), str(one.writer), one.name, one.at, food.name, food.brand)


def take(request: HttpRequest, caller: Actor, item: str) -> Reply:
    found = _found(caller, item)
    food = forms.parse_sent_food(found.payload, sending.source_of(found.name))
    with enter(caller, caller.subject, Purpose.FOODS_WRITE) as vault:
        made = food_actions.create_food(vault, food, found.id)
        kept = diary.food(vault, made.food_id)
    actions.settle(caller, found.id)
    return detail(kept, 201)


def decline(request: HttpRequest, caller: Actor, item: str) -> Reply:
    actions.settle(caller, _found(caller, item).id)
    return Reply(None, 204)


def _found(caller: Actor, item: str) -> Sent:
    wanted = id_from(item)
    found = next((one for one in queries.sent_to_me(caller) if one.id == wanted), None)
    if found is None:
        raise errors.NotFound
    return found


ROUTES = (
    Route("GET", "/people/peers", peers, "To whom I can send copies", "session", answers=shapes.PeerList),
    Route("POST", "/foods/mine/{food}/copies", send, "Send a copy of an own food. Nothing else opens by it", "session",
          takes=forms.SendCopy, status=202),
    Route("GET", "/inbox", inbox, "Foods that were sent to me and wait for my answer", "session",
          answers=shapes.Inbox),
    Route("POST", "/inbox/{item}", take, "Take it: it becomes an own food, with who sent it", "session",
          answers=shapes.FoodDetail, status=201),
    Route("DELETE", "/inbox/{item}", decline, "Decline it", "session", status=204),
)  # fmt: skip
