"""The process: who gets in, what it survives, and what it leaves behind."""

import os
import shutil
import signal
import socket
import sqlite3
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.keystore import KeyStoreProcess
from tests.security.rotating import rotate

from nutshell.audit.types import unpack
from nutshell.common import clock, errors
from nutshell.ops import certificates
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore import tls
from nutshell.vault.keystore.client import KeyStoreClient

SLOT = b"alice-slot-00001"
CRASHING = str(Path(__file__).with_name("crashing.py"))
INSIDE_THE_ERASE = (
    "before the tombstone",
    "after the tombstone",
    "inside the shredding",
    "after the shredding",
)


def enrolled(process, person):
    client = process.client()
    client.create_subject(person.subject, person.public, 1)
    client.put_secret(person.subject, SLOT, "server")
    return client


def begin_erase(client, person):
    client.begin_erase(person.subject, person.signed("erase", person.subject.bytes))


def refuses(client, person):
    with pytest.raises(errors.NotFound):
        client.fetch(person.subject, SLOT, "login")
    return True


# Who gets in


def test_only_machines_with_a_known_role_are_answered(own_process):
    assert own_process.client("node").erasing_list() == []
    assert own_process.client("operator").sweep() == 0
    stranger = KeyStoreClient.of_installation(own_process.address, own_process.pki, "lb")
    with pytest.raises(errors.Unavailable):
        stranger.erasing_list()


def test_a_certificate_of_another_ca_is_refused(own_process, tmp_path, alice):
    certificates.ensure(tmp_path / "other", "localhost")
    other = tmp_path / "other"
    forged = tls.Files(own_process.pki / "ca.crt", other / "node.crt", other / "node.key")
    with pytest.raises(errors.Unavailable):
        KeyStoreClient(own_process.address, forged).erasing_list()


def test_a_server_certificate_does_not_serve_as_a_client(own_process):
    with pytest.raises(errors.Unavailable):
        KeyStoreClient.of_installation(own_process.address, own_process.pki, "keys").erasing_list()


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2])
def test_without_a_certificate_or_with_old_tls_nothing_is_answered(own_process, newest):
    context = ssl.create_default_context(cafile=own_process.pki / "ca.crt")
    context.maximum_version = newest
    if newest != ssl.TLSVersion.TLSv1_3:
        context.load_cert_chain(own_process.pki / "node.crt", own_process.pki / "node.key")
    assert asked_bare(context, own_process) == b""


def asked_bare(context, process):
    """What comes back to a peer that this context lets in, or b"" for one that is shut out."""
    try:
        with (
            socket.create_connection(process.address, 5) as plain,
            context.wrap_socket(plain, server_hostname=tls.SERVER_NAME) as peer,
        ):
            peer.sendall(frame(ask.ErasingList()))
            return peer.recv(1000)
    except OSError:
        return b""


def test_the_same_bare_peer_with_a_nodes_certificate_is_answered(own_process):
    context = ssl.create_default_context(cafile=own_process.pki / "ca.crt")
    context.load_cert_chain(own_process.pki / "node.crt", own_process.pki / "node.key")
    assert asked_bare(context, own_process)


def test_plain_bytes_are_not_answered(own_process):
    with socket.create_connection(own_process.address, 5) as plain:
        plain.sendall(frame(ask.ErasingList()))
        try:
            answer = plain.recv(1000)
        except ConnectionResetError:
            answer = b""
    assert answer[:1] in (b"", b"\x15")  # nothing, or a TLS alert


def test_the_client_refuses_a_server_that_is_not_the_key_store(own_process, tmp_path):
    """req-6: another tier's certificate, and another CA's."""
    certificates.ensure(tmp_path / "other", "localhost")
    for folder, name in ((own_process.pki, "web"), (tmp_path / "other", "keys")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
            impostor = pool.submit(greet, context, listener)
            client = KeyStoreClient.of_installation(listener.getsockname(), own_process.pki, "node")
            with pytest.raises(errors.Unavailable):
                client.erasing_list()
            assert impostor.result() == b""


def greet(context, listener):
    try:
        with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
            return peer.recv(1000)
    except OSError:
        return b""


@pytest.mark.parametrize("missing", ["ca.crt", "keys.crt", "keys.key"])
def test_it_does_not_start_without_its_certificates(tmp_path, missing):
    process = KeyStoreProcess(tmp_path)
    (process.pki / missing).unlink()
    with pytest.raises(RuntimeError, match=missing):
        process.start()


def test_a_context_that_does_not_verify_its_client_is_refused():
    with pytest.raises(errors.ConfigurationError):
        tls.check(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), server=True)


def test_it_does_not_start_with_a_loose_or_a_missing_kms_key(own_process):
    own_process.stop()
    key = own_process.folder / "kms.key"
    key.chmod(0o644)
    with pytest.raises(RuntimeError, match="0600"):
        own_process.start()
    key.unlink()
    with pytest.raises(RuntimeError, match="cannot be read"):
        own_process.start()
    assert not key.exists()


def test_renewed_certificates_serve_the_next_connection(own_process):
    before = presented(own_process)
    for name in ("keys.crt", "keys.key"):
        (own_process.pki / name).unlink()
    certificates.ensure(own_process.pki, "localhost")
    assert presented(own_process) != before


def presented(process):
    context = ssl.create_default_context(cafile=process.pki / "ca.crt")
    context.load_cert_chain(process.pki / "node.crt", process.pki / "node.key")
    with (
        socket.create_connection(process.address, 5) as plain,
        context.wrap_socket(plain, server_hostname=tls.SERVER_NAME) as peer,
    ):
        return peer.getpeercert(binary_form=True)


# What is asked of it


def frame(request):
    packed = ask.encode(request)
    return len(packed).to_bytes(4, "big") + packed


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xc1",
        b"\x93" * 5000,
        ask.encode({"operation": "open-sesame"}),
        ask.encode({"operation": "epoch", "day": "yesterday"}),
        ask.encode({"operation": "erasing-list", "more": 1}),
        ask.encode(
            {"operation": "put-secret", "subject": str(ask.UUID(int=1)), "secret_id": b"short", "kind": "server"}
        ),
        ask.encode({"operation": "fetch-many", "wanted": [], "reason": "login"}),
    ],
    ids=range(8),
)
def test_what_cannot_be_read_is_malformed_and_the_next_request_is_served(own_process, packed):
    client = own_process.client()
    assert client._exchange(packed, False, 5) == ask.encode((errors.Malformed.code, None))
    assert client.erasing_list() == []


def test_an_oversized_frame_ends_the_connection_unread(own_process):
    client = own_process.client()
    with pytest.raises(errors.Unavailable):
        client._ask(ask.CreateSubject(ask.UUID(int=1), bytes(ask.MAX_REQUEST), 1), None)
    assert client.erasing_list() == []


def test_a_node_may_not_do_an_operators_acts(own_process, alice):
    client = enrolled(own_process, alice)
    for act in (client.begin_rotation, client.rewrap, client.sweep, lambda: client.destroy_as_operator(SLOT)):
        with pytest.raises(errors.Forbidden):
            act()


def test_rotating_under_load_fails_no_read(own_process, alice):
    """inv-I13, the key store's half."""
    client, operator = enrolled(own_process, alice), own_process.client("operator")
    opener = client.fetch(alice.subject, SLOT, "login").opener
    with ThreadPoolExecutor(3) as pool:
        reads = [pool.submit(client.fetch, alice.subject, SLOT, "login") for _ in range(60)]
        versions = [rotate(operator).version for _ in range(3)]
    assert versions == [2, 3, 4]
    assert {read.result().opener for read in reads} == {opener}


def test_a_client_goes_on_after_a_restart_of_the_key_store(own_process, alice):
    client = enrolled(own_process, alice)
    opener = client.fetch(alice.subject, SLOT, "login").opener
    client._address = restarted(own_process)
    assert client.fetch(alice.subject, SLOT, "login").opener == opener


def restarted(process):
    process._clients.clear()  # they keep their broken connections
    process.kill()
    return process.start().address


def test_without_a_key_store_everything_is_unavailable(own_process):
    client = own_process.client()
    client.erasing_list()
    own_process._clients.clear()
    own_process.kill()
    with pytest.raises(errors.Unavailable):
        client.epoch(clock.utc_day())


def test_two_key_stores_and_many_threads_race_for_one_epoch(own_process):
    second = KeyStoreProcess(own_process.folder).start()
    try:
        clients = [own_process.client(), second.client()] * 4
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda client: client.epoch(clock.utc_day()), clients))
    finally:
        second.stop()
    assert len(set(found)) == 1


# Crashes


def test_the_leaf_of_a_fetch_is_there_even_if_the_answer_never_came(own_process, alice):
    """inv-I14: written first."""
    enrolled(own_process, alice)
    own_process.stop()
    own_process.start(sys.executable, CRASHING, "after the leaf of a fetch")
    with pytest.raises(errors.Unavailable):
        own_process.client().fetch(alice.subject, SLOT, "login")
    own_process.wait()
    (leaf, *_) = own_process.start().client().own_leaves(0)
    assert unpack(leaf.body).subject == alice.subject


def test_an_erase_killed_before_its_intent_was_never_begun(own_process, alice):
    enrolled(own_process, alice)
    own_process.stop()
    own_process.start(sys.executable, CRASHING, "before the intent is committed")
    with pytest.raises(errors.Unavailable):
        begin_erase(own_process.client(), alice)
    own_process.wait()
    client = own_process.start().client()
    assert client.fetch(alice.subject, SLOT, "login")
    begin_erase(client, alice)


@pytest.mark.parametrize("point", INSIDE_THE_ERASE)
def test_an_erase_killed_anywhere_serves_nothing_and_finishes_at_the_next_start(own_process, alice, charlie, point):
    """inv-I21."""
    enrolled(own_process, alice).create_subject(charlie.subject, charlie.public, 1)
    begin_erase(own_process.client(), alice)
    own_process.stop()
    own_process.start(sys.executable, CRASHING, point)
    with pytest.raises(errors.Unavailable):
        own_process.client().finish_erase(alice.subject, {})
    own_process.wait()

    client = own_process.start().client()
    assert refuses(client, alice)
    assert [one.subject for one in client.erasing_list()] == [alice.subject]
    client.finish_erase(alice.subject, {})
    client.finish_erase(alice.subject, {})
    assert client.erasing_list() == []
    assert client.is_erased([alice.subject, charlie.subject]) == [alice.subject]
    assert len(client.tombstones()) == 1
    assert names_nowhere(own_process, alice)


def names_nowhere(process, person):
    """req-29: no file of the key store's holds the subject's id or public keys in any form."""
    forms = [person.subject.bytes, person.subject.hex.encode(), str(person.subject).encode(), person.public[-100:]]
    files = [path for path in process.folder.rglob("*") if path.is_file()]
    return not [path for path in files for form in forms if form in path.read_bytes()]


def test_before_its_erase_a_subject_is_found_in_the_file(own_process, alice):
    enrolled(own_process, alice)
    assert not names_nowhere(own_process, alice)


def test_an_erased_subject_cannot_be_made_again(own_process, alice):
    client = enrolled(own_process, alice)
    begin_erase(client, alice)
    client.finish_erase(alice.subject, {})
    with pytest.raises(errors.NotFound):
        client.create_subject(alice.subject, alice.public, 1)


def test_from_the_intent_on_nothing_of_the_subject_is_answered(own_process, alice):
    client = enrolled(own_process, alice)
    begin_erase(client, alice)
    assert refuses(client, alice)
    for refused in (
        lambda: client.put_secret(alice.subject, b"n" * 16, "server"),
        lambda: client.set_root(alice.subject, b"", 0, 1, b"h" * 32),
    ):
        with pytest.raises(errors.NotFound):
            refused()


# Restores


def backup(process):
    process.stop()
    copy = process.folder / "backup"
    shutil.copy(process.database, copy)
    process.start()
    return copy


def restore(process, copy):
    process.stop()
    for suffix in ("-wal", "-shm"):
        process.database.with_name(process.database.name + suffix).unlink(missing_ok=True)
    shutil.copy(copy, process.database)
    copy.unlink()
    return process.start().client()


def test_a_restored_database_is_cleaned_of_the_erased_before_the_first_request(own_process, alice):
    """inv-I11 for keys."""
    enrolled(own_process, alice).fetch(alice.subject, SLOT, "login")
    copy = backup(own_process)
    client = own_process.client()
    begin_erase(client, alice)
    client.finish_erase(alice.subject, {})

    client = restore(own_process, copy)
    assert refuses(client, alice)
    with sqlite3.connect(own_process.database) as database:
        assert database.execute("SELECT count(*) FROM secret").fetchone() == (0,)
        assert database.execute("SELECT length(erasure_secret) FROM subject_row").fetchone() == (0,)
    assert [(one.subject, one.shredded) for one in client.erasing_list()] == [(alice.subject, True)]
    client.finish_erase(alice.subject, {})
    assert names_nowhere(own_process, alice)


def test_a_restored_database_is_cleaned_of_destroyed_secrets(own_process, alice):
    enrolled(own_process, alice)
    copy = backup(own_process)
    own_process.client().destroy(SLOT, alice.signed("destroy", SLOT))
    assert refuses(restore(own_process, copy), alice)


def test_damaged_tombstones_stop_the_start_and_a_cut_off_line_does_not(own_process, alice):
    client = enrolled(own_process, alice)
    client.destroy(SLOT, alice.signed("destroy", SLOT))
    own_process.stop()
    tombstones = own_process.folder / "tombstones"
    whole = tombstones.read_bytes()
    tombstones.write_bytes(whole + b"subject 00ff")
    assert len(own_process.start().client().tombstones()) == 1
    own_process.stop()
    tombstones.write_bytes(b"x" + whole)
    with pytest.raises(RuntimeError, match="damaged"):
        own_process.start()


# What it leaves behind


def test_its_log_holds_no_key_and_no_id(own_process, alice):
    """inv-I17 for the key store."""
    client = enrolled(own_process, alice)
    opener = client.fetch(alice.subject, SLOT, "login").opener
    with sqlite3.connect(own_process.database) as database:
        database.execute("UPDATE secret SET wrapped = x'00'")
    with pytest.raises(errors.Tampered):
        client.fetch(alice.subject, SLOT, "login")
    with sqlite3.connect(own_process.database) as database:
        database.execute("DROP TABLE secret")
    with pytest.raises(errors.Unavailable):
        client.fetch(alice.subject, SLOT, "login")
    log = own_process.stop()
    assert "keys database" in log
    for secret in (opener, alice.subject.bytes, SLOT):
        assert secret.hex() not in log
        assert repr(secret)[2:-1] not in log
    assert str(alice.subject) not in log


def test_it_dumps_no_core_and_its_files_are_its_users_only(own_process, alice):
    enrolled(own_process, alice)
    limits = Path(f"/proc/{own_process._process.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    for name in ("keys.sqlite3", "tombstones", "kms.key"):
        assert (own_process.folder / name).stat().st_mode & 0o077 == 0


def test_a_forked_process_does_not_share_its_parents_connections(own_process):
    client = own_process.client()
    client.erasing_list()
    child = os.fork()
    if not child:
        os._exit(0 if client.erasing_list() == [] and len(client._idle) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert client.erasing_list() == []


def test_it_ends_in_good_order_on_a_signal(own_process):
    own_process._process.send_signal(signal.SIGTERM)
    assert own_process._process.wait(10) == 0
