"""The KMS as a transit key of a real OpenBao: what it wraps, for whom, and that nobody else is spoken to."""

import json
import shutil
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.openbao import KEY, MOUNT, bao, kept_bao, own_bao  # noqa: F401

from nutshell.common import clock, errors, kms_address
from nutshell.envelope.context import context
from nutshell.envelope.errors import EnvelopeError, NotOpened, UnknownFormat
from nutshell.ops import certificates, config, openbao
from nutshell.vault.keystore import tls, transit

BOUND_TO = context("kms/secret", "alice", "slot", "server")
OTHER = context("kms/secret", "bob", "slot", "server")


def api(server, files=None, role=transit.ROLE):
    return transit.Api("127.0.0.1", server.port, files or server.files(), role, own_ca=True)


def opened(server, files=None):
    return transit.Transit(kms_address.parse(server.address), api(server, files))


@pytest.fixture
def kms(bao):  # noqa: F811
    return opened(bao)


def versions(server):
    settings = config.load({"NUTSHELL_DATA": str(server.pki.parent), "NUTSHELL_KMS": server.address})
    return openbao.KeyVersions(settings, openbao.address(settings))


def test_it_wraps_for_one_context_only(kms):
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32
    with pytest.raises(NotOpened):
        kms.unwrap(wrapped, OTHER)


def test_many_are_opened_in_order_and_all_or_none(kms):
    bound = [context("kms/secret", str(number)) for number in range(1200)]
    wrapped = kms.wrap_many([(bytes([number % 250]) * 32, to) for number, to in enumerate(bound)])
    assert kms.unwrap_many(list(zip(wrapped, bound, strict=True))) == [bytes([n % 250]) * 32 for n in range(1200)]
    with pytest.raises(NotOpened):
        kms.unwrap_many([(wrapped[0], bound[0]), (wrapped[1], bound[0])])


def test_no_flipped_bit_is_accepted(kms):
    """req-16 for what OpenBao wraps: each bit of the version, and every seventh of the rest."""
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    for bit in (*range(32), *range(32, len(wrapped) * 8, 7)):
        changed = bytearray(wrapped)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EnvelopeError):
            kms.unwrap(bytes(changed), BOUND_TO)


def test_another_kinds_wrap_and_short_ones_fail_closed(kms):
    with pytest.raises(UnknownFormat):
        kms.unwrap(b"\0\0\0\1" + b"x" * 60, BOUND_TO)
    for short in (b"", b"\1\0\0", b"\1\0\0\1"):
        with pytest.raises(EnvelopeError):
            kms.unwrap(short, BOUND_TO)


# ---------- least rights ----------

FORBIDDEN = (
    ("GET", f"{MOUNT}/keys/{KEY}", None),
    ("POST", f"{MOUNT}/keys/{KEY}/rotate", {}),
    ("POST", f"{MOUNT}/keys/{KEY}/config", {"exportable": True}),
    ("POST", f"{MOUNT}/rewrap/{KEY}", {"ciphertext": "vault:v1:AAAA", "context": "AAAA"}),
    ("GET", f"{MOUNT}/export/encryption-key/{KEY}", None),
    ("GET", f"{MOUNT}/backup/{KEY}", None),
    ("POST", f"{MOUNT}/datakey/plaintext/{KEY}", {"context": "AAAA"}),
    ("POST", f"{MOUNT}/encrypt/other", {"plaintext": "AAAA", "context": "AAAA"}),
    ("POST", f"{MOUNT}/keys/other", {}),
    ("GET", "sys/mounts", None),
    ("POST", "auth/token/create", {}),
    ("GET", "auth/token/lookup-self", None),
)


def token_of(server, role):
    name = "kms-client" if role == transit.ROLE else role
    return api(server, server.files(name), role)._fresh_token()


@pytest.mark.parametrize(("method", "path", "body"), FORBIDDEN, ids=range(len(FORBIDDEN)))
def test_the_key_stores_token_does_nothing_else(bao, method, path, body):  # noqa: F811
    assert bao.ask(method, path, body, token_of(bao, transit.ROLE))[0] == 403


def test_the_operators_token_wraps_and_unwraps_nothing(bao, kms):  # noqa: F811
    token = token_of(bao, "operator")
    for act in ("encrypt", "decrypt"):
        assert bao.ask("POST", f"{MOUNT}/{act}/{KEY}", {"plaintext": "AAAA", "context": "AAAA"}, token)[0] == 403
    assert bao.ask("POST", f"{MOUNT}/keys/{KEY}/config", {"exportable": True}, token)[0] == 403
    assert bao.ask("GET", f"{MOUNT}/export/encryption-key/{KEY}", None, token)[0] == 403


def test_tokens_are_batch_tokens_of_a_quarter_of_an_hour_without_the_default_policy(bao):  # noqa: F811
    token = token_of(bao, transit.ROLE)
    data = bao.ask("POST", "auth/token/lookup", {"token": token})[1]["data"]
    assert (data["type"], data["creation_ttl"], data["policies"]) == ("batch", 900, ["nutshell-key-store"])


def test_a_role_is_not_given_to_another_certificate(bao):  # noqa: F811
    key_stores, operators = transit.ROLE, "operator"
    for name, role in (
        ("operator", key_stores),
        ("node", key_stores),
        ("kms-client", operators),
        ("node", operators),
    ):
        with pytest.raises(errors.Unavailable):
            api(bao, bao.files(name), role).ask("POST", f"{MOUNT}/encrypt/{KEY}", {})


def test_a_token_is_replaced_before_it_ends_and_when_it_is_refused(bao):  # noqa: F811
    found = api(bao)
    first = found._fresh_token()
    assert found._fresh_token() == first
    assert 590 < found._fresh_until - time.monotonic() <= 600
    found._fresh_until = 0
    assert found._fresh_token() != first
    found._token = "b.refused"
    asked = {"batch_input": [{"plaintext": "AAAA", "context": "AAAA"}]}
    assert found.ask("POST", f"{MOUNT}/encrypt/{KEY}", asked).status == 200


# ---------- who is spoken to ----------


def refused(server, files):
    with pytest.raises(errors.ConfigurationError):
        opened(server, files)


def ended(folder):
    """Certificates of the same CA whose ninety days are over."""
    for path in (path for tier in openbao.TIERS for path in folder.glob(f"{tier.name}.*")):
        path.unlink()
    certificates.ensure(folder, "localhost", clock.now() - timedelta(days=100), also=openbao.TIERS)


def test_openbao_answers_nobody_without_a_certificate_of_this_ca(bao, tmp_path):  # noqa: F811
    certificates.ensure(tmp_path / "other", "localhost", also=openbao.TIERS)
    other, own = tls.files(tmp_path / "other", "kms-client"), bao.files()
    refused(bao, tls.Files(own.ca, other.certificate, other.key))
    assert asked_bare(bao, ssl.create_default_context(cafile=own.ca)) == b""


def asked_bare(server, told):
    """What comes back to a peer that this context lets in, or b"" for one that is shut out."""
    try:
        with (
            socket.create_connection(("127.0.0.1", server.port), 5) as plain,
            told.wrap_socket(plain, server_hostname=transit.SERVER_NAME) as peer,
        ):
            peer.sendall(b"GET /v1/sys/health HTTP/1.0\r\n\r\n")
            return peer.recv(1000)
    except OSError:
        return b""


def test_openbao_answers_no_certificate_that_has_ended_and_no_servers(bao, tmp_path):  # noqa: F811
    shutil.copytree(bao.pki, tmp_path / "pki")
    ended(tmp_path / "pki")
    refused(bao, tls.files(tmp_path / "pki", "kms-client"))
    refused(bao, bao.files("kms"))


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2])
def test_openbao_speaks_no_older_tls(bao, newest):  # noqa: F811
    files = bao.files()
    told = ssl.create_default_context(cafile=files.ca)
    told.load_cert_chain(files.certificate, files.key)
    told.maximum_version = newest
    assert bool(asked_bare(bao, told)) == (newest == ssl.TLSVersion.TLSv1_3)


@pytest.mark.parametrize("impostor", ["another tier", "another CA", "ended", "none"])
def test_the_key_store_tells_an_impostor_nothing(bao, tmp_path, impostor):  # noqa: F811
    """req-6: it is refused before a byte of a request is sent. "none" shows that the right one would be asked."""
    folder = tmp_path / "pki"
    if impostor == "another CA":
        certificates.ensure(folder, "localhost", also=openbao.TIERS)
    else:
        shutil.copytree(bao.pki, folder)
    if impostor == "ended":
        ended(folder)
    name = "web" if impostor == "another tier" else "kms"
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        heard = pool.submit(hear, served, listener)
        found = transit.Api("127.0.0.1", listener.getsockname()[1], bao.files(), transit.ROLE, own_ca=True)
        with pytest.raises(errors.Unavailable):
            found.ask("POST", f"{MOUNT}/decrypt/{KEY}", {})
        assert heard.result().startswith(b"POST /v1/auth/cert/login" if impostor == "none" else b"")
        assert bool(heard.result()) == (impostor == "none")


def hear(served, listener):
    try:
        with served.wrap_socket(listener.accept()[0], server_side=True) as peer:
            return peer.recv(1000)
    except OSError:
        return b""


@pytest.mark.parametrize("name", ["public", "kms", "web"])
def test_a_foreign_ca_must_have_certified_the_host_itself(bao, name):  # noqa: F811
    """Of another CA's certificates only those for the host are taken: here `public`, which is for 127.0.0.1."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(bao.pki / f"{name}.crt", bao.pki / f"{name}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        heard = pool.submit(hear, served, listener)
        found = transit.Api("127.0.0.1", listener.getsockname()[1], bao.files(), transit.ROLE, own_ca=False)
        with pytest.raises(errors.Unavailable):
            found.ask("POST", "x", {})
        assert bool(heard.result()) == (name == "public")


# ---------- failures ----------


def test_one_that_is_away_or_hangs_is_refused_in_time_and_comes_back(own_bao):  # noqa: F811
    kms = opened(own_bao)
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    own_bao.pause(True)
    assert seconds_refused(kms, wrapped) < 9
    own_bao.pause(False)
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32
    own_bao.stop()
    assert seconds_refused(kms, wrapped) < 1
    refused(own_bao, None)
    own_bao.start()
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32


def test_whoever_waits_for_a_token_waits_in_no_queue(own_bao):  # noqa: F811
    kms = opened(own_bao)
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    kms._api._fresh_until = 0
    own_bao.pause(True)
    with ThreadPoolExecutor(12) as pool:
        waited = list(pool.map(lambda _: seconds_refused(kms, wrapped), range(12)))
    own_bao.pause(False)
    assert max(waited) < 9


def seconds_refused(kms, wrapped):
    begin = time.monotonic()
    with pytest.raises(errors.Unavailable):
        kms.unwrap(wrapped, BOUND_TO)
    return time.monotonic() - begin


def test_a_key_that_is_not_there_is_no_altered_value(own_bao):  # noqa: F811
    kms = opened(own_bao)
    wrapped = kms.wrap(b"s" * 32, BOUND_TO)
    own_bao.run("bao", "write", f"{MOUNT}/keys/{KEY}/config", "deletion_allowed=true")
    own_bao.run("bao", "delete", f"{MOUNT}/keys/{KEY}")
    with pytest.raises(errors.Unavailable):
        kms.unwrap(wrapped, BOUND_TO)
    refused(own_bao, None)


def test_the_audit_file_has_each_request_without_its_values_and_is_opened_anew(own_bao):  # noqa: F811
    log = own_bao.folder / "audit" / "audit.log"
    kms = opened(own_bao)
    secret = b"a secret of just 32 bytes length"
    kms.unwrap(kms.wrap(secret, BOUND_TO), BOUND_TO)
    assert log.stat().st_mode & 0o777 == 0o600
    paths = {json.loads(line)["request"].get("path", "") for line in log.read_text().splitlines()}
    assert {f"{MOUNT}/encrypt/{KEY}", f"{MOUNT}/decrypt/{KEY}"} <= paths
    assert transit._base64(secret) not in log.read_text()
    log.rename(log.with_suffix(".1"))
    own_bao.hang_up()
    for _ in range(50):
        kms.wrap(secret, BOUND_TO)
        if log.exists() and log.read_text():
            break
        time.sleep(0.1)
    assert "encrypt" in log.read_text()


# ---------- versions ----------


def test_a_version_is_made_by_the_operator_only_and_old_ones_open_until_they_are_destroyed(own_bao):  # noqa: F811
    kms, operator = opened(own_bao), versions(own_bao)
    wrapped, first = kms.wrap(b"s" * 32, BOUND_TO), kms.version
    with pytest.raises(errors.Conflict):
        kms.new_version(datetime(2026, 11, 23, tzinfo=UTC))
    operator.rotate()
    assert kms.version == first + 1
    assert kms.unwrap(wrapped, BOUND_TO) == b"s" * 32
    assert operator.forget(clock.now() + timedelta(days=6)) == []
    assert operator.forget(clock.now() + timedelta(days=8)) == [1]
    with pytest.raises(EnvelopeError):
        kms.unwrap(wrapped, BOUND_TO)
    assert operator.forget(clock.now() + timedelta(days=8)) == []
    assert kms.unwrap(kms.wrap(b"t" * 32, BOUND_TO), BOUND_TO) == b"t" * 32
