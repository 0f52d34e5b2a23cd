"""`nutshell blog`: pages from the posts, for Caddy to serve."""

import os
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path

from nutshell.common.errors import ConfigurationError

from . import config as settings
from .command import Arguments
from .processes import harden


def configure(parser: ArgumentParser) -> None:
    acts = parser.add_subparsers(metavar="ACT", required=True)
    build = acts.add_parser("build", help="make the pages in a folder, in place of older ones (done by `up`)")
    build.add_argument("folder", type=Path, help="made if absent")
    build.set_defaults(run=_build)


def _build(arguments: Arguments) -> None:
    harden()
    config = settings.load(os.environ)
    settings.check(config)
    if not config.blog_host:
        raise ConfigurationError("Set NUTSHELL_BLOG_HOST, for example to blog.localhost: the feed names it.")
    if find_spec("pelican") is None:
        raise ConfigurationError("The blog needs a generator: install nutshell[blog].")
    from .blog.building import build

    build(arguments.folder.expanduser().absolute(), config)
