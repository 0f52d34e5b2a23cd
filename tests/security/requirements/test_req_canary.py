# ruff: noqa: E501 - tables, one case a line
"""What people write is nowhere to be read: every file, the terminal and the wires are searched (req-1, req-2, inv-I17)."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.production import Production, reachable_folder
from tests.security.requirements import leaks
from tests.security.requirements.people import EGG, OATS, PASSPHRASE, Browser, Person
from tests.security.requirements.wire import Wire, is_tls_only
from tests.stack import Stack, short_folder

pytestmark = pytest.mark.stack
DAY = "2026-11-23"
SPOKEN = (
    "api note", "api quick add", "api food", "api brand", "api serving", "api search", "api meal", "api token", "api key",
    "web note", "web day note", "web quick add", "web food", "web brand", "web serving", "web search", "web meal",
    "web token", "display name", "api display name", "address of one", "address of another", "invited address", "wrong address", "wrong password",
    "agent", "forged agent", "unknown page", "unknown food",
)  # fmt: skip
WORDS = {name: f"zq{secrets.token_hex(6)}kanari" for name in SPOKEN}
FIGURES = {
    "weight": 71.3579, "height": 168.2468, "body fat": 21.7913, "api amount": 123.45679, "api kcal": 319.86421,
    "web amount": 87.654321, "web kcal": 417.19283, "own nutrient": 61.728394, "target": 1873.6192,
}  # fmt: skip
FORGED = "203.0.113.77"
MAILED = ("address of one", "address of another", "invited address")
"""Without a mail server the operator's terminal shows mails, which begin with their address; it keeps none of them."""


@dataclass
class Lived:
    """A product in which two people wrote something, and what passed over the wires while they did."""

    stack: Stack
    wire: Wire | None
    ports: set[int]
    secrets: dict[str, str]
    began: float
    """Seconds since the epoch: no file that was last written before holds what they wrote."""


def through_the_api(person: Person) -> None:
    phone = person.phone()
    egg = {
        "food_id": EGG,
        "amount": FIGURES["api amount"],
        "unit": "g",
        "note": WORDS["api note"],
        "meal": WORDS["api meal"],
    }
    logged = phone("POST", f"/diary/{DAY}/entries", egg, **{"Idempotency-Key": WORDS["api key"]})
    quick = phone("POST", f"/diary/{DAY}/entries", {"name": WORDS["api quick add"], "kcal": FIGURES["api kcal"]})
    food = {"name": WORDS["api food"], "brand": WORDS["api brand"], "nutrients": {"208": FIGURES["own nutrient"]},
            "servings": [{"name": WORDS["api serving"], "grams": 31.25}]}  # fmt: skip
    made = phone("POST", "/foods/mine", food)
    facts = {"sex": "female", "birth_date": "1987-06-05", "weight": FIGURES["weight"], "height": FIGURES["height"],
             "body_fat": FIGURES["body fat"]}  # fmt: skip
    kept = phone("PUT", "/profile", facts)
    aimed = phone("PUT", "/targets", {"own_budget": FIGURES["target"]})
    found = phone("GET", f"/foods?q={WORDS['api search']}")
    named = person.app("PUT", "/account", {"display_name": WORDS["api display name"]})
    assert named.json()["display_name"] == WORDS["api display name"]
    assert [one.status_code for one in (logged, quick, made, kept, aimed, found)] == [201, 201, 201, 200, 200, 200]
    assert phone("GET", f"/foods/mine:{WORDS['unknown food']}").status_code == 404
    assert phone("GET", f"/no/{WORDS['unknown page']}").status_code == 404
    assert person.token(name=WORDS["api token"])
    day = phone("GET", f"/diary/{DAY}").text
    assert WORDS["api note"] in day
    assert WORDS["api quick add"] in day


def through_the_pages(person: Person) -> None:
    browser = person.browser
    oats = {"food": OATS, "amount": "87.654321", "unit": "g", "meal": WORDS["web meal"], "note": WORDS["web note"]}
    quick = {"name": WORDS["web quick add"], "energy": "417.19283", "meal": "snacks"}
    food = {"name": WORDS["web food"], "brand": WORDS["web brand"], "n-208": "61.728394",
            "unit_name": WORDS["web serving"], "unit_grams": "33.125"}  # fmt: skip
    facts = {
        "sex": "female",
        "birth_date": "1987-06-05",
        "weight": "71.3579",
        "height": "168.2468",
        "body_fat": "21.7913",
    }
    sent = [
        (f"/day/{DAY}/entries", oats), (f"/day/{DAY}/entries", quick), (f"/day/{DAY}/note", {"note": WORDS["web day note"]}),
        ("/foods/new", food), ("/settings/profile", facts), ("/settings/targets", {"own_budget": "1873.6192"}),
        ("/settings/name", {"display_name": WORDS["display name"]}),
    ]  # fmt: skip
    for path, form in sent:
        answer = browser.post(path, form)
        assert answer.status_code == 303, (path, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:])
    assert browser.get(f"/day/{DAY}/add?q={WORDS['web search']}").status_code == 200
    assert browser.get(f"/day/{DAY}/hits?q={WORDS['web search']}").status_code == 200
    assert browser.get(f"/no/{WORDS['unknown page']}").status_code == 404
    assert browser.post("/account/reauthenticate/", {"password": PASSPHRASE}).status_code == 302
    assert WORDS["web token"] in browser.post("/access/tokens/new", {"name": WORDS["web token"], "scope": "all"}).text
    page = browser.get(f"/day/{DAY}").text
    assert WORDS["web day note"] in page
    assert WORDS["web quick add"] in page
    assert WORDS["display name"] in page


def around_the_accounts(stack: Stack) -> None:
    link = stack.command("user", "add", "--invite", f"{WORDS['invited address']}@example.org").stdout.split()[-1]
    with Browser(stack, **{"User-Agent": WORDS["forged agent"], "X-Forwarded-For": FORGED}) as visitor:
        assert visitor.get(link.removeprefix(stack.url)).status_code == 302
        assert visitor.sign_in(f"{WORDS['wrong address']}@example.org", WORDS["wrong password"]).status_code == 200
        since = len(stack.printed)
        signed = visitor.post(
            "/account/signup/", {"email": f"{WORDS['address of another']}@example.org", "password1": PASSPHRASE}
        )
        assert signed.status_code == 302, signed.text[:500]
        stack.mail_to(f"{WORDS['address of another']}@example.org", after=since)


def one_machine() -> Stack:
    return Stack(short_folder())


def production() -> Stack:
    return Production(reachable_folder())


@pytest.fixture(scope="module", params=[one_machine, production], ids=["up", "stack up"])
def lived(request: pytest.FixtureRequest) -> Iterator[Lived]:
    stack = request.param()
    try:
        stack.start()
        began, ports = time.time(), {stack.https_port, *stack.inner_ports}
        wire = Wire() if may_listen() else None
        with wire or nullcontext():
            headers = {"User-Agent": WORDS["agent"], "X-Forwarded-For": FORGED}
            person = Person(stack, f"{WORDS['address of one']}@example.org", headers).agree()
            through_the_api(person)
            through_the_pages(person)
            around_the_accounts(stack)
            kept = {"cookie": person.cookie, "token": person.token().removeprefix("nutshell_"), "password": PASSPHRASE}
        yield Lived(stack, wire, ports, kept, began)
    finally:
        stack.stop()


def may_listen() -> bool:
    try:
        Wire()._socket.close()
    except PermissionError:
        return False
    return True


def wanted(lived: Lived) -> leaks.Needles:
    return leaks.needles({**WORDS, "forged address": FORGED, **lived.secrets}, FIGURES)


def check(lived: Lived, when: str) -> None:
    # A cluster of PostgreSQL has a hundred megabytes of files that nobody writes to: those are left out there.
    since = lived.began - 2 if isinstance(lived.stack, Production) else 0
    found = leaks.search_folder(lived.stack.data, wanted(lived), since)
    print(f"req-1, req-2 {when}: {found.files} files, {found.size:,} bytes, {len(found.hits)} hits")
    assert found.files > 20
    assert found.hits == []


def test_the_search_finds_a_canary_in_every_form(tmp_path: Path) -> None:
    canary = leaks.needles({"planted": WORDS["api note"]}, {"figure": FIGURES["weight"]})
    noise = secrets.token_bytes(3000)
    for form, content in leaks.planted(WORDS["api note"]).items():
        (tmp_path / "file").write_bytes(noise + content + noise)
        assert leaks.search_folder(tmp_path, canary).hits, form
    (tmp_path / "file").write_bytes(noise)
    assert leaks.search_folder(tmp_path, canary).hits == []


def test_req_1_and_2_no_canary_stands_in_any_file_while_the_product_runs(lived: Lived) -> None:
    check(lived, "while running")


def test_req_1_no_canary_passes_between_the_tiers_in_clear(lived: Lived) -> None:
    if lived.wire is None:
        pytest.skip("listening on the loopback interface needs CAP_NET_RAW")
    flows = lived.wire.of_ports(lived.ports)
    hits = [hit for flow, content in flows.items() for hit in leaks.search(content, wanted(lived), str(flow))]
    size = sum(map(len, flows.values()))
    print(f"req-1 on the wire: {len(flows)} flows, {size:,} bytes, {len(hits)} hits")
    assert size > 100_000
    assert hits == []


def test_a_plain_word_among_tls_records_is_seen() -> None:
    record = b"\x17\x03\x03\x00\x05abcde"
    for asked in (b"", b"\0\0\0\x08\x04\xd2\x16\x2f", b"ehlo [127.0.0.1]\r\nSTARTTLS\r\n"):
        assert is_tls_only(asked + record + record)
        assert not is_tls_only(asked + record + b"GET / HTTP/1.1\r\n\r\n")
        assert not is_tls_only(asked)
    assert not is_tls_only(b"EHLO me\r\nMAIL FROM:<a@example.org>\r\n" + record)


def test_req_3_nothing_but_tls_passes_between_the_tiers(lived: Lived) -> None:
    if lived.wire is None:
        pytest.skip("listening on the loopback interface needs CAP_NET_RAW")
    flows = {flow: content for flow, content in lived.wire.of_ports(lived.ports).items() if flow in lived.wire.begun}
    plain = {flow: content[:40] for flow, content in flows.items() if not is_tls_only(content)}
    print(f"req-3: {len(flows)} flows of {len(lived.ports)} listeners, {len(plain)} not TLS")
    assert {port for flow in flows for port in flow} >= {lived.stack.https_port}
    assert plain == {}


def test_the_launcher_prints_nothing_that_people_wrote(lived: Lived) -> None:
    known = {name: text for name, text in WORDS.items() if name not in MAILED}
    printed = "\n".join(lived.stack.printed).encode()
    assert (
        leaks.search(printed, leaks.needles({**known, "forged address": FORGED, **lived.secrets}, FIGURES), "terminal")
        == []
    )


def test_req_1_and_2_no_canary_stands_in_any_file_after_stopping(lived: Lived) -> None:
    assert lived.stack.stop() == 0
    check(lived, "after stopping")
