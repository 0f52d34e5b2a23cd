"""Finds English on a page that speaks another language."""

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser

from tests import words

WORDS = frozenset(
    ("about", "add", "amount", "and", "are", "at", "back", "breakfast", "carbs", "change", "close", "copy", "day",
     "diary", "dinner", "eaten", "edit", "energy", "fat", "food", "foods", "from", "has", "is", "it", "known", "lunch",
     "meal", "nothing", "nutrients", "of", "only", "password", "protein", "save", "saved", "search", "settings",
     "sign", "the", "this", "today", "trends", "unknown", "water", "with", "yesterday", "you", "your")
)  # fmt: skip
"""Words that stand on many pages in English and are no German ones."""
ENGLISH_NAMES = re.compile(
    r"English \((US|UK)\)|Egg[^\n]*|\b(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[^\n]*"
)
"""What stays English: names of languages, of time zones, and of the foods that the tests eat."""
ENGLISH_PARTS = re.compile(
    r'<(?!html)(\w+)[^>]* lang="en[^"]*"[^>]*>.*?</\1>|<bdi>.*?</bdi>'
    r'|<(a|span) class="name"[^>]*>.*?</\2>|aria-label="[^"]*(hinzufügen, |Alles über )[^"]*"', re.DOTALL
)  # fmt: skip
"""What says that it is English, what people wrote, and names of foods in lists."""


class Visible(HTMLParser):
    """What people read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style")
        spoken = ("aria-label", "placeholder", "title", "alt")
        self.texts += [value or "" for name, value in attrs if name in spoken or name.startswith("data-leave")]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def english_in(page: str) -> list[str]:
    """English words, and whole texts of ours that stand in the page as they are in the code."""
    seen = Visible()
    seen.feed(ENGLISH_PARTS.sub("", page))
    text = ENGLISH_NAMES.sub(" ", unescape("\n".join(seen.texts)))
    found = {word for word in re.findall(r"[a-z]+", text.lower()) if word in WORDS}
    return sorted({*found, *(one for one in _longer_texts() if one in text)})


@cache
def _longer_texts() -> set[str]:
    catalog = words.read("de")
    texts = {(message.id, message.string) for message in catalog if isinstance(message.id, str) and message.id}
    return {text for text, german in texts if text.strip().count(" ") >= 2 and "%" not in text and text != german}
