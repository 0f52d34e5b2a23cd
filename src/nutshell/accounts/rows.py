"""Values of hand-written statements: SQLite gives UUIDs as text and moments without a zone."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from nutshell.vault import statements

DATABASE = "default"
_FROZEN = "(u.leaving_at IS NOT NULL OR u.restricted_at IS NOT NULL)"
"""As `accounts.freezing.FROZEN`."""


def uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def moment(value: datetime) -> datetime:
    """Timezone-aware, in UTC: SQLite keeps moments without their zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def one(statement: str, handles: list[bytes]) -> tuple[Any, ...] | None:
    """The row of `statement`, whose parameters are its `{handles}`. `{frozen}` says that of its `user_account u`."""
    found = statements.rows(DATABASE, _asked(statement, len(handles)), handles)
    return found[0] if found else None


@lru_cache(maxsize=16)
def _asked(statement: str, handles: int) -> str:
    return statement.format(handles=", ".join(["%s"] * handles), frozen=_FROZEN)
