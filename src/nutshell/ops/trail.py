"""Looks once a day whether the audit trail still says what it said; where it does not, that is an incident."""

from nutshell.audit.verification import PublicKeys, verify
from nutshell.incidents import watching

from .config import Config


def look(key_store: PublicKeys, config: Config) -> int:
    """How many incidents were declared: none, or one."""
    return watching.declare_findings(verify(key_store, config.checkpoints))
