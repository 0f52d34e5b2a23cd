"""Many processes write to one day of one person, on a real file; one of them is killed while it writes."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from nutshell.envelope import people

HERE = Path(__file__).parent
WRITERS, EACH = 4, 25
SET_UP = """
import django; django.setup()
from django.core.management import call_command
from uuid import UUID
from nutshell.vault.models import Subject
call_command("migrate", database="records", verbosity=0)
Subject.objects.create(subject_id=UUID("{subject}"), bundle_version=1, public=b"")
"""
READ = """
import sys, django; django.setup()
from uuid import UUID
from nutshell.envelope import people
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.records import Vault
from nutshell.vault.types import Address
subject = UUID("{subject}")
keys = OwnerKeys(people.unpack(sys.stdin.buffer.read()))
sheet = Vault(subject, subject, keys).read([Address("diary", "2026-11", "2026-11-23")])[0]
sys.stdout.write((sheet.content or b"").decode())
"""


class Installation:
    """A records database of its own, with one subject."""

    def __init__(self, folder: Path) -> None:
        self.subject, self.bundle = uuid4(), people.new_bundle()
        self.environment = {**os.environ, "NUTSHELL_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "nutshell.settings"}
        self.run(SET_UP)

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code.format(subject=self.subject)],
            input=people.pack(self.bundle), env=self.environment, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def writer(self, name: str, count: int = EACH) -> "subprocess.Popen[bytes]":
        command = [sys.executable, str(HERE / "racing_writer.py"), str(self.subject), name, str(count)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe)
        assert process.stdin is not None
        process.stdin.write(people.pack(self.bundle))
        process.stdin.close()
        process.stdin = None
        return process

    def entries(self) -> list[str]:
        return self.run(READ).split()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_every_entry_of_every_writer_is_there_and_none_twice(installation: Installation) -> None:
    writers = [installation.writer(f"w{number}") for number in range(WRITERS)]
    for writer in writers:
        _, problems = writer.communicate(timeout=60)
        assert writer.returncode == 0, problems.decode()
    assert sorted(installation.entries()) == sorted(f"w{w}-{n}" for w in range(WRITERS) for n in range(EACH))


def test_a_writer_killed_while_it_writes_loses_no_answered_entry(installation: Installation) -> None:
    victim, other = installation.writer("victim", 10_000), installation.writer("other")
    assert victim.stdout is not None
    answered = [victim.stdout.readline().decode().strip() for _ in range(20)]
    victim.kill()
    answered += victim.stdout.read().decode().split()
    victim.wait()
    _, problems = other.communicate(timeout=60)
    assert other.returncode == 0, problems.decode()
    found = installation.entries()
    assert len(found) == len(set(found))
    assert set(answered) <= set(found)
    assert sum(entry.startswith("victim") for entry in found) <= len(answered) + 1
    assert {f"other-{number}" for number in range(EACH)} <= set(found)
