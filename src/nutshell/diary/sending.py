"""Own foods that are sent as copies: what may be sent, and how a copy names who sent it."""

from nutshell.common import errors

from .sources import is_own

FOOD = "food"
"""The kind of such an item."""
_SENT = "sent:"


def check_own(food_id: str) -> None:
    """Raises errors.NotFound for anything but an own food: the food tables are everybody's."""
    if not is_own(food_id):
        raise errors.NotFound


def source_of(name: str) -> str:
    """What a copy keeps as its source: the sender's name, as it was then."""
    return f"{_SENT}{name}"


def sender_of(source: str) -> str | None:
    """The name of who sent a food, None for one that nobody sent."""
    return source.removeprefix(_SENT) if source.startswith(_SENT) else None
