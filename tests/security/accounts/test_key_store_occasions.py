"""req-26: through a day of ordinary use, the key store's own leaves show when it was asked, and when it was not."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from django.test import Client
from tests.catalogs import built
from tests.doors.accounts.people import ALICE, BOB, PASSPHRASE, App, browser, log_in, reauthenticate, sign_up
from tests.security.accounts.test_accounts_sealed import shown_code

from nutshell.accounts import queries
from nutshell.audit.types import unpack
from nutshell.catalog import queries as catalog
from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.vault import installation, people
from nutshell.vault.keystore import reasons, service
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.client import KeyStoreClient
from nutshell.vault.keystore.types import Reason
from nutshell.vault.sharing import grantee
from security.keystore_in_process import InProcess, started
from security.people_and_vaults import new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)
API = "/api/v1"
DAY = "/day/2026-11-23"
OCCASIONS = {
    "login", "step-up", "token", "errand", "job", "consent", "recovery", "re-key", "erase",
    "grant", "identity", "pepper", "handle",
}  # fmt: skip
"""Of leaves: the closed table of reasons, grants, and the installation keys that a process holds from its start."""


@pytest.fixture(scope="module", autouse=True)
def the_catalog() -> Path:
    path = built()
    catalog.use(path)
    return path


class Watch:
    """What the key store was asked for since the last look, by the reason in its leaves."""

    def __init__(self, node: KeyStoreClient) -> None:
        self.node, self.seen, self.all = node, 0, Counter[str]()
        self()

    def __call__(self) -> dict[str, int]:
        fresh: Counter[str] = Counter()
        while own := self.node.own_leaves(self.seen):
            self.seen = own[-1].sequence
            fresh.update(unpack(leaf.body).reason for leaf in own if leaf.body)
        self.all += fresh
        return dict(fresh)


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[InProcess]:
    """The key store follows the tests' clock, so that days pass for it too."""
    before = installation._client, installation._held
    client = InProcess(started(tmp_path))
    installation.configure(client)
    yield client
    installation._client, installation._held = before


@pytest.fixture
def watch(keystore: InProcess) -> Watch:
    grantee.forget()
    return Watch(keystore)


def signed_up(email: str) -> Client:
    client = browser()
    sign_up(client, email)
    client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})
    assert client.get("/foods").status_code == 200
    reauthenticate(client)
    return client


def read_and_log(client: Client) -> None:
    for path in (DAY, f"{DAY}/nutrients", "/trends", "/foods", "/access", "/settings", f"{DAY}/add?q=egg", "/people"):
        assert client.get(path).status_code == 200, path
    assert client.post(f"{DAY}/entries", {"food": "sr28:01123", "amount": "100", "unit": "g"}).status_code in (200, 303)


def app_of(client: Client) -> Callable[..., Any]:
    """The API, by the session of this browser."""
    app = App(token=client.cookies["__Host-session"].value)
    return lambda method, path, body=None: app.ask(method, path, body, prefix=API)


def by_token(text: str) -> int:
    phone = Client(SERVER_NAME="localhost", headers={"x-forwarded-proto": "https", "authorization": f"Bearer {text}"})
    return phone.get(f"{API}/diary/2026-11-23").status_code


def test_req_26_a_day_of_ordinary_use(watch: Watch) -> None:
    alice = signed_up(ALICE)
    first = watch()
    assert set(first) <= {"identity", "pepper", "handle", "login", "consent", "step-up"}, first  # the node's start
    read_and_log(alice)
    assert watch() == {}, "reading and logging ask the key store for nothing"

    again = browser()
    log_in(again)
    assert watch() == {"login": 1}
    read_and_log(again)
    assert watch() == {}

    text = app_of(alice)("POST", "/tokens", {"name": "Phone", "scopes": ["all"]}).answer["token"]
    assert watch() == {"step-up": 1, "token": 1}, "listed by its owner, and opened into the day's epoch"
    assert by_token(text) == 200
    assert watch() == {}
    with clock.moved_to(clock.now() + timedelta(days=1)):
        for count in ({"token": 1}, {}):
            assert by_token(text) == 200
            assert watch() == count, "a token asks at its first use of an epoch"

    in_an_hour = clock.now() + timedelta(hours=1, minutes=1)
    with clock.moved_to(in_an_hour):
        for count in ({"errand": 1}, {}):
            assert alice.get(DAY).status_code == 200
            assert watch() == count, "once an hour of a session the owner's errand"

    sent = {"act": "seal", "recovery_code": shown_code(alice), "password": PASSPHRASE}
    assert alice.post("/settings/sealed", sent).status_code == 303
    assert set(watch()) == {"step-up"}
    read_and_log(alice)
    assert watch() == {}
    later = browser()
    log_in(later)
    assert set(watch()) == {"login"}
    read_and_log(later)
    assert watch() == {}
    assert set(watch.all) <= OCCASIONS


def test_req_26_what_is_shared_is_asked_for_when_it_opens(watch: Watch) -> None:
    alice, bob = app_of(signed_up(ALICE)), app_of(signed_up(BOB))
    watch()
    wish = {"label": "Bob", "collections": ["diary"], "first_day": "2026-11-01", "last_day": "2026-11-30"}
    path = alice("POST", "/grants", wish).answer["link"].partition("/invited/")[2]
    assert bob("POST", f"/invitations/{path}").status_code == 202
    assert alice("GET", "/diary/2026-11-23").status_code == 200
    assert set(watch()) <= {"grant", "errand"}
    address = f"/people/{queries.user_by_email(ALICE).subject_id}/diary/2026-11-23"
    for count in ({"grant": 1}, {}, {}):
        assert bob("GET", address).status_code == 200
        assert watch() == count, "a grant asks when it is opened"
    assert set(watch.all) <= OCCASIONS


def test_an_opening_without_a_reason_of_the_table_is_refused(keystore: InProcess) -> None:
    assert set(get_args(Reason)) == set(reasons.OPENS)
    for reason in ("", "curiosity", None):
        request = ask.FetchMany([ask.Wanted(new_id(), bytes(16))], reason)  # type: ignore[arg-type]
        code, value = msgspec.msgpack.decode(service.answer(keystore._core, "node", ask.encode(request)))
        assert (code, value) == ("malformed", None)


def test_a_reason_opens_only_its_kinds_of_slots(keystore: InProcess) -> None:
    person = new_person()
    slot = people.new_slot_id()
    keystore.put_secret(person.subject, slot, "token")
    before = len(keystore.own_leaves(0))
    for reason in sorted(set(get_args(Reason)) - {"token"}):
        with pytest.raises(errors.Forbidden):
            keystore.fetch(person.subject, slot, reason)
    assert len(keystore.own_leaves(0)) == before
    assert keystore.fetch(person.subject, slot, "token").kind == "token"
