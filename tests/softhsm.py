"""SoftHSM (Debian's softhsm2) with tokens of its own: a PKCS#11 module in software, for tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MODULE = next(Path("/usr/lib").glob("**/softhsm/libsofthsm2.so"), Path("/usr/lib/softhsm/libsofthsm2.so"))
LABEL = "nutshell"
PIN = "7394-test"


def settings(folder: Path) -> dict[str, str]:
    """SoftHSM's own setting for a process: its tokens lie in this folder. It reads it once."""
    (folder / "tokens").mkdir(exist_ok=True)
    path = folder / "softhsm2.conf"
    path.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return {"SOFTHSM2_CONF": str(path)}


def new(folder: Path, name: str) -> str:
    """The address of a key that is not there yet, on a new token. A process sees those that are older than itself."""
    if shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM (softhsm2) is not installed")
    pin = folder / f"{name}.pin"
    pin.write_text(PIN + "\n")
    pin.chmod(0o600)
    made = ("softhsm2-util", "--init-token", "--free", "--label", name, "--pin", PIN, "--so-pin", "so-pin-1")
    subprocess.run(made, check=True, capture_output=True, env={**os.environ, **settings(folder)})
    return f"pkcs11:token={name};object={LABEL}?module-path={MODULE}&pin-source=file:{pin}"
