"""Passphrases of common words, to offer instead of inventing a password; and keys said in such words.

The words are the EFF's long list (Electronic Frontier Foundation, CC BY 3.0 US), 7,776 of them, shipped by the
package xkcdpass: 12.9 bits a word. Five words drawn evenly give 64.6 bits, about 35 characters.
"""

import math
import secrets
from functools import cache
from importlib.resources import files

WORDS = 5


@cache
def words() -> tuple[str, ...]:
    """The list; every word once, lower case, at most nine letters."""
    text = (files("xkcdpass") / "static" / "eff-long").read_text(encoding="ascii")
    return tuple(text.split())


def entropy_bits(count: int = WORDS) -> float:
    """How many bits a suggestion of so many words has."""
    return count * math.log2(len(words()))


def suggest() -> str:
    """Five words with spaces between them, from the system's random generator."""
    return " ".join(secrets.choice(words()) for _ in range(WORDS))


def said(shown: str) -> str:
    """A key as it is shown (hexadecimal digits in groups) in words, to be compared by voice: 128 bits are ten words.

    Two keys that differ differ in words, too. Raises ValueError for anything but hexadecimal digits.
    """
    digits = "".join(shown.split())
    rest, found = int(digits, 16), []
    for _ in range(math.ceil(4 * len(digits) / math.log2(len(words())))):
        rest, place = divmod(rest, len(words()))
        found.append(words()[place])
    return " ".join(reversed(found))
