"""`nutshell register`: the register of processing, the data map and the processors, made of the product's inventory."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import urlsplit

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.compliance import inventory, registers
from nutshell.compliance.registers import Register

from .command import Arguments
from .config import Config, load

_REGISTERS: dict[str, str] = {
    "processing": "Write the register of processing (GDPR article 30).",
    "map": "Write the data map: every field that is stored.",
    "processors": "Write who else gets something, as this installation is set.",
}


def configure(parser: ArgumentParser) -> None:
    choices = parser.add_subparsers(metavar="REGISTER", required=True)
    for name, text in _REGISTERS.items():
        own = choices.add_parser(name, help=text[0].lower() + text[1:-1], description=text)
        form = own.add_mutually_exclusive_group()
        form.add_argument(
            "--csv", action="store_const", dest="form", const=registers.as_csv, help="as a table (default)"
        )
        form.add_argument("--html", action="store_const", dest="form", const=registers.as_html, help="as a page")
        form.add_argument("--pdf", action="store_const", dest="form", const=as_pdf, help="as pages to print")
        own.set_defaults(run=_run, register=name, form=registers.as_csv)


def _run(arguments: Arguments) -> None:
    form: Callable[[Register], str | bytes] = arguments.form
    written = form(_made(arguments.register))
    if isinstance(written, bytes):
        sys.stdout.buffer.write(written)
    else:
        sys.stdout.write(written)


def as_pdf(register: Register) -> bytes:
    """Raises ConfigurationError without the extra `pdf`, and for a letter that its fonts lack."""
    check_pdf()
    from nutshell.compliance import pdf

    return pdf.of_register(register, clock.now())


def check_pdf() -> None:
    if find_spec("fpdf") is None:
        raise ConfigurationError("A PDF needs its writer: install nutshell[pdf].")


def _made(name: str) -> Register:
    found, config = inventory.load(), load(os.environ)
    if name == "processing":
        return registers.processing(found, _controller(config))
    if name == "map":
        return registers.data_map(found)
    return registers.processors(found, {one.setting: _in_use(one.setting, config) for one in found.processors.values()})


def _controller(config: Config) -> registers.Controller:
    return registers.Controller(config.origin, config.dpo_name, config.dpo_email)


def _in_use(setting: str, config: Config) -> str:
    """The host alone: a setting's value may hold a password."""
    value = os.environ.get(setting, "").strip()
    if value:
        return urlsplit(value).hostname or "on this machine"
    if setting == "NUTSHELL_ACME_DIRECTORY" and not config.loopback:
        return "the public ones"
    return "no"
