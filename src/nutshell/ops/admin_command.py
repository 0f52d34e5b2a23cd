"""`nutshell admin`: who may use the operators' console. `nutshell admin serve` is the console itself."""

import os
from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError, NotFound

from . import certificates
from . import config as settings
from .command import Arguments, django_as
from .config import Config
from .files import private_folder, write_private
from .key_store import require
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    for name, run, text in (
        ("add", _add, "make an operator's account, its certificate and its second factor"),
        ("renew", _renew, "make another certificate for an operator; the one before opens nothing any more"),
        ("remove", _remove, "remove an operator's account: its certificate opens nothing any more"),
    ):
        act = acts.add_parser(name, help=text)
        act.add_argument("name", metavar="NAME", help="what the operator is called here, such as olga")
        act.set_defaults(run=run)
    acts.add_parser("list", help="list the operators").set_defaults(run=_list)
    serve = acts.add_parser("serve", help="run the console (started by `up`)")
    serve.add_argument("--listen", required=True, metavar="HOST:PORT", type=_place, help="where, over mutual TLS")
    serve.set_defaults(run=_serve)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _ready() -> Config:
    """Django is set up, and the key store is there."""
    harden()
    django_as("cli")
    from django.conf import settings as django_settings

    config: Config = django_settings.NUTSHELL
    require(config)
    return config


def _add(arguments: Arguments) -> None:
    config = _ready()
    from nutshell.operators import actions, second_factor

    actions.check_name(arguments.name)
    password, made = _certificate(config, arguments.name)
    new = actions.add(arguments.name, made.fingerprint)
    _hand_over(config, arguments.name, password, made)
    print(f"  For the authenticator app, shown once: {second_factor.address(arguments.name, new.factor)}")


def _renew(arguments: Arguments) -> None:
    config = _ready()
    from nutshell.operators import actions

    actions.check_name(arguments.name)
    password, made = _certificate(config, arguments.name)
    try:
        actions.certify(arguments.name, made.fingerprint)
    except NotFound:
        raise ConfigurationError(_NOBODY) from None
    _hand_over(config, arguments.name, password, made)


_NOBODY = "There is no operator of this name: `nutshell admin list` shows them."


def _certificate(config: Config, name: str) -> tuple[str, certificates.OperatorFile]:
    from nutshell.accounts import passphrases

    password = passphrases.suggest()
    return password, certificates.operator_file(config.pki, name, password)


def _hand_over(config: Config, name: str, password: str, made: certificates.OperatorFile) -> None:
    path = private_folder(config.data / "operators") / f"{name}.p12"
    write_private(path, made.content)
    print(f"{name} can use the console with this certificate, for 90 days: {path}")
    print(f"  Its passphrase, shown once: {password}")
    print("  Put it into the browser of the machine where this operator sits, then remove the file.")


def _remove(arguments: Arguments) -> None:
    _ready()
    from nutshell.operators import actions

    try:
        actions.remove(arguments.name)
    except NotFound:
        raise ConfigurationError(_NOBODY) from None
    print(f"{arguments.name} is no operator any more.")


def _list(_arguments: Arguments) -> None:
    _ready()
    from nutshell.operators import queries

    print("\n".join(f"{one.name:30} since {one.added_at:%Y-%m-%d}" for one in queries.operators()) or "There is none.")


def _serve(arguments: Arguments) -> None:
    harden()
    os.environ.setdefault("NUTSHELL_ROLE", "admin")
    found = settings.load(os.environ)
    settings.check(found)
    from .admin_process import serve

    serve(found, *arguments.listen)
