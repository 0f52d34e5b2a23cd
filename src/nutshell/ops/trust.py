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
    # Folder for own certificates, and the command that takes them up, or forgets what is gone: Debian and kin,
    # Fedora and kin.
    (Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",), ("update-ca-certificates", "--fresh")),
    (Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust",), ("update-ca-trust",)),
)
FILE = "nutshell-local-ca.crt"
NICKNAME = "Nutshell local CA"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--print", action="store_true", dest="only_print", help="only print the path of the certificate"
    )
    parser.add_argument("--remove", action="store_true", help="take the trust back, wherever it was given")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> int:
    config = load(os.environ)
    certificate = authority(config)
    if arguments.only_print:
        print(certificate)
        return 0
    act = _untrusted if arguments.remove else _trusted
    done = act(certificate)
    print("\n".join(line for _, line in done))
    return 0 if any(changed for changed, _ in done) else 1


def _trusted(certificate: Path) -> list[tuple[bool, str]]:
    """What was done for each store, and whether it worked."""
    return [_system(certificate), *_browsers(certificate, Path.home())]


def _untrusted(certificate: Path) -> list[tuple[bool, str]]:
    return [_out_of_system(certificate), *(_out_of_store(folder) for folder in _stores(Path.home()))]


def authority(config: Config) -> Path:
    """The CA's certificate, made now if `nutshell up` has not run yet. Raises ConfigurationError for a public host."""
    if not config.loopback:
        raise ConfigurationError(f"{config.host} has a public certificate: there is nothing to trust.")
    certificates.ensure(config.pki, config.host, blog=config.blog_host)
    return config.pki / "ca.crt"


def _system(certificate: Path) -> tuple[bool, str]:
    if sys.platform == "darwin":
        return False, f"By hand: security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {certificate}"
    for folder, command, _ in SYSTEM_STORES:
        if folder.is_dir() and shutil.which(command[0]):
            return _into(folder / FILE, command, certificate)
    return False, f"This system's certificate store is not known: add {certificate} by hand."


def _into(target: Path, command: tuple[str, ...], certificate: Path) -> tuple[bool, str]:
    try:
        target.write_bytes(certificate.read_bytes())
        target.chmod(0o644)
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a fixed name
    except PermissionError:
        return False, f"As administrator: sudo cp {certificate} {target} && sudo {' '.join(command)}"
    except (OSError, subprocess.CalledProcessError):
        return False, f"{command[0]} failed: add {certificate} to the system's certificates by hand."
    return True, f"The system trusts it now ({target})."


def _out_of_system(certificate: Path) -> tuple[bool, str]:
    if sys.platform == "darwin":
        return False, f"By hand: security remove-trusted-cert {certificate}"
    for folder, _, command in SYSTEM_STORES:
        if (folder / FILE).exists():
            return _out_of(folder / FILE, command)
    return False, "The system did not trust it."


def _out_of(target: Path, command: tuple[str, ...]) -> tuple[bool, str]:
    try:
        target.unlink()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a fixed name
    except PermissionError:
        return False, f"As administrator: sudo rm {target} && sudo {' '.join(command)}"
    except (OSError, subprocess.CalledProcessError):
        return False, f"{command[0]} failed: repeat it as administrator."
    return True, f"The system does not trust it any more ({target})."


def _browsers(certificate: Path, home: Path) -> list[tuple[bool, str]]:
    """Chromium keeps its own store, and so does each profile of Firefox."""
    if not shutil.which("certutil"):
        return [(False, "For Chromium and Firefox install certutil (libnss3-tools) and repeat, or import it by hand.")]
    chromium = home / ".pki" / "nssdb"
    if not (chromium / "cert9.db").exists():
        chromium.mkdir(parents=True, exist_ok=True, mode=0o700)
        _certutil("-N", "--empty-password", "-d", f"sql:{chromium}")
    return [_into_store(folder, certificate) for folder in _stores(home)]


def _stores(home: Path) -> list[Path]:
    """Folders of the browsers' stores that exist."""
    found = [home / ".pki" / "nssdb" / "cert9.db", *(home / ".mozilla" / "firefox").glob("*/cert9.db")]
    return [database.parent for database in found if database.exists()]


def _into_store(folder: Path, certificate: Path) -> tuple[bool, str]:
    store = f"sql:{folder}"
    _certutil("-D", "-d", store, "-n", NICKNAME)
    if _certutil("-A", "-d", store, "-n", NICKNAME, "-t", "C,,", "-i", str(certificate)):
        return True, f"The browser store {folder} trusts it now."
    return False, f"The browser store {folder} could not be changed: import {certificate} by hand."


def _out_of_store(folder: Path) -> tuple[bool, str]:
    if not shutil.which("certutil"):
        return False, f"The browser store {folder} needs certutil (libnss3-tools), or remove {NICKNAME} by hand."
    if _certutil("-D", "-d", f"sql:{folder}", "-n", NICKNAME):
        return True, f"The browser store {folder} does not trust it any more."
    return False, f"The browser store {folder} did not trust it."


def _certutil(*arguments: str) -> bool:
    done = subprocess.run(["certutil", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - found above
    return done.returncode == 0
