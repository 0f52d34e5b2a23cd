"""What somebody may be called, where others read it beside what that person did."""

import unicodedata

from nutshell.common import errors
from nutshell.common.texts import N_

LONGEST = 60
JOINERS = "\u200c\u200d"
"""Not seen, but names in Persian and some Indian scripts are not written right without them."""
SENTENCE = N_("Write the name without control characters and signs that are not seen or turn the direction of text.")
TOO_LONG = N_("Give a name of at most 60 characters, or none.")


def checked(name: str) -> str:
    """The name as it is kept; "" is none. Raises InvalidInput.

    Refused are line breaks, control characters, what turns the direction of text (Unicode's bidirectional overrides
    and isolates), and a name of which nothing is seen.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if len(name) > LONGEST:
        raise errors.InvalidInput({"display_name": TOO_LONG})
    if name and not _is_seen(name):
        raise errors.InvalidInput({"display_name": SENTENCE})
    return name


def _is_seen(name: str) -> bool:
    bare = name.translate(dict.fromkeys(map(ord, JOINERS)))
    return bare.isprintable() and any(unicodedata.category(sign)[0] in "LNS" for sign in bare)
