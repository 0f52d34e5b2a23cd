"""Beside the front: asks web processes every minute, remembers, and writes the page."""

import http.client
import logging
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import msgspec

from nutshell.common import clock
from nutshell.ops import certificates, tls
from nutshell.ops.config import Config, bracketed
from nutshell.ops.files import private_folder, write_private

from . import history, page
from .types import Found, History

log = logging.getLogger("nutshell.status")
EVERY_SECONDS = 60.0
FIRST_SECONDS = 10.0
"""Until the worker, which starts a moment before, has looked."""
PATH = "/partz"
_ANSWER_SECONDS = 5.0
_MOST_BYTES = 4096


def keep(config: Config, addresses: Sequence[str], stop: Event) -> None:
    """Until `stop` is set. `addresses` are the web processes' (HOST:PORT)."""
    folder = private_folder(config.status)
    due = time.monotonic() + FIRST_SECONDS
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = time.monotonic() + EVERY_SECONDS
        look(config, addresses, folder)


def look(config: Config, addresses: Sequence[str], folder: Path) -> None:
    """One look, and the page of it."""
    now = history.noted(_remembered(folder), asked(config, addresses), clock.now())
    write_private(folder / "history.json", msgspec.json.encode(now))
    write_private(folder / "status.html", page.filled((config.blog / "status.html").read_text("utf-8"), now).encode())


def _remembered(folder: Path) -> History:
    """Nothing, where there is no file yet or a damaged one: the page begins anew."""
    try:
        return msgspec.json.decode((folder / "history.json").read_bytes(), type=History)
    except (FileNotFoundError, msgspec.MsgspecError):
        return history.NONE


def asked(config: Config, addresses: Sequence[str]) -> Found:
    """The first web process that answers speaks for all; where none does, nothing of the product can be used."""
    context = tls.client_context(config.pki, "lb")
    for address in addresses:
        if (found := _asked(config, address, context)) is not None:
            return {"website": True, **found}
    return {"website": False, "diary": False}


def _asked(config: Config, address: str, context: ssl.SSLContext) -> Found | None:
    host, _, port = address.rpartition(":")
    connection = tls.Connection((host, int(port)), f"web.{certificates.INTERNAL}", context, _ANSWER_SECONDS)
    try:
        connection.request("GET", PATH, headers={"Host": f"{bracketed(config.host)}:{config.https_port}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException
        return msgspec.json.decode(answer.read(_MOST_BYTES), type=dict[str, bool | None])
    except (OSError, http.client.HTTPException, msgspec.MsgspecError) as failure:
        log.error("%s does not answer: %s", address, type(failure).__name__)
        return None
    finally:
        connection.close()
