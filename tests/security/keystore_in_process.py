"""The real key store without its socket: requests are packed, decoded, checked and answered as over TLS."""

from pathlib import Path

from nutshell.common import clock
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore import service
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.core import Core
from nutshell.vault.keystore.kms import KeyFile
from nutshell.vault.keystore.tombstones import Tombstones


class InProcess(KeyStoreClient):
    """A client whose requests reach the service by a call. `asked` keeps the kinds of requests, in order."""

    def __init__(self, core: Core, role: ask.Role = "node") -> None:
        self._core, self._role = core, role
        self.asked: list[type[ask.Request]] = []

    def close(self) -> None:
        pass

    def _exchange(self, frame: bytes, repeatable: bool, seconds: float) -> bytes:
        self.asked.append(type(ask.request_decoder.decode(frame)))
        return service.answer(self._core, self._role, frame)


def started(folder: Path) -> Core:
    """A prepared key store: a new key file, no tombstones, the installation's keys."""
    core = Core(KeyFile.create(folder / "kms.key", clock.now()), Tombstones(folder / "tombstones"))
    service.prepare(core)
    return core
