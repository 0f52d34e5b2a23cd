"""Pages for everybody: landing, privacy, what this server can and cannot do, and files that programs ask for."""

import json
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext

from nutshell.accounts import policy
from nutshell.accounts import queries as accounts
from nutshell.common import clock
from nutshell.common.errors import ConsentRequired, NotFound, SignedOut
from nutshell.common.texts import N_
from nutshell.compliance import shown as compliance
from nutshell.compliance.types import Basis

from .frame import see_other, visitor_of

MANIFEST = "application/manifest+json"
KEPT_BY = {
    "mathematics": N_("kept by mathematics"),
    "behaviour": N_("kept by what this server does"),
    "contract": N_("kept by whoever runs this server"),
}


def home(request: HttpRequest) -> HttpResponse:
    """The diary for the signed-in, the landing page for everybody else."""
    try:
        accounts.session_actor(request)
    except SignedOut:
        return _open(request, "web/landing.html", {"signup_open": policy.sign_up_is_open()})
    return see_other("today")


def privacy(request: HttpRequest) -> HttpResponse:
    """With who answers for privacy besides the data-protection officer, whom every page knows."""
    holders = settings.NUTSHELL.privacy_officer
    return _open(request, "web/privacy.html", {"privacy_officer": holders[0]._asdict() if holders else None})


def security(request: HttpRequest) -> HttpResponse:
    return _open(request, "web/security.html", {"shown": _shown()})


def _shown() -> dict[str, object] | None:
    """What the tests of just this version showed, promise by promise; the claims themselves are in English."""
    found = compliance.shown()
    if found is None:
        return None
    promises = [
        {"sentence": gettext(sentence), "bases": [_basis(one) for one in bases]}
        for sentence, bases in found.promises.items()
        if bases
    ]
    return {"day": found.at, "stale": compliance.is_stale(found, clock.now()), "promises": promises}


def _basis(basis: Basis) -> dict[str, object]:
    return {"claim": basis.claim, "kind": gettext(KEPT_BY[basis.kind]), "tests": basis.tests}


def _open(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """A page that greets who is signed in, and needs nobody to be."""
    with suppress(SignedOut, ConsentRequired):
        visitor_of(request)
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def robots(_request: HttpRequest) -> HttpResponse:
    closed = [reverse(name) for name in ("today", "foods", "trends", "access", "settings")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in [*closed, "/day/", "/account/", "/api/"])]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. Without a named officer there is nobody to write to, so there is no file."""
    config = settings.NUTSHELL
    if not config.dpo_email:
        raise NotFound
    expires = (clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT00:00:00Z")
    canonical = request.build_absolute_uri(reverse("security_txt"))
    lines = (f"Contact: mailto:{config.dpo_email}", f"Expires: {expires}", f"Canonical: {canonical}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def manifest(_request: HttpRequest) -> HttpResponse:
    """The web app manifest in the reader's language, under its own media type, its pictures by their static names."""
    told = json.loads((files("nutshell.web") / "static/web/manifest.webmanifest").read_bytes())
    told["lang"] = get_language()
    told["description"] = gettext("A food diary that opens only for you, and for whom you say.")
    for shortcut, name in zip(told["shortcuts"], (gettext("Add food"), gettext("Nutrients")), strict=True):
        shortcut["name"] = name
    for icon in told["icons"]:
        icon["src"] = static(f"web/{icon['src']}")
    response = HttpResponse(json.dumps(told), content_type=MANIFEST)
    response["Cache-Control"] = "private, max-age=86400"
    return response
