"""The KMS as a key on a PKCS#11 token, here SoftHSM: what it wraps, and that the key never leaves."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests import softhsm
from tests.softhsm import LABEL, PIN

from nutshell.common import errors, kms_address
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError, NotOpened, UnknownFormat

pkcs11 = pytest.importorskip("pkcs11")
from nutshell.vault.keystore import hsm, opening  # noqa: E402

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BOUND_TO = context("kms/secret", "alice", "slot", "server")


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    """Of many tokens: the module sees none that was made after it was loaded."""
    folder = tmp_path_factory.mktemp("softhsm")
    os.environ |= softhsm.settings(folder)
    return iter([kms_address.parse(softhsm.new(folder, f"token-{number}")) for number in range(20)])


@pytest.fixture
def address(addresses):
    return next(addresses)


@pytest.fixture
def kms(address):
    found = hsm.Hsm(address, PIN)
    found.new_version(NOON)
    yield found
    found.close()


def reopened(found, address):
    """As after a restart: one session at a time is signed in."""
    found.close()
    return hsm.Hsm(address, PIN)


def test_it_wraps_for_one_context_only(kms):
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32
    with pytest.raises(NotOpened):
        kms.unwrap(wrapped, context("kms/secret", "bob", "slot", "server"))


def test_no_flipped_bit_is_accepted(kms):
    """req-16 for what a token wraps: every bit of the value and of its context, and 2,000 at random."""
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    chosen = random.Random(16)
    for bit in (*range(len(wrapped) * 8), *(chosen.randrange(len(wrapped) * 8) for _ in range(2_000))):
        with pytest.raises(EnvelopeError):
            kms.unwrap(flipped(wrapped, bit), BOUND_TO)
    for bit in range(len(BOUND_TO) * 8):
        with pytest.raises(NotOpened):
            kms.unwrap(wrapped, flipped(BOUND_TO, bit))
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32


def says(words):
    return lambda raised: words in raised.sentence


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_key_cannot_be_read_out_or_made_readable(kms, address):
    key = kms._keys[kms.version]
    with pytest.raises(pkcs11.exceptions.PKCS11Error):
        bytes(key[pkcs11.Attribute.VALUE])
    for attribute, loose in ((pkcs11.Attribute.EXTRACTABLE, True), (pkcs11.Attribute.SENSITIVE, False)):
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            key[attribute] = loose
    assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]


def test_a_key_that_can_be_read_out_is_not_used(kms, address):
    loose = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
    kms._session.generate_key(pkcs11.KeyType.AES, 256, label=f"{LABEL}-2", store=True, template=loose)
    with pytest.raises(errors.ConfigurationError, check=says("read out")):
        reopened(kms, address)


def test_a_label_that_is_there_twice_is_not_used(kms, address):
    kms._session.generate_key(pkcs11.KeyType.AES, 256, label=f"{LABEL}-1", store=True, template=hsm._GUARDS)
    with pytest.raises(errors.ConfigurationError, check=says("twice")):
        reopened(kms, address)


def test_versions_are_labels_that_open_until_they_are_removed(kms, address):
    wrapped, first = kms.wrap(b"s" * 32, BOUND_TO), kms.version
    assert kms.new_version(NOON + timedelta(days=1)) == first + 1 == kms.version
    again = reopened(kms, address)
    assert again.version == first + 1
    assert again.unwrap(wrapped, BOUND_TO) == b"s" * 32
    assert again.superseded(NOON + timedelta(hours=23)) == []
    assert again.superseded(NOON + timedelta(hours=25)) == [first]
    with pytest.raises(ValueError, match="present version"):
        again.remove(first + 1)
    again.remove(first)
    with pytest.raises(UnknownFormat):
        reopened(again, address).unwrap(wrapped, BOUND_TO)


def test_threads_share_the_token(kms):
    bound = [context("kms/secret", str(number)) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        wrapped = list(pool.map(lambda to: kms.wrap(to[-32:].rjust(32), to), bound))
        opened = list(pool.map(kms.unwrap, wrapped, bound))
    assert opened == [to[-32:].rjust(32) for to in bound]


@pytest.mark.parametrize("wrong", ["module", "token", "PIN"])
def test_what_does_not_fit_stops_the_start_with_one_sentence(address, wrong, tmp_path):
    pin = "0000" if wrong == "PIN" else PIN
    module = tmp_path / "none.so" if wrong == "module" else address.module
    label = "strange" if wrong == "token" else address.token
    with pytest.raises(errors.ConfigurationError) as told:
        hsm.Hsm(kms_address.Pkcs11(module, label, LABEL, address.pin), pin)
    assert "does not open" in told.value.sentence


def test_the_key_is_made_for_a_new_installation_only(address, tmp_path):
    def opened(new):
        return opening.open_kms(
            opening.Places(address, None, tmp_path / "kms.key", None, None, own_ca=True, new=new), NOON
        )

    with pytest.raises(errors.ConfigurationError, check=says("holds no key")):
        opened(new=False)
    kms = opened(new=True)
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    kms.close()
    assert opened(new=False).unwrap(wrapped, BOUND_TO) == b"s" * 32


def test_the_pins_file_is_for_its_user_only(address):
    address.pin.chmod(0o644)
    with pytest.raises(errors.ConfigurationError, check=says("mode 0400")):
        opening.read_secret(address.pin)
