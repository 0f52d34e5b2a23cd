"""`nutshell receipt verify` on a machine that has nothing but the file and the key."""

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from nutshell.common import clock
from nutshell.envelope import erased, signing
from nutshell.ops import command
from nutshell.vault import receipts

ERASED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
FINAL = ERASED + timedelta(days=7)


@pytest.fixture(scope="module")
def private() -> bytes:
    return signing.new_private()


@pytest.fixture(scope="module")
def public(private: bytes) -> bytes:
    return signing.public_of(private)


@pytest.fixture
def file(tmp_path: Path, private: bytes) -> Path:
    times = int(ERASED.timestamp()), int(FINAL.timestamp())
    rows = {"record": 412, "keyslot": 2}
    payload = erased.pack_receipt(erased.Receipt(erased.FORMAT, erased.tombstone(uuid4()), *times, rows))
    path = tmp_path / "nutshell-receipt.bin"
    path.write_bytes(erased.pack_signed(payload, 3, signing.sign(private, "receipt", payload)))
    return path


def verified(file: Path, key: str) -> int:
    return command.main(["receipt", "verify", str(file), "--key", key])


def test_it_says_in_plain_words_what_a_receipt_states(
    file: Path, public: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    key = receipts.key_text(3, public)
    with clock.moved_to(FINAL - timedelta(hours=1)):
        assert verified(file, key) == 0
    said = capsys.readouterr().out
    assert f"the key {key} made it" in said
    assert "On 2026-11-20 09:30:00 UTC all of one person" in said
    assert "Rows that were removed: 414.\n  keyslot: 2\n  record: 412\n" in said
    assert "Not final yet" in said
    assert "until 2026-11-27 09:30:00 UTC" in said
    with clock.moved_to(FINAL):
        verified(file, key)
    assert "Final: since 2026-11-27 09:30:00 UTC no backup is left" in capsys.readouterr().out


def test_an_altered_receipt_is_refused_wherever_it_was_altered(
    file: Path, public: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    packed, key = file.read_bytes(), receipts.key_text(3, public)
    for place in range(len(packed)):
        file.write_bytes(packed[:place] + bytes((packed[place] ^ 1,)) + packed[place + 1 :])
        assert verified(file, key) == 1, place
    for other in (packed[:-1], packed + b"x", b"", b"x" * 200_000):
        file.write_bytes(other)
        assert verified(file, key) == 1
    assert "no receipt that this key signed" in capsys.readouterr().err


def test_another_key_and_another_version_check_nothing(
    file: Path, public: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verified(file, receipts.key_text(3, signing.public_of(signing.new_private()))) == 1
    assert verified(file, receipts.key_text(4, public)) == 1
    good = base64.urlsafe_b64encode(public).decode().rstrip("=")
    for text in ("x", "3:", f"3:{good[:-1]}", f"+3:{good}", f"٣:{good}", f"3:{good}é", f"{'9' * 5000}:{good}"):
        assert verified(file, text) == 1, text
    assert "no key" in capsys.readouterr().err
    assert verified(file.parent / "nothing", "1:x") == 1
    assert "cannot be read" in capsys.readouterr().err


def test_it_needs_no_installation(file: Path, public: bytes, tmp_path: Path) -> None:
    """No settings, no Django, no key store: with the file and the key alone."""
    line = ["receipt", "verify", str(file), "--key", receipts.key_text(3, public)]
    program = (
        "import sys; from nutshell.ops.command import main; code = main(sys.argv[1:]);"
        "assert 'django.apps' not in sys.modules or not __import__('django.apps').apps.apps.ready; sys.exit(code)"
    )
    bare = {name: text for name, text in os.environ.items() if name in ("PATH", "PYTHONPATH")}
    ran = subprocess.run(
        [sys.executable, "-c", program, *line], env={**bare, "NUTSHELL_DATA": str(tmp_path / "none")}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "The signature is right" in ran.stdout
