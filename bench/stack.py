"""The production stack as processes, for measurements: `nutshell stack up` on one folder."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from nutshell.ops.stack.installation import Installation

from .product import Product, new_folder


class Stacked(Product):
    """`data` is the stack's folder. Loaders run with the settings of its operator."""

    def __init__(self, data: Path, environ: Mapping[str, str] | None = None, nodes: int = 2) -> None:
        super().__init__(data, environ)
        self.launch = ("stack", "up", str(data), "--nodes", str(nodes))

    @property
    def ca(self) -> Path:
        return self.data / "ca" / "ca.crt"

    @property
    def loader_environ(self) -> dict[str, str]:
        return Installation.at(self.data, self.environ).settings_of("operator")

    @property
    def ports(self) -> dict[str, int]:
        """Part → the port on which it listens."""
        places = json.loads((self.data / "plan.json").read_text())["places"]
        return {name: place["port"] for name, place in places.items()}


def reachable_folder() -> Path:
    """One that PostgreSQL's user may enter."""
    folder = new_folder()
    os.chmod(folder.parent, 0o711)
    return folder
