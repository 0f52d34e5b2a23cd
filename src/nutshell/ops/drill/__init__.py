"""Rehearsals: an attack on an installation made for it, then everything that an incident asks for, by the same code.

Databases, key store and acts are the product's own; the clock alone is moved. Which deadlines were met is computed from
the timeline, as for a real incident.
"""

import subprocess
import sys
from collections.abc import Mapping

from nutshell.common.errors import ConfigurationError

SCENARIOS: Mapping[str, str] = {
    "stolen-backup": "a disk with backups is stolen",
    "stolen-laptop": "a clinician's laptop is stolen, signed in",
    "compromised-node": "a web node opens one diary after the other",
    "leaked-token": "an app's token stands in a public repository",
    "insider": "somebody with a machine's certificate opens a canary",
    "ransomware": "the databases are encrypted, and a backup is put in place",
    "mail-down": "a stolen backup, while no mail goes out",
    "absent-chair": "a stolen backup, while the chair cannot be reached",
}


def run(name: str | None) -> int:
    """One scenario, or each in a process of its own. 1 if a clock was missed or an act did not do what it is for.

    Raises ConfigurationError for a scenario that there is not.
    """
    if name is None:
        return int(bool([one for one in SCENARIOS if _apart(one)]))
    if name not in SCENARIOS:
        raise ConfigurationError(f"There is no scenario {name}. There are: {', '.join(SCENARIOS)}.")
    from .place import installed

    with installed() as place:
        from . import scenarios

        return scenarios.rehearse(name, place)


def _apart(name: str) -> int:
    command = (sys.executable, "-m", "nutshell.ops.command", "incident", "drill", name)
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own command
