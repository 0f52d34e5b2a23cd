"""Statements about people's rows say whose they are, in every test of one process.

PostgreSQL shows a statement that does not say so no rows (`vault/rows_of.py`); SQLite, on which most tests run, shows
all. So a block that was forgotten looks right here and finds nothing there: this makes it fail here too.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

import nutshell
from nutshell.ops.row_security import SWEPT
from nutshell.vault.rows_of import settings

_PRODUCT, _TESTS = f"{Path(nutshell.__file__).parent}/", f"{Path(__file__).parent}/"
_BY_OWNER = ("/erasure/schema.py", "/vault/restoring.py")
"""They look for everybody, at the start and after a restore: as the role that owns the tables, which sees all."""
_TABLE = re.compile(r'(?:FROM|JOIN|INTO|UPDATE) "(\w+)"', re.IGNORECASE)
_GUARDED = {"shelf", "record", "root", "inbox", "grant_received"}
"""Of the others, workers look through those of SWEPT for what is over: whose process it is cannot be told here."""
assert not _GUARDED & set(SWEPT)


def _said(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not settings() and (found := _GUARDED & set(_TABLE.findall(sql))) and _asked_by_product():
        pytest.fail(f"on PostgreSQL this finds nothing, because it does not say whose rows: {sorted(found)} in {sql}")
    return execute(sql, params, many, context)


def _asked_by_product() -> bool:
    """Not by a test that looks at rows, or alters them, itself."""
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        file = frame.f_code.co_filename
        if file.startswith((_PRODUCT, _TESTS)) and file != __file__:
            return file.startswith(_PRODUCT) and not file.endswith(_BY_OWNER)
    return False


def _watch(connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    if connection.alias == "records" and connection.vendor == "sqlite" and _said not in connection.execute_wrappers:
        connection.execute_wrappers.append(_said)


def watch() -> None:
    """From now on, in this process."""
    connection_created.connect(_watch, weak=False, dispatch_uid="tests.rows")
    for connection in connections.all(initialized_only=True):
        _watch(connection)
