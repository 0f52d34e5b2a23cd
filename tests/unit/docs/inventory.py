"""What is stored: the live models and the sealed documents, beside their classification in docs/inventory.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from msgspec import inspect

from nutshell.diary.types import Day, Index, Note, OwnFood
from nutshell.targets.types import Profile, TargetHistory

FILE = Path("docs/inventory.toml")
DOCUMENTS = (Day, Note, OwnFood, Index, Profile, TargetHistory)
"""The roots of what lies in `record.sealed`. Whatever they hold is found from them."""
SENSITIVITIES = {"health", "identity", "pseudonym", "key", "trace", "technical"}
FORMS = {"sealed", "hash", "public", "clear"}


def load() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


def classified(section: str) -> dict[str, set[str]]:
    """Fields by table or document, as the file has them."""
    return {name: set(rows) - {"database", "kept"} for name, rows in load()[section].items()}


def tables() -> dict[str, set[str]]:
    """Columns by table, of all apps and all three databases."""
    models = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    return {model._meta.db_table: {field.column for field in model._meta.concrete_fields} for model in models}


def documents() -> dict[str, set[str]]:
    """Fields by struct, of everything that is packed into a record."""
    return {kind.__name__: set(kind.__struct_fields__) for root in DOCUMENTS for kind in _structs(root)}


def _structs(kind: type[msgspec.Struct], seen: tuple[type, ...] = ()) -> Iterator[type[msgspec.Struct]]:
    yield kind
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        for below in _within(field.type):
            if below not in (*seen, kind):
                yield from _structs(below, (*seen, kind))


def _within(kind: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    """Structs directly inside a field's type: in unions, in tuples."""
    if isinstance(kind, inspect.StructType):
        yield kind.cls
    parts = (*getattr(kind, "types", ()), *getattr(kind, "item_types", ()), getattr(kind, "item_type", None))
    for part in parts:
        if isinstance(part, inspect.Type):
            yield from _within(part)
    if isinstance(kind, inspect.Metadata):
        yield from _within(kind.type)


# ---------- docs/data-inventory.md ----------


def page() -> str:
    found = load()
    parts = [
        _INTRODUCTION,
        *_tables(found),
        _SEALED,
        *_documents(found),
        _FILES,
        _rows("file | sensitivity | form | what", found["file"]),
    ]
    return "\n".join(parts)


_INTRODUCTION = """<!-- Written by `python -m tests.unit.docs.generate`; a test compares it with the code. -->
# What is stored

Every column of every table, every field of the documents that lie sealed inside the records, and every file. A test enumerates
the live models and structs and fails for a field that is not classified here. The data is `docs/inventory.toml`.

*Sensitivity*: **health** data; **identity**, who somebody is; **pseudonym**, ids that stand for a person; **key**, what opens
something; **trace**, what somebody did and when; **technical**, nothing of a person.
*Form*: **sealed**, opens only with a key that is not in the same database; **hash**; **public**, a public key or a signature; **clear**.

## Tables
"""
_SEALED = """
## Sealed documents

Packed with MessagePack, padded to a size class and sealed one by one into `record.sealed`. All of it is treated as health data,
kept until its owner removes it, and opened with the owner's keys only.
"""
_FILES = "\n## Files of the data folder\n"


def _rows(head: str, rows: dict[str, list[str]]) -> str:
    lines = [f"| `{name}` | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return f"| {head} |\n|" + "---|" * (head.count("|") + 1) + "\n" + "\n".join(lines) + "\n"


def _tables(found: dict[str, Any]) -> Iterator[str]:
    for name, rows in found["table"].items():
        cells = {field: cell for field, cell in rows.items() if field not in ("database", "kept")}
        kept = found["kept"][rows["kept"]]
        yield f"### `{name}` ({rows['database']})\n\nKept: {kept}.\n\n{_rows('column | sensitivity | form | what for', cells)}"


def _documents(found: dict[str, Any]) -> Iterator[str]:
    for name, rows in found["document"].items():
        if rows:
            yield f"### `{name}`\n\n" + _rows("field | what", {field: [text] for field, text in rows.items()})
