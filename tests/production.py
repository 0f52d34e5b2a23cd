"""The production stack as processes on free ports: `nutshell stack up` with everything that it starts."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.stack import Stack, short_folder
from tests.tiers.postgresql import programs


def reachable_folder() -> Path:
    """A folder that PostgreSQL's user may enter. Without PostgreSQL the test that asks is skipped, or fails in CI."""
    programs()
    folder = short_folder()
    folder.parent.chmod(0o711)
    return folder


class Production(Stack):
    """`data` is the stack's folder; commands run as those of its operator."""

    catalog = "release/catalog"

    def __init__(self, data: Path, environ: Mapping[str, str] | None = None, nodes: int = 2) -> None:
        super().__init__(data, environ)
        self.launched = ("stack", "up", str(data), "--nodes", str(nodes))
        self.beside = ("stack", "run", str(data), "--")

    @property
    def ca(self) -> Path:
        return self.data / "ca" / "ca.crt"

    def pki(self, part: str) -> Path:
        """The certificates of a part."""
        return self.data / part / "pki"

    @property
    def places(self) -> dict[str, tuple[str, int]]:
        """Part → the address on which it listens."""
        plan = json.loads((self.data / "plan.json").read_text())
        return {name: (place["host"], place["port"]) for name, place in plan["places"].items()}

    @property
    def inner_ports(self) -> set[int]:
        return {port for _, port in self.places.values()}
