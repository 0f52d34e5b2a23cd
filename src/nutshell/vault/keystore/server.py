"""The key store's process: opens KMS and database, replays tombstones, then serves over mutual TLS."""

import os
import resource
import sys
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError, WrongSetting

from . import tls
from .kms import KeyFile
from .tombstones import Tombstones


def main() -> None:
    """`nutshell keys`: until SIGTERM or SIGINT. Raises ConfigurationError where anything that protects is missing."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    _set_up()
    # Only now: models can be imported after Django is set up for this role.
    from django.conf import settings

    from . import listener, service
    from .core import Core

    config = settings.NUTSHELL
    context = tls.Renewing(tls.files(config.pki, "keys"), server=True)
    call_command("migrate", database="keys", verbosity=0, interactive=False)
    core = Core(
        _open_kms(config.kms_key),
        Tombstones(config.tombstones),
        openings=config.openings,
        canaries_kept=config.canaries,
    )
    service.prepare(core)
    listener.serve(config.keys_address or ("127.0.0.1", 0), core, context)


def _set_up() -> None:
    if apps.ready:
        raise ConfigurationError("The key store is a process of its own: NUTSHELL_ROLE=keys.")
    os.environ["NUTSHELL_ROLE"] = "keys"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nutshell.settings")
    django.setup(set_prefix=False)


def _open_kms(path: Path) -> KeyFile:
    """The key file; a new one only for a database that holds nothing yet. Else ConfigurationError."""
    from .models import InstallationKey

    if not path.exists() and not InstallationKey.objects.exists():
        return KeyFile.create(path, clock.now())
    return KeyFile(path)


def run() -> None:
    """`python -m nutshell.vault.keystore`: the same, with one sentence instead of a traceback."""
    try:
        main()
    except (ConfigurationError, WrongSetting) as wrong:
        sys.exit(wrong.sentence % wrong.params if wrong.params else wrong.sentence)
