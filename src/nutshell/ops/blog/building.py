"""Pelican, told everything here: where posts and look lie, what a page's address is, and that a warning ends it."""

import logging
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pelican import Pelican
from pelican.log import console
from pelican.settings import DEFAULT_CONFIG, configure_settings

from nutshell.common.errors import ConfigurationError
from nutshell.ops.config import Config

FEED = "feed.atom"
"""Every blog has it: so one knows again a folder that may be replaced."""
_LOOK = ("nutshell.css", "favicon.svg")
"""What pages of the product and of the blog have in common."""


def build(folder: Path, config: Config) -> None:
    """Make the blog in this folder, in place of an older one.

    Raises ConfigurationError for a folder that holds something else, and for posts that cannot be made into pages.
    """
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        made, old = Path(beside) / "made", Path(beside) / "old"
        generate(made, config)
        # Two renames: whoever asks between them is told that nothing is there, never half of a page.
        if folder.exists():
            folder.rename(old)
        made.rename(folder)


def check_replaceable(folder: Path) -> None:
    if folder.exists() and not (folder / FEED).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} holds something that is no blog: name an empty folder, or a new one.")


def generate(made: Path, config: Config) -> None:
    complaints = _Complaints()
    logger = logging.getLogger("pelican")
    logger.addHandler(complaints)
    console.quiet = True
    try:
        with as_file(files(__package__)) as here:
            Pelican(configure_settings(_settings(here, made, config))).run()
        _take_look(made)
    finally:
        logger.removeHandler(complaints)
    if complaints.said:
        raise ConfigurationError(f"The blog cannot be built: {complaints.said[0]}")


class _Complaints(logging.Handler):
    """Pelican leaves a page out that it cannot make, and says so in its log alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(" ".join(record.getMessage().split()))


def _settings(here: Path, made: Path, config: Config) -> dict[str, Any]:
    return {
        **DEFAULT_CONFIG,
        "PATH": str(here / "posts"),
        "THEME": str(here / "theme"),
        "OUTPUT_PATH": str(made),
        "SITENAME": "Nutshell",
        "AUTHOR": "Nutshell",
        "SITEURL": config.blog_origin,
        "PRODUCT": config.origin,
        "TIMEZONE": "UTC",
        "DEFAULT_LANG": "en",
        "DEFAULT_DATE_FORMAT": "%-d %B %Y",
        "LOCALE": ["C.UTF-8", "C"],
        "MARKDOWN": {"extensions": ["markdown.extensions.extra"], "output_format": "html"},
        "ARTICLE_URL": "{slug}/",
        "ARTICLE_SAVE_AS": "{slug}/index.html",
        "DIRECT_TEMPLATES": ["index", "status", "404"],
        **dict.fromkeys(("AUTHOR_SAVE_AS", "CATEGORY_SAVE_AS", "TAG_SAVE_AS"), ""),
        "FEED_ALL_ATOM": FEED,
        **dict.fromkeys(("CATEGORY_FEED_ATOM", "AUTHOR_FEED_ATOM", "AUTHOR_FEED_RSS", "TRANSLATION_FEED_ATOM")),
        "PLUGINS": [],
        "DEFAULT_PAGINATION": False,
    }


def _take_look(made: Path) -> None:
    with as_file(files("nutshell") / "web" / "static" / "web") as source:
        for name in _LOOK:
            shutil.copyfile(source / name, made / "theme" / name)
