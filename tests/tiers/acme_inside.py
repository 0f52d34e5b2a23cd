"""The part of the ACME test that runs inside its own network namespace. Prints what it found as JSON."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.officers import NAMED  # noqa: E402
from tests.stack import Stack  # noqa: E402

from nutshell.ops import caddy, config  # noqa: E402

HOST, BLOG = "diary.example", "blog.example"
AUTHORITY = """{
  storage file_system "%(folder)s/authority"
  admin off
  skip_install_trust
  auto_https disable_redirects
  http_port 14080
  https_port 14443
  pki {
    ca local {
      name "Nutshell test authority"
      root_cn "Nutshell test authority root"
      intermediate_cn "Nutshell test authority intermediate"
    }
  }
}
https://acme.example:14443 {
  tls internal
  acme_server
}
"""


def wait(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit("it took too long")
        time.sleep(0.2)


def connected(root: Path, host: str = HOST) -> ssl.SSLSocket | None:
    context = ssl.create_default_context(cafile=root)
    try:
        return context.wrap_socket(socket.create_connection((host, 443), timeout=5), server_hostname=host)
    except OSError:
        return None


def look(root: Path) -> dict[str, object]:
    with connected(root) as found:
        peer = found.getpeercert()
        names = [name for kind, name in peer["subjectAltName"] if kind == "DNS"]
        issuer = {key: value for part in peer["issuer"] for key, value in part}["commonName"]
        seen = {"names": names, "issuer": issuer, "tls": found.version()}
    page = http.client.HTTPSConnection(HOST, context=ssl.create_default_context(cafile=root), timeout=15)
    page.request("GET", "/healthz")
    plain = http.client.HTTPConnection(HOST, 80, timeout=5)
    plain.request("GET", "/x")
    with connected(root, BLOG) as blog:
        seen["blog"] = blog.getpeercert()["subjectAltName"][0][1]
    return {**seen, "status": page.getresponse().status, "redirect": plain.getresponse().getheader("location")}


def main(folder: Path) -> None:
    (folder / "Caddyfile").write_text(AUTHORITY % {"folder": folder})
    binary = caddy.verified_binary(config.load({}))
    root = folder / "authority" / "pki" / "authorities" / "local" / "root.crt"
    with (folder / "authority.log").open("wb") as log:
        command = [str(binary), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        authority = subprocess.Popen(command, stderr=log, env={"HOME": str(folder), "PATH": os.environ["PATH"]})
    product = Stack(
        folder / "data",
        {
            "NUTSHELL_HOST": HOST,
            "NUTSHELL_BLOG_HOST": BLOG,
            "NUTSHELL_HTTPS_PORT": "443",
            "NUTSHELL_HTTP_PORT": "80",
            **NAMED,
            "NUTSHELL_ACME_DIRECTORY": "https://acme.example:14443/acme/local/directory",
            "NUTSHELL_ACME_CA": str(root),
            "PYTHONPATH": str(ROOT / "src"),
        },
    )
    try:
        wait(root.exists, 20)
        product.start()
        wait(lambda: connected(root) is not None and connected(root, BLOG) is not None, 60)
        print(json.dumps(look(root)))
    finally:
        if product.process is not None:
            product.stop()
        authority.terminate()
        authority.wait(10)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
