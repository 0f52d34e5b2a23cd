"""Numbers by which pages of the console name what they show."""

from nutshell.common import errors

LONGEST = 9


def number_of(text: str) -> int:
    """Raises NotFound for what is no number."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise errors.NotFound
    return int(text)
