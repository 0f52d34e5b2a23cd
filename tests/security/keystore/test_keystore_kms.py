"""The key file: its mode, its versions, and what it wraps."""

import random
from datetime import UTC, datetime

import pytest

from nutshell.common.errors import ConfigurationError
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError, NotOpened, UnknownFormat
from nutshell.vault.keystore.kms import KeyFile

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BOUND_TO = context("kms/secret", "alice", "slot", "server")


@pytest.fixture
def key_file(tmp_path):
    return KeyFile.create(tmp_path / "kms.key", NOON)


def test_the_file_is_for_its_user_only(key_file, tmp_path):
    assert (tmp_path / "kms.key").stat().st_mode & 0o777 == 0o600
    for mode in (0o640, 0o604, 0o620, 0o644):
        (tmp_path / "kms.key").chmod(mode)
        with pytest.raises(ConfigurationError):
            KeyFile(tmp_path / "kms.key")


def test_a_link_a_damaged_and_a_missing_file_are_refused(key_file, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "kms.key")
    (tmp_path / "damaged").write_bytes(b"{")
    (tmp_path / "damaged").chmod(0o600)
    for name in ("link", "damaged", "missing"):
        with pytest.raises(ConfigurationError):
            KeyFile(tmp_path / name)


def test_a_key_file_is_never_overwritten(key_file, tmp_path):
    before = (tmp_path / "kms.key").read_bytes()
    with pytest.raises(FileExistsError):
        KeyFile.create(tmp_path / "kms.key", NOON)
    assert (tmp_path / "kms.key").read_bytes() == before


def test_no_flipped_bit_is_accepted(key_file):
    """req-16 for wrapped rows: every bit of the wrapped value and of its context, and 10,000 at random."""
    wrapped = key_file.wrap(b"s" * 32, BOUND_TO)
    chosen = random.Random(16)
    flips = [*range(len(wrapped) * 8), *(chosen.randrange(len(wrapped) * 8) for _ in range(10_000))]
    for bit in flips:
        with pytest.raises(EnvelopeError):
            key_file.unwrap(flipped(wrapped, bit), BOUND_TO)
    for bit in range(len(BOUND_TO) * 8):
        with pytest.raises(NotOpened):
            key_file.unwrap(wrapped, flipped(BOUND_TO, bit))


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_an_unknown_version_or_format_fails_closed(key_file):
    """inv-I15."""
    wrapped = key_file.wrap(b"s" * 32, BOUND_TO)
    for altered in (b"\0\0\0\2" + wrapped[4:], wrapped[:4] + b"\2" + wrapped[5:], wrapped[:5] + b"\2" + wrapped[6:]):
        with pytest.raises(UnknownFormat):
            key_file.unwrap(altered, BOUND_TO)
    for short in (b"", wrapped[:3], wrapped[:20]):
        with pytest.raises(NotOpened):
            key_file.unwrap(short, BOUND_TO)


def test_an_older_version_opens_until_it_is_removed(key_file, tmp_path):
    wrapped = key_file.wrap(b"s" * 32, BOUND_TO)
    assert key_file.new_version(NOON) == 2
    reopened = KeyFile(tmp_path / "kms.key")
    assert reopened.unwrap(wrapped, BOUND_TO) == b"s" * 32
    reopened.remove(1)
    with pytest.raises(UnknownFormat):
        KeyFile(tmp_path / "kms.key").unwrap(wrapped, BOUND_TO)


def test_the_present_version_is_not_removed(key_file):
    with pytest.raises(ValueError, match="present version"):
        key_file.remove(1)
