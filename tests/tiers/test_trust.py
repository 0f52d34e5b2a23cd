"""`nutshell trust` puts the local CA where browsers look, and says what it did."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_without_the_rights_for_the_systems_store_it_says_what_to_type(certificate: Path, tmp_path: Path) -> None:
    installed, said = trust._into(tmp_path / "absent" / "ca.crt", "true", certificate)
    assert not installed
    assert str(certificate) in said


def test_a_public_host_has_nothing_to_trust(tmp_path: Path) -> None:
    done = _run(tmp_path, "trust", NUTSHELL_HOST="diary.example")
    assert done.returncode == 1
    assert done.stderr == "nutshell: diary.example has a public certificate: there is nothing to trust.\n"
