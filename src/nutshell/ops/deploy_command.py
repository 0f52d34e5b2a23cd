"""`nutshell deploy`: configuration files, certificates and passwords for the machines of an inventory."""

from argparse import ArgumentParser
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from .command import Arguments


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    for name, act, text in (
        ("render", _render, "write every machine's configuration; no file holds a secret"),
        ("secrets", _secrets, "make certificates and passwords that are missing or end soon, for every machine"),
    ):
        one = acts.add_parser(name, help=text, description=text.capitalize() + ".")
        one.add_argument("folder", type=Path, help="where to write: one folder for each machine")
        one.add_argument("--inventory", type=Path, required=True, metavar="FILE", help="the machines (TOML)")
        one.set_defaults(run=act)


def _render(arguments: Arguments) -> None:
    from .deploy import inventory, render
    from .deploy.site import Site

    files = render.files(Site(inventory.read(arguments.inventory)))
    for path, text in files.items():
        _write(arguments.folder / path, text)
    print(f"{len(files)} files in {arguments.folder}.")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    except OSError as failed:
        raise ConfigurationError(f"{path} cannot be written: {failed.strerror}.") from None


def _secrets(arguments: Arguments) -> None:
    from .deploy import inventory, secrets
    from .deploy.site import Site

    new = secrets.make(Site(inventory.read(arguments.inventory)), arguments.folder)
    print(f"New for: {', '.join(sorted(new))}." if new else "Everything is there and lasts.")
