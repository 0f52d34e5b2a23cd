"""The phone's "You": what has no place in the bottom bar; and the keys that pages know."""

from django.http import HttpRequest, HttpResponse

from nutshell.grants import queries as grants

from . import look as looks
from .access import access_sentence, tokens_of
from .frame import Visitor, page


def you(request: HttpRequest, who: Visitor) -> HttpResponse:
    looks.named(request, who.look)
    return page(
        request,
        "web/you.html",
        "you",
        {"access_sentence": access_sentence(len(tokens_of(who)), grants.outlook(who.subject).shown_to)},
    )


def keyboard(request: HttpRequest, who: Visitor) -> HttpResponse:  # noqa: ARG001 - every view gets both
    return page(request, "web/keyboard.html", "you", {})
