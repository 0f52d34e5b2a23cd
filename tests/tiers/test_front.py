"""What a stranger meets at the door: HTTPS only, and the same headers on every answer."""

import gzip
import json
import re
import socket
import ssl
import subprocess
from datetime import timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.attack.tools import PROFILE
from tests.security.requirements.people import BANANA, EGG, OATS, Person
from tests.stack import Stack

pytestmark = pytest.mark.stack
DAY = "2026-11-23"


@pytest.fixture(scope="module")
def visitor(stack: Stack):
    with stack.client() as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_req_7_a_page_over_plain_http_is_sent_to_https(stack: Stack, method: str) -> None:
    answer = httpx.request(method, f"{stack.plain_url}/diary/2026-11-01?meal=lunch")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{stack.url}/diary/2026-11-01?meal=lunch"


def test_req_7_the_redirect_never_follows_a_forged_host(stack: Stack) -> None:
    answer = httpx.get(f"{stack.plain_url}/", headers={"Host": "evil.example"})
    assert answer.headers["location"] == f"{stack.url}/"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/foods", "/api/auth/app/v1/auth/login"])
def test_req_7_an_api_call_over_plain_http_is_refused(stack: Stack, method: str, path: str) -> None:
    answer = httpx.request(method, stack.plain_url + path, headers={"Authorization": "Bearer nutshell_x"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 403
    assert "location" not in answer.headers


PATHS = ["/healthz", "/", "/no-such-page", "/api/v1/no-such-thing", "/static/web/nutshell.css", "/static/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nutshell_wrong"}], ids=["page", "bearer"])
def test_req_8_every_answer_carries_the_security_headers(visitor: httpx.Client, path: str, headers) -> None:
    found = visitor.get(path, headers=headers).headers
    assert int(found["strict-transport-security"].split(";")[0].removeprefix("max-age=")) >= 31536000
    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert "unsafe" not in found["content-security-policy"]
    assert "default-src 'none'" in found["content-security-policy"]
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["cross-origin-opener-policy"] == "same-origin"
    assert "permissions-policy" in found
    assert "server" not in found
    assert path.startswith("/static/") or "no-store" in found["cache-control"]


def test_req_9_every_cookie_is_bound_to_this_host_and_to_https(visitor: httpx.Client) -> None:
    for path in ("/", "/no-such-page", "/account/login/", "/accounts/login/"):
        for cookie in visitor.get(path).headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-"), cookie
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"secure", "httponly", "path=/"} <= parts, cookie
            assert parts & {"samesite=lax", "samesite=strict"}, cookie


def test_a_static_file_keeps_for_ever_only_under_its_hashed_name(stack: Stack, visitor: httpx.Client) -> None:
    hashed = next((stack.data / "static" / "web").glob("nutshell.*.css")).name
    answer = visitor.get(f"/static/web/{hashed}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" not in visitor.get("/static/web/nutshell.css").headers["cache-control"]


def test_whoever_comes_by_another_name_is_shown_the_right_one(stack: Stack) -> None:
    answer = httpx.get(f"https://127.0.0.1:{stack.https_port}/diary", verify=stack.context())
    assert (answer.status_code, answer.headers["location"]) == (308, f"{stack.url}/diary")


def test_a_forged_host_reaches_no_page(stack: Stack, visitor: httpx.Client) -> None:
    assert visitor.get("/", headers={"Host": "evil.example"}).headers["location"] == f"{stack.url}/"
    assert visitor.get("/api/v1/foods", headers={"Host": "evil.example"}).status_code == 421


def test_req_4_tls_older_than_1_3_is_refused(stack: Stack) -> None:
    context = stack.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", stack.https_port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_req_4_what_the_public_listener_shows_is_in_mozillas_modern_profile(stack: Stack) -> None:
    """The figures that `make attack` gives sslyze, which also looks for everything that must not be there."""
    profile = json.loads(PROFILE.read_text())
    with (
        socket.create_connection(("127.0.0.1", stack.https_port)) as plain,
        stack.context().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        version, cipher, shown = connection.version(), connection.cipher(), connection.getpeercert(True)
    assert cipher is not None
    assert shown is not None
    leaf = x509.load_der_x509_certificate(shown)
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert [version] == profile["tls_versions"]
    assert cipher[0] in profile["ciphersuites"]
    assert {"secp256r1": "prime256v1"}.get(key.curve.name, key.curve.name) in profile["certificate_curves"]
    assert f"ecdsa-with-{leaf.signature_hash_algorithm.name.upper()}" in profile["certificate_signatures"]  # type: ignore[union-attr]
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert life <= timedelta(days=profile["maximum_certificate_lifespan"])
    with stack.client() as client:
        kept = client.get("/healthz").headers["strict-transport-security"]
    assert int(re.findall(r"max-age=(\d+)", kept)[0]) >= profile["hsts_min_age"]


@pytest.mark.parametrize("curve", ["secp521r1", "secp256k1"])
def test_req_4_a_curve_outside_the_profile_is_refused(stack: Stack, curve: str) -> None:
    context = stack.context()
    context.set_ecdh_curve(curve)
    with socket.create_connection(("127.0.0.1", stack.https_port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_http_2_is_spoken_and_http_3_is_offered(stack: Stack) -> None:
    context = stack.context()
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", stack.https_port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
    with stack.client() as client:
        assert f'h3=":{stack.https_port}"' in client.get("/healthz").headers["alt-svc"]


def test_the_front_listens_on_this_machine_alone(stack: Stack) -> None:
    listening = subprocess.run(["ss", "-Htlnu"], capture_output=True, text=True, check=True).stdout
    mine = [line.split()[4] for line in listening.splitlines() if line.split()[4].endswith(f":{stack.https_port}")]
    assert mine
    assert all(address.startswith(("127.0.0.1:", "[::1]:")) for address in mine)


@pytest.fixture(scope="module")
def alice(stack: Stack) -> Person:
    person = Person(stack, "front.alice@example.org").agree()
    for number in range(24):
        new = {"food_id": (OATS, EGG, BANANA)[number % 3], "amount": 60 + number, "meal": "lunch"}
        assert person.app("POST", f"/diary/{DAY}/entries", new).status_code == 201
    return person


def test_a_full_day_page_takes_less_than_30_kb_with_its_headers(alice: Person) -> None:
    alice.browser.get(f"/day/{DAY}")
    with alice.browser.http.stream("GET", f"/day/{DAY}", headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    assert gzip.decompress(body).count(b'class="entry"') == 24
    assert len(body) + head < 30_000


def test_a_page_is_not_compressed_together_with_what_a_link_carries(alice: Person) -> None:
    """The length of a compressed page would tell how much of a guess in its address stands on it, too."""
    for path, packed in ((f"/day/{DAY}", True), (f"/day/{DAY}?x=1", False), (f"/day/{DAY}/add?q=egg", False)):
        answer = alice.browser.get(path, headers={"Accept-Encoding": "gzip, br, zstd"})
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding", "none") == ("gzip" if packed else "none"), path
    said = alice.phone()("GET", f"/diary/{DAY}", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in said.headers
