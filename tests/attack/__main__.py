"""`python -m tests.attack`: real tools attack the production stack, signed in; nothing may be found.

Each tool's version, what it tried and what it found are printed, and kept with the commit that was attacked.
"""

import os
import shutil
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import tests.conftest  # noqa: F401 - sets Django up, as for every test
from bench.evidence import add, commit
from tests.production import Production, reachable_folder

from . import hops, tools
from .target import Target
from .tools import Report

Step = Callable[[Target], list[Report]]


def main() -> None:
    parser = ArgumentParser(prog="attack", description=__doc__)
    parser.add_argument("--evidence", type=Path, help="a folder to keep what was found in, with the commit")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="STEP", help="some steps; the others stay as they were kept"
    )
    parser.add_argument("--examples", type=int, default=20, help="schemathesis: per operation (default: %(default)s)")
    parser.add_argument(
        "--crawl", type=int, default=120, help="wapiti: seconds to look for pages (default: %(default)s)"
    )
    parser.add_argument("--each", type=int, default=30, help="wapiti: seconds for a module (default: %(default)s)")
    wanted = parser.parse_args()
    steps: dict[str, Step] = {
        "tls": tools.tls, "http3": hops.quic, "inside": hops.inside, "outwards": hops.outwards,
        "schema": partial(tools.schema, examples=wanted.examples),
        "wapiti": partial(tools.wapiti, crawl=wanted.crawl, each=wanted.each),
        "sqlmap-api": tools.sqlmap_api, "sqlmap-pages": tools.sqlmap_pages,
    }  # fmt: skip
    found = attacked({name: step for name, step in steps.items() if name in (wanted.only or steps)}, wanted.evidence)
    if findings := sum(len(report.findings) for report in found):
        raise SystemExit(f"{findings} findings.")


def attacked(steps: dict[str, Step], evidence: Path | None) -> list[Report]:
    """All reports. What a step found is kept at once: an attack that is interrupted was not for nothing."""
    product, began, found = Production(reachable_folder()), commit(), []
    with TemporaryDirectory(prefix="nutshell-attack-") as work:
        os.chmod(work, 0o711)
        try:
            target = Target(product.start(), Path(work))
            logs = hops.Logs(target)
            for name, step in steps.items():
                reports = _told(name, step, target, logs)
                found += reports
                if evidence:
                    add("attack", name, [asdict(report) for report in reports], evidence, began)
        finally:
            product.stop()
            shutil.rmtree(product.data.parent)
    return found


def _told(name: str, step: Step, target: Target, logs: hops.Logs) -> list[Report]:
    begun = time.monotonic()
    reports = [*step(target), logs.since()]
    for report in reports:
        report.figures["seconds"] = round(time.monotonic() - begun)
        print(f"{name:10} {report.tool} {report.version}: {len(report.findings)} findings", flush=True)
        for finding in report.findings:
            print(f"           {finding}", flush=True)
    return reports


if __name__ == "__main__":
    main()
