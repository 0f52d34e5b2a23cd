"""What is stored: the live models and the sealed documents, beside their classification in the product's inventory."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from msgspec import inspect

from nutshell.compliance.inventory import WHOLE
from nutshell.diary.types import Day, Index, Note, OwnFood
from nutshell.targets.types import Profile, TargetHistory

FILE = Path("src/nutshell/compliance/inventory.toml")
DOCUMENTS = (Day, Note, OwnFood, Index, Profile, TargetHistory)
"""The roots of what lies in `record.sealed`. Whatever they hold is found from them."""
SENSITIVITIES = {"health", "identity", "pseudonym", "key", "trace", "technical"}
FORMS = {"sealed", "hash", "public", "clear"}


def load() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


def classified(section: str) -> dict[str, list[str]]:
    """Fields by table or document, as the file has them."""
    return {name: [field for field in rows if field not in WHOLE] for name, rows in load()[section].items()}


def tables() -> dict[str, list[str]]:
    """Columns by table, of all apps and all three databases."""
    models = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    return {model._meta.db_table: [field.column for field in model._meta.concrete_fields] for model in models}


def documents() -> dict[str, list[str]]:
    """Fields by struct, of everything that is packed into a record, in the order in which they are packed."""
    return {kind.__name__: list(kind.__struct_fields__) for root in DOCUMENTS for kind in _structs(root)}


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


# ---------- the marked part of docs/data-inventory.md ----------

_SEALED = """
## Sealed documents

Packed with MessagePack, padded to a size class and sealed one by one into `record.sealed`. All of it is treated as
health data, kept until its owner removes it, and opened with the owner's keys only.
"""
_COLUMNS, _FILE_COLUMNS = "column | sensitivity | form | what for", "file | sensitivity | form | what"


def page() -> str:
    found = load()
    files = "\n## Files of the data folder\n\n" + _rows(_FILE_COLUMNS, found["file"])
    return "\n".join(("## Tables\n", *_tables(found), _SEALED, *_documents(found), files))


def _rows(head: str, rows: dict[str, list[str]]) -> str:
    lines = [f"| `{name}` | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return f"| {head} |\n|" + "---|" * (head.count("|") + 1) + "\n" + "\n".join(lines) + "\n"


def _tables(found: dict[str, Any]) -> Iterator[str]:
    for name, rows in found["table"].items():
        cells = {field: cell for field, cell in rows.items() if field not in WHOLE}
        kept = found["kept"][rows["kept"]]
        purpose = found["purpose"][rows["purpose"]]
        yield (
            f"### `{name}` ({rows['database']})\n\nKept: {kept if isinstance(kept, str) else kept['what']}. "
            f"To {purpose['what']}: {purpose['basis']}.\n\n{_rows(_COLUMNS, cells)}"
        )


def _documents(found: dict[str, Any]) -> Iterator[str]:
    for name, rows in found["document"].items():
        if rows:
            yield f"### `{name}`\n\n" + _rows("field | what", {field: [text] for field, text in rows.items()})
