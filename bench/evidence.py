"""What a long run measured, kept with the day and the commit that was run."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def commit() -> str:
    """What is run, if nothing was changed since."""
    said = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def keep(name: str, figures: dict[str, object], folder: Path, of: str = "") -> None:
    """As `NAME-DAY.json`; `of` is the commit, if it is not the present one."""
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"at": now.isoformat(timespec="seconds"), "commit": of or commit(), **figures}, indent=1)
    (folder / f"{name}-{now:%Y-%m-%d}.json").write_text(text + "\n")
