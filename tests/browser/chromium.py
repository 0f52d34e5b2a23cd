"""One real Chromium that trusts this installation's certificate authority, as after `nutshell trust`, and no other."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CANDIDATES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing() -> str:
    """What this machine lacks for these tests, "" if nothing."""
    lacks = []
    if executable() is None:
        lacks.append("Chromium (Debian: chromium)")
    if shutil.which("certutil") is None:
        lacks.append("certutil (Debian: libnss3-tools)")
    return " and ".join(lacks)


def executable() -> str | None:
    return next((found for name in CANDIDATES if (found := shutil.which(name))), None)


def trusting_home(home: Path, authority: Path) -> Path:
    """A home folder whose certificate store holds this authority. Certificate errors are never ignored."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-N", "--empty-password", "-d", database], check=True, capture_output=True)
    wanted = ["certutil", "-A", "-d", database, "-n", "Nutshell", "-t", "C,,", "-i", str(authority)]
    subprocess.run(wanted, check=True, capture_output=True)
    return home


@contextmanager
def launched(home: Path, **environ: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=list(ARGUMENTS), env={**os.environ, "HOME": str(home), **environ}
        )
        yield browser
        browser.close()
