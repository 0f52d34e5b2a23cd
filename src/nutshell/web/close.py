"""Closing the account, and the receipt that remains. It travels in its own address: nothing of it is stored."""

import base64
import binascii
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms
from nutshell.accounts import policy
from nutshell.common import clock
from nutshell.common.errors import Conflict, InvalidInput, NotFound
from nutshell.common.texts import N_
from nutshell.erasure import leaving
from nutshell.vault import erasing
from nutshell.vault.keystore.types import BACKUPS_KEPT

from . import errors
from .frame import Visitor, page, see_other

OFFERED_DAYS = 7


def account_close(request: HttpRequest, who: Visitor) -> HttpResponse:
    policy.check_fresh(request)
    if request.method in ("GET", "HEAD"):
        return _page(request)
    try:
        wish = forms.parse_form(forms.CloseAccount, request.POST)
        if not wish.sure:
            raise InvalidInput({"sure": N_("Tick the box if you want everything erased.")})
    except InvalidInput as wrong:
        return _page(request, wrong)
    return _close(request, who, wish.undo_days)


def _close(request: HttpRequest, who: Visitor, days: int) -> HttpResponse:
    if not days:
        erased = leaving.close(who.actor)
        request.session.flush()
        return to_receipt(erased.receipt)
    try:
        leaving.close_later(who.actor, days, request.session.handle)
    except Conflict as alone:
        return _page(request, InvalidInput({"undo_days": alone.sentence}))
    return see_other("frozen")


def _page(request: HttpRequest, wrong: InvalidInput | None = None) -> HttpResponse:
    """The proof of who it is was just given, so no password is asked a second time."""
    shown = {"final_days": BACKUPS_KEPT.days, "needs_password": False, "undo": undo_days(request)}
    told = errors.fields_of(wrong) if wrong else {}
    return page(request, "web/close.html", "settings", {"close": shown, "errors": told}, 422 if wrong else 200)


def undo_days(request: HttpRequest) -> dict[str, Any]:
    """The choice of a form that erases: how long it can be taken back. A week, where nothing was chosen."""
    chosen = request.POST.get("undo_days", "")
    offered = range(leaving.LONGEST_DAYS + 1)
    return {"offered": offered, "days": int(chosen) if chosen in map(str, offered) else OFFERED_DAYS}


def to_receipt(packed: bytes) -> HttpResponse:
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return see_other("receipt", text)


def _packed(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NotFound from None


def receipt(request: HttpRequest, text: str) -> HttpResponse:
    """Shown to whoever has the address, if this server signed it."""
    found = erasing.opened(_packed(text))
    shown: dict[str, Any] = {
        "id": found.tombstone.hex()[:16],
        "erased": found.erased_at,
        "final_day": clock.utc_day(found.final_at),
        "is_final": clock.now() >= found.final_at,
        "rows": sum(found.rows.values()),
        "tables": found.rows,
        "proof": gettext("Ed25519, checked just now"),
        "key": found.key,
        "download_url": reverse("receipt_file", args=[text]),
    }
    response = render(request, "web/receipt.html", {"receipt": shown})
    response["Cache-Control"] = "no-store"
    return response


def receipt_file(_request: HttpRequest, text: str) -> HttpResponse:
    """The signed receipt as it is, for `envelope-v1` readers."""
    packed = _packed(text)
    erasing.opened(packed)
    response = HttpResponse(packed, content_type="application/octet-stream")
    response["Content-Disposition"] = 'attachment; filename="nutshell-receipt.bin"'
    response["Cache-Control"] = "no-store"
    return response
