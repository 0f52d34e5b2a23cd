"""`python -m bench.chaos`: under steady load, parts of the production stack are killed, stopped, cut off, or filled up.

Some people log and read without a pause, as a client does that has an idempotency key for each write and tries again
when an answer is missing. Printed for each fault: requests that failed at first, the longest time without a write that
was answered, and at the end how many answered writes are lost or there twice.
"""

import os
import shutil
import signal
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx

from .calibration import load_average
from .cut import Forwarder
from .disk import SmallDisk
from .evidence import keep
from .load import load
from .plan import Person, Plan
from .stack import Stacked, reachable_folder

FOOD = "sr28:08120"
SETTLED, AFTER = 4.0, 12.0
"""Seconds of load before a fault, and after it."""
SILENT, DISK = 8.0, 600
"""Seconds of a cut or a full disk; megabytes of that disk."""
A_DAY = 400
"""Writes of one client to one day, of the 500 that a day takes."""
FIRST_DAY = date(2026, 3, 1)


class Trial(Stacked):
    """The stack with a network that can be cut, and a small disk for the records' database where root runs it."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.ways = {part: Forwarder(partial(self._port, part)) for part in ("records-db", "keys", "web-1")}
        self.disk = SmallDisk(data / "records-db", DISK)
        self.module = "bench.cut"
        self.launch = (str(data), "2", *(f"{part}={way.port}" for part, way in self.ways.items()))

    def _port(self, part: str) -> int:
        return self.ports[part]


class Fault(NamedTuple):
    """What is done to which part, told by a word of its command line; `seconds` until it is let go on (for a stop)."""

    name: str
    sign: Callable[[dict[str, int]], str]
    number: signal.Signals = signal.SIGKILL
    seconds: float = 0.0

    def strike(self, product: Trial) -> None:
        for pid in _pids(product, self):
            os.kill(pid, self.number)
        if self.seconds:
            time.sleep(self.seconds)
            for pid in _pids(product, self):
                os.kill(pid, signal.SIGCONT)


class Cut(NamedTuple):
    """The network to a part is silent for a while."""

    name: str
    part: str

    def strike(self, product: Trial) -> None:
        product.ways[self.part].cut()
        time.sleep(SILENT)
        product.ways[self.part].join()


class Full(NamedTuple):
    """The disk of the records' database takes no byte more for a while."""

    name: str

    def strike(self, product: Trial) -> None:
        product.disk.fill()
        time.sleep(SILENT)
        product.disk.free()


FAULTS = (
    Fault("web node, killed", lambda ports: f"--port {ports['web-1']}"),
    Fault("web node, stands still for 6 s", lambda ports: f"--port {ports['web-1']}", signal.SIGSTOP, 6.0),
    Fault("worker, killed", lambda _: "command worker"),
    Fault("load balancer, killed", lambda _: "run --config"),
    Fault("database of records and accounts, killed", lambda _: "/records-db/data"),
    Fault("database of keys, killed", lambda _: "/keys-db/data"),
    Fault("key store, killed", lambda _: "command keys"),
    Fault("OpenBao, killed", lambda _: "openbao.hcl"),
    Fault("mail server, killed", lambda _: "stack mail"),
    Cut("network to the records' database, cut for 8 s", "records-db"),
    Cut("network to the key store, cut for 8 s", "keys"),
    Cut("network to one web node, cut for 8 s", "web-1"),
)
FULL = Full("disk of the records' database, full for 8 s")


@dataclass
class Client:
    """One person who logs and reads. `written` are the notes of writes that were answered with 201."""

    url: str
    ca: Path
    person: Person
    number: int
    written: dict[str, str] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    def run(self, stop: threading.Event) -> None:
        http = self._connected()
        while not stop.is_set():
            self.asked += 1
            day, note = self._day(self.asked), f"{self.number}-{self.asked}"
            while not stop.is_set() and not self._write(http, day, note):
                time.sleep(0.2)
            self._read(http, day)
        http.close()

    def _connected(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.person.token}"}
        return httpx.Client(base_url=self.url, verify=str(self.ca), timeout=20, headers=headers)

    def _day(self, number: int) -> str:
        return (FIRST_DAY + timedelta(days=number // A_DAY)).isoformat()

    def _write(self, http: httpx.Client, day: str, note: str) -> bool:
        body = {"food_id": FOOD, "amount": 40, "unit": "g", "note": note}
        answer = self._tried(
            lambda: http.post(f"/api/v1/diary/{day}/entries", json=body, headers={"Idempotency-Key": note})
        )
        if answer != 201:
            return False
        self.written[note] = day
        self.moments.append(time.monotonic())
        return True

    def _read(self, http: httpx.Client, day: str) -> None:
        self._tried(lambda: http.get(f"/api/v1/diary/{day}"))

    def _tried(self, act: Callable[[], httpx.Response]) -> int:
        try:
            answer = act()
        except httpx.TransportError as lost:
            self.failed[type(lost).__name__] += 1
            return 0
        if answer.status_code >= 400:
            self.failed[f"{answer.status_code} {_code(answer)}"] += 1
        return answer.status_code

    def found(self) -> Counter[str]:
        """How often each note is there now."""
        with self._connected() as http:
            days = sorted(set(self.written.values()))
            entries = [entry for day in days for entry in http.get(f"/api/v1/diary/{day}").json()["entries"]]
        return Counter(entry["note"] for entry in entries)


def _code(answer: httpx.Response) -> str:
    """Who says so: a web node names the error, the load balancer has none."""
    problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json()["type"]) if problem else "no problem document"


def main() -> None:
    parser = ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--evidence", type=Path, help="a folder to write the figures to, with the commit's name")
    wanted = parser.parse_args()
    folder = reachable_folder()
    product = Trial(folder)
    try:
        if not product.disk.mount():
            print(f"Not run without root, who mounts a small disk: {FULL.name}", flush=True)
        product.start()
        figures = measured(product, load(product, Plan(people=4, days=1, long=0, sessions=0)))
    finally:
        product.stop()
        product.disk.unmount()
        shutil.rmtree(folder.parent)
    if wanted.evidence:
        keep("chaos", figures, wanted.evidence)
    if figures["writes lost"] or figures["writes twice"]:
        raise SystemExit("Writes were lost or are there twice.")


def measured(product: Trial, people: list[Person]) -> dict[str, object]:
    url, stop = f"https://localhost:{product.https_port}", threading.Event()
    clients = [Client(url, product.ca, person, number) for number, person in enumerate(people)]
    threads = [threading.Thread(target=client.run, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(SETTLED)
    faults = (*FAULTS, FULL) if product.disk.mounted else FAULTS
    rows = [_suffered(product, clients, fault) for fault in faults]
    stop.set()
    for thread in threads:
        thread.join()
    return {"faults": rows, "load average": load_average(), **kept_writes(clients)}


def _suffered(product: Stacked, clients: list[Client], fault: Fault | Cut | Full) -> dict[str, object]:
    before, failed, begun = _asked(clients), _failed(clients), time.monotonic()
    fault.strike(product)
    time.sleep(AFTER)
    row = {
        "fault": fault.name, "writes": _asked(clients) - before, "failed at first": dict(_failed(clients) - failed),
        "longest without a write, s": round(max(_gap(client.moments, begun) for client in clients), 2),
    }  # fmt: skip
    print(f"{row['fault']:45} {row['writes']:5} writes  {row['longest without a write, s']:5} s without one  "
          f"failed at first: {row['failed at first'] or 'none'}", flush=True)  # fmt: skip
    return row


def _pids(product: Trial, fault: Fault) -> list[int]:
    """The process itself, and for a stop its children too; a killed one takes them along."""
    sign, found = fault.sign(product.ports), []
    for pid in product.processes:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if sign in line:
            found.append(pid)
    if not found:
        raise RuntimeError(f"Nothing runs with {sign!r}.")
    return found if fault.seconds else [min(found)]


def _gap(moments: list[float], since: float) -> float:
    """The longest time between two answered writes that ends after this moment."""
    pairs = zip(moments, [*moments[1:], time.monotonic()], strict=True)
    return max(end - begin for begin, end in pairs if end > since)


def _asked(clients: list[Client]) -> int:
    return sum(len(client.written) for client in clients)


def _failed(clients: list[Client]) -> Counter[str]:
    return sum((client.failed for client in clients), Counter[str]())


def kept_writes(clients: list[Client]) -> dict[str, object]:
    lost, twice, writes = 0, 0, 0
    for client in clients:
        found = client.found()
        writes += len(client.written)
        lost += len(client.written.keys() - found.keys())
        twice += sum(1 for number in found.values() if number > 1)
    print(f"{writes} writes were answered: {lost} lost, {twice} there twice")
    return {"writes answered": writes, "writes lost": lost, "writes twice": twice}


if __name__ == "__main__":
    main()
