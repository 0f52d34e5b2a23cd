"""A public host name gets its certificate by ACME: shown against a second Caddy that is the authority.

It runs in a network namespace of its own, with its own /etc/hosts: there the ports 80 and 443 are free, a public
name can point at this machine, and nothing reaches any other host.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stack import short_folder

pytestmark = pytest.mark.stack
INSIDE = Path(__file__).with_name("acme_inside.py")
ENTER = 'ip link set lo up && mount --bind "$1" /etc/hosts && exec "$2" "$3" "$4"'


def test_a_public_host_gets_its_certificate_by_acme(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rnm", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no network namespaces (unshare -rnm)")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost diary.example blog.example acme.example\n")
    folder = short_folder().parent
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", ENTER, "sh", str(hosts), sys.executable, str(INSIDE), str(folder)],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["issuer"].startswith("Nutshell test authority")
    assert (found["names"], found["blog"]) == (["diary.example"], "blog.example")
    assert found["tls"] == "TLSv1.3"
    assert found["status"] == 200
    assert found["redirect"] == "https://diary.example/x"
