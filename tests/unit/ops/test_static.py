"""Static files of a version stay for a while when another one comes: pages of both are open during an upgrade."""

import os
import subprocess
import sys
import time
from pathlib import Path

A_DAY = 24 * 3600


def collect(data: Path) -> None:
    environ = {**os.environ, "NUTSHELL_DATA": str(data), "NUTSHELL_ROLE": "cli"}
    words = [sys.executable, "-m", "nutshell.ops.command", "prepare", "--static"]
    subprocess.run(words, env=environ, check=True, timeout=60)


def test_files_of_former_versions_stay_for_a_month_and_what_is_current_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    collect(tmp_path)
    current = next((folder / "web").glob("nutshell.*.css"))
    former, forgotten = folder / "web" / "nutshell.0123456789ab.css", folder / "web" / "nutshell.ba9876543210.css"
    plain, gone = folder / "web" / "nutshell.css", folder / "web" / "gone.css"
    right = plain.read_bytes()
    for path, age in ((former, 29 * A_DAY), (forgotten, 31 * A_DAY), (current, 400 * A_DAY)):
        path.write_bytes(path.read_bytes() if path.exists() else b"x")
        os.utime(path, (0, time.time() - age))
    plain.write_text("of another version, and newer than ours")
    gone.write_text("no version has it any more")
    collect(tmp_path)
    assert (former.exists(), forgotten.exists(), current.exists(), gone.exists()) == (True, False, True, False)
    assert plain.read_bytes() == right
    assert time.time() - current.stat().st_mtime < A_DAY
    assert (folder / "web" / "nutshell.css.gz").exists()
