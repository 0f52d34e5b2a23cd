"""What a long run measured, kept with the day and the commit that was run."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def commit() -> str:
    """What is run, if nothing was changed since."""
    said = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def keep(name: str, figures: dict[str, object], folder: Path) -> None:
    """As `NAME-DAY.json`."""
    now = datetime.now(UTC)
    _write(_path(name, folder, now), {"at": now.isoformat(timespec="seconds"), "commit": commit(), **figures})


def add(name: str, part: str, figures: object, folder: Path, of: str) -> None:
    """One part of `NAME-DAY.json`, each with its own time and the commit that it is `of`; the other parts stay."""
    now = datetime.now(UTC)
    path = _path(name, folder, now)
    kept = json.loads(path.read_text()) if path.exists() else {}
    _write(path, {**kept, part: {"at": now.isoformat(timespec="seconds"), "commit": of, "found": figures}})


def _path(name: str, folder: Path, now: datetime) -> Path:
    return folder / f"{name}-{now:%Y-%m-%d}.json"


def _write(path: Path, figures: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
