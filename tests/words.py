"""The texts of Nutshell and their translations: `make words` collects, updates and compiles, and says what lacks.

Python's texts are the arguments of gettext's functions, of the mark `N_`, and of the few types that hold texts;
templates are read by Django's own reader. Everything is written in one order, so that two changes meet in few lines.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import tests.conftest  # noqa: F401 - sets Django up for the tests
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from nutshell.common.languages import CODES

ROOT = Path("src/nutshell")
PLACES = {
    "gettext": (0,), "gettext_lazy": (0,), "_": (0,), "N_": (0,), "ngettext": (0, 1), "ngettext_lazy": (0, 1),
    "pgettext": (0, 1), "pgettext_lazy": (0, 1), "npgettext": (0, 1, 2), "Nutrient": (1,), "ConsentText": (2, 3, 4),
}  # fmt: skip
"""Which arguments are texts: for the functions of gettext as it defines them, for types each is one."""
IN_TEMPLATES = {
    "gettext": None,
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
NO_DAY = datetime(1970, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?\w+[^>]*>")


class Text(NamedTuple):
    """`plural` is "" for most, `context` tells two meanings of one word apart."""

    text: str
    plural: str = ""
    context: str | None = None


# ---------- what there is to translate ----------


def in_python(source: str) -> Iterator[Text]:
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            found = [call.args[place] for place in PLACES.get(name, ()) if place < len(call.args)]
            texts = [one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts and len(texts) == len(found):
                yield from _read(name, texts)


def _read(name: str, texts: list[str]) -> Iterator[Text]:
    if name.startswith("np"):
        yield Text(texts[1], texts[2], texts[0])
    elif name.startswith("ngettext"):
        yield Text(texts[0], texts[1])
    elif name.startswith("pgettext"):
        yield Text(texts[1], context=texts[0])
    else:
        yield from map(Text, texts)


def in_template(source: str) -> Iterator[Text]:
    """Django writes the template's texts as calls among noise, which a reader of Python takes line by line."""
    lines = (line.strip() for line in templatize(source).splitlines())
    for _line, found, _comments, context in extract(
        "python", io.BytesIO("\n".join(lines).encode()), keywords=IN_TEMPLATES
    ):
        texts = found if isinstance(found, tuple) else (found,)
        yield Text(*texts, context=context)


def places() -> Iterator[tuple[Path, Text]]:
    for path in sorted(ROOT.rglob("*")):
        if path.suffix == ".py":
            yield from ((path, text) for text in in_python(path.read_text()))
        elif "templates" in path.parts and path.suffix in (".html", ".txt"):
            yield from ((path, text) for text in in_template(path.read_text()))


def template() -> Catalog:
    """All texts, without translations."""
    catalog = Catalog(charset="utf-8")
    for path, (text, plural, context) in places():
        where = [(path.relative_to(ROOT).as_posix(), 0)]
        catalog.add((text, plural) if plural else text, locations=where, context=context)
    for message in catalog:
        message.flags.discard("python-format")
    return catalog


# ---------- files ----------


def languages() -> list[str]:
    """Codes of the languages that need a catalog: the texts themselves are English."""
    return sorted(code for code in CODES if not code.startswith("en"))


def po_of(code: str) -> Path:
    return ROOT / "locale" / to_locale(code) / "LC_MESSAGES" / "django.po"


def read(code: str) -> Catalog:
    path = po_of(code)
    with path.open("rb") as file:
        return read_po(file, locale=to_locale(code))


def updated(code: str) -> Catalog:
    """The catalog with the texts that there are now: new ones empty, unused ones gone."""
    new = template()
    old = read(code) if po_of(code).exists() else Catalog(locale=to_locale(code), charset="utf-8")
    for message in new:
        known = old.get(message.id, message.context) if message.id else None
        if known is not None:
            message.string = known.string
    made = Catalog(locale=to_locale(code), charset="utf-8", fuzzy=False, header_comment="")
    for message in new:
        if message.id:
            made.add(message.id, message.string, message.locations, context=message.context)
    for message in made:
        message.flags.discard("python-format")
    return made


HEAD = r"""msgid ""
msgstr ""
"Language: {locale}\n"
"Plural-Forms: {plurals}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def as_po(catalog: Catalog) -> bytes:
    """In the order of the texts, with files but no lines, under a head without dates and names of tools."""
    body = io.BytesIO()
    write_po(body, catalog, width=110, sort_output=True, omit_header=True, include_lineno=False)
    head = HEAD.format(locale=catalog.locale, plurals=catalog.plural_forms)
    return head.encode() + body.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The same texts make the same bytes, so the head has no day of its own."""
    catalog.creation_date = catalog.revision_date = NO_DAY
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


# ---------- what is wrong ----------


def strings(translation: str | tuple[str, ...]) -> tuple[str, ...]:
    return translation if isinstance(translation, tuple) else (translation,)


def faults(catalog: Catalog) -> list[str]:
    """One line for each text that is not or not soundly translated."""
    return [f"{fault}: {strings(message.id)[0]}" for message in catalog if message.id for fault in _faults(message)]


def _faults(message: "Catalog.Message") -> Iterator[str]:  # type: ignore[name-defined]
    translations = strings(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(translations):
        yield "no translation"
        return
    wanted = {frozenset(PLACEHOLDER.findall(one)) for one in strings(message.id)}
    if any(frozenset(PLACEHOLDER.findall(one)) not in wanted for one in translations):
        yield "other placeholders or tags"


def main() -> int:
    wrong = 0
    for code in languages():
        path = po_of(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(updated(code)))
        catalog = read(code)
        path.with_suffix(".mo").write_bytes(as_mo(catalog))
        found = faults(catalog)
        print(*(f"{code}: {fault}" for fault in found), f"{code}: {len(catalog)} texts, {len(found)} to do", sep="\n")
        wrong += len(found)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
