"""The process that keeps backups while the product runs: tombstones within a minute, sets as often as was chosen."""

import sys
import time
from datetime import timedelta

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.ops import terminal
from nutshell.ops.config import Config

from . import actions, servers, sets

LOOK_SECONDS = 20.0
"""Between two looks: a tombstone is shipped within 60 s."""


def keep(config: Config) -> None:
    """Until it is ended. What fails is said once at the launcher's terminal, and tried again."""
    said = ""
    while True:
        try:
            _look(config)
            said = ""
        except ConfigurationError as failed:
            if failed.sentence != said:
                said = failed.sentence
                _say(config, f"Backup: {said} It is tried again.")
        time.sleep(LOOK_SECONDS)


def _look(config: Config) -> None:
    kind = servers if servers.are_used(config) else actions
    whole = kind.tidy(config).whole()
    if not whole or clock.now() - sets.moment(whole[-1]) >= timedelta(minutes=config.backup_minutes):
        kind.back_up(config, lambda _step, _share: None)


def _say(config: Config, text: str) -> None:
    print(text, file=sys.stderr, flush=True)
    try:
        terminal.tell(config.run, text)
    except OSError:
        return  # the launcher is ending
