"""A web process that is about to end says so first: the load balancer then sends it nothing new.

Its word is an empty file in the run folder of its machine, so that a unit file or a person can say it too.
"""

from pathlib import Path

from .config import Config

NOTICED_SECONDS = 2.5
"""Until the load balancer, which asks every second (ops/caddy.py), has asked and heard."""


def mark(config: Config) -> Path:
    return config.run / f"draining-{config.node}"
