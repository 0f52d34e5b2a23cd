"""Every text has a sound translation in every language, and what is shipped is what `make words` makes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account import adapter, forms
from allauth.mfa.adapter import DefaultMFAAdapter
from babel.messages.catalog import Catalog
from django.utils import translation
from tests import words
from tests.words import Text

from nutshell.accounts import borrowed, consents
from nutshell.common.languages import CODES, LANGUAGES

LANGUAGE = pytest.mark.parametrize("code", words.languages())


# ---------- the shipped catalogs ----------


@LANGUAGE
def test_every_text_of_the_code_is_in_the_catalog_and_no_other(code: str) -> None:
    assert words.po_of(code).read_bytes() == words.as_po(words.updated(code)), "run: make words"


@LANGUAGE
def test_what_pages_read_is_made_of_the_catalog(code: str) -> None:
    assert words.po_of(code).with_suffix(".mo").read_bytes() == words.as_mo(words.read(code)), "run: make words"


@LANGUAGE
def test_every_text_is_translated_with_its_placeholders_and_tags(code: str) -> None:
    assert words.faults(words.read(code)) == []


@pytest.mark.parametrize(
    ("text", "translation", "fuzzy", "fault"),
    [
        ("Saved.", "", False, "no translation: Saved."),
        ("Saved.", "Gespeichert.", True, "fuzzy: Saved."),
        ("%(n)d years", "%(m)d Jahre", False, "other placeholders or tags: %(n)d years"),
        ("%(n)d years", "Jahre", False, "other placeholders or tags: %(n)d years"),
        ("<b>%(n)s</b> left", "%(n)s übrig", False, "other placeholders or tags: <b>%(n)s</b> left"),
        (("%(n)s day", "%(n)s days"), ("%(n)s Tag", ""), False, "no translation: %(n)s day"),
        (("%(n)s day", "%(n)s days"), ("%(n)s Tag", "Tage"), False, "other placeholders or tags: %(n)s day"),
    ],
)
def test_a_fault_of_a_translation_is_seen(text: Any, translation: Any, fuzzy: bool, fault: str) -> None:
    catalog = Catalog(locale="de")
    catalog.add(text, translation, flags={"fuzzy"} if fuzzy else ())
    assert words.faults(catalog) == [fault]


def test_every_language_names_itself_and_english_needs_no_catalog() -> None:
    assert [name for _code, name in LANGUAGES] == ["English (US)", "English (UK)", "Deutsch"]
    assert set(words.languages()) == CODES - {"en", "en-gb"}


# ---------- what is collected ----------


def test_texts_of_python_are_found_wherever_they_stand() -> None:
    source = (
        'a = gettext("One")\nb = f"{gettext(\'Two\')} {n}"\nc = pgettext_lazy("meal", "Three")\n'
        'd = ngettext("%(n)d four", "%(n)d fours", n)\ne = Nutrient("208", "Energy", "kcal")\nf = gettext(name)\n'
        'g = N_("Six " "seven")\nh = _("Eight") % {"x": 1}\n'
    )
    assert set(words.in_python(source)) == {
        Text("One"), Text("Two"), Text("Three", context="meal"), Text("%(n)d four", "%(n)d fours"), Text("Energy"),
        Text("Six seven"), Text("Eight"),
    }  # fmt: skip


def test_texts_of_templates_are_found_wherever_they_stand() -> None:
    source = (
        '<p title="{% translate \'One\' %}">\n   {{ day|date:_("l j F") }} {% translate "Two" as title %}\n'
        "{% blocktranslate with n=x %}Three {{ n }}{% endblocktranslate %}\n"
        "{% blocktranslate count n=x %}{{ n }} four{% plural %}{{ n }} fours{% endblocktranslate %}"
    )
    assert set(words.in_template(source)) == {
        Text("One"), Text("l j F"), Text("Two"), Text("Three %(n)s"), Text("%(n)s four", "%(n)s fours"),
    }  # fmt: skip


# ---------- nothing is left out ----------

ROOMS = ("accounts", "api", "catalog", "common", "diary", "erasure", "forms", "gate", "targets", "web")
SENTENCE = re.compile(r"[A-Z][^\n]* [^\n]*[.?]", re.DOTALL)
FOR_DEVELOPERS = {
    "A problem document.",
    "The same key logs the same thing once, for 24 hours.",
    "The same key makes the same food once, for 24 hours.",
    "Write only if it still has this version.",
}
"""Of the API's description, which is in English like the API's own names."""
FOR_OPERATORS = {"ConfigurationError", "Tampered", "error", "warning"}
"""Calls whose sentences go to the operator or into the log."""


def _name(call: ast.AST) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) if isinstance(call, ast.Call) else ""


def _skipped(tree: ast.Module) -> set[ast.AST]:
    """Docstrings, texts in f-strings, and what is not for people who use the product."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
        elif _name(node) in FOR_OPERATORS | {"Route"}:
            skipped.update(ast.walk(node))
    return skipped


def _sentences(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    skipped = _skipped(tree)
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in skipped)
    texts = (node.value for node in constants if isinstance(node.value, str))
    yield from (text for text in texts if SENTENCE.fullmatch(text))


def test_every_sentence_that_people_may_read_is_marked() -> None:
    known = {text for message in words.template() if message.id for text in words.strings(message.id)}
    found = {
        (path.as_posix(), sentence)
        for room in ROOMS
        for path in (words.ROOT / room).rglob("*.py")
        for sentence in _sentences(path)
    }
    assert {(path, one) for path, one in found if one not in known | FOR_DEVELOPERS} == set()
    assert len(found) > 150


def test_a_borrowed_sentence_is_one_that_the_library_says() -> None:
    said = {*adapter.DefaultAccountAdapter.error_messages.values(), *DefaultMFAAdapter.error_messages.values()}
    english = {str(one) for one in said} | set(re.findall(r'_\("([^"]+)"\)', Path(forms.__file__).read_text()))
    assert set(borrowed.SENTENCES) <= english


# ---------- consents ----------

AGREED_TO = {
    ("health-data", "1", "en"): "d7fade4c301127a5026bdca98b5aa9a39f47d1f9572bfe2c69314e372499f492",
    ("health-data", "1", "de"): "07a0a6eb59defdf3f785adbdf281429d53d4cadb157f7eac120f934ec3c7a77c",
}
"""A wording that anybody agreed to is never edited, in no language: a change is a new version (accounts.consents)."""


@pytest.mark.parametrize("code", ["en", *words.languages()])
def test_a_wording_that_was_agreed_to_stays(code: str) -> None:
    found = {(one.document, one.version, code): consents.hash_of(one, code).hex() for one in consents.TEXTS}
    assert found == {key: value for key, value in AGREED_TO.items() if key[2] == code}


@LANGUAGE
def test_a_translated_consent_has_all_parts(code: str) -> None:
    for text in consents.TEXTS:
        with translation.override(code):
            shown = consents.worded(text)
        assert len(consents.parts_of(shown)) == len(consents.parts_of(text))
        assert all(heading and body and len(heading) < 60 for heading, body in consents.parts_of(shown))


# ---------- templates and scripts ----------


def test_mails_say_nothing_outside_the_translation_tags() -> None:
    templates = list((words.ROOT / "web" / "templates").rglob("*.txt"))
    left = {path.name: re.sub(r"(?s){% blocktranslate.*?endblocktranslate %}|{%.*?%}|{{.*?}}", "", path.read_text())
            for path in templates}  # fmt: skip
    assert len(templates) > 40
    assert {name: text.strip() for name, text in left.items() if re.search("[A-Za-z]", text)} == {}


def test_every_format_of_a_date_is_a_text() -> None:
    for path in (words.ROOT / "web" / "templates").rglob("*.html"):
        assert not re.search(r"\|(date|time)(?!:_\()\b", path.read_text()), path


def test_scripts_hold_no_sentences_of_their_own() -> None:
    for path in (words.ROOT / "web" / "static" / "web").glob("*.js"):
        code = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text())
        assert re.findall(r"""["'`][A-Z][a-z]+ [a-z][^"'`]*["'`]""", code) == [], path
