"""People, keys, tokens and days, written by the product's own rooms into a running product's databases.

Every person is made as at sign-up (key store, records, accounts), agrees to the health-data text, has a profile with
targets and one API token; every day holds entries of real SR28 foods as twelve acts of logging leave them, sealed by
the vault. Only the grouping differs from real life: all days of a month are written in one transaction.
"""

import json
import sqlite3
import subprocess
import sys
import time
from typing import TextIO

import msgspec

from .plan import ENTRIES, Person, Plan
from .product import Product

PROCESSES = 2
PEOPLE_FILE = "bench-people.json"


def load(product: Product, plan: Plan) -> list[Person]:
    """Fill a running product, or take what an earlier run left in its data folder."""
    kept = product.data / PEOPLE_FILE
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=list[Person])
    begun = time.perf_counter()
    loaders = [_loader(product, plan, part) for part in range(PROCESSES)]
    people = _gathered(plan, loaders)
    kept.touch(0o600)
    kept.write_bytes(msgspec.json.encode(people))
    _tell(product, plan, time.perf_counter() - begun)
    return people


def _loader(product: Product, plan: Plan, part: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bench.fill", json.dumps(plan), str(part), str(PROCESSES)],
        env={**product.loader_environ, "NUTSHELL_ROLE": "web", "DJANGO_SETTINGS_MODULE": "nutshell.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _gathered(plan: Plan, loaders: list["subprocess.Popen[str]"]) -> list[Person]:
    """One line a person from each loader in turn, with a bar while they come."""
    people: list[Person] = []
    for number in range(plan.people):
        output = loaders[number % PROCESSES].stdout
        assert output is not None
        line = output.readline()
        if not line:
            raise RuntimeError("A loader ended before its time.")
        people.append(msgspec.json.decode(line, type=Person))
        _bar(sys.stderr, len(people), plan.people)
    for loader in loaders:
        loader.wait()
    return people


def _bar(terminal: TextIO, done: int, of: int) -> None:
    if terminal.isatty() or done == of:
        print(f"\rloading [{'#' * (40 * done // of):40}] {done} of {of} people", end="", file=terminal, flush=True)
        if done == of:
            print(file=terminal)


def _tell(product: Product, plan: Plan, seconds: float) -> None:
    days = sum(plan.days_of(number) for number in range(plan.people))
    print(
        f"loaded {plan.people} people and {days} days of {ENTRIES} entries in {seconds:.0f} s ({PROCESSES} processes)"
    )
    for path in sorted(product.data.glob("*.sqlite3*")):
        if path.suffix != ".lock" and path.stat().st_size:
            print(f"  {path.name}: {path.stat().st_size / 1e6:.1f} MB")
    if (product.data / "records.sqlite3").exists():
        print(f"  a sealed day: {_sealed_bytes(product):.0f} bytes of ciphertext on average")


def _sealed_bytes(product: Product) -> float:
    """Mean length of the sealed records of days: everything but the few that each person has besides."""
    with sqlite3.connect(f"file:{product.data / 'records.sqlite3'}?mode=ro", uri=True) as database:
        (mean,) = database.execute("SELECT avg(length(sealed)) FROM record WHERE length(sealed) > 4096").fetchone()
    return float(mean)
