"""The key store's process over each KMS: rotation under load, cut off and resumed, and moved from one to another."""

import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
from tests import softhsm
from tests.keystore import KeyStoreProcess
from tests.openbao import kept_bao, own_bao  # noqa: F401
from tests.security.rotating import rotate

from nutshell.audit.types import unpack
from nutshell.common import errors
from nutshell.ops import config, openbao

KINDS = ("file", "passphrase", "openbao", "pkcs11")


@pytest.fixture
def bao(own_bao, tmp_path):  # noqa: F811
    """One of whose authority the key store of `tmp_path` is, too."""
    shutil.copytree(own_bao.pki, tmp_path / "pki", dirs_exist_ok=True)
    return own_bao


@pytest.fixture
def process(tmp_path):
    made = KeyStoreProcess(tmp_path)
    yield made
    made.stop()


@pytest.fixture(params=KINDS)
def on_each(request, process, tmp_path):
    """A key store over this kind of KMS, not started yet."""
    process.settings |= settings_of(request.param, request, tmp_path)
    return process


def settings_of(kind, request, folder):
    if kind == "openbao":
        return {"NUTSHELL_KMS": request.getfixturevalue("bao").address}
    if kind == "pkcs11":
        return {"NUTSHELL_KMS": softhsm.new(folder, "token"), **softhsm.settings(folder)}
    if kind == "passphrase":
        (folder / "passphrase").write_text("four words of mine\n")
        (folder / "passphrase").chmod(0o600)
        return {"NUTSHELL_KMS_PASSPHRASE_FILE": str(folder / "passphrase")}
    return {}


def new_version(process):
    """What `nutshell rotate kms` does first where the KMS is OpenBao: the key store may not."""
    found = config.load({"NUTSHELL_DATA": str(process.folder), **process.settings})
    if openbao.address(found):
        openbao.KeyVersions(found, openbao.address(found)).rotate()


def enrolled(process, person, secrets=1):
    client = process.client()
    client.create_subject(person.subject, person.public, 1)
    return [client.put_secret(person.subject, slot(number), "token") for number in range(secrets)]


def slot(number):
    """A token's: a person's server slots open twenty times a minute only."""
    return number.to_bytes(16, "big")


def opener(process, person, number=0):
    return process.client().fetch(person.subject, slot(number), "token").opener


def restarted(process):
    process.stop()
    return process.start()


def versions_in_use(process):
    with closing(sqlite3.connect(process.database, timeout=20)) as database:
        columns = (("secret", "wrapped"), ("subject_row", "erasure_secret"), ("installation_key", "wrapped"))
        found = [row for table, column in columns for row in database.execute(f"SELECT {column} FROM {table}")]
    return {int.from_bytes(value[:4], "big") for (value,) in found}


def rotations(process):
    bodies = [leaf.body for leaf in process.client().own_leaves(0) if leaf.body]
    return [body for body in map(unpack, bodies) if body.kind == "kms-rotated"]


def test_openers_survive_restarts_and_rotations(on_each, alice):
    """inv-I13: over each kind of KMS, everything is wrapped by the new version and opens as before, restarted too."""
    process = on_each.start()
    (before,) = enrolled(process, alice)
    assert opener(restarted(process), alice) == before
    (old,) = versions_in_use(process)
    new_version(process)
    done = rotate(process.client("operator"))
    assert versions_in_use(process) == {done.version} == {old + 1}
    assert opener(process, alice) == before
    assert opener(restarted(process), alice) == before
    assert [body.references for body in rotations(process)] == [(done.version.to_bytes(4, "big"),)]


def test_inv_i13_rotation_under_load_fails_no_read_and_no_write(on_each, alice):
    process = on_each.start()
    openers = enrolled(process, alice, 120)
    stop, operator, reads, writes = Event(), process.client("operator"), [], []

    def read(start):
        client, number = process.client(), start
        while not stop.is_set():
            number = (number + 7) % len(openers)
            assert client.fetch(alice.subject, slot(number), "token").opener == openers[number]
            reads.append(time.monotonic())

    def write(start):
        client, number = process.client(), start
        while not stop.is_set():
            number += 1
            made = client.put_secret(alice.subject, slot(number), "token")
            assert client.fetch(alice.subject, slot(number), "token").opener == made
            writes.append(number)

    with ThreadPoolExecutor(5) as pool:
        busy = [*(pool.submit(read, start) for start in (0, 1, 2)), *(pool.submit(write, n * 10**6) for n in (1, 2))]
        begin, parts = time.monotonic(), 0
        try:
            for _ in range(3):  # one of them may only finish the one before (decision 37)
                new_version(process)
                operator.begin_rotation()
                while operator.rewrap(20).left:
                    parts += 1
        finally:
            end = time.monotonic()
            time.sleep(0.2)
            stop.set()
        for one in busy:
            one.result()
    during = [moment for moment in reads if begin < moment < end]
    assert parts > 10
    assert len(during) > 20, len(during)
    assert len(writes) > 5
    assert all(opener(process, alice, number) == openers[number] for number in range(0, 120, 17))


def test_inv_i13_a_rotation_that_was_killed_goes_on_with_its_version_and_leaves_one_leaf(on_each, alice):
    process = on_each.start()
    openers = enrolled(process, alice, 60)
    new_version(process)
    begun = process.client("operator").begin_rotation()
    process.client("operator").rewrap(25)
    process.kill()
    process.start()
    assert len(versions_in_use(process)) == 2
    assert opener(process, alice, 59) == openers[59]
    again = process.client("operator").begin_rotation()
    assert (again.version, again.resumed, again.left) == (begun.version, True, begun.left - 25)
    assert rotate(process.client("operator")).left == 0
    assert versions_in_use(process) == {begun.version}
    assert len(rotations(process)) == 1
    assert [opener(process, alice, number) for number in (0, 30, 59)] == [openers[number] for number in (0, 30, 59)]


def test_two_operators_at_once_do_each_row_once(process, alice):
    enrolled(process.start(), alice, 80)
    begun = process.client("operator").begin_rotation()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: process.client("operator").rewrap(7), range(20)))
    assert sum(part.rewrapped for part in parts) == begun.left
    assert len(rotations(process)) == 1


# ---------- from one to another ----------


@pytest.mark.parametrize("kind", ["openbao", "pkcs11"])
def test_everything_moves_to_another_kms_and_back(process, alice, tmp_path, request, kind):
    (before,) = enrolled(process.start(), alice)
    process.stop()
    usual = dict(process.settings)
    there = {**usual, **settings_of(kind, request, tmp_path)}
    process.settings = there
    with pytest.raises(RuntimeError, match="wrapped by the key file, which no setting names"):
        process.start()
    process.settings = {**there, "NUTSHELL_KMS_OLD": "file"}
    assert opener(process.start(), alice) == before
    done = rotate(process.client("operator"))
    assert versions_in_use(process) == {done.version}
    process.stop()
    (tmp_path / "kms.key").unlink()
    process.settings = there
    assert opener(process.start(), alice) == before
    process.stop()
    process.settings = {**there, "NUTSHELL_KMS": "file", "NUTSHELL_KMS_OLD": there["NUTSHELL_KMS"]}
    assert opener(process.start(), alice) == before
    rotate(process.client("operator"))
    process.stop()
    process.settings = usual
    assert opener(process.start(), alice) == before


def test_another_key_than_the_databases_stops_the_start(process, alice, tmp_path):
    enrolled(process.start(), alice)
    process.stop()
    (tmp_path / "kms.key").rename(tmp_path / "kept")
    other = KeyStoreProcess(tmp_path / "other").start()
    other.stop()
    (tmp_path / "other" / "kms.key").rename(tmp_path / "kms.key")
    with pytest.raises(RuntimeError, match="does not open with the key of this KMS"):
        process.start()


# ---------- OpenBao is away ----------


def test_an_openbao_that_hangs_or_is_away_refuses_in_time_and_goes_on_afterwards(process, alice, bao):
    process.settings["NUTSHELL_KMS"] = bao.address
    (before,) = enrolled(process.start(), alice)
    assert opener(process, alice) == before
    bao.pause(True)
    begin = time.monotonic()
    with pytest.raises(errors.Unavailable):
        opener(process, alice)
    assert time.monotonic() - begin < 9
    bao.pause(False)
    assert opener(process, alice) == before
    bao.stop()
    with pytest.raises(errors.Unavailable):
        opener(process, alice)
    assert process.client().erasing_list() == []
    process.stop()
    with pytest.raises(RuntimeError, match="does not let the key store use its key"):
        process.start()
    bao.start()
    assert opener(process.start(), alice) == before


def test_without_its_certificate_for_openbao_it_does_not_start(process, bao, tmp_path):
    process.settings["NUTSHELL_KMS"] = bao.address
    (tmp_path / "pki" / "kms-client.crt").unlink()
    with pytest.raises(RuntimeError, match=r"kms-client\.crt"):
        process.start()
