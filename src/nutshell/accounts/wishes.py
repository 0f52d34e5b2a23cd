"""What a request asks for beside the fields that allauth reads."""

import json

from django.http import HttpRequest

KEEP_TOKENS = "keep_tokens"


def keeps_tokens(request: HttpRequest) -> bool:
    """Whether API tokens stay when the password changes: a ticked box, or `"keep_tokens": true` from an app."""
    if request.content_type == "application/json":
        return _said(request.body) is True
    return request.POST.get(KEEP_TOKENS) == "1"


def _said(body: bytes) -> object:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told.get(KEEP_TOKENS) if isinstance(told, dict) else None
