"""Behind the door every hop proves who it is, in both directions."""

import http.client
import json
import ssl
from pathlib import Path

import pytest
from tests.stack import Stack
from tests.tiers import certificates, servers
from tests.tiers.front import front

from nutshell.common.errors import Unavailable
from nutshell.ops import tls
from nutshell.ops.certificates import FRONT, INTERNAL, Tier
from nutshell.vault.keystore.client import KeyStoreClient

pytestmark = pytest.mark.stack
WEB, KEYS = f"web.{INTERNAL}", f"keys.{INTERNAL}"


@pytest.fixture(scope="module")
def pki(stack: Stack) -> Path:
    return stack.data / "pki"


@pytest.fixture(scope="module")
def web_ports(stack: Stack) -> list[int]:
    commands = [command.split() for command in stack.processes().values()]
    return sorted({int(words[words.index("--port") + 1]) for words in commands if "--port" in words})


@pytest.fixture(scope="module")
def keys_port(stack: Stack) -> int:
    return int((stack.data / "run" / "keys.address").read_text().rpartition(":")[2])


def _web_answers(port: int, context: ssl.SSLContext) -> bool:
    return tls.answers(("127.0.0.1", port), WEB, context, "/healthz", "localhost")


def test_the_load_balancer_reaches_every_web_process(pki: Path, web_ports: list[int]) -> None:
    assert len(web_ports) == 2
    assert all(_web_answers(port, tls.client_context(pki, "lb")) for port in web_ports)


def test_req_5_a_web_process_refuses_a_client_without_a_certificate(pki: Path, web_ports: list[int]) -> None:
    assert not any(_web_answers(port, tls.client_context(pki)) for port in web_ports)


def test_req_5_a_web_process_refuses_a_certificate_of_another_ca(
    pki: Path, web_ports: list[int], tmp_path: Path
) -> None:
    stranger = certificates.foreign(pki, tmp_path)
    assert not any(_web_answers(port, tls.client_context(stranger, "lb")) for port in web_ports)


def test_req_5_a_web_process_refuses_an_expired_certificate(pki: Path, web_ports: list[int], tmp_path: Path) -> None:
    late = certificates.expired(pki, tmp_path, Tier("lb", authority=FRONT))
    assert not any(_web_answers(port, tls.client_context(late, "lb")) for port in web_ports)


@pytest.mark.parametrize("other", ["keys", "node", "node-1", "worker", "operator", "web"])
def test_req_5_a_web_process_refuses_every_certificate_but_the_load_balancers(
    pki: Path, web_ports: list[int], other: str
) -> None:
    assert not any(_web_answers(port, tls.client_context(pki, other)) for port in web_ports)


def test_req_5_a_web_process_speaks_no_plain_http(web_ports: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web_ports[0], timeout=3)
    connection.request("GET", "/healthz")
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.getresponse()


def test_a_node_reaches_the_key_store(pki: Path, keys_port: int) -> None:
    assert tls.accepts(("127.0.0.1", keys_port), KEYS, tls.client_context(pki, "node"))


@pytest.mark.parametrize("certificate", [None, "lb", "web"])
def test_req_5_the_key_store_serves_nobody_but_its_clients(pki: Path, keys_port: int, certificate: str | None) -> None:
    assert not tls.accepts(("127.0.0.1", keys_port), KEYS, tls.client_context(pki, certificate))


def test_req_5_the_key_store_refuses_a_certificate_of_another_ca(pki: Path, keys_port: int, tmp_path: Path) -> None:
    assert not tls.accepts(
        ("127.0.0.1", keys_port), KEYS, tls.client_context(certificates.foreign(pki, tmp_path), "node")
    )


def test_req_5_the_key_store_refuses_an_expired_certificate(pki: Path, keys_port: int, tmp_path: Path) -> None:
    late = certificates.expired(pki, tmp_path, Tier("node"))
    assert not tls.accepts(("127.0.0.1", keys_port), KEYS, tls.client_context(late, "node"))


def _impostors(pki: Path, folder: Path, name: str) -> dict[str, Path]:
    """Folders whose leaf of this name no client may accept."""
    right = f"{name}.{INTERNAL}"
    return {
        "wrong CA": certificates.foreign(pki, folder / "foreign"),
        "expired": certificates.expired(pki, folder / "expired", Tier(name, (right,))),
        "wrong name": certificates.issue(pki, folder / "name", Tier("other", (f"other.{INTERNAL}",)), file=name),
    }


@pytest.mark.parametrize("fault", ["wrong CA", "expired", "wrong name"])
def test_req_6_the_key_stores_client_refuses_an_impostor(pki: Path, tmp_path: Path, fault: str) -> None:
    impostor = _impostors(pki, tmp_path, "keys")[fault]
    with servers.https_server(impostor, "keys") as port, pytest.raises(Unavailable):
        KeyStoreClient.of_installation(("127.0.0.1", port), pki, "node").public_keys("receipt")


@pytest.mark.parametrize("fault", ["wrong CA", "expired", "wrong name"])
def test_req_6_the_front_refuses_an_impostor(pki: Path, tmp_path: Path, fault: str) -> None:
    impostor = _impostors(pki, tmp_path, "web")[fault]
    servers.Echo.seen.clear()
    with servers.https_server(impostor) as port, front(pki, (port,), tmp_path) as client:
        answer = client.get("/api/v1/foods")
    assert answer.status_code in (502, 503)
    assert json.loads(answer.text)["status"] == answer.status_code
    assert servers.Echo.seen == []


def test_the_front_passes_the_real_address_and_host_and_nothing_forged(pki: Path, tmp_path: Path) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    with servers.https_server(pki) as port, front(pki, (port,), tmp_path) as client:
        answer = client.get("/", headers={**forged, "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"})
    assert "203.0.113.9" not in answer.text
    assert "evil.example" not in answer.text
    assert "x-forwarded-for: 127.0.0.1" in answer.text.lower()
    assert "x-forwarded-proto: https" in answer.text.lower()
    assert f"Host: localhost:{client.base_url.port}" in answer.text
