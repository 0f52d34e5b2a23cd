"""The part of the test of networks that runs inside its own namespaces. Prints what it found as JSON."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests import deployment  # noqa: E402
from tests.tiers.networks import Wire  # noqa: E402

from nutshell.ops.deploy import firewall  # noqa: E402

WORLD = {"world": "203.0.113.7"}


def main(folder: Path) -> None:
    site = deployment.site()
    addresses = {machine: site.address(machine) for machine in (*site.machines, "mail")}
    wire = Wire({**addresses, **WORLD})
    places = site.plan.places
    ports = sorted({*(place.port for place in places.values()), places["kms"].port + 1, 22, 80, 443})
    listening = [wire.listen(machine, ports) for machine in addresses]
    found: dict[str, dict[str, list[tuple[str, int]]]] = {"without": {"world": sorted(wire.reached("world", ports))}}
    for machine in site.machines:
        (folder / machine).write_text(firewall.rules(site, machine))
        wire.protect(machine, folder / machine)
    found["with"] = {source: sorted(wire.reached(source, ports)) for source in wire.addresses}
    found["taken over"] = {}
    for machine in site.machines:
        wire.expose(machine)
        found["taken over"][machine] = sorted(wire.reached(machine, ports))
        wire.protect(machine, folder / machine)
    for one in listening:
        one.kill()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
