"""What Nutshell is made of: locked packages and their licences. `python -m tests.supply` prints the list."""

import importlib.metadata
import re
import sys
from pathlib import Path
from typing import NamedTuple

LOCK = Path("requirements.txt")
LOCKS = sorted(Path().glob("requirements*.txt"))
PINNED = re.compile(r"^([\w.-]+)(?:\[[^\]]+\])?==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
# Their metadata name no licence, or several for several files.
SAID = {"pyrage": "MIT", "fido2": "BSD-2-Clause", "qrcode": "BSD-3-Clause"}
FITTING = re.compile(r"MIT|BSD|Apache|Mozilla Public License 2|MPL-2|GNU General Public License v3 or later")
"""What may be part of something under AGPL-3.0-or-later."""


class Package(NamedTuple):
    """One line of a lock. `hashes` are SHA-256, as hex."""

    name: str
    version: str
    hashes: frozenset[str]


def locked(path: Path) -> list[Package]:
    return [
        Package(name, version, frozenset(re.findall(r"[0-9a-f]{64}", hashes)))
        for name, version, hashes in PINNED.findall(path.read_text())
    ]


def licence(name: str) -> str:
    """As the installed package says itself, in one line; "" if it says nothing."""
    found = importlib.metadata.metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in found.get_all("Classifier") or [] if one.startswith("License")]
    said = SAID.get(name) or found.get("License-Expression") or ", ".join(classified) or found.get("License") or ""
    return said.splitlines()[0] if said else ""


def main() -> int:
    rows = [(one, licence(one.name)) for one in locked(LOCK)]
    for package, said in rows:
        print(f"{package.name} {package.version}: {said or 'unknown'}")
    return 1 if any(not FITTING.search(said) for _, said in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
