"""Style sheets, scripts and pictures: collected once at start under hashed names, compressed, served by Caddy."""

import gzip
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command

KEPT_SECONDS = 30 * 24 * 3600
_HASHED = re.compile(r"\.[0-9a-f]{12}\.")
_COMPRESSIBLE = {".css", ".js", ".svg", ".webmanifest", ".json", ".txt"}


class HashedStorage(ManifestStaticFilesStorage):
    """Hashed names, also inside the import statements of our own modules."""

    support_js_module_import_aggregation = True

    def url_converter(self, name: str, *rest: Any, **options: Any) -> Callable[[re.Match[str]], str]:
        """htmx is one minified file in which Django would take strings for import statements."""
        if name.startswith("django_htmx/"):
            return lambda found: found[0]
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, *rest, **options)
        return convert


def collect(folder: Path) -> None:
    """What this version has, and for a while what former ones had: during an upgrade their pages are still open."""
    for path in _files(folder):
        if not _HASHED.search(path.name):
            os.utime(path, (0, 0))  # or Django would keep it, where a new version's file is not newer
    call_command("collectstatic", interactive=False, verbosity=0)
    _tidy(folder, time.time() - KEPT_SECONDS)
    for path in _files(folder):
        packed = path.with_name(path.name + ".gz")
        if path.suffix in _COMPRESSIBLE and not (_HASHED.search(path.name) and packed.exists()):
            packed.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _tidy(folder: Path, oldest: float) -> None:
    """Remove what no version has had since this moment. A hashed file's time is when a version last had it."""
    current = set(json.loads((folder / "staticfiles.json").read_bytes())["paths"].values())
    for path in _files(folder):
        if str(path.relative_to(folder)).removesuffix(".gz") in current:
            os.utime(path)
        elif path.stat().st_mtime < oldest:
            path.unlink()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
