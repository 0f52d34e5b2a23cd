"""Caddy alone, with the product's own configuration, before web processes of a test's choice."""

import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.stack import free_ports, short_folder

from nutshell.ops import caddy, config
from nutshell.ops.up import write_caddyfile


@contextmanager
def front(pki: Path, web: tuple[int, ...], folder: Path) -> Iterator[httpx.Client]:
    """Run it with the certificates of `pki`; a client that trusts them."""
    data = short_folder()
    https_port, http_port = free_ports(2)
    settings = config.load(
        {
            "NUTSHELL_DATA": str(data),
            "NUTSHELL_HTTPS_PORT": str(https_port),
            "NUTSHELL_HTTP_PORT": str(http_port),
        }
    )
    settings.run.mkdir(parents=True)
    settings.pki.symlink_to(pki)
    write_caddyfile(settings, [f"127.0.0.1:{port}" for port in web])
    binary = caddy.verified_binary(settings)
    command = [str(binary), "run", "--config", str(settings.run / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        try:
            context = ssl.create_default_context(cafile=pki / "ca.crt")
            with httpx.Client(base_url=f"https://localhost:{https_port}", verify=context, timeout=10) as client:
                _wait(client)
                yield client
        finally:
            process.terminate()
            process.wait(10)


def _wait(client: httpx.Client) -> None:
    for _ in range(100):
        try:
            client.get("/static/nothing")
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("Caddy does not listen")
