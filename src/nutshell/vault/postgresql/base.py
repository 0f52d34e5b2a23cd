"""Django's PostgreSQL, with one thing more: before a statement, and in the same message, goes whose rows it is about.

`SET LOCAL` ends with the transaction, and a message of several statements is one: nothing of it stays on a connection
that others use next.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from nutshell.vault.rows_of import NOBODYS, settings

_Cursor: Any = base.Cursor
"""Of psycopg, in a dress of Django's that the types do not know."""


class Cursor(_Cursor):  # type: ignore[misc]
    def execute(self, query: Any, params: Any = None, **ways: Any) -> Any:
        before = self._before() if isinstance(query, str) else ""
        super().execute(before + query if before else query, params, **ways)
        for _ in range(before.count(";")):
            self.nextset()
        return self

    def _before(self) -> str:
        status = self.connection.info.transaction_status
        if status == TransactionStatus.INERROR:
            return ""  # nothing but a rollback is taken now
        return settings() or (NOBODYS if status == TransactionStatus.INTRANS else "")


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Cursor}
