"""`nutshell trust` puts the local CA where browsers look, and says what it did."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.stack import Stack

from nutshell.ops import trust


@pytest.fixture
def home(tmp_path: Path) -> Path:
    if not shutil.which("certutil"):
        pytest.skip("certutil is not installed (libnss3-tools)")
    return tmp_path


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    done = _run(tmp_path, "trust", "--print")
    assert done.returncode == 0
    return Path(done.stdout.strip())


def _run(folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environ = {"PATH": os.environ["PATH"], "NUTSHELL_DATA": str(folder / "data"), "PYTHONPATH": "src", **more}
    command = [sys.executable, "-m", "nutshell.ops.command", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_print_only_names_the_certificate(certificate: Path, tmp_path: Path) -> None:
    assert certificate == tmp_path / "data" / "pki" / "ca.crt"
    assert certificate.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_the_browsers_store_takes_the_ca_once_for_servers_only(home: Path, certificate: Path) -> None:
    for _ in range(2):
        assert trust._browsers(certificate, home) == [
            (True, f"The browser store {home / '.pki' / 'nssdb'} trusts it now.")
        ]
    listed = subprocess.run(
        ["certutil", "-L", "-d", f"sql:{home / '.pki' / 'nssdb'}"], capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[-1] for line in listed.splitlines() if trust.NICKNAME in line] == ["C,,"]


def test_the_browsers_store_gives_the_trust_back(home: Path, certificate: Path) -> None:
    store = home / ".pki" / "nssdb"
    trust._browsers(certificate, home)
    assert [trust._out_of_store(folder) for folder in trust._stores(home)] == [
        (True, f"The browser store {store} does not trust it any more.")
    ]
    assert trust._out_of_store(store) == (False, f"The browser store {store} did not trust it.")
    listed = subprocess.run(["certutil", "-L", "-d", f"sql:{store}"], capture_output=True, text=True, check=True).stdout
    assert trust.NICKNAME not in listed


IN_A_ROOM_OF_ITS_OWN = """
set -e
mount -t tmpfs tmpfs /usr/local/share/ca-certificates
cp -a /etc/ssl "$HOME/ssl" && mount --bind "$HOME/ssl" /etc/ssl
fetch() { curl --silent --output /dev/null --write-out '%{http_code}' "$URL" || echo "refused $?"; }
say() { echo "$1: $2"; }
say before "$(fetch)"
"$PYTHON" -m nutshell.ops.command trust | sed 's/^/trust: /'
say trusted "$(fetch)"
"$PYTHON" -m nutshell.ops.command trust --remove | sed 's/^/remove: /'
say after "$(fetch)"
say left "$(ls /usr/local/share/ca-certificates | wc -l) $(find -L /etc/ssl/certs -type l | wc -l)"
"""
"""Mounts that end with the shell: the machine's own store is never touched."""


@pytest.mark.stack
def test_curl_believes_the_system_and_no_longer_after_it_was_taken_back(stack: Stack, tmp_path: Path) -> None:
    tools = ("unshare", "update-ca-certificates", "curl", "certutil")
    if os.geteuid() or not all(shutil.which(tool) for tool in tools):
        pytest.skip("needs root, and " + ", ".join(tools))
    environ = {**stack.environ, "HOME": str(tmp_path), "URL": f"{stack.url}/healthz", "PYTHON": sys.executable}
    before = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", IN_A_ROOM_OF_ITS_OWN],
        env=environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr + done.stdout
    assert said[0] == "before: 000refused 60"  # curl's word for a certificate that nobody vouches for
    assert "trust: The system trusts it now (/usr/local/share/ca-certificates/nutshell-local-ca.crt)." in said
    assert "trusted: 200" in said
    assert any(line.startswith("remove: The system does not trust it any more") for line in said)
    assert any(line.startswith("remove: The browser store") for line in said)
    assert said[-2:] == ["after: 000refused 60", "left: 0 0"]
    assert Path("/etc/ssl/certs/ca-certificates.crt").read_bytes() == before


def test_without_the_rights_for_the_systems_store_it_says_what_to_type(certificate: Path, tmp_path: Path) -> None:
    installed, said = trust._into(tmp_path / "absent" / "ca.crt", ("true",), certificate)
    assert not installed
    assert str(certificate) in said


def test_a_public_host_has_nothing_to_trust(tmp_path: Path) -> None:
    done = _run(tmp_path, "trust", NUTSHELL_HOST="diary.example")
    assert done.returncode == 1
    assert done.stderr == "nutshell: diary.example has a public certificate: there is nothing to trust.\n"
