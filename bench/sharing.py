"""`python -m bench.sharing`: what sharing costs. A study's release, and ending a grant.

Participants are made as in `bench.load`, take part by the product's own room, and the running product's worker
builds the release; this command only waits and shows how far it is.
"""

import json
import shutil
import subprocess
import sys
from argparse import ArgumentParser

from .calibration import calibrate, load_average
from .load import load
from .plan import Plan
from .product import Product, new_folder


def main() -> None:
    parser = ArgumentParser(prog="bench.sharing", description="Measures what sharing costs.")
    parser.add_argument("--people", type=int, default=1000, help="participants of the study")
    parser.add_argument("--days", type=int, default=90)
    wanted = parser.parse_args()
    product = Product(new_folder())
    product.start()
    try:
        load(product, Plan(people=wanted.people, days=wanted.days, long=0))
        print(f"load average {load_average()}, calibration {calibrate():.3f} s")
        _show(product, wanted.people, wanted.days)
    finally:
        product.stop()
        shutil.rmtree(product.data.parent)


def _show(product: Product, people: int, days: int) -> None:
    """Runs the acts in a process of its own, line by line, and counts what the product used meanwhile."""
    acts = subprocess.Popen(
        [sys.executable, "-m", "bench.sharing_acts", str(people), str(days)],
        env={**product.environ, "NUTSHELL_ROLE": "web", "DJANGO_SETTINGS_MODULE": "nutshell.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert acts.stdout is not None
    before = product.cpu()
    for line in acts.stdout:
        told = json.loads(line)
        after = product.cpu()
        if told["name"]:
            used = {tier: after[tier] - before.get(tier, 0.0) for tier in after}
            parts = "  ".join(f"{tier} {seconds:.2f}" for tier, seconds in sorted(used.items()) if seconds >= 0.01)
            print(
                f"{told['name']:52} {told['seconds']:8.2f} s  {told['more']}  CPU s of the product: {parts}", flush=True
            )
        before = after
    if acts.wait():
        raise RuntimeError("The acts ended with a failure.")


if __name__ == "__main__":
    main()
