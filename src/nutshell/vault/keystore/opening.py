"""Which KMS the settings name, opened. Every contradiction and everything that is missing stops the start."""

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nutshell.common import kms_address as where
from nutshell.common.errors import ConfigurationError

from . import tls
from .kms import KeyFile, Kms
from .moving import Moving
from .transit import ROLE, Api, Transit

KINDS: dict[type[where.Address], int] = {where.File: 0, where.OpenBao: 1, where.Pkcs11: 2}
NAMES = {0: "the key file", 1: "OpenBao", 2: "a PKCS#11 token"}
LONGEST_SECRET = 4096


@dataclass(frozen=True)
class Places:
    """What the settings say about the KMS. `new`: nothing was ever wrapped, so a key that is missing may be made."""

    present: where.Address
    old: where.Address | None
    key_file: Path
    passphrase_file: Path | None
    bao: tls.Files
    own_ca: bool
    new: bool


def open_kms(places: Places, now: datetime) -> Kms:
    """Raises ConfigurationError with one sentence where it does not open."""
    present = _opened(places, places.present, now, places.new)
    if places.old is None:
        return present
    old = _opened(places, places.old, now, new=False)
    return Moving(present, KINDS[type(places.present)], old, KINDS[type(places.old)])


def check_kinds(places: Places, in_use: set[int]) -> None:
    """Raises ConfigurationError if something in the database is wrapped by a KMS that no setting names."""
    named = {KINDS[type(one)] for one in (places.present, places.old) if one is not None}
    for kind in sorted(in_use - named):
        raise ConfigurationError(
            "The keys database was wrapped by %(kind)s, which no setting names: see NUTSHELL_KMS_OLD.",
            kind=NAMES[kind],
        )


def read_secret(path: Path) -> str:
    """A passphrase or PIN: the file's text without the end of its line.

    Raises ConfigurationError if it is missing, empty, or open to others. Its group may read it, as with systemd's
    credentials.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(LONGEST_SECRET).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("The secret in %(path)s cannot be read.", path=str(path)) from None
    if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o037 or not text:
        raise ConfigurationError("%(path)s must be a file with a secret in it and mode 0400 or 0600.", path=str(path))
    return text


def _opened(places: Places, address: where.Address, now: datetime, new: bool) -> Kms:
    if isinstance(address, where.OpenBao):
        return Transit(address, Api(address.host, address.port, places.bao, ROLE, places.own_ca))
    if isinstance(address, where.Pkcs11):
        return _token(address, now, new or places.old is not None)
    return _key_file(places, now, new)


def _key_file(places: Places, now: datetime, new: bool) -> KeyFile:
    secret = None if places.passphrase_file is None else read_secret(places.passphrase_file).encode()
    makes = new or (isinstance(places.present, where.File) and places.old is not None)
    if makes and not places.key_file.exists():
        return KeyFile.create(places.key_file, now, secret)
    return KeyFile(places.key_file, secret)


def _token(address: where.Pkcs11, now: datetime, new: bool) -> Kms:
    try:
        from .hsm import Hsm
    except ImportError:
        raise ConfigurationError("A pkcs11: address needs its driver: install nutshell[pkcs11].") from None
    token = Hsm(address, read_secret(address.pin))
    if token.empty and not new:
        token.close()
        raise ConfigurationError(
            "The token %(token)s holds no key %(label)s.", token=address.token, label=address.label
        )
    if token.empty:
        token.new_version(now)
    return token
