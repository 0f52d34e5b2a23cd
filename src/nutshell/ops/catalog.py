"""The foods and nutrients of this installation: where the artifact lies, and building it when it is not there."""

import sys
from pathlib import Path

from nutshell.catalog.build import FILE_NAME, build

from .files import private_folder

BAR = 30


def artifact(folder: Path) -> Path:
    return folder / FILE_NAME


def ensure_catalog(folder: Path) -> Path:
    """The artifact of this version, built now if it is absent."""
    if not artifact(folder).exists():
        print("Building the food catalog, once:", file=sys.stderr, flush=True)
        build(private_folder(folder), show)
    return artifact(folder)


def show(step: str, share: float) -> None:
    """A progress bar on a terminal; plain lines elsewhere."""
    done = round(BAR * share)
    line = f"[{'#' * done}{'.' * (BAR - done)}] {share:4.0%} {step}"
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)
