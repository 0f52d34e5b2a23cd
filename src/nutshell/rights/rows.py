"""How a request is stored and read back."""

from typing import cast

import msgspec

from nutshell.vault import fields

from .models import RequestRow
from .types import Kind, Request, State, Words

_TABLE, _FIELD = "rights_request", "sealed"


def seal(row: RequestRow, words: Words) -> bytes:
    return fields.seal_bytes(_TABLE, _FIELD, str(row.id), msgspec.msgpack.encode(words))


def words_of(row: RequestRow) -> Words:
    """Raises Tampered."""
    return msgspec.msgpack.decode(fields.open_bytes(_TABLE, _FIELD, str(row.id), bytes(row.sealed)), type=Words)


def opened(row: RequestRow) -> Request:
    """Raises Tampered."""
    return Request(
        row.number, cast(Kind, row.kind), cast(State, row.state), row.made_at, row.due_at, row.extended_at,
        row.answered_at, words_of(row),
    )  # fmt: skip
