"""The real key store, as its own process with real certificates, for every test that stands on it.

    from tests.keystore import key_store, node  # in a conftest.py or a test module

`key_store` is one process for the whole session, already configured for `vault.installation`; `node` is a
client with the node's certificate. `KeyStoreProcess` starts further ones, to kill, restore or tamper with.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nutshell.ops import certificates
from nutshell.vault import installation
from nutshell.vault.keystore.client import KeyStoreClient

_OWN = ("NUTSHELL_KMS_KEY", "NUTSHELL_KMS", "NUTSHELL_TOMBSTONES", "NUTSHELL_KEYS_ADDRESS", "NUTSHELL_KEYS_URL")
"""Settings that are not passed on: every one of these processes has a file of its own as its database."""


class KeyStoreProcess:
    """A key store over its own data folder; started, stopped, killed and started again."""

    def __init__(self, folder: Path, openings: int = 100_000) -> None:
        self.folder = folder
        self.settings = {"NUTSHELL_OPENINGS": str(openings)}
        self.pki = folder / "pki"
        certificates.ensure(self.pki, "localhost")
        self._process: subprocess.Popen[str] | None = None
        self._clients: list[KeyStoreClient] = []

    @property
    def database(self) -> Path:
        return self.folder / "keys.sqlite3"

    def start(self, *command: str) -> "KeyStoreProcess":
        """Returns when it serves. Raises RuntimeError with what it said if it refused to start."""
        self._process = subprocess.Popen(
            command or (sys.executable, "-m", "nutshell.vault.keystore"),
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        if not line.startswith("key store ready"):
            raise RuntimeError(self._process.communicate(timeout=10)[1])
        self.address = ("127.0.0.1", int(line.rsplit(":", 1)[1]))
        return self

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _OWN}
        return {**kept, "NUTSHELL_DATA": str(self.folder), "NUTSHELL_ROLE": "keys", **self.settings}

    def client(self, name: str = "node") -> KeyStoreClient:
        client = KeyStoreClient.of_installation(self.address, self.pki, name)
        self._clients.append(client)
        return client

    def stop(self) -> str:
        """Ends it in good order; what it wrote to its log."""
        return self._end("terminate")

    def kill(self) -> str:
        return self._end("kill")

    def wait(self) -> str:
        """Until it ended by itself."""
        return self._end("poll")

    def _end(self, how: str) -> str:
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self._process is None:
            return ""
        getattr(self._process, how)()
        _, log = self._process.communicate(timeout=20)
        self._process = None
        return log


@pytest.fixture(scope="session")
def key_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyStoreProcess]:
    """One key store for the whole test session; `vault.installation` uses it as a node."""
    process = KeyStoreProcess(tmp_path_factory.mktemp("key-store")).start()
    installation.configure(process.client("node"))
    yield process
    process.stop()


@pytest.fixture
def node(key_store: KeyStoreProcess) -> KeyStoreClient:
    """A node's client, which `vault.installation` holds for the length of the test."""
    client = key_store.client("node")
    installation.configure(client)
    return client
