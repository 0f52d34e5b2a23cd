"""`nutshell catalog build|info|check`."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from nutshell.catalog import queries
from nutshell.catalog.build import build
from nutshell.catalog.types import Info

from .catalog import artifact, show
from .command import Arguments
from .config import load
from .files import private_folder


def configure(parser: ArgumentParser) -> None:
    acts = {
        "build": (_build, "build it from the food data of this installation"),
        "info": (queries.info, "say what it holds"),
        "check": (_check, "compare every byte with its hash"),
    }
    choices = parser.add_subparsers(metavar="build|info|check", required=True)
    for name, (act, text) in acts.items():
        choices.add_parser(name, help=text, description=text.capitalize() + ".").set_defaults(run=_run, act=act)


def _run(arguments: Arguments) -> None:
    act: Callable[[Path], Info] = arguments.act
    info = act(artifact(load(os.environ).catalog))
    print(
        f"{info.path}\nversion {info.version}, SHA-256 {info.hash}, {info.bytes:,} bytes\n"
        f"{info.foods:,} foods, {info.nutrients:,} nutrients, {info.values:,} values, {info.portions:,} portions"
    )


def _build(path: Path) -> Info:
    return queries.info(build(private_folder(path.parent), show))


def _check(path: Path) -> Info:
    return queries.check(path, show)
