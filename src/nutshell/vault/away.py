"""Which failures mean that a database cannot be reached or read. They end by themselves; nothing is half written."""

from django.db import DatabaseError, InterfaceError, OperationalError


def is_away(failure: BaseException | None) -> bool:
    """SQLite calls a file that is no database any more a plain DatabaseError; its subclasses are faults of ours."""
    return isinstance(failure, OperationalError | InterfaceError) or type(failure) is DatabaseError
