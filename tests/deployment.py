"""An inventory of a production installation, as tests change it, and its files with paths that exist here."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from nutshell.ops.deploy.inventory import Inventory
from nutshell.ops.deploy.site import Site

TEXT = Path("docs/how-to/inventory.toml").read_text()
"""The example that docs/how-to/deploy.md explains."""


def inventory(**changed: Any) -> dict[str, Any]:
    """As it stands in the file; `changed` replaces what stands at a key ("mail.user")."""
    found = copy.deepcopy(tomllib.loads(TEXT))
    for name, value in changed.items():
        *into, last = name.split(".")
        place = found
        for one in into:
            place = place[one]
        place[last] = value
    return found


def site(**changed: Any) -> Site:
    return Site(msgspec.convert(inventory(**changed), type=Inventory))


def moved(text: str, **places: Path) -> str:
    """With folders of the machine replaced by others: `etc` and `data`."""
    return text.replace("/etc/nutshell", str(places.get("etc", ""))).replace(
        "/var/lib/nutshell", str(places.get("data", ""))
    )
