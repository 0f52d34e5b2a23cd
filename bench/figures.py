"""What is measured, and the table that it prints.

Everything goes through the front door: keep-alive HTTPS to Caddy, from there mutual TLS to the web process. CPU
seconds are those of all processes of the product together. Each figure is the median of several rounds, each round
stands beside a calibration loop, and the load client's own CPU is not counted.
"""

import gzip
import platform
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from . import requests
from .calibration import calibrate, load_average
from .client import Answer, Connected, Request, Result, run
from .plan import Person
from .product import Product

ROUNDS = 3
LONGEST_ROUND = 60.0
"""Seconds."""
WARM = 60
NULL_ROUNDS = 7


class Task(NamedTuple):
    """`make` gives the n-th request; `count` requests a round over `connections`."""

    name: str
    make: Callable[[int], Request]
    count: int
    connections: int = 1


class Round(NamedTuple):
    """`cpu`: CPU seconds per 1,000 requests, by tier."""

    result: Result
    cpu: dict[str, float]
    calibration: float

    @property
    def whole(self) -> float:
        return sum(self.cpu.values())


class Measured(NamedTuple):
    name: str
    rounds: list[Round]

    def median(self, figure: Callable[[Round], float]) -> float:
        return statistics.median(map(figure, self.rounds))

    def line(self) -> str:
        tiers = sorted({tier for one in self.rounds for tier in one.cpu})
        parts = {tier: self.median(lambda one, tier=tier: one.cpu.get(tier, 0.0)) for tier in tiers}  # type: ignore[misc]
        shown = "  ".join(f"{tier} {used:.2f}" for tier, used in parts.items() if used >= 0.005)
        return (
            f"{self.name:34} {self.median(lambda one: one.result.rate):7.0f}"
            f" {self.median(lambda one: one.result.percentile(0.50)):7.2f}"
            f" {self.median(lambda one: one.result.percentile(0.99)):7.2f}"
            f" {self.median(lambda one: one.whole):7.2f}"
            f" {self.median(lambda one: one.result.mean_bytes) / 1000:7.1f}"
            f" {self.median(lambda one: one.calibration):6.3f}  {shown}"
        )


HEADING = (
    f"{'':34} {'req/s':>7} {'p50 ms':>7} {'p99 ms':>7} {'CPU s':>7} {'kB':>7} {'calib':>6}  CPU s by tier, per 1,000"
)


class Bench:
    """A running, loaded product. `counted` goes on over rounds, so that no request comes twice in a row."""

    def __init__(self, product: Product, people: list[Person]) -> None:
        self.product, self.people = product, people
        self._counted = 0

    def tasks(self, scale: float = 1.0) -> list[Task]:
        long = [person for person in self.people if person.days > 60]
        browsing = [person for person in self.people if person.session]

        def count(number: int) -> int:
            return max(int(number * scale), 20)

        return [
            Task("through all tiers, nothing done", requests.empty(self.people), count(1500)),
            Task("log one food", requests.log(self.people), count(1000)),
            Task("log one food, 4 connections", requests.log(self.people), count(1000), 4),
            Task("log the first food of a day", requests.log(self.people, ahead=1), count(300)),
            Task("read a day with totals", requests.day(self.people), count(1500)),
            Task("read a day, 4 connections", requests.day(self.people), count(1500), 4),
            Task("search", requests.search(self.people), count(1500)),
            Task("search, 8 connections", requests.search(self.people), count(3000), 8),
            Task("trend, 365 days, 10 nutrients", requests.trend(long), count(100)),
            Task("the same, compressed", requests.trend(long, compressed=True), count(100)),
            Task("day page (HTML)", requests.page(browsing), count(200)),
        ]

    def measure(self, task: Task, rounds: int = ROUNDS) -> Measured:
        self.send(task._replace(count=WARM))
        return Measured(task.name, [self.round(task) for _ in range(rounds)])

    def round(self, task: Task) -> Round:
        calibration, before = calibrate(), self.product.cpu()
        result = self.send(task)
        after = self.product.cpu()
        used = {tier: 1000 * (seconds - before.get(tier, 0.0)) / result.count for tier, seconds in after.items()}
        return Round(result, used, (calibration + calibrate()) / 2)

    def send(self, task: Task) -> Result:
        wanted = [task.make(number) for number in range(self._counted, self._counted + task.count)]
        self._counted += task.count
        return run(self.product.https_port, self.product.ca, wanted, task.connections, LONGEST_ROUND)

    def warm(self) -> None:
        """Every token once, so that no request pays for the first use of a day."""
        self.send(Task("", requests.day(self.people), len(self.people), 2))


def show(bench: Bench, rounds: int = ROUNDS, only: str = "") -> None:
    print(f"\nPython {platform.python_version()}, {_build()}")
    print(f"load average {load_average()}, {rounds} rounds each, medians")
    print(HEADING)
    for task in bench.tasks():
        if only in task.name:
            print(bench.measure(task, rounds).line(), flush=True)


def _build() -> str:
    """Which interpreter this is: one that lives in a shared library is slower at the same code."""
    return "in a shared library" if "libpython" in Path("/proc/self/maps").read_text() else "in one piece"


def show_page(bench: Bench) -> None:
    """What a browser that has the assets already fetches for a day page."""
    person = next(person for person in bench.people if person.session)
    connected = Connected(bench.product.https_port, bench.product.ca)
    try:
        answer = connected.send(requests.page([person])(0))
        assets = re.findall(rb'(?:src|href)="(/static/[^"#]+)', _text(answer))
        fresh = [one.decode() for one in dict.fromkeys(assets) if not _kept(connected, one.decode())]
    finally:
        connected.close()
    print(
        f"\nday page: {answer.wire_bytes / 1000:.1f} kB on the wire with its head ({len(_text(answer)) / 1000:.1f} kB"
        f" of HTML), {1 + len(fresh)} request(s) once the {len(set(assets))} assets are cached {fresh or ''}"
    )


def _text(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body


def _kept(connected: Connected, path: str) -> bool:
    """Whether a browser keeps this asset without asking again."""
    return "immutable" in connected.send(Request("GET", path, {})).headers.get("cache-control", "")


def show_memory(product: Product) -> None:
    used = product.memory()
    parts = "  ".join(f"{tier} {megabytes:.0f}" for tier, megabytes in sorted(used.items()))
    print(f"\nmemory (PSS), MB: {sum(used.values()):.0f} in all: {parts}")


def show_encryption(sealed: Bench, null: Bench, rounds: int = NULL_ROUNDS) -> None:
    """The same requests to both products in turn; the share is taken in each pair of rounds, then the median."""
    print(f"\nwhat encryption costs, {rounds} pairs of rounds, load average {load_average()}")
    wanted = ("log one food", "read a day with totals", "trend, 365 days, 10 nutrients")
    for ours, bare in zip(sealed.tasks(0.5), null.tasks(0.5), strict=True):
        if ours.name in wanted:
            pairs = [(sealed.round(ours).whole, null.round(bare).whole) for _ in range(rounds)]
            shares = [1 - without / with_ for with_, without in pairs]
            told = statistics.median(with_ for with_, _ in pairs), statistics.median(without for _, without in pairs)
            print(
                f"{ours.name:34} sealed {told[0]:.3f}, null {told[1]:.3f} CPU s per 1,000:"
                f" {100 * statistics.median(shares):.0f} % ({100 * min(shares):.0f} to {100 * max(shares):.0f})"
            )
