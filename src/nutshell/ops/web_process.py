"""One web process: granian with one worker, reached over mutual TLS only."""

import gc
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.module_loading import import_string
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from nutshell.common.errors import ConfigurationError

from . import draining
from .config import Config
from .logs import logging_config
from .processes import end_with

IDLE_THREAD_SECONDS = 600


def serve(config: Config, address: str, port: int) -> None:
    """Serve until a signal ends this process. Raises ConfigurationError if a certificate file is missing.

    granian forks its worker. When either of the two is killed the other ends as well, and the launcher starts
    both again: a worker whose parent is gone would serve on unwatched.
    """
    certificate, key, authority = (config.pki / name for name in ("web.crt", "web.key", "front.crt"))
    for path in (certificate, key, authority):
        # Without a CA file granian only warns, and then serves everyone.
        if not path.is_file():
            raise ConfigurationError(f"The certificate file {path} is missing, so nothing is served.")
    draining.mark(config).unlink(missing_ok=True)
    server = MPServer(
        "nutshell.wsgi.application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        # One: more threads make SQLite connections drop each other's page caches.
        blocking_threads=1,
        blocking_threads_idle_timeout=IDLE_THREAD_SECONDS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        log_level=LogLevels.error,
        log_access=False,
        # granian writes the text of exceptions; our formatter does not.
        log_dictconfig=logging_config(),
        ssl_cert=certificate,
        ssl_key=key,
        ssl_ca=authority,
        ssl_client_verify=True,
    )
    server.serve(target_loader=partial(_application, os.getpid()))


def _application(parent: int, target: str) -> Callable[..., Any]:
    """Runs in the forked worker."""
    end_with(parent)
    application: Callable[..., Any] = import_string(target)
    # What is loaded stays; the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    return application
