"""A release as files: CSV, Parquet and what their columns mean, in one archive under the researcher's age key."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import pyrage

from nutshell.catalog.nutrients import BY_ID

from .types import Row

_FIXED = (
    ("pseudonym", "", "stands for one person in this study alone; in another study the same person has another"),
    ("day", "", "calendar day where the person was, YYYY-MM-DD"),
    ("complete", "", "whether the person marked the day complete"),
    ("entries", "", "number of entries logged that day"),
)
_SOURCE = "sum over the day's entries, as each food's table gave it when it was logged; empty: not known of any entry"
_COVERED = "share of the day's energy from entries of which this nutrient is known"
_README = """This archive holds one row for each day on which a participant logged something.
Nobody in it is named. Whoever tries to find out who somebody is breaks what the participants agreed to.
An empty amount is unknown. It is not zero. dictionary.csv says what each column means and its unit.
"""


class Built(NamedTuple):
    """An encrypted archive and the SHA-256 of it."""

    sealed: bytes
    hash: bytes


class Column(NamedTuple):
    name: str
    unit: str
    meaning: str


def is_recipient(text: str) -> bool:
    """Whether this is a key that files can be encrypted to (age, X25519)."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def columns(nutrients: Sequence[str]) -> list[Column]:
    """What the columns mean, in their order."""
    found = [Column(*fixed) for fixed in _FIXED]
    for nutrient in nutrients:
        known = BY_ID[nutrient]
        found.append(Column(f"n{nutrient}", known.unit, f"{known.name}: {_SOURCE}"))
        found.append(Column(f"n{nutrient}_coverage", "1", f"{known.name}: {_COVERED}"))
    return found


def cells(pseudonym: str, row: Row) -> list[object]:
    """One line, in the order of `columns`."""
    pairs = zip(row.amounts, row.coverage, strict=True)
    return [pseudonym, row.day, row.complete, row.entries, *(cell for pair in pairs for cell in pair)]


def build(lines: Sequence[Sequence[object]], nutrients: Sequence[str], recipient: str) -> Built:
    """The archive of these lines, encrypted to `recipient`."""
    known = columns(nutrients)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", as_csv([one.name for one in known], lines))
        archive.writestr("data.parquet", _parquet([one.name for one in known], lines))
        archive.writestr("dictionary.csv", as_csv(["column", "unit", "meaning"], known))
        archive.writestr("README.txt", _README)
    sealed = pyrage.encrypt(packed.getvalue(), [pyrage.x25519.Recipient.from_str(recipient)])
    return Built(sealed, hashlib.sha256(sealed).digest())


def as_csv(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue()


def _parquet(names: Sequence[str], lines: Sequence[Sequence[object]]) -> bytes:
    # Only here: it takes 60 MB, and only the worker builds releases.
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.string(), pa.string(), pa.bool_(), pa.int32(), *(pa.float64() for _ in names[len(_FIXED) :])]
    columns_ = list(zip(*lines, strict=True)) or [()] * len(names)
    arrays = [pa.array(cells_, kind) for cells_, kind in zip(columns_, kinds, strict=True)]
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(names)), buffer)
    return buffer.getvalue()
