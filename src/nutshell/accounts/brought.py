"""What a request to allauth's views brings along to open a sealed account, from a form or an app's JSON."""

import base64
import binascii
import json

from django.http import HttpRequest

from nutshell.vault import factors
from nutshell.vault.factors import Way

CODE, PRF = "recovery_code", "prf"


def text_in(request: HttpRequest, field: str) -> str:
    """Empty where there is none, or something that is no text."""
    if not request.path.startswith("/api/"):
        return str(request.POST.get(field, ""))
    try:
        body = json.loads(request.body)
    except ValueError:
        return ""
    text = body.get(field) if isinstance(body, dict) else None
    return text if isinstance(text, str) else ""


def passkey_in(text: str | None) -> Way | None:
    """A passkey's PRF output in base64url; None for anything that is none."""
    plain = (text or "").rstrip("=")
    try:
        return factors.by_passkey(base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
