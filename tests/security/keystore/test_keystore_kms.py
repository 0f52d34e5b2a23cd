"""The key file: its mode, its versions, and what it wraps."""

import base64
import json
import random
from datetime import UTC, datetime

import pytest

from nutshell.common.errors import ConfigurationError
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError, NotOpened, UnknownFormat
from nutshell.vault.keystore.kms import KeyFile, has_passphrase

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


# ---------- a passphrase ----------


@pytest.fixture
def locked(tmp_path):
    return KeyFile.create(tmp_path / "kms.key", NOON, b"four words of mine")


def says(words):
    return lambda raised: words in raised.sentence


def test_a_key_file_with_a_passphrase_opens_with_it_only_and_holds_no_key_in_clear(locked, tmp_path):
    wrapped = locked.wrap(b"s" * 32, BOUND_TO)
    path = tmp_path / "kms.key"
    assert KeyFile(path, b"four words of mine").unwrap(wrapped, BOUND_TO) == b"s" * 32
    assert not any(base64.b64encode(key) in path.read_bytes() for key in locked._keys.values())
    with pytest.raises(ConfigurationError, check=says("has a passphrase")):
        KeyFile(path)
    with pytest.raises(ConfigurationError, check=says("does not open with this passphrase")):
        KeyFile(path, b"four words of hers")


def test_a_new_version_is_under_the_passphrase_too(locked, tmp_path):
    old = locked.wrap(b"s" * 32, BOUND_TO)
    locked.new_version(NOON)
    assert not any(base64.b64encode(key) in (tmp_path / "kms.key").read_bytes() for key in locked._keys.values())
    again = KeyFile(tmp_path / "kms.key", b"four words of mine")
    assert (again.version, again.unwrap(old, BOUND_TO)) == (2, b"s" * 32)


def test_a_file_without_a_passphrase_gets_the_one_that_is_given(key_file, tmp_path):
    wrapped, path = key_file.wrap(b"s" * 32, BOUND_TO), tmp_path / "kms.key"
    assert not has_passphrase(path)
    assert KeyFile(path, b"four words of mine").unwrap(wrapped, BOUND_TO) == b"s" * 32
    assert has_passphrase(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError):
        KeyFile(path)


def test_versions_under_a_passphrase_cannot_change_places(locked, tmp_path):
    locked.new_version(NOON)
    path = tmp_path / "kms.key"
    file = json.loads(path.read_bytes())
    file["versions"]["1"], file["versions"]["2"] = file["versions"]["2"], file["versions"]["1"]
    path.write_text(json.dumps(file))
    with pytest.raises(ConfigurationError):
        KeyFile(path, b"four words of mine")


@pytest.mark.parametrize("change", [{"format": 1}, {"format": 3}, {"salt": ""}], ids=str)
def test_a_file_that_says_another_format_than_it_has_is_refused(locked, tmp_path, change):
    path = tmp_path / "kms.key"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    with pytest.raises(ConfigurationError):
        KeyFile(path, b"four words of mine")
