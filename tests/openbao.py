"""A real OpenBao, from the files that the product renders and set up by the script among them.

    from tests.openbao import bao  # in a conftest.py or a test module

`bao` is one server for the whole session. `own_bao` is another one for a test that stops it or changes its key:
each test finds it as it was when it had just been set up.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from nutshell.ops import certificates, config, openbao
from nutshell.vault.keystore import tls
from nutshell.vault.keystore.transit import SERVER_NAME

BINARY = Path(sys.executable).parent / "bao"
MOUNT, KEY = "transit", "nutshell"


class OpenBaoServer:
    """One server with its own folder; its certificates are of the CA in `pki`."""

    def __init__(self, folder: Path, pki: Path) -> None:
        self.folder, self.pki = folder, pki
        certificates.ensure(pki, "localhost", also=openbao.TIERS)
        self.port = _free_port()
        self.address = f"openbao://127.0.0.1:{self.port}/{MOUNT}/{KEY}"
        self.root = ""
        self._process: subprocess.Popen[bytes] | None = None

    def files(self, name: str = "kms-client") -> tls.Files:
        return tls.files(self.pki, name)

    def start(self) -> "OpenBaoServer":
        """Returns when it answers, set up as the product's script does it."""
        new = not self.root
        if new:
            self._write()
        self._process = subprocess.Popen(
            (BINARY, "server", f"-config={self.folder / 'openbao.hcl'}"),
            stdout=(self.folder / "log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        self._wait(lambda: self.ask("GET", "sys/seal-status")[0] == 200)
        if new:
            self._set_up()
        self._wait(lambda: self.ask("GET", "sys/health")[0] == 200)
        return self

    def _write(self) -> None:
        for name in ("data", "audit", "tls"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        for name in ("kms.crt", "kms.key", "ca.crt"):
            (self.folder / "tls" / name).write_bytes((self.pki / name).read_bytes())
        unseal = self.folder / "unseal.key"
        unseal.write_text(secrets.token_hex(32))
        settings = config.load({"NUTSHELL_DATA": str(self.pki.parent), "NUTSHELL_KMS": self.address})
        for name, text in openbao.openbao_files(settings, str(self.folder), str(unseal)).items():
            (self.folder / name).write_text(text)

    def _set_up(self) -> None:
        status, found = self.ask("POST", "sys/init", {"recovery_shares": 1, "recovery_threshold": 1})
        assert status == 200, found
        self.root = found["root_token"]
        self._wait(lambda: self.ask("GET", "sys/health")[0] == 200)
        self.run("sh", str(self.folder / "set-up.sh"))

    def run(self, *command: str) -> str:
        """With the environment of OpenBao's operator."""
        operator = self.files("operator")
        environ = {
            "PATH": f"{BINARY.parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "BAO_ADDR": f"https://127.0.0.1:{self.port}",
            "BAO_TLS_SERVER_NAME": SERVER_NAME,
            "BAO_CACERT": str(operator.ca),
            "BAO_CLIENT_CERT": str(operator.certificate),
            "BAO_CLIENT_KEY": str(operator.key),
            "BAO_TOKEN": self.root,
        }
        said = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        return said.stdout

    def ask(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, dict]:
        """A request of one's own, with the operator's certificate and by default the root token."""
        files = self.files("operator")
        context = ssl.create_default_context(cafile=files.ca)
        context.load_cert_chain(files.certificate, files.key)
        headers = {"X-Vault-Token": self.root if token is None else token}
        with closing(_Named("127.0.0.1", self.port, context=context, timeout=60)) as connection:
            connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        return answer.status, json.loads(content) if content else {}

    def hang_up(self) -> None:
        """As logrotate does."""
        self._process.send_signal(signal.SIGHUP)

    def pause(self, on: bool) -> None:
        """Returns when none of its threads runs any more: until then, it may still answer."""
        self._process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)
        threads = Path(f"/proc/{self._process.pid}/task")
        while on and any(one.read_text().rpartition(")")[2].split()[0] != "T" for one in threads.glob("*/stat")):
            time.sleep(0.01)

    def keep(self) -> "OpenBaoServer":
        """What `anew` goes back to."""
        self.stop()
        shutil.copytree(self.folder / "data", self.folder / "kept")
        return self

    def anew(self) -> "OpenBaoServer":
        self.stop()
        for name in ("data", "audit"):
            shutil.rmtree(self.folder / name)
        shutil.copytree(self.folder / "kept", self.folder / "data")
        (self.folder / "audit").mkdir(mode=0o700)
        return self.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _wait(self, ready) -> None:
        for _ in range(600):
            try:
                if ready():
                    return
            except OSError:
                pass
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])


class _Named(HTTPSConnection):
    """The certificate is for a name that no resolver knows."""

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=SERVER_NAME)


def _free_port() -> int:
    """With the next one free, too: that is the cluster's."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBaoServer]:
    folder = tmp_path_factory.mktemp("openbao")
    server = OpenBaoServer(folder / "bao", folder / "pki")
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kept_bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBaoServer]:
    folder = tmp_path_factory.mktemp("openbao")
    server = OpenBaoServer(folder / "bao", folder / "pki")
    try:
        yield server.start().keep()
    finally:
        server.stop()


@pytest.fixture
def own_bao(kept_bao: OpenBaoServer) -> OpenBaoServer:
    return kept_bao.anew()
