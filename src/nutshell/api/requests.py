"""What the views of this door share: days, ids, conditional requests and idempotency keys from a request."""

from uuid import UUID

from django.http import HttpRequest

from nutshell.common import clock, errors, ids
from nutshell.common.clock import Day
from nutshell.common.texts import N_

LONGEST_KEY = 200
_DAY = N_("Give a date of the form YYYY-MM-DD between 1900 and 2199.")
_KEY = N_("Give an Idempotency-Key of 1 to 200 printable ASCII characters.")


def day_from(text: str, field: str = "date") -> Day:
    """The day that a path or a parameter names. Raises errors.InvalidInput."""
    try:
        return clock.parse_day(text)
    except ValueError:
        raise errors.InvalidInput({field: _DAY}) from None


def id_from(text: str) -> UUID:
    """An id of a path. Raises errors.NotFound: nothing has an id that is none."""
    try:
        return ids.parse_id(text)
    except ValueError:
        raise errors.NotFound from None


def idempotency_key(request: HttpRequest) -> str | None:
    """The client's key for just this act, if it sent one: the same key on another act is another key.

    Else a removal would be answered as done because something had been logged under that key. Raises InvalidInput.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise errors.InvalidInput({"Idempotency-Key": _KEY})
    return f"{request.method} {request.path} {key}"


def etag(*versions: int) -> str:
    return '"' + ".".join(map(str, versions)) + '"'


def expected_version(request: HttpRequest) -> int | None:
    """The version that `If-Match` names, None without the header or for `*`. Raises PreconditionFailed."""
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    version = header.strip().removeprefix("W/").strip('"').partition(".")[0]
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise errors.PreconditionFailed
    return int(version)


def is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the client says that it has this version (`If-None-Match`)."""
    return tag in (part.strip() for part in request.META.get("HTTP_IF_NONE_MATCH", "").split(","))
