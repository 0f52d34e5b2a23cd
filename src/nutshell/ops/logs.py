"""Logs without personal data: route templates instead of paths, frames instead of exception messages."""

import logging
import traceback
from typing import Any

OWN = "nutshell"


class Formatter(logging.Formatter):
    """One line a record. Only Nutshell's own loggers may speak; of others the call site identifies the message.

    Django's and allauth's messages carry paths, addresses and hosts, and an exception's text may quote
    what was being worked on: neither is written.
    """

    def format(self, record: logging.LogRecord) -> str:
        parts = [self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), record.levelname, record.name, _message(record)]
        if record.exc_info and record.exc_info[1]:
            parts.append(failure(record.exc_info[1]))
        return " ".join(parts).replace("\n", " ")


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == OWN:
        return record.getMessage()
    return f"{record.funcName}:{record.lineno} {_route(record)}".rstrip()


def _route(record: logging.LogRecord) -> str:
    """Method, route template and status of the request that a record is about, as far as they are known."""
    request: Any = getattr(record, "request", None)
    if not hasattr(request, "resolver_match"):
        return ""
    route = request.resolver_match.route if request.resolver_match else "(no route)"
    return f"{request.method} /{route} {getattr(record, 'status_code', '')}"


def failure(error: BaseException) -> str:
    """The exception's type and its frames, innermost last: `ValueError at web/day.py:12 show`."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-8:])
    return f"{type(error).__name__} at {places}"


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


def logging_config() -> dict[str, Any]:
    """Django's LOGGING: everything to standard error, which the launcher writes into rotated files."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"()": Formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "nutshell": {"level": "INFO"},
            # Django adds handlers of its own to these; without them everything goes through the root.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
