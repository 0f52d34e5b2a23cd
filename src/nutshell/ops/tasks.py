"""The worker's schedule: every task of every room, and how often it is due."""

from functools import partial

from nutshell.audit import sequencer
from nutshell.jobs.types import Task

from .config import Config
from .key_store import client

SEQUENCER_SECONDS = 5.0


def tasks(config: Config) -> tuple[Task, ...]:
    """All tasks of this installation."""
    key_store = client(config, "worker")
    return (Task("audit-sequencer", SEQUENCER_SECONDS, partial(sequencer.run_once, key_store, config.checkpoints)),)
