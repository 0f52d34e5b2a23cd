"""Starting, dying, coming back and stopping."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from tests.stack import Stack, descendants, short_folder
from tests.tiers import certificates

from nutshell.ops.certificates import INTERNAL, Tier

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    """A product of this module's own, for tests that hurt it."""
    one = Stack(short_folder())
    one.catalog = ""
    yield one
    if one.process is not None:
        one.stop(signal.SIGTERM)


@pytest.fixture
def running(product: Stack) -> Stack:
    """It, started anew if a test before has ended it."""
    if product.process is None or product.process.poll() is not None:
        product.start()
    return product


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def serves(stack: Stack) -> bool:
    try:
        with stack.client() as client:
            return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def find(stack: Stack, part: str) -> set[int]:
    return {pid for pid, command in stack.processes().items() if f" {part}" in f" {command} "}


PARTS = ["keys", "web", "worker", "run --config"]


def test_a_killed_process_is_started_again_and_the_others_keep_serving(running: Stack) -> None:
    for part in PARTS:
        before = find(running, part)
        assert before, part
        os.kill(max(before), signal.SIGKILL)
        assert eventually(lambda part=part, before=before: len(find(running, part) - before) > 0), part
        assert eventually(lambda: serves(running)), part
    assert eventually(lambda: len(find(running, "web")) == 4)  # two processes, each with its worker


def test_reads_go_on_while_each_web_process_is_killed_in_turn(running: Stack) -> None:
    assert eventually(lambda: len(find(running, "web")) == 4)
    ports = {command.rpartition(" ")[2] for command in running.processes().values() if " web --port " in command}
    assert len(ports) == 2
    for port in ports:
        with running.client() as client:
            assert client.get("/healthz").status_code == 200
            os.kill(max(find(running, f"web --port {port}")), signal.SIGKILL)
            for _ in range(30):
                assert client.get("/healthz").status_code == 200
        assert eventually(lambda: len(find(running, "web")) == 4)


def test_ctrl_c_stops_everything_and_leaves_nothing_running(running: Stack) -> None:
    assert eventually(lambda: len(running.processes()) == 7)
    processes = set(running.processes())
    assert running.stop(signal.SIGINT) == 0
    assert eventually(lambda: not [pid for pid in processes if _alive(pid)], 1)
    assert not (running.data / "run" / "terminal.sock").exists()


def test_a_killed_launcher_takes_everything_with_it_and_the_next_start_recovers(running: Stack) -> None:
    assert running.process is not None
    processes = set(descendants(running.process.pid))
    running.process.kill()
    running.process.wait()
    assert eventually(lambda: not [pid for pid in processes if _alive(pid)])
    assert serves(running.start())


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_second_start_on_the_same_data_is_refused_in_one_sentence(running: Stack) -> None:
    other = Stack(running.data)
    done = other.command("up")
    assert done.returncode == 1
    assert done.stderr.strip() == f"nutshell: Nutshell is running on {running.data} already."
    assert serves(running)


def test_a_leaf_that_ends_soon_is_renewed_without_an_interruption(running: Stack) -> None:
    pki = running.data / "pki"
    for tier in (Tier("web", (f"web.{INTERNAL}",)), Tier("public", ("localhost", "127.0.0.1", "::1"))):
        certificates.issue(pki, pki, tier, datetime.now(UTC) - timedelta(days=61))
    assert _days_left(pki / "web.crt") < 30
    assert running.process is not None
    running.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30
    while "Certificates renewed: public, web." not in running.printed:
        # A new connection each time: Caddy closes idle ones when it takes up its new certificate, and resets one that
        # it accepted at that very moment. Browsers connect once more then, and so does this.
        assert serves(running) or serves(running)
        assert time.monotonic() < deadline
    assert _days_left(pki / "web.crt") > 80
    assert serves(running)


def _days_left(path: Path) -> int:
    return (x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc - datetime.now(UTC)).days


def test_nothing_in_the_data_folder_can_be_read_by_others(running: Stack) -> None:
    public = running.data / "catalog"
    paths = [path for path in [running.data, *running.data.rglob("*")] if public not in path.parents]
    open_to_others = [path for path in paths if _mode(path) & 0o077]
    assert open_to_others == []


def _mode(path: Path) -> int:
    return 0 if path.is_symlink() else path.stat().st_mode


def test_no_process_may_dump_its_memory(running: Stack) -> None:
    for pid in running.processes():
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert "Max core file size        0                    0" in limits
