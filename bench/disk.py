"""A small file system of its own for one folder, that can be filled. To mount it needs root."""

import os
import subprocess
from pathlib import Path


class SmallDisk:
    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder, self._megabytes = folder, megabytes
        self.mounted = False

    def mount(self) -> bool:
        """Whether it could be."""
        self._folder.mkdir(parents=True, exist_ok=True)
        asked = ["mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=711", "tmpfs", str(self._folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(asked, check=False).returncode == 0
        return self.mounted

    def unmount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self._folder)], check=False)

    def fill(self) -> None:
        """Until not a byte more goes in."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12):
                try:
                    while filler.write(bytes(size)):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink()

    @property
    def _filler(self) -> Path:
        return self._folder / "filler"
