"""`python -m bench.recovery`: the production stack goes back to a noted time, and nothing before it is lost.

Alice writes; her server is copied whole; she writes on, and the time is noted; she writes more. Then the
server of records and accounts is recovered to the noted time. Printed: how long each step took, and what was there.
"""

import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from tests import stack
from tests.production import Production, reachable_folder
from tests.security.requirements.people import APP, PASSPHRASE, Browser, Person, Phone

from .chaos import keep

DAY = "2026-11-23"
EACH = 10
"""Entries before and after the noted time."""
stack.START_SECONDS = 400.0  # evidence is made on busy machines, too


def main() -> None:
    parser = ArgumentParser(prog="recovery", description=__doc__)
    parser.add_argument("--evidence", type=Path, help="a folder to write the figures to, with the commit's name")
    wanted = parser.parse_args()
    folder = reachable_folder()
    product = Production(folder, nodes=1)
    try:
        figures = measured(product, folder.parent)
    finally:
        if product.process is not None and product.process.poll() is None:
            product.stop()
        shutil.rmtree(folder.parent)
    print(figures)
    if wanted.evidence:
        keep(figures, wanted.evidence, "recovery")
    if figures["entries lost"] or figures["entries of later"] or figures["told that it is not as they left it"]:
        raise SystemExit("The server does not stand at the noted time.")


def measured(product: Production, beside: Path) -> dict[str, object]:
    made = command(product, "backup", "key", str(beside / "identity"))
    product.environ |= {
        "NUTSHELL_BACKUPS": str(beside / "backups"),
        "NUTSHELL_BACKUP_TO": made.split()[0].partition("=")[2],
    }
    product.start()
    alice = Person(product, "alice@recovery.example").agree()
    phone, seconds = alice.phone(), {}
    write(phone, "before")
    began = time.monotonic()
    for part in ("backup", "keys"):
        command(product, "stack", "run", "--as", part, str(product.data), "--", "backup", "base")
    seconds["whole copies of both servers"] = lasted(began)
    write(phone, "after")
    time.sleep(1)
    noted = datetime.now(UTC)
    time.sleep(1)
    write(phone, "later")
    for _ in range(2):
        with Browser(product) as browser:
            browser.sign_in(alice.email)
    product.stop()
    seconds |= recover(product, beside, noted)
    return {"seconds": seconds, **found(product, alice)}


def recover(product: Production, beside: Path, noted: datetime) -> dict[str, float]:
    began, data, backups = time.monotonic(), product.data / "records-db" / "data", beside / "backups"
    shutil.rmtree(data)
    from_where = ("--base", str(backups / "backup" / "base" / "records"), "--log", str(backups / "records-db"))
    until = ("--until", noted.isoformat(), str(data))
    command(product, "recover", "--identity", str(beside / "identity"), *from_where, *until)
    made = lasted(began)
    moment = f"{noted:%Y%m%dT%H%M%SZ}"
    # Nothing runs: it is remembered, and done by the next start before anybody is let in.
    command(
        product, "stack", "run", "--as", "deploy", str(product.data), "--", "prepare", "--restored-to", moment, status=1
    )
    began = time.monotonic()
    product.start()
    return {"the server's files as of the noted time": made, "until people are served again": lasted(began)}


def found(product: Production, alice: Person) -> dict[str, object]:
    with product.client() as app:
        begun = app.post(f"{APP}/auth/login", json={"email": alice.email, "password": PASSPHRASE})
    phone = Phone(product, **{"X-Session-Token": begun.json()["meta"]["session_token"]})
    words = [entry["name"].split()[0] for entry in phone("GET", f"/diary/{DAY}").json()["entries"]]
    with Browser(product) as browser:
        browser.sign_in(alice.email)
        page = browser.get(f"/day/{DAY}").text
    return {
        "entries lost": 2 * EACH - words.count("before") - words.count("after"),
        "entries of later": words.count("later"),
        "told that it is not as they left it": "not as you left" in page,
    }


def write(phone: Phone, word: str) -> None:
    for number in range(EACH):
        answer = phone("POST", f"/diary/{DAY}/entries", {"name": f"{word} {number}", "kcal": 100})
        assert answer.status_code == 201, answer.text


def command(product: Production, *arguments: str, status: int = 0) -> str:
    argv = [sys.executable, "-m", "nutshell.ops.command", *arguments]
    done = subprocess.run(argv, env=product.environ, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != status:
        raise RuntimeError(done.stderr)
    return done.stdout


def lasted(began: float) -> float:
    return round(time.monotonic() - began, 1)


if __name__ == "__main__":
    main()
