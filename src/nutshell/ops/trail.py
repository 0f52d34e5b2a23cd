"""Looks once a day whether the audit trail still says what it said; where it does not, that is an incident."""

from pathlib import Path
from typing import Protocol

from nutshell.audit.verification import PublicKeys, verify
from nutshell.incidents import watching


class _Config(Protocol):
    checkpoints: Path


def look(key_store: PublicKeys, config: _Config) -> int:
    """How many incidents were declared: none, or one."""
    return watching.declare_findings(verify(key_store, config.checkpoints))
