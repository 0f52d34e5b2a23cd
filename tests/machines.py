"""`python -m tests.machines FOLDER`: a production installation from its rendered files, on machines that are network
namespaces with the rendered rules (tests/tiers/machines_inside.py). Needs root. Writes what it found into the folder.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

INSIDE = Path(__file__).parent / "tiers" / "machines_inside.py"
HOSTS = "127.0.0.1 localhost\n10.20.0.2 diary.example.org\n203.0.113.7 acme.example\n"
ENTER = 'ip link set lo up && mount --bind "$1" /etc/hosts && exec "$2" "$3" "$4"'


def main(evidence: Path) -> None:
    if os.geteuid():
        raise SystemExit("This makes machines of namespaces and becomes PostgreSQL's user: run it as root.")
    folder, begun = Path(tempfile.mkdtemp(prefix="nutshell-machines-")), time.monotonic()
    (folder / "hosts").write_text(HOSTS)
    (folder / "machines").mkdir()
    folder.chmod(0o711)  # PostgreSQL runs as another user, and must get through
    words = ["unshare", "-nm", "sh", "-c", ENTER, "sh", folder / "hosts", sys.executable, INSIDE, folder / "machines"]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=900, check=True)
        keep(json.loads(done.stdout.splitlines()[-1]), time.monotonic() - begun, evidence)
    finally:
        shutil.rmtree(folder)


def keep(found: dict[str, object], seconds: float, folder: Path) -> None:
    """As `machines-DAY.json`, bound to the commit that was run."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    now = datetime.now(UTC)
    whole = {"at": now.isoformat(timespec="seconds"), "commit": commit, "seconds": round(seconds), **found}
    (folder / f"machines-{now:%Y-%m-%d}.json").write_text(json.dumps(whole, indent=1) + "\n")
    print(whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
