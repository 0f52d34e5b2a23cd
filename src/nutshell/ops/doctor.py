"""`nutshell doctor`: every setting with its meaning and state, then what is wrong with the installation."""

import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import timedelta

from nutshell.common import clock, kms_address
from nutshell.common.errors import ConfigurationError, WrongSetting
from nutshell.vault.keystore.kms import has_passphrase
from nutshell.vault.keystore.opening import read_secret

from . import caddy
from . import config as settings
from .backup import servers
from .backup.sets import Sets, moment
from .command import Arguments
from .config import SETTINGS, Config, Setting

LATE = 3
"""A set is missed when so many times its interval have passed."""


def configure(parser: ArgumentParser) -> None:
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> int:
    lines, wrong = examine(os.environ)
    print("\n".join(lines))
    return 1 if wrong else 0


def examine(environ: Mapping[str, str]) -> tuple[list[str], int]:
    """The report, and how many things in it are wrong."""
    faults = {setting.name: fault for setting in SETTINGS if (fault := _fault(setting, environ))}
    lines = [line for setting in SETTINGS for line in _explained(setting, environ, faults.get(setting.name))]
    found = _unknown(environ) + ([] if faults else _problems(settings.load(environ)))
    return [*lines, "", *(f"wrong: {problem}" for problem in found), *_verdict(len(found) + len(faults))], len(
        found
    ) + len(faults)


def _verdict(count: int) -> list[str]:
    return [f"{count} thing{'s' if count > 1 else ''} to put right." if count else "Nothing is wrong."]


def _fault(setting: Setting, environ: Mapping[str, str]) -> str:
    try:
        settings.value(setting.name, environ)
    except WrongSetting as wrong:
        return wrong.sentence
    return ""


def _explained(setting: Setting, environ: Mapping[str, str], fault: str | None) -> list[str]:
    text = environ.get(setting.name, "")
    shown = "(set, not shown)" if setting.secret else text
    state = f"set to {shown}" if text else f"not set, so {setting.default}" if setting.default else "not set"
    return [f"{setting.name}: {state}", f"    {setting.meaning}", *([f"    wrong: {fault}"] if fault else [])]


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {*settings.BY_NAME, "NUTSHELL_LAUNCHER"}
    strange = sorted(name for name in environ if name.startswith("NUTSHELL_") and name not in known)
    return [f"{name} is not a setting of Nutshell." for name in strange]


def _problems(config: Config) -> list[str]:
    checks: tuple[Callable[[Config], list[str]], ...] = (settings.problems, _caddy, _folder, _kms, _backups, _tools)
    return [problem for check in checks for problem in check(config)]


def _caddy(config: Config) -> list[str]:
    try:
        caddy.verified_binary(config)
    except ConfigurationError as wrong:
        return [wrong.sentence]
    return []


def _folder(config: Config) -> list[str]:
    if config.data.exists() and config.data.stat().st_mode & 0o077:
        return [f"{config.data} can be read by others: run chmod 700 on it."]
    return []


def _backups(config: Config) -> list[str]:
    """Whether sets are made as often as was chosen. A new installation has none to miss."""
    if config.backups is None:
        return []
    used = servers.are_used(config)
    if not (config.backups if used else config.data / "records.sqlite3").exists():
        return []
    whole = (servers.of(config) if used else Sets(config.backups)).whole()
    if not whole:
        return [f"{config.backups} holds no whole set of backups: run `nutshell backup`."]
    age = clock.now() - moment(whole[-1])
    if age > LATE * timedelta(minutes=config.backup_minutes):
        return [f"The newest backup is of {whole[-1]}: is `nutshell up` running, and can it write to {config.backups}?"]
    return []


def _kms(config: Config) -> list[str]:
    """What the key store would refuse to start with. Nothing is changed, and OpenBao is not asked."""
    try:
        for one in (config.kms, config.kms_old):
            if isinstance(one, kms_address.Pkcs11):
                read_secret(one.pin)
            elif isinstance(one, kms_address.File):
                _key_file(config)
    except ConfigurationError as wrong:
        return [wrong.sentence % wrong.params]
    return []


def _key_file(config: Config) -> None:
    if config.kms_passphrase_file is not None:
        read_secret(config.kms_passphrase_file)
    elif config.kms_key.exists() and has_passphrase(config.kms_key):
        raise ConfigurationError("The KMS key file has a passphrase: name its file in NUTSHELL_KMS_PASSPHRASE_FILE.")


def _tools(_config: Config) -> list[str]:
    old = sys.version_info < (3, 11)
    return ["Python 3.11 or newer is needed."] if old or not shutil.which(sys.executable) else []
