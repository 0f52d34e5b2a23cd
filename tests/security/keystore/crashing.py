"""Runs the real key store, and kills it (SIGKILL) at the named point. The product has no such switch."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from nutshell.vault.keystore import server


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(act: Callable[..., Any]) -> Callable[..., Any]:
    def acted(*args: Any, **kwargs: Any) -> None:
        act(*args, **kwargs)
        _die()

    return acted


def _arm(point: str) -> None:
    from nutshell.vault.keystore import erasing, subjects
    from nutshell.vault.keystore.tombstones import Tombstones

    points: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
        "before the intent is committed": (erasing, "_freeze", _then_die),
        "before the tombstone": (Tombstones, "add_subject", lambda _: _die),
        "after the tombstone": (Tombstones, "add_subject", _then_die),
        "inside the shredding": (erasing.leaves, "forget", lambda _: _die),
        "after the shredding": (erasing, "_shred", _then_die),
        "after the leaf of a fetch": (subjects, "fetched", lambda _: _die),
    }
    owner, name, broken = points[point]
    setattr(owner, name, broken(getattr(owner, name)))


def _set_up(usual: Callable[[], None] = server._set_up) -> None:
    usual()
    _arm(sys.argv[1])


server._set_up = _set_up
server.main()
