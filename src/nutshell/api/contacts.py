"""Trusted contacts: who may begin the recovery of my sealed account, and whose contact I am. All by session."""

from django.http import HttpRequest

from nutshell import forms
from nutshell.accounts import contacts, policy
from nutshell.gate.types import Actor

from . import shapes
from .requests import id_from
from .routing import Reply, Route


def mine(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Contacts(contacts.mine(caller)))


def name(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.NameContact, request.body)
    policy.check_fresh(request)
    contacts.name(caller, wish.contact, wish.days)
    return Reply(shapes.Contacts(contacts.mine(caller)), 201)


def remove(request: HttpRequest, caller: Actor, contact: str) -> Reply:
    policy.check_fresh(request)
    contacts.remove(caller, id_from(contact))
    return Reply(None, 204)


def stop(request: HttpRequest, caller: Actor, contact: str) -> Reply:
    """Without a fresh proof: to object must be quick."""
    contacts.stop(caller, id_from(contact))
    return Reply(None, 204)


def of_others(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Contacts(contacts.of_others(caller)))


def answer(request: HttpRequest, caller: Actor, contact: str) -> Reply:
    contacts.answer(caller, id_from(contact), forms.parse_json(forms.AnswerContact, request.body).accept)
    return Reply(None, 204)


def start(request: HttpRequest, caller: Actor, contact: str) -> Reply:
    policy.check_fresh(request)
    contacts.start(caller, id_from(contact))
    return Reply(None, 204)


def hand_on(request: HttpRequest, caller: Actor, contact: str) -> Reply:
    policy.check_fresh(request)
    return Reply(shapes.ContactCode(contacts.hand_on(caller, id_from(contact))), 201)


ROUTES = (
    Route("GET", "/account/contacts", mine, "My trusted contacts", "session", answers=shapes.Contacts),
    Route("POST", "/account/contacts", name, "Name a trusted contact. Needs a fresh log-in", "session",
          takes=forms.NameContact, answers=shapes.Contacts, status=201),
    Route("DELETE", "/account/contacts/{contact}", remove, "Remove one. Needs a fresh log-in", "session", status=204),
    Route("POST", "/account/contacts/{contact}/stop", stop, "Object to a recovery", "session", status=204),
    Route("GET", "/contacts", of_others, "Whose trusted contact I am", "session", answers=shapes.Contacts),
    Route("PATCH", "/contacts/{contact}", answer, "Accept or decline to be one", "session", takes=forms.AnswerContact,
          status=204),
    Route("POST", "/contacts/{contact}/start", start, "Begin it. Needs a fresh log-in", "session", status=204),
    Route("POST", "/contacts/{contact}/code", hand_on, "After the owner's days: the code to tell them", "session",
          answers=shapes.ContactCode, status=201),
)  # fmt: skip
