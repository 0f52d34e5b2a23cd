"""The JSON door's addresses, all from the route tables. Anything else under it answers a problem document."""

from collections.abc import Callable
from functools import partial

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import path

from . import (
    account,
    archive,
    clinics,
    contacts,
    day_acts,
    diary,
    foods,
    inbox,
    ledger,
    officer,
    openapi,
    person,
    problems,
    sharing,
    studies,
)
from .routing import JSON, Table
from .routing import urlpatterns as patterns_of

ROUTES = (
    *day_acts.ROUTES,
    *diary.ROUTES,
    *foods.ROUTES,
    *person.ROUTES,
    *account.ROUTES,
    *archive.ROUTES,
    *ledger.ROUTES,
    *inbox.ROUTES,
    *sharing.ROUTES,
    *contacts.ROUTES,
    *officer.ROUTES,
    *clinics.ROUTES,
    *studies.ROUTES,
)
_document: list[bytes] = []


def describe(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, made once."""
    if not _document:
        _document.append(msgspec.json.encode(openapi.document(ROUTES)))
    return HttpResponse(_document[0], content_type=JSON)


ROOT = "/api/v1"
_table = Table(ROUTES)


def view_of(address: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of an address of this door, found without Django's resolver: a tenth of its time."""
    where = address.removeprefix(ROOT)
    if where == "/openapi.json":
        return describe
    found = _table.find(where)
    return partial(found.view, **found.params) if found else problems.unknown_path


urlpatterns = [
    path("openapi.json", describe, name="openapi"),
    *patterns_of(ROUTES),
    path("<path:rest>", problems.unknown_path),
    path("", problems.unknown_path),
]
