"""The inventory of everything that is stored: what it is, what for, on what ground, and for how long."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

FILE = "inventory.toml"
WHOLE = ("database", "kept", "purpose")
"""What is said of a table as a whole, among its columns."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long, in words. `days`: where that is a time, after so many no row may be left."""

    what: str
    days: int = 0


class Purpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What data is kept for, on what ground (articles of the GDPR), and of whom it is."""

    what: str
    basis: str
    of: str


class Processor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who else may get something. `setting` is what chooses it; "" where there always is one."""

    who: str
    gets: str
    setting: str


class Field(msgspec.Struct, frozen=True):
    """`sensitivity` and `form` are words of the file's closed lists."""

    name: str
    sensitivity: str
    form: str
    what: str


class Table(msgspec.Struct, frozen=True):
    name: str
    database: str
    kept: Kept
    purpose: str
    fields: tuple[Field, ...]


class Inventory(msgspec.Struct, frozen=True):
    """`documents`: the fields of what lies sealed in records, by document, each with what it is. `files`: what lies
    beside the databases, each with sensitivity, form and what it is.
    """

    tables: tuple[Table, ...]
    purposes: dict[str, Purpose]
    processors: dict[str, Processor]
    documents: dict[str, dict[str, str]]
    files: dict[str, list[str]]

    def timed(self) -> dict[str, int]:
        """Tables whose rows go by time, with their days."""
        return {table.name: table.kept.days for table in self.tables if table.kept.days}


@cache
def load() -> Inventory:
    """Raises KeyError or msgspec.ValidationError for a file that is not right: a test reads it."""
    raw = tomllib.loads(files("nutshell.compliance").joinpath(FILE).read_text(encoding="utf-8"))
    kept = {name: _kept(one) for name, one in raw["kept"].items()}
    return Inventory(
        tuple(_table(name, rows, kept) for name, rows in raw["table"].items()),
        msgspec.convert(raw["purpose"], dict[str, Purpose]),
        msgspec.convert(raw["processor"], dict[str, Processor]),
        raw["document"],
        raw["file"],
    )


def _kept(one: object) -> Kept:
    return Kept(one) if isinstance(one, str) else msgspec.convert(one, Kept)


def _table(name: str, rows: dict[str, object], kept: dict[str, Kept]) -> Table:
    fields = tuple(Field(field, *_cell(cell)) for field, cell in rows.items() if field not in WHOLE)
    return Table(name, str(rows["database"]), kept[str(rows["kept"])], str(rows["purpose"]), fields)


def _cell(cell: object) -> tuple[str, str, str]:
    return msgspec.convert(cell, tuple[str, str, str])
