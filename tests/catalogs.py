"""The catalog of foods that tests stand on: built once a process, and never changed."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from nutshell.catalog.build import build


@cache
def built() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nutshell-catalog-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build(folder)
