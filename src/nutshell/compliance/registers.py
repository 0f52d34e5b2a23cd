"""Registers made of the inventory and of what the operator has set: processing (GDPR article 30), data map, processors.

A register is a title, a line about it, and rows under names.
"""

from collections.abc import Iterable, Mapping
from html import escape

import msgspec

from nutshell.common import tables

from .inventory import Inventory, Table

SENSITIVITIES = {
    "health": "health",
    "identity": "who somebody is",
    "pseudonym": "pseudonyms",
    "key": "keys",
    "trace": "what somebody did, and when",
    "technical": "technical",
}
MEASURES = (
    "TLS 1.3 between all parts; sealed before it is stored; keys of each person's own; a key store apart; "
    "row-level security; an audit trail that cannot be changed unseen; erasing by destroying keys"
)
NOBODY = "nobody; no transfer to another country by the software itself"
DOCUMENTS = "lies sealed in `record`"
Row = tuple[str, ...]


class Register(msgspec.Struct, frozen=True):
    title: str
    about: str
    names: Row
    rows: tuple[Row, ...]


class Controller(msgspec.Struct, frozen=True):
    """Who answers for an installation: where it is, and its data-protection officer; "" where nothing is set."""

    origin: str
    officer: str
    officer_email: str


# ---------- processing ----------


def processing(inventory: Inventory, controller: Controller) -> Register:
    """A row for each purpose (article 30(1)). What is technical alone is no processing of personal data."""
    personal = {name: one for name, one in inventory.purposes.items() if one.basis != "no personal data"}
    rows = tuple((*_activity(inventory, name), *_answers(controller)) for name in personal)
    names = (
        "purpose", "ground", "people", "kinds of data", "given to", "kept", "tables", "how it is secured",
    )  # fmt: skip
    about = "What personal data is processed for, made of the inventory of all that is stored."
    return Register("Register of processing (GDPR article 30)", about, (*names, "controller", "officer"), rows)


def _answers(controller: Controller) -> Row:
    officer = f"{controller.officer} <{controller.officer_email}>" if controller.officer else "not named yet"
    return f"who runs {controller.origin}", officer


def _activity(inventory: Inventory, name: str) -> Row:
    purpose = inventory.purposes[name]
    tables = [table for table in inventory.tables if table.purpose == name]
    return (
        purpose.what, purpose.basis, purpose.of, "; ".join(_kinds(tables)), _given_to(name),
        "; ".join(dict.fromkeys(table.kept.what for table in tables)), ", ".join(table.name for table in tables),
        MEASURES,
    )  # fmt: skip


def _kinds(tables: Iterable[Table]) -> list[str]:
    """Kinds of data in these tables; a sealed record holds health data whatever its columns are called."""
    found = {field.sensitivity for table in tables for field in table.fields} - {"technical"}
    return [text for name, text in SENSITIVITIES.items() if name in found]


def _given_to(purpose: str) -> str:
    given = {
        "sharing": "whom the owner chose, under a grant, until they end it",
        "care": "the clinic that its client chose",
        "research": "the study that its participant agreed to, under a pseudonym",
    }
    return given.get(purpose, NOBODY)


# ---------- data map ----------


def data_map(inventory: Inventory) -> Register:
    """A row for each stored field: of tables, of sealed documents, and files beside the databases."""
    names = ("where", "what it lies in", "field", "kind", "form", "what for", "purpose", "ground", "kept", "days")
    rows = (*_fields(inventory), *_documents(inventory), *_files(inventory))
    return Register("Data map", "Every field that is stored, and every file beside the databases.", names, rows)


def _fields(inventory: Inventory) -> Iterable[Row]:
    for table in inventory.tables:
        purpose, days = inventory.purposes[table.purpose], str(table.kept.days or "")
        for field in table.fields:
            of_field = field.name, SENSITIVITIES[field.sensitivity], field.form, field.what
            yield table.database, table.name, *of_field, purpose.what, purpose.basis, table.kept.what, days


def _documents(inventory: Inventory) -> Iterable[Row]:
    """All of them lie sealed in records, and go with them."""
    diary, record = inventory.purposes["diary"], next(one for one in inventory.tables if one.name == "record")
    of_all = diary.what, diary.basis, record.kept.what, ""
    for name, fields in inventory.documents.items():
        for field, what in fields.items():
            yield record.database, name, field, SENSITIVITIES["health"], DOCUMENTS, what, *of_all


def _files(inventory: Inventory) -> Iterable[Row]:
    operation = inventory.purposes["operation"]
    for name, (sensitivity, form, what) in inventory.files.items():
        yield "files", name, "", SENSITIVITIES[sensitivity], form, what, operation.what, operation.basis, "", ""


# ---------- processors ----------


def processors(inventory: Inventory, in_use: Mapping[str, str]) -> Register:
    """Who else gets something (article 28), as this installation is set. `in_use`: a host or word by setting."""
    about = (
        "Whoever runs one of these for you needs a contract (article 28(3)); what you run yourself needs none. "
        "The software sends nothing to anybody else."
    )
    names = ("who", "gets", "chosen by", "in use")
    rows = tuple(
        (one.who, one.gets, one.setting or "always", in_use[one.setting] if one.setting else "yes")
        for one in inventory.processors.values()
    )
    return Register("Processors", about, names, rows)


# ---------- as files ----------


def as_csv(register: Register) -> str:
    return tables.as_csv(register.names, register.rows)


def as_html(register: Register) -> str:
    """A page of its own, without script or style."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in register.names)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in register.rows)
    title = escape(register.title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n<p>{escape(register.about)}</p>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></body></html>\n"
    )
