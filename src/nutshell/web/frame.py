"""What all pages of this door share: who visits, how a view is wrapped, how a page is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from nutshell.accounts import queries as accounts
from nutshell.common import ids
from nutshell.common.clock import Day
from nutshell.common.errors import NutshellError
from nutshell.gate import Actor

from . import errors
from .language import remember_of
from .look import Look, look_of

View = Callable[..., HttpResponse]
READ = ("GET", "HEAD")
ACT = ("POST",)
BOTH = (*READ, *ACT)


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in and has keys, with how they like to see things."""

    actor: Actor
    look: Look

    @property
    def subject(self) -> UUID | None:
        return self.actor.subject

    def today(self) -> Day:
        return self.look.today()


def visitor_of(request: HttpRequest) -> Visitor:
    """Raises SignedOut, ConsentRequired."""
    actor = accounts.session_actor(request)
    look = look_of(request, actor)
    translation.activate(look.language)
    request.look = look
    return Visitor(actor, look)


def private(view: View, methods: tuple[str, ...]) -> View:
    """`view(request, visitor, …)` for the signed-in only. Its pages are stored nowhere."""

    @wraps(view)
    def answer(request: HttpRequest, **places: Any) -> HttpResponse:
        if request.method not in methods:
            return errors.method_not_allowed(request, methods)
        try:
            response = view(request, visitor_of(request), **places)
        except NutshellError as error:
            response = errors.answer(request, error)
        remember_of(request, response)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["X-Sheet", "HX-Request"])
        return response

    answer.door = "private"
    return answer


def signed_in(view: View, methods: tuple[str, ...], even_frozen: bool = False) -> View:
    """`view(request, actor, …)` for who is signed in, with keys or (before consent, or frozen) without."""

    @wraps(view)
    def answer(request: HttpRequest, **places: Any) -> HttpResponse:
        if request.method not in methods:
            return errors.method_not_allowed(request, methods)
        try:
            response = view(request, accounts.session_actor(request, even_frozen), **places)
        except NutshellError as error:
            response = errors.answer(request, error)
        response["Cache-Control"] = "no-store"
        return response

    answer.door = "signed in"
    return answer


def public(view: View, methods: tuple[str, ...]) -> View:
    """`view(request, …)` for everybody."""

    @wraps(view)
    def answer(request: HttpRequest, **places: Any) -> HttpResponse:
        if request.method not in methods:
            return errors.method_not_allowed(request, methods)
        try:
            return view(request, **places)
        except NutshellError as error:
            return errors.answer(request, error)

    answer.door = "public"
    return answer


def page(request: HttpRequest, template: str, place: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page in the frame; its bare content where a sheet asked for it (X-Sheet: 1)."""
    shown = {"place": place, "sheet": request.headers.get("X-Sheet") == "1", "errors": {}, "toast": None}
    return render(request, template, {**shown, "once": str(ids.new_id()), **context}, status=status)


def see_other(to: str, *args: Any) -> HttpResponse:
    """303: what follows a form that was accepted."""
    response = redirect(to, *args)
    response.status_code = 303
    return response
