"""One table of routes: what Django dispatches, what the OpenAPI document says and what the tests enumerate.

A view is a plain function `view(request, caller, **path parameters)` that returns a `Reply`.
The wrapper authenticates, turns the closed family of errors into problem documents and encodes.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from nutshell.common import errors
from nutshell.vault.away import is_away

from . import authentication, problems

log = logging.getLogger("nutshell.api")
JSON = "application/json"
_encoder = msgspec.json.Encoder()


class Reply(msgspec.Struct, frozen=True):
    """Answer of a view: a value to encode as JSON (None: no body), a status and further headers.

    With another `media` type the value is the body's bytes, whole or one part after the other.
    """

    value: Any = None
    status: int = 200
    headers: dict[str, str] = {}
    media: str = JSON


class Route(msgspec.Struct, frozen=True):
    """One method on one path. `takes` and `answers` are msgspec types; `caller` says who may call.

    `caller` is "anyone", "bearer" (session or token with a scope), "session" (never a bearer token) or "frozen" (a
    session, of a frozen account, too).
    `query` lists query parameters as (name, JSON schema type, what it means). `media` is the type of the answer.
    """

    method: str
    path: str
    view: Callable[..., Reply]
    summary: str
    caller: str = "bearer"
    scope: str = ""
    takes: Any = None
    answers: Any = None
    status: int = 200
    query: tuple[tuple[str, str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    media: str = JSON


def urlpatterns(routes: tuple[Route, ...]) -> list[URLPattern]:
    """One Django pattern a path; its methods are dispatched from the table."""
    return [path(_pattern(where), csrf_exempt(view), name=where) for where, view in _by_path(routes).items()]


def _by_path(routes: tuple[Route, ...]) -> "dict[str, View]":
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        by_path.setdefault(route.path, {})[route.method] = route
    return {where: _dispatcher(methods) for where, methods in by_path.items()}


View = Callable[..., HttpResponse]


class FoundView(NamedTuple):
    """A view, and what the address says in its places."""

    view: View
    params: dict[str, str]


class Table:
    """The same addresses as `urlpatterns`, by the number of their parts."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._by_length: dict[int, list[tuple[list[str], View]]] = {}
        for where, view in _by_path(routes).items():
            parts = where.split("/")
            self._by_length.setdefault(len(parts), []).append((parts, view))

    def find(self, where: str) -> FoundView | None:
        """Earlier routes win, as in Django: `/foods/mine` stands before `/foods/{id}`."""
        parts = where.split("/")
        for template, view in self._by_length.get(len(parts), ()):
            params: dict[str, str] = {}
            for wanted, part in zip(template, parts, strict=True):
                if wanted[:1] == "{" and part:
                    params[wanted[1:-1]] = part
                elif wanted != part:
                    break
            else:
                return FoundView(view, params)
        return None


def _pattern(where: str) -> str:
    return where.lstrip("/").replace("{", "<str:").replace("}", ">")


def _dispatcher(methods: dict[str, Route]) -> View:
    allowed = ", ".join(sorted(methods))

    def dispatch(request: HttpRequest, **params: str) -> HttpResponse:
        route = methods.get(request.method or "")
        if route is None:
            return problems.not_allowed(request, allowed)
        return _answer(route, request, params)

    return dispatch


def _answer(route: Route, request: HttpRequest, params: dict[str, str]) -> HttpResponseBase:
    try:
        caller = authentication.caller_of(request, route.caller)
        return encode(route.view(request, caller, **params))
    except errors.NutshellError as error:
        return problems.response(request, error)
    except RequestDataTooBig:
        return problems.response(request, errors.TooLarge())
    except Exception as failure:
        if is_away(failure):
            log.error("a database is away at %s %s", route.method, route.path, exc_info=failure)
            return problems.response(request, errors.Unavailable())
        return problems.unexpected(request, f"{route.method} {route.path}", failure)


def encode(reply: Reply) -> HttpResponseBase:
    response = _made(reply)
    response["Cache-Control"] = "no-store"
    for name, value in reply.headers.items():
        response[name] = value
    return response


def _made(reply: Reply) -> HttpResponseBase:
    if isinstance(reply.value, Iterator):
        return StreamingHttpResponse(reply.value, content_type=reply.media, status=reply.status)
    return HttpResponse(_body(reply), content_type=reply.media, status=reply.status)


def _body(reply: Reply) -> bytes:
    if reply.value is None:
        return b""
    return _encoder.encode(reply.value) if reply.media == JSON else bytes(reply.value)
