"""What Nutshell is made of, under which licences, and no secrets. `python -m tests.supply licences` or `secrets`."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
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


# ---------- secrets ----------

SEARCHED = ("src", "deploy", ".ci", "Makefile", "pyproject.toml", "README.md", "SECURITY.md", "docs/how-to",
            "docs/policies", "docs/runbooks")  # fmt: skip
# What looks like a secret and is none: hashes of files, alphabets, names of cookies and settings, examples.
KNOWN = {
    "docs/how-to/inventory.toml", "docs/how-to/public-host.md", "docs/how-to/survive-a-database.md",
    "docs/runbooks/lost-device.md", "src/nutshell/accounts/password_rules.py", "src/nutshell/catalog/sr28.py",
    "src/nutshell/ops/caddy.py", "src/nutshell/ops/config.py",
    "src/nutshell/ops/templates/postgresql/postgresql.conf", "src/nutshell/settings.py",
    "src/nutshell/studies/joining.py", "src/nutshell/vault/factors.py", "src/nutshell/web/templates/README.md",
}  # fmt: skip


def tool(name: str) -> str:
    """Where this program of the development environment is, or ""."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or ""


def suspected(*places: str, folder: Path = Path()) -> set[str]:
    """Files below `folder` in which detect-secrets sees something like a secret."""
    command = [tool("detect-secrets"), "scan", "--all-files", "--exclude-files", r"/locale/|\.pyc$", *places]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return set(json.loads(done.stdout)["results"])


# ---------- the command ----------


def secrets() -> int:
    found = sorted(suspected(*SEARCHED) - KNOWN)
    print("\n".join(f"looks like a secret: {name}" for name in found) or "No secret stands in the source.")
    return 1 if found else 0


def licences() -> int:
    rows = [(one, licence(one.name)) for one in locked(LOCK)]
    for package, said in rows:
        print(f"{package.name} {package.version}: {said or 'unknown'}")
    return 1 if any(not FITTING.search(said) for _, said in rows) else 0


if __name__ == "__main__":
    sys.exit({"secrets": secrets, "licences": licences}[sys.argv[1]]())
