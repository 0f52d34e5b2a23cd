"""`nutshell rotate`: a new version of the KMS key, with everything wrapped anew under it, or new signing keys."""

from argparse import ArgumentParser
from collections.abc import Callable

import msgspec

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError, Conflict
from nutshell.common.kms_address import OpenBao
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.types import Rotation

from .command import Arguments, django_as
from .config import Config
from .key_store import client
from .openbao import KeyVersions


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=tuple(_ROTATIONS), help="kms: what wraps all keys; signing: what signs")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    config: Config = settings.NUTSHELL
    _ROTATIONS[arguments.what](config, client(config, "operator"))


def _signing(_config: Config, operator: KeyStoreClient) -> None:
    for name, version in operator.rotate_signing().items():
        print(f"{name}s are signed by version {version} from now on.")
    print("What was signed before is checked as before. Publish the new keys: `nutshell receipt keys`.")


def _kms(config: Config, operator: KeyStoreClient) -> None:
    begun = _begun(config, operator)
    print(_began(begun), flush=True)
    done = _finished(operator, begun)
    print(f"Done: {done} keys are wrapped by version {_number(begun)}. No record was touched.")


def _begun(config: Config, operator: KeyStoreClient) -> Rotation:
    """A version that the key store may not make is made here, with the operator's certificate for OpenBao."""
    try:
        return operator.begin_rotation()
    except Conflict:
        if not isinstance(config.kms, OpenBao):
            raise ConfigurationError("The KMS has no newer version: is NUTSHELL_KMS set here, too?") from None
    versions = KeyVersions(config, config.kms)
    for number in versions.forget(clock.now()):
        print(f"Version {number} wraps nothing any more, in no backup either: it is destroyed.")
    versions.rotate()
    return msgspec.structs.replace(operator.begin_rotation(), resumed=False)


def _began(begun: Rotation) -> str:
    how = "Going on with the rotation that was cut off" if begun.resumed else "Rotating"
    return f"{how}: version {_number(begun)}, {begun.left} keys to wrap anew."


def _finished(operator: KeyStoreClient, begun: Rotation) -> int:
    done, left = 0, begun.left
    while left:
        part = operator.rewrap()
        done, left = done + part.rewrapped, part.left
        print(f"  {done} done, {left} left", flush=True)
    return done


def _number(rotation: Rotation) -> int:
    return rotation.version & 0xFFFFFF


_ROTATIONS: dict[str, Callable[[Config, KeyStoreClient], None]] = {"kms": _kms, "signing": _signing}
