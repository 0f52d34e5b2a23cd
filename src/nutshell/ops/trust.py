"""`nutshell trust`: browsers accept passkeys and the installed app only without certificate errors."""

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from . import certificates
from .command import Arguments
from .config import Config, load

SYSTEM_STORES = (
    # Folder for own certificates, and the command that takes them up: Debian and kin, Fedora and kin.
    (Path("/usr/local/share/ca-certificates"), "update-ca-certificates"),
    (Path("/etc/pki/ca-trust/source/anchors"), "update-ca-trust"),
)
NICKNAME = "Nutshell local CA"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--print", action="store_true", dest="only_print", help="only print the path of the certificate"
    )
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> int:
    config = load(os.environ)
    certificate = authority(config)
    if arguments.only_print:
        print(certificate)
        return 0
    done = [_system(certificate), *_browsers(certificate, Path.home())]
    print("\n".join(line for _, line in done))
    return 0 if any(installed for installed, _ in done) else 1


def authority(config: Config) -> Path:
    """The CA's certificate, made now if `nutshell up` has not run yet. Raises ConfigurationError for a public host."""
    if not config.loopback:
        raise ConfigurationError(f"{config.host} has a public certificate: there is nothing to trust.")
    certificates.ensure(config.pki, config.host)
    return config.pki / "ca.crt"


def _system(certificate: Path) -> tuple[bool, str]:
    if sys.platform == "darwin":
        return False, f"By hand: security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {certificate}"
    for folder, command in SYSTEM_STORES:
        if folder.is_dir() and shutil.which(command):
            return _into(folder / "nutshell-local-ca.crt", command, certificate)
    return False, f"This system's certificate store is not known: add {certificate} by hand."


def _into(target: Path, command: str, certificate: Path) -> tuple[bool, str]:
    try:
        target.write_bytes(certificate.read_bytes())
        target.chmod(0o644)
        subprocess.run([command], check=True, capture_output=True)  # noqa: S603 - a fixed name
    except PermissionError:
        return False, f"As administrator: sudo cp {certificate} {target} && sudo {command}"
    except (OSError, subprocess.CalledProcessError):
        return False, f"{command} failed: add {certificate} to the system's certificates by hand."
    return True, f"The system trusts it now ({target})."


def _browsers(certificate: Path, home: Path) -> list[tuple[bool, str]]:
    """Chromium keeps its own store, and so does each profile of Firefox."""
    if not shutil.which("certutil"):
        return [(False, "For Chromium and Firefox install certutil (libnss3-tools) and repeat, or import it by hand.")]
    chromium = home / ".pki" / "nssdb"
    if not (chromium / "cert9.db").exists():
        chromium.mkdir(parents=True, exist_ok=True, mode=0o700)
        _certutil("-N", "--empty-password", "-d", f"sql:{chromium}")
    profiles = [found.parent for found in (home / ".mozilla" / "firefox").glob("*/cert9.db")]
    return [_into_store(folder, certificate) for folder in (chromium, *profiles)]


def _into_store(folder: Path, certificate: Path) -> tuple[bool, str]:
    store = f"sql:{folder}"
    _certutil("-D", "-d", store, "-n", NICKNAME)
    if _certutil("-A", "-d", store, "-n", NICKNAME, "-t", "C,,", "-i", str(certificate)):
        return True, f"The browser store {folder} trusts it now."
    return False, f"The browser store {folder} could not be changed: import {certificate} by hand."


def _certutil(*arguments: str) -> bool:
    done = subprocess.run(["certutil", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - found above
    return done.returncode == 0
