"""Telling the key store that accounts and records were put back: the mark by which owners accept it, once."""

from nutshell.audit import queries as audit
from nutshell.common.errors import ConfigurationError, Forbidden
from nutshell.erasure import actions as erasure
from nutshell.ops.config import Config
from nutshell.ops.key_store import client
from nutshell.vault import restoring

from . import marks
from .sets import moment


def begin_removals_anew(config: Config) -> None:
    """Before anything is erased: a removal that waits in what was put back may have been taken back since then."""
    name = marks.wanted(config.data)
    if name:
        erasure.begin_anew(moment(name))


def tell(config: Config) -> None:
    """Where a restore waits for it. With the operator's certificate; Django is set up. Raises ConfigurationError."""
    name = marks.wanted(config.data)
    if not name:
        return
    try:
        lacking = restoring.mark(client(config, "operator"), moment(name), audit.tree())
    except Forbidden:
        raise ConfigurationError("Only an operator's certificate signs the mark of a restore.") from None
    marks.told(config.data)
    if lacking:
        print(f"{lacking} people of the records have no keys: their keys were put back to an earlier moment.")
