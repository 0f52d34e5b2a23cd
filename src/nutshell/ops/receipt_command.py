"""`nutshell receipt`: check a receipt of an erase, anywhere, and print the keys that check one."""

import os
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path

from nutshell.common import clock, errors
from nutshell.common.errors import ConfigurationError
from nutshell.vault import receipts

from .command import Arguments
from .config import load
from .key_store import client

MOST_BYTES = 65_536
_NO_RECEIPT = (
    "This is no receipt that this key signed: the file was altered, is another file, or another installation made it."
)
_NO_KEY = "This is no key: it is a number, a colon and 43 signs, such as the receipt's page and mail show."


def configure(parser: ArgumentParser) -> None:
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    text = "Check a receipt's signature and say what it states. With `--key` nothing else is asked."
    verify = choices.add_parser("verify", help=text[0].lower() + text[1:-1], description=text)
    verify.add_argument("file", metavar="FILE", type=Path, help="the receipt")
    told_by = "the public key, as the receipt's page and mail show it (default: this installation's)"
    verify.add_argument("--key", help=told_by)
    verify.set_defaults(run=_verify)
    text = "Print the public keys of this installation, to be published."
    choices.add_parser("keys", help=text[0].lower() + text[1:-1], description=text).set_defaults(run=_keys)


def _verify(arguments: Arguments) -> None:
    packed = _content(arguments.file)
    publics = _given(arguments.key) if arguments.key else _of_installation()
    try:
        receipt = receipts.read(publics, packed)
    except errors.NotFound:
        raise ConfigurationError(_NO_RECEIPT) from None
    print(told(receipt))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError:
        raise ConfigurationError(f"{path} cannot be read.") from None


def _given(text: str) -> dict[int, bytes]:
    try:
        return receipts.key_of(text)
    except errors.Malformed:
        raise ConfigurationError(_NO_KEY) from None


def _of_installation() -> dict[int, bytes]:
    return client(load(os.environ), "operator").public_keys("receipt")


def _keys(_arguments: Arguments) -> None:
    for version, public in sorted(_of_installation().items()):
        print(receipts.key_text(version, public))


def told(receipt: receipts.Receipt) -> str:
    """What a receipt states, in plain words."""
    lines = [
        f"The signature is right: the key {receipt.key} made it.",
        f"On {_moment(receipt.erased_at)} all of one person, study or clinic was erased, its keys first.",
        f"It names nobody. Whoever knows the pseudonym finds it under {receipt.tombstone.hex()}.",
        f"Rows that were removed: {sum(receipt.rows.values())}.",
        *(f"  {table}: {count}" for table, count in receipt.rows.items()),
        _final(receipt),
    ]
    return "\n".join(lines)


def _final(receipt: receipts.Receipt) -> str:
    when = _moment(receipt.final_at)
    if clock.now() < receipt.final_at:
        return f"Not final yet: backups that could open something are kept until {when}."
    return f"Final: since {when} no backup is left that could open any of it."


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
