"""Many writers at once, and processes that die between: what was answered is there, and nothing is there twice."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx
import pytest
from tests.security.requirements.people import EGG, Person, Phone
from tests.stack import Stack, short_folder

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
WRITERS, EACH = 8, 20


@pytest.fixture(scope="module")
def product() -> Iterator[Stack]:
    stack = Stack(short_folder())
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def alice(product: Stack) -> Person:
    return Person(product, "writing@example.org").agree()


class Outcome(NamedTuple):
    """`answered`: notes of entries that got a 2xx. `open`: those whose answer never came, or was a refusal."""

    answered: set[str]
    open: set[str]


def write(phone: Phone, day: str, names: list[str]) -> Outcome:
    answered, left = set(), set()
    for name in names:
        body = {"food_id": EGG, "amount": 1, "unit": "g", "note": name}
        try:
            answer = phone("POST", f"/diary/{day}/entries", body, **{"Idempotency-Key": name})
        except httpx.TransportError:
            left.add(name)
            continue
        (answered if answer.status_code == 201 else left).add(name)
    return Outcome(answered, left)


def all_at_once(alice: Person, day: str, meanwhile: Callable[[], None] = lambda: None) -> Outcome:
    token = alice.token()
    phones = [Phone(alice.stack, Authorization=f"Bearer {token}") for _ in range(WRITERS)]
    work = [[f"{day}-{writer}-{number}" for number in range(EACH)] for writer in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(write, phone, day, names) for phone, names in zip(phones, work, strict=True)]
        meanwhile()
        done = [one.result() for one in running]
    return Outcome(set().union(*(one.answered for one in done)), set().union(*(one.open for one in done)))


def notes(alice: Person, day: str) -> Counter[str]:
    answer = alice.app("GET", f"/diary/{day}")
    assert answer.status_code == 200, answer.text
    return Counter(entry["note"] for entry in answer.json()["entries"])


def check(alice: Person, day: str, outcome: Outcome, what: str) -> None:
    there = notes(alice, day)
    lost, twice = outcome.answered - set(there), [name for name, count in there.items() if count > 1]
    print(f"{what}: {len(outcome.answered)} answered, {len(outcome.open)} not, {sum(there.values())} there, "
          f"{len(lost)} lost, {len(twice)} twice")  # fmt: skip
    assert lost == set()
    assert twice == []
    assert set(there) <= outcome.answered | outcome.open


def pids(stack: Stack, part: str) -> list[int]:
    return sorted(pid for pid, command in stack.processes().items() if f" {part}" in f" {command} ")


def kill(stack: Stack, part: str) -> None:
    os.kill(pids(stack, part)[-1], signal.SIGKILL)


def recovers(alice: Person, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if alice.app("GET", f"/diary/{DAY}").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_eight_writers_over_two_processes_lose_nothing_and_write_nothing_twice(alice: Person) -> None:
    assert len({command for command in alice.stack.processes().values() if " web " in command}) == 2
    outcome = all_at_once(alice, DAY)
    check(alice, DAY, outcome, "8 writers of 20")
    assert len(outcome.answered) == WRITERS * EACH


def test_a_web_process_killed_between_loses_no_answered_write(alice: Person) -> None:
    def meanwhile() -> None:
        for _ in range(3):
            time.sleep(0.4)
            kill(alice.stack, "web")

    outcome = all_at_once(alice, "2026-11-22", meanwhile)
    recovers(alice)
    check(alice, "2026-11-22", outcome, "web killed three times")
    phone = alice.phone()
    again = write(phone, "2026-11-22", sorted(outcome.answered | outcome.open))
    check(alice, "2026-11-22", Outcome(outcome.answered | again.answered, set()), "all sent again with their keys")
    assert len(again.answered) == WRITERS * EACH
    assert sum(notes(alice, "2026-11-22").values()) == WRITERS * EACH


@pytest.mark.parametrize(
    ("part", "day"), [("keys", "2026-11-21"), ("run --config", "2026-11-20"), ("worker", "2026-11-19")]
)
def test_any_other_process_killed_between_loses_no_answered_write(alice: Person, part: str, day: str) -> None:
    before = pids(alice.stack, part)
    outcome = all_at_once(alice, day, lambda: (time.sleep(0.3), kill(alice.stack, part))[0])
    recovers(alice)
    check(alice, day, outcome, f"{part} killed")
    deadline = time.monotonic() + 20
    while not (now := pids(alice.stack, part)) or now == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_after_all_that_the_trail_is_whole_and_a_new_sign_in_finds_nothing_altered(alice: Person) -> None:
    done = alice.stack.command("audit", "verify")
    assert (done.returncode, done.stdout.strip()) == (0, "The audit trail is whole."), done.stdout + done.stderr
    assert alice.browser.sign_in(alice.email).status_code in (200, 302, 303)
    assert sum(notes(alice, DAY).values()) == WRITERS * EACH
