"""The key store's process: opens KMS and database, replays tombstones, then serves over mutual TLS."""

import os
import resource
import sys
from typing import TYPE_CHECKING, Any

import django
from django.apps import apps
from django.core.management import call_command

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError, WrongSetting

from . import opening, tls
from .kms import Kms
from .tombstones import Tombstones

if TYPE_CHECKING:
    from .core import Core


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
        _open_kms(config),
        Tombstones(config.tombstones),
        openings=config.openings,
        canaries_kept=config.canaries,
    )
    _check_opens(core)
    service.prepare(core)
    listener.serve(config.keys_address or ("127.0.0.1", 0), core, context)


def _set_up() -> None:
    if apps.ready:
        raise ConfigurationError("The key store is a process of its own: NUTSHELL_ROLE=keys.")
    os.environ["NUTSHELL_ROLE"] = "keys"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nutshell.settings")
    django.setup(set_prefix=False)


def _open_kms(config: Any) -> Kms:
    """The KMS of the settings; a new key only for a database that holds nothing yet. Else ConfigurationError."""
    from . import rotation
    from .models import InstallationKey

    places = opening.Places(
        config.kms,
        config.kms_old,
        config.kms_key,
        config.kms_passphrase_file,
        _bao_files(config),
        config.kms_ca is None,
        new=not InstallationKey.objects.exists(),
    )
    opening.check_kinds(places, rotation.kinds_in_use())
    return opening.open_kms(places, clock.now())


def _bao_files(config: Any) -> tls.Files:
    """What the key store shows OpenBao, and by which CA it knows it: the local one unless settings name others."""
    own = tls.files(config.pki, "kms-client")
    return tls.Files(
        config.kms_ca or own.ca, config.kms_certificate or own.certificate, config.kms_certificate_key or own.key
    )


def _check_opens(core: "Core") -> None:
    """Raises ConfigurationError if this KMS's key is another one than the database was wrapped with."""
    from nutshell.envelope.errors import EnvelopeError

    from .core import Wrapped
    from .models import InstallationKey

    rows = InstallationKey.objects.exclude(wrapped=b"")
    try:
        core.unwrap_many([Wrapped(row.wrapped, "installation", (row.name, row.version)) for row in rows])
    except EnvelopeError:
        raise ConfigurationError("The keys database does not open with the key of this KMS.") from None


def run() -> None:
    """`python -m nutshell.vault.keystore`: the same, with one sentence instead of a traceback."""
    try:
        main()
    except (ConfigurationError, WrongSetting) as wrong:
        sys.exit(wrong.sentence % wrong.params if wrong.params else wrong.sentence)
