"""`python -m bench.upgrade`: the production stack goes over to another version, part by part, under steady load.

The other version is a copy of this one with another number, another style sheet and one more column in the records and
the accounts. Some people log and read without a pause while tables are brought up to date, then the key store, the
worker and one web node after the other change over; somebody else opens pages with all that they link to. Every request
that failed is counted, and every answered write is looked for afterwards.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

import nutshell
from nutshell.ops import draining, tls
from nutshell.ops.certificates import INTERNAL
from nutshell.ops.stack.installation import Installation
from nutshell.ops.up import SETTLED_SECONDS

from .calibration import load_average
from .chaos import Client, kept_writes
from .evidence import keep
from .load import load
from .plan import Plan
from .stack import Stacked, reachable_folder

SETTLED = 3.0
NEXT = "0.0.0+upgraded"
COLUMNS = {"vault": ("0002_grants", "record"), "accounts": ("0004_outgoing_mail", "user_account")}
"""App → its newest migration, and the table that gets a column."""
_MIGRATION = """from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [({app!r}, {before!r})]
    operations = [migrations.RunSQL("ALTER TABLE {table} ADD COLUMN upgraded integer NULL", migrations.RunSQL.noop)]
"""
_AT_START = """import os, sys
sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "release")))
"""
"""A process keeps to the version with which it started, whatever the link says later."""


class Releases:
    """Two versions side by side, and a link to the one with which processes start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        source = Path(nutshell.__file__).parent
        for name in ("old", "new"):
            shutil.copytree(source, folder / name / "nutshell", ignore=shutil.ignore_patterns("__pycache__"))
        self._change(folder / "new" / "nutshell")
        (folder / "sitecustomize.py").write_text(_AT_START)
        self.choose("old")

    def _change(self, package: Path) -> None:
        (package / "__init__.py").write_text(f'"""Another version."""\n\n__version__ = "{NEXT}"\n')
        with (package / "web" / "static" / "web" / "nutshell.css").open("a") as style:
            style.write("\n/* another version */\n")
        for app, (before, table) in COLUMNS.items():
            text = _MIGRATION.format(app=app, before=before, table=table)
            (package / app / "migrations" / "9999_upgraded.py").write_text(text)

    def choose(self, name: str) -> None:
        link = self.folder / "next"
        link.symlink_to(name)
        link.replace(self.folder / "release")


class Visitor:
    """Somebody without an account, who opens the first page again and again, with every file that it links to."""

    def __init__(self, product: Stacked) -> None:
        self._url, self._ca = f"https://localhost:{product.https_port}", str(product.ca)
        self.asked = 0
        self.failed: Counter[str] = Counter()
        self.styles: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        with httpx.Client(base_url=self._url, verify=self._ca, timeout=20) as http:
            while not stop.is_set():
                page = self._got(http, "/")
                files = set(re.findall(r'"(/static/[^"]+)"', page))
                self.styles |= {one for one in files if one.endswith(".css")}
                for one in files:
                    self._got(http, one)

    def _got(self, http: httpx.Client, path: str) -> str:
        self.asked += 1
        try:
            answer = http.get(path)
        except httpx.TransportError as lost:
            self.failed[type(lost).__name__] += 1
            return ""
        if answer.status_code >= 400:
            self.failed[f"{answer.status_code} {path}"] += 1
        return answer.text


class Upgrade:
    """What an operator does, in the order of docs/how-to/deploy.md."""

    def __init__(self, product: Stacked, releases: Releases, failed: Callable[[], Counter[str]]) -> None:
        self.product, self.releases, self.failed = product, releases, failed
        self.stack = Installation.at(product.data, product.environ)

    def steps(self) -> None:
        self.releases.choose("new")
        self._tell("tables and static files", self._prepare)
        self._tell("key store", self._key_store)
        self._tell("worker", lambda: self._restart("command worker"))
        for part in self.stack.plan.webs:
            self._tell(part, partial(self._node, part))

    def _tell(self, name: str, step: Callable[[], None]) -> None:
        begun, before = time.monotonic(), self.failed()
        step()
        failed = dict(self.failed() - before) or "none"
        print(f"{name:25} {time.monotonic() - begun:5.1f} s, failed: {failed}", flush=True)

    def _prepare(self) -> None:
        words = [sys.executable, "-m", "nutshell.ops.command", "prepare"]
        subprocess.run(words, env=self.stack.settings_of("deploy"), check=True)

    def _key_store(self) -> None:
        """Until it takes callers again: a node that needs it sooner says that a part is away."""
        self._restart("command keys")
        place, name = self.stack.plan.places["keys"], f"keys.{INTERNAL}"
        while not tls.accepts((place.host, place.port), name, tls.client_context(self.stack.pki("operator"), "node")):
            time.sleep(0.1)

    def _node(self, part: str) -> None:
        """Drained, ended, begun anew, taken up: as its unit does it (ops/deploy/units.py)."""
        place = self.stack.plan.places[part]
        draining.mark(self.stack.config_of(part)).touch()
        time.sleep(draining.NOTICED_SECONDS)
        self._restart(f"--port {place.port}")
        context = tls.client_context(self.stack.pki("lb"), "lb")
        while not tls.answers((place.host, place.port), f"web.{INTERNAL}", context, "/readyz", self.stack.plan.host):
            time.sleep(0.1)
        time.sleep(SETTLED_SECONDS)

    def _restart(self, sign: str) -> None:
        """End it gently; the launcher starts it again."""
        before = self._running(sign)
        os.kill(min(before), signal.SIGTERM)
        until = time.monotonic() + 30
        while not self._running(sign) - before:
            if time.monotonic() > until:
                raise RuntimeError(f"{sign} did not come back.")
            time.sleep(0.05)

    def _running(self, sign: str) -> set[int]:
        return {pid for pid in self.product.processes if sign in _line(pid)}


def _line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def main() -> None:
    parser = ArgumentParser(prog="upgrade", description=__doc__)
    parser.add_argument("--evidence", type=Path, help="a folder to write the figures to, with the commit's name")
    wanted = parser.parse_args()
    folder = reachable_folder()
    releases = Releases(folder.parent / "releases")
    product = Stacked(folder, {"PYTHONPATH": str(releases.folder)})
    try:
        product.start()
        figures = measured(product, releases)
    finally:
        product.stop()
        shutil.rmtree(folder.parent)
    if wanted.evidence:
        keep("upgrade", figures, wanted.evidence)
    if wrong := {name: figures[name] for name in MUST_BE_NONE if figures[name]}:
        raise SystemExit(f"The upgrade was noticed: {wrong}")


MUST_BE_NONE = ("failed requests", "writes lost", "writes twice", "answers of the old version afterwards")


def measured(product: Stacked, releases: Releases) -> dict[str, object]:
    url, stop = f"https://localhost:{product.https_port}", threading.Event()
    people = load(product, Plan(people=4, days=1, long=0, sessions=0))
    clients = [Client(url, product.ca, person, number) for number, person in enumerate(people)]
    visitor = Visitor(product)
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in (*clients, visitor)]
    for thread in threads:
        thread.start()
    time.sleep(SETTLED)
    begun = time.monotonic()

    def failed() -> Counter[str]:
        return sum((one.failed for one in (*clients, visitor)), Counter[str]())

    Upgrade(product, releases, failed).steps()
    took, old = time.monotonic() - begun, _old_answers(url, product.ca)
    time.sleep(SETTLED)
    stop.set()
    for thread in threads:
        thread.join()
    asked = sum(2 * client.asked for client in clients) + visitor.asked
    print(f"{took:.1f} s, {asked} requests, failed: {dict(failed()) or 'none'}; {len(visitor.styles)} style sheets")
    return {
        "seconds": round(took, 1), "requests": asked, "failed requests": dict(failed()),
        "style sheets seen": len(visitor.styles), "answers of the old version afterwards": old,
        "load average": load_average(), **kept_writes(clients),
    }  # fmt: skip


def _old_answers(url: str, ca: Path) -> int:
    """Of forty, over connections of their own: both nodes are asked."""
    told = [httpx.get(f"{url}/api/v1/openapi.json", verify=str(ca), timeout=20).json() for _ in range(40)]
    return sum(1 for one in told if one["info"]["version"] != NEXT)


if __name__ == "__main__":
    main()
