"""A process whose encryption was replaced must not start."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nutshell.common.errors import ConfigurationError
from nutshell.envelope import aead, kdf, padding, selftest

NULL_ENVELOPE = Path(__file__).parents[3] / "bench" / "null_envelope"


def test_the_envelope_gives_its_known_answers() -> None:
    selftest.check()


@pytest.mark.parametrize(
    ("module", "name", "broken", "part"),
    [
        (aead, "seal", lambda key, plaintext, bound_to: aead.HEADER + bytes(12) + plaintext + bytes(16), "sealing"),
        (aead, "open_", lambda key, sealed, bound_to: sealed[14:-16], "opening"),
        (kdf, "derive", lambda key, label, *fields, length=32: key[:length], "derived keys"),
        (kdf, "mac", lambda key, label, *fields, length=32: bytes(length), "keyed hashes"),
        (kdf, "digest", lambda label, *fields: bytes(32), "hashes"),
        (kdf, "equal", lambda left, right: True, "comparing"),
        (padding, "pad", lambda content: content, "padding"),
    ],
)
def test_a_replaced_function_is_noticed(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, broken: Any, part: str
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(ConfigurationError) as refused:
        selftest.check()
    assert refused.value.params == {"part": part}


def test_an_opener_that_accepts_anything_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = aead.open_

    def lenient(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        try:
            return real(key, sealed, bound_to)
        except aead.NotOpened:
            return b"known"

    monkeypatch.setattr(aead, "open_", lenient)
    with pytest.raises(ConfigurationError):
        selftest.check()


@pytest.mark.parametrize("command", ["prepare", "keys"])
def test_the_product_refuses_the_null_envelope_of_the_benchmark(command: str, tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "nutshell.ops.command", command],
        env={
            "PYTHONPATH": str(NULL_ENVELOPE),
            "NUTSHELL_DATA": str(tmp_path),
            "NUTSHELL_ROLE": "keys" if command == "keys" else "web",
            "NUTSHELL_KEYS_ADDRESS": "127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1
    assert "The encryption of this program does not give its known answers" in told.stderr
