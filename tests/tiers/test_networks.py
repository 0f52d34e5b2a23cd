"""Who may talk to whom, shown by refusals of the network: each part on a machine of its own, with the rules that
`nutshell deploy render` makes for it. Everything listens everywhere; what gets through is the list and nothing else.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

INSIDE = Path(__file__).with_name("networks_inside.py")
WEB, KEYS, DATABASE, KMS, MAIL, SSH = 9443, 9444, 5432, 8200, 587, 22
CLIENT = {("keys", KEYS), ("records-db", DATABASE)}
MINE = {
    "world": {("lb", 80), ("lb", 443)},
    "lb": {("web-1", WEB), ("web-2", WEB)},
    "web-1": CLIENT | {("mail", MAIL)},
    "web-2": CLIENT | {("mail", MAIL)},
    "worker-1": CLIENT | {("mail", MAIL)},
    "deploy": CLIENT,
    "backup": {("records-db", DATABASE)},
    "operator": CLIENT | {("mail", MAIL), ("kms", KMS)},
    "keys": {("keys-db", DATABASE), ("kms", KMS)},
    "records-db": set(),
    "keys-db": set(),
    "kms": set(),
    "mail": {("lb", 80), ("lb", 443)},
}
"""Written by hand, to be compared with what the plan says. A mail server is a stranger like any other."""
Reached = set[tuple[str, int]]
Found = dict[str, dict[str, Reached]]
"""How → from where → (machine, port) of everything to which a connection came about."""
OURS = set(MINE) - {"world", "mail"}


def lacking(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    if subprocess.run(["unshare", "-rnm", "true"], capture_output=True).returncode:
        lacking("this machine allows no network namespaces (unshare -rnm)")
    if not shutil.which("nft", path=f"{os.environ['PATH']}:/usr/sbin"):
        lacking("nft is not installed: apt-get install nftables")
    done = subprocess.run(
        ["unshare", "-rnm", sys.executable, INSIDE, tmp_path_factory.mktemp("rules")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        how: {source: {(name, port) for name, port in its} for source, its in by.items()} for how, by in told.items()
    }


def test_without_rules_everything_reaches_everything(found: Found) -> None:
    """Else the refusals below would show nothing."""
    ports = (SSH, 80, 443, MAIL, DATABASE, KMS, KMS + 1, WEB, KEYS)
    assert found["without"]["world"] == {(machine, port) for machine in MINE.keys() - {"world"} for port in ports}


@pytest.mark.parametrize("source", MINE)
def test_a_machine_reaches_what_it_needs_and_nothing_else(found: Found, source: str) -> None:
    expected = MINE[source] | ({(machine, SSH) for machine in OURS - {"operator"}} if source == "operator" else set())
    acme = {("mail", 443)} if source == "lb" else set()
    reached = found["with"][source]
    assert (reached if source in OURS else _ours(reached)) == expected | acme


@pytest.mark.parametrize("source", sorted(OURS - {"operator"}))
def test_a_machine_that_is_taken_over_reaches_nothing_more_of_ours(found: Found, source: str) -> None:
    """Its own rules are gone; those of the others hold. The load balancer's public ports are anybody's."""
    public = {("lb", 80), ("lb", 443)} if source != "lb" else set()
    assert _ours(found["taken over"][source]) == _ours(MINE[source]) | public


def _ours(reached: set[tuple[str, int]]) -> set[tuple[str, int]]:
    return {(machine, port) for machine, port in reached if machine in OURS}
