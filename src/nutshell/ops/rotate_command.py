"""`nutshell rotate kms`: a new version of the KMS key, and everything wrapped anew under it while the product runs."""

from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError, Conflict
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.types import Rotation

from .command import Arguments, django_as
from .config import Config
from .key_store import client


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("what", metavar="kms", choices=("kms",))
    parser.set_defaults(run=_run)


def _run(_arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings

    config: Config = settings.NUTSHELL
    operator = client(config, "operator")
    begun = _begun(operator)
    print(_began(begun), flush=True)
    done = _finished(operator, begun)
    print(f"Done: {done} keys are wrapped by version {_number(begun)}. No record was touched.")


def _begun(operator: KeyStoreClient) -> Rotation:
    try:
        return operator.begin_rotation()
    except Conflict:
        raise ConfigurationError("The KMS has no newer version of its key.") from None


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
