"""Style sheets, scripts and pictures: collected once at start under hashed names, compressed, served by Caddy."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command

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
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    for path in folder.rglob("*"):
        if path.suffix in _COMPRESSIBLE:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
