"""The operators' console as a process: who gets in, what it does, and what it cannot reach."""

import hashlib
import json
import re
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from django.urls import get_resolver
from tests.console import Operator, client
from tests.security.requirements.people import PASSPHRASE, Browser, Person, forget_limits
from tests.stack import Stack
from tests.tiers import certificates as issued
from tests.tiers.test_life import eventually

from nutshell.admin import urls
from nutshell.admin.door import BEFORE_SIGN_IN
from nutshell.audit.types import Body, unpack
from nutshell.common import errors
from nutshell.ops import up
from nutshell.ops.certificates import FRONT, OPERATORS, Tier, operator_file
from nutshell.ops.command import SUBCOMMANDS
from nutshell.ops.config import BY_NAME, load
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.client import KeyStoreClient

pytestmark = pytest.mark.stack
ROUTES = {pattern.name: f"/{pattern.pattern}".replace("<path:name>", "web/x.css") for pattern in urls.urlpatterns}
ACTS = sorted(set(ROUTES) - {"overview", "accounts", "activity", "incidents", "requests", "sign_in", "asset"})


@pytest.fixture(scope="module")
def olga(stack: Stack) -> Operator:
    return Operator(stack, "olga").sign_in()


@pytest.fixture(scope="module")
def another(stack: Stack, olga: Operator) -> Operator:
    return Operator(stack, "otto")


@pytest.fixture
def otto(another: Operator) -> Operator:
    """Another operator, who has not signed in, and may use the code of now once more."""
    rows(another.stack, "UPDATE operator SET last_step = 0")
    another.http = client(another.stack, another.url, another.pem)
    return another


def rows(stack: Stack, statement: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(stack.data / "accounts.sqlite3", timeout=20)) as database, database:
        return database.execute(statement, values).fetchall()


def leaves(stack: Stack) -> list[Body]:
    """All but what machines do at any time, those of the key store too, once the worker has copied them."""
    bodies = rows(stack, "SELECT body FROM audit_leaf WHERE body IS NOT NULL ORDER BY id")
    found = [unpack(body) for (body,) in bodies]
    return [body for body in found if body.kind not in ("fetch", "installation-fetch", "bodies-dropped")]


def added(stack: Stack, before: list[Body], count: int = 1) -> list[Body]:
    """What was recorded since; waits for the worker, and looks once more whether there is too much."""
    known = {id_ for body in before for id_ in [(body.kind, body.at)]}

    def fresh() -> list[Body]:
        return [body for body in leaves(stack) if (body.kind, body.at) not in known]

    assert eventually(lambda: len(fresh()) >= count, 15), fresh()
    return fresh()


def id_of(stack: Stack, operator: Operator) -> str:
    """As the trail names this operator."""
    made = [body for body in leaves(stack) if body.reason == "operator-added"]
    names = {"olga": 0, "otto": 1}
    return f"operator:{UUID(bytes=made[names[operator.name]].references[0])}"


# ---------- who gets in ----------


def turned_away(http: httpx.Client) -> bool:
    """By the connection itself: nothing is answered."""
    try:
        http.get("/sign-in")
    except (httpx.TransportError, ssl.SSLError):
        return True
    return False


@pytest.mark.parametrize("name", ["", "lb", "node", "node-1", "worker", "operator", "admin", "web", "console", "keys"])
def test_req_5_the_console_serves_nobody_with_another_certificate(stack: Stack, olga: Operator, name: str) -> None:
    context = ssl.create_default_context(cafile=stack.ca)
    if name:
        context.load_cert_chain(stack.data / "pki" / f"{name}.crt", stack.data / "pki" / f"{name}.key")
    assert turned_away(httpx.Client(base_url=olga.url, verify=context, timeout=5))


def test_req_5_the_console_refuses_an_expired_certificate_and_one_of_another_authority(
    stack: Stack, olga: Operator, tmp_path: Path
) -> None:
    pki = stack.data / "pki"
    late = issued.expired(pki, tmp_path / "late", Tier("Operator olga", authority=OPERATORS))
    wrong = issued.issue(pki, tmp_path / "front", Tier("Operator olga", authority=FRONT))
    stranger = issued.foreign(pki, tmp_path / "foreign")
    stranger = issued.issue(stranger, stranger, Tier("Operator olga", authority=OPERATORS))
    for folder in (late, wrong, stranger):
        pem = tmp_path / "one.pem"
        pem.write_bytes(b"".join((folder / f"Operator olga.{end}").read_bytes() for end in ("key", "crt")))
        assert turned_away(client(stack, olga.url, pem))


def test_a_certificate_that_no_account_is_bound_to_opens_no_page(stack: Stack, olga: Operator, tmp_path: Path) -> None:
    pem = issued_to_nobody(stack, tmp_path)
    http = client(stack, olga.url, pem, cookies=dict(olga.http.cookies))
    for path in ROUTES.values():
        answer = http.get(path)
        assert (answer.status_code, "belongs to no operator" in answer.text) == (403, True), path


def issued_to_nobody(stack: Stack, folder: Path) -> Path:
    made = operator_file(stack.data / "pki", "olga", "x")
    key, certificate, _ = pkcs12.load_key_and_certificates(made.content, b"x")
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[union-attr]
    path = folder / "nobody.pem"
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))  # type: ignore[union-attr]
    return path


def test_every_route_but_signing_in_asks_for_the_second_factor(otto: Operator, olga: Operator) -> None:
    """The certificate alone opens none, and neither does another operator's session with it."""
    otto.get("/sign-in")
    for jar in ({}, {"__Host-operator": olga.http.cookies["__Host-operator"]}, {"__Host-operator": "A" * 43}):
        for name, path in ROUTES.items():
            if name in BEFORE_SIGN_IN:
                continue
            cookies = {**dict(otto.http.cookies), **jar}
            http = client(otto.stack, otto.url, otto.pem, cookies=cookies)
            token = {"csrfmiddlewaretoken": cookies["__Host-operator-csrf"]}
            for answer in (http.get(path), http.post(path, data=token, headers={"Origin": otto.url})):
                assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in"), (name, jar)


def test_a_wrong_code_and_a_code_used_before_are_refused(stack: Stack, otto: Operator) -> None:
    before = leaves(stack)
    wrong = otto.post("/sign-in", code="000000")
    assert (wrong.status_code, "This code is not right" in wrong.text) == (422, True)
    code = otto.code()
    assert otto.post("/sign-in", code=code).status_code == 302
    again = otto.with_certificate(otto.pem)
    assert again.post("/sign-in", code=code).status_code == 422
    for odd in ("", "٤٥٦٧٨٩", "1" * 5000, "12345\x00", "🥜🥜🥜🥜🥜🥜"):
        assert again.post("/sign-in", code=odd).status_code == 422
    assert [body.kind for body in added(stack, before, 8)] == [
        "operator-refused", "operator-signed-in", *["operator-refused"] * 6
    ]  # fmt: skip


def test_a_hundred_wrong_codes_are_the_last(stack: Stack, otto: Operator) -> None:
    assert otto.post("/sign-in", code="000000").status_code == 422
    rows(stack, "UPDATE guess SET count = 100 WHERE id = (SELECT MAX(id) FROM guess)")
    answer = otto.post("/sign-in", code=otto.code())
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)
    rows(stack, "DELETE FROM guess WHERE id = (SELECT MAX(id) FROM guess)")


@pytest.mark.parametrize(("column", "ago"), [("used_at", timedelta(minutes=15)), ("started_at", timedelta(hours=12))])
def test_fifteen_idle_minutes_sign_off_and_twelve_hours_in_any_case(
    stack: Stack, otto: Operator, column: str, ago: timedelta
) -> None:
    otto.sign_in()
    (handle,) = rows(stack, "SELECT handle FROM operator_session ORDER BY started_at DESC LIMIT 1")[0]
    for more, status in ((timedelta(seconds=20), 200), (timedelta(), 302)):
        moment = str((datetime.now(UTC) - ago + more).replace(tzinfo=None))
        rows(stack, f"UPDATE operator_session SET {column} = ? WHERE handle = ?", moment, handle)
        assert otto.get("/").status_code == status
    assert otto.get("/").headers["location"] == "/sign-in"


def test_a_certificate_written_into_somebody_elses_row_opens_nothing(
    stack: Stack, otto: Operator, tmp_path: Path
) -> None:
    """By somebody who can write to the database: the second factor is sealed for the certificate, too."""
    pem = issued_to_nobody(stack, tmp_path)
    certificate = pem.read_text()
    der = ssl.PEM_cert_to_DER_cert(certificate[certificate.index("-----BEGIN CERT") :])
    id_, fingerprint = rows(stack, "SELECT id, fingerprint FROM operator ORDER BY added_at DESC LIMIT 1")[0]
    rows(stack, "UPDATE operator SET fingerprint = ? WHERE id = ?", hashlib.sha256(der).digest(), id_)
    try:
        answer = otto.with_certificate(pem).post("/sign-in", code=otto.code())
        assert (answer.status_code, "does not match its seal" in answer.text) == (409, True)
    finally:
        rows(stack, "UPDATE operator SET fingerprint = ? WHERE id = ?", fingerprint, id_)


def test_another_certificate_and_an_accounts_end_end_the_certificate_before(stack: Stack, otto: Operator) -> None:
    before, old = otto.sign_in().with_certificate(otto.pem, **dict(otto.http.cookies)), otto.pem.read_bytes()
    done = stack.command("admin", "renew", "otto")
    assert done.returncode == 0, done.stderr
    assert before.get("/").status_code == 403
    otto.take(done.stdout)
    assert otto.pem.read_bytes() != old
    assert otto.get("/").status_code == 302
    rows(stack, "UPDATE operator SET last_step = 0")
    assert otto.sign_in().get("/").status_code == 200
    assert "otto" in stack.command("admin", "list").stdout
    assert stack.command("admin", "remove", "otto").returncode == 0
    assert otto.get("/").status_code == 403
    said = stack.command("admin", "remove", "otto")
    assert (said.returncode, "There is no operator of this name" in said.stderr) == (1, True)


# ---------- no way from the public listener ----------


def test_the_public_listener_has_no_route_of_the_console(stack: Stack, olga: Operator) -> None:
    public = {pattern.callback for pattern in _flat(get_resolver("nutshell.urls").url_patterns)}
    assert public
    assert not [view for view in public if view.__module__.startswith("nutshell.admin")]
    asked = stack.client(cookies={"__Host-operator": olga.http.cookies["__Host-operator"]})
    shown = client(stack, stack.url, olga.pem, cookies=dict(olga.http.cookies))
    for http in (asked, shown):
        for path in ROUTES.values():
            answer = http.get(path)
            assert "operators" not in answer.text.lower(), path
            assert answer.headers.get("server") != "gunicorn"


def _flat(patterns: list) -> Iterator:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern


# ---------- what it does ----------


def test_an_operator_invites_somebody_and_one_leaf_says_who_did(stack: Stack, olga: Operator) -> None:
    before = leaves(stack)
    answer = olga.post("/accounts/invite", email="console.invited@example.org")
    assert answer.status_code == 200
    link = answer.text.partition(f'value="{stack.url}')[2].partition('"')[0]
    with Browser(stack) as visitor:
        assert "console.invited@example.org" in visitor.get(link, follow_redirects=True).text
    (leaf,) = added(stack, before)
    assert (leaf.kind, leaf.reason, leaf.actor, leaf.subject) == (
        "operator-act", "account-invited", id_of(stack, olga), None
    )  # fmt: skip
    assert b"console.invited" not in b"".join(
        row[0] for row in rows(stack, "SELECT body FROM audit_leaf WHERE body IS NOT NULL")
    )


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b\x00.example", "x" * 5000 + "@example.org", "a@example.org\r\nBcc: b"]
)
@pytest.mark.parametrize("act", ["invite", "disable", "enable"])
def test_bad_addresses_are_answered_with_a_sentence(olga: Operator, act: str, email: str) -> None:
    answer = olga.post(f"/accounts/{act}", email=email)
    assert (answer.status_code, 'class="error"' in answer.text) == (422, True)


def test_a_disabled_account_signs_in_nowhere_until_it_is_enabled(stack: Stack, olga: Operator) -> None:
    alice = Person(stack, "console.alice@example.org").agree()
    phone = alice.phone()
    app = alice.app
    assert phone("GET", "/profile").status_code == app("GET", "/account").status_code == 200
    before = leaves(stack)
    assert olga.post("/accounts/disable", email=alice.email).status_code == 200
    assert phone("GET", "/profile").status_code == app("GET", "/account").status_code == 401
    assert alice.browser.get("/day/2026-11-23").headers["location"].startswith("/account/login/")
    with Browser(stack) as browser:
        browser.sign_in(alice.email)
        assert browser.get("/day/2026-11-23").headers["location"].startswith("/account/login/")
    login = stack.client().post("/api/auth/app/v1/auth/login", json={"email": alice.email, "password": PASSPHRASE})
    assert "session_token" not in login.text
    again = olga.post("/accounts/disable", email=alice.email)
    assert (again.status_code, "disabled already" in again.text) == (422, True)
    (leaf,) = [body for body in added(stack, before) if body.kind == "operator-act"]
    assert (leaf.reason, leaf.actor) == ("account-disabled", id_of(stack, olga))
    assert leaf.subject is not None
    assert olga.post("/accounts/enable", email=alice.email).status_code == 200
    forget_limits(stack)
    assert phone("GET", "/profile").status_code == app("GET", "/account").status_code == 401
    with Browser(stack) as browser:
        browser.sign_in(alice.email)
        assert browser.get("/day/2026-11-23").status_code == 200


def test_an_operator_freezes_all_nodes_and_unfreezes_them(stack: Stack, olga: Operator) -> None:
    eve = Person(stack, "console.eve@example.org").agree()
    before = leaves(stack)
    assert "Frozen." in olga.post("/nodes/freeze", node="*").text
    try:
        with Browser(stack) as browser:
            assert browser.sign_in(eve.email).status_code == 503
        assert "frozen already" in olga.post("/nodes/freeze", node="*").text
        assert "All nodes are frozen" in olga.get("/").text
    finally:
        assert "Answered again." in olga.post("/nodes/unfreeze", node="*").text
    with Browser(stack) as browser:
        assert browser.sign_in(eve.email).status_code == 302
    frozen = [body for body in added(stack, before, 3) if body.kind.startswith(("node-", "operator-"))]
    assert [(body.kind, body.actor, body.references) for body in frozen] == [
        ("node-frozen", id_of(stack, olga), (b"*",)), ("node-unfrozen", id_of(stack, olga), (b"*",))
    ]  # fmt: skip
    assert olga.post("/nodes/freeze", node="node-77").status_code == 400


def test_the_overview_says_how_parts_tasks_and_trail_are(stack: Stack, olga: Operator) -> None:
    assert eventually(lambda: "audit-sequencer" in olga.get("/").text, 40)
    page = olga.get("/").text
    for part in ("Accounts (database)", "Key store", "Web pages, through the load balancer", "Records (database)"):
        assert part in page
    assert "does not answer" not in page
    assert "stuck" not in page
    assert "leaves," in page
    assert "The trail is whole" in olga.post("/trail/verify").text
    (body, index) = rows(stack, "SELECT body, tree_index FROM audit_leaf WHERE tree_index = 1")[0]
    rows(stack, "UPDATE audit_leaf SET body = ? WHERE tree_index = 1", bytes([*body[:-1], body[-1] ^ 1]))
    try:
        assert f"leaf-altered {index}" in olga.post("/trail/verify").text
    finally:
        rows(stack, "UPDATE audit_leaf SET body = ? WHERE tree_index = 1", body)


def test_sign_ups_are_counted_and_name_nobody(stack: Stack, olga: Operator) -> None:
    (count,) = rows(stack, "SELECT COUNT(*) FROM user_account WHERE created_at >= date('now')")[0]
    page = olga.get("/accounts").text
    assert (f'<span class="num">{count}</span>' if count else "None.") in page
    assert "console.alice" not in page


def test_forms_without_their_token_do_nothing(olga: Operator) -> None:
    for name in ACTS:
        answer = olga.http.post(ROUTES[name], headers={"Origin": olga.url})
        assert (answer.status_code, "too old" in answer.text) == (403, True), name
        assert olga.get(ROUTES[name]).status_code == 405, name


# ---------- what it cannot reach ----------


def test_the_process_has_no_gate_and_no_records(stack: Stack) -> None:
    """In a process that is set up as the console is: what is loaded, and what a query for records does."""
    script = (
        "import django, sys; django.setup()\n"
        "import nutshell.admin.urls\n"
        "from nutshell.vault.models import Record\n"
        "from django.conf import settings\n"
        "print(sorted(name for name in sys.modules if name.startswith('nutshell.') and name.count('.') == 1))\n"
        "print(sorted(settings.DATABASES))\n"
        "try: Record.objects.count()\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    environ = {**stack.environ, "NUTSHELL_ROLE": "admin", "DJANGO_SETTINGS_MODULE": "nutshell.settings"}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    rooms, databases, error = done.stdout.splitlines()
    closed = {
        "gate",
        "diary",
        "targets",
        "grants",
        "clinics",
        "studies",
        "caseload",
        "erasure",
        "catalog",
        "web",
        "api",
    }
    assert not closed & {name.removeprefix("nutshell.") for name in eval(rooms)}
    assert (databases, error) == ("['default']", "ConnectionDoesNotExist")


def test_the_console_is_told_no_secret_of_others(tmp_path: Path) -> None:
    """By a launcher that knows them all."""
    config = load({"NUTSHELL_ADMIN_PORT": "9443", "NUTSHELL_DATA": str(tmp_path)})
    (process,) = up.console(config, dict.fromkeys(BY_NAME, "something"))
    hidden = {
        f"NUTSHELL_{name}" for name in ("RECORDS_URL", "KEYS_URL", "SMTP_URL", "KMS_KEY", "KMS", "KMS_PASSPHRASE_FILE")
    }
    hidden |= {name for name in BY_NAME if name.endswith(("_OWNER_URL", "_SHELL_URL"))}
    assert not hidden & set(process.environ)
    assert process.environ["NUTSHELL_ROLE"] == "admin"
    assert up.console(load({"NUTSHELL_DATA": str(tmp_path)}), {}) == []


MAY = {ask.Installation, ask.PublicKeys, ask.Freeze, ask.Unfreeze, ask.Nodes}
"""All that the key store does for the console's certificate."""


def test_the_key_store_gives_the_console_no_opener_no_epoch_and_no_pepper(stack: Stack) -> None:
    assert {request for request, roles in ask.ROLES.items() if "admin" in roles} == MAY
    host, port = (stack.data / "run" / "keys.address").read_text().strip().rsplit(":", 1)
    console = KeyStoreClient.of_installation((host, int(port)), stack.data / "pki", "admin")
    refused = [
        lambda: console.fetch(uuid4(), b"x" * 16, "login"),
        lambda: console.fetch_grants(uuid4(), [b"x" * 16], b""),
        lambda: console.put_secret(uuid4(), b"x" * 16, "server"),
        lambda: console.epoch(datetime.now(UTC).date()),
        lambda: console.installation("pepper"),
        lambda: console.begin_erase_as_operator(uuid4()),
        lambda: console.destroy_as_operator(b"x" * 16),
        lambda: console.begin_rotation(),
    ]
    for asked in refused:
        with pytest.raises(errors.Forbidden):
            asked()
    assert console.installation("identity")
    assert isinstance(console.nodes(), list)


# ---------- the command ----------


COMMANDS: dict[str, str] = {
    # What an operator does with it. Each of these leaves one leaf, here or in the tests of the whole stack.
    "user": "below", "admin": "below", "erase": "below", "freeze": "below", "unfreeze": "below", "rotate": "below",
    "incident": "the test of the register below, tests/security/incidents",
    "certs": "test_production", "test-mail": "test_production", "db": "test_production",
    "backup": "below", "restore": "test_backup_and_restore",
    # What only reads, or changes nothing but this machine's own files.
    "doctor": "reads", "audit": "reads", "compliance": "reads", "receipt": "reads", "register": "reads",
    "activity": "reads",
    "catalog": "files of this machine", "trust": "files of this machine",
    # What is a part, or starts all of them.
    "up": "launcher", "stack": "launcher", "keys": "part", "web": "part", "worker": "part", "prepare": "part",
    "deploy": "files of this machine", "blog": "files of this machine", "recover": "files of this machine",
    "status": "part",
    "demo": "part of `up --demo`",
}  # fmt: skip
DO = """
import json, sys
from nutshell.ops.command import main
sys.exit(sum(main(words) for words in json.loads(sys.argv[1])))
"""


def test_every_command_is_judged_whether_it_acts() -> None:
    assert {subcommand.name for subcommand in SUBCOMMANDS} == set(COMMANDS)


def test_each_act_by_command_leaves_exactly_one_leaf_and_no_address(stack: Stack) -> None:
    erik = "console.erik@example.org"
    acts: list[tuple[list[str], tuple[str, str]]] = [
        (["user", "add", erik], ("operator-act", "account-made")),
        (["user", "add", "--invite", "console.new@example.org"], ("operator-act", "account-invited")),
        (["user", "disable", erik], ("operator-act", "account-disabled")),
        (["user", "enable", erik], ("operator-act", "account-enabled")),
        (["user", "unlock", erik], ("unlocked", "")),
        (["admin", "add", "oona"], ("operator-act", "operator-added")),
        (["admin", "renew", "oona"], ("operator-act", "operator-certified")),
        (["admin", "remove", "oona"], ("operator-act", "operator-removed")),
        (["backup"], ("operator-act", "backup-made")),
        (["freeze", "worker"], ("node-frozen", "operator")),
        (["unfreeze", "worker"], ("node-unfrozen", "operator")),
        (["rotate", "kms"], ("kms-rotated", "operator")),
        (["rotate", "signing"], ("signing-rotated", "operator")),
        (["erase", "--yes", erik], ("operator-act", "account-removed")),
    ]
    before = leaves(stack)
    public = stack.command("backup", "key", str(stack.data.parent / "key")).stdout.split("\n")[0].partition("=")[2]
    copies = {"NUTSHELL_BACKUPS": str(stack.data.parent / "copies"), "NUTSHELL_BACKUP_TO": public}
    words = json.dumps([words for words, _ in acts])
    done = subprocess.run([sys.executable, "-c", DO, words], env={**stack.environ, **copies}, input=PASSPHRASE + "\n",
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = added(stack, before, len(acts))
    assert {body.actor for body in told} == {"operator"}
    assert sorted((body.kind, body.reason) for body in told) == sorted(leaf for _, leaf in acts)
    assert not any(b"example.org" in body for (body,) in rows(stack, "SELECT body FROM audit_leaf WHERE body NOT NULL"))


def test_the_officer_reads_and_answers_what_somebody_asked(stack: Stack, olga: Operator) -> None:
    person = Person(stack, "console.asker@example.org").agree()
    asked = {"kind": "amendment", "text": "My <b>year</b> of birth is wrong."}
    assert person.browser.post("/account/requests", asked).status_code == 303
    found = re.findall(r"\?number=(\d+)", olga.get("/requests").text)
    assert "of birth" not in olga.get("/requests").text
    number = found[-1]
    assert "My &lt;b&gt;year&lt;/b&gt; of birth is wrong." in olga.get(f"/requests?number={number}").text
    refused = olga.post("/requests/answer", number=number, act="denied", text=" ")
    assert (refused.status_code, "between 1 and 4,000" in refused.text) == (422, True)
    said = {"number": number, "act": "denied", "text": "It is as you gave it."}
    assert [olga.post("/requests/answer", **said).status_code for _ in range(2)] == [200, 409]
    page = person.browser.get("/account/requests").text
    assert ("It is as you gave it." in page, "Send your statement" in page) == (True, True)
    empty = person.browser.post("/account/requests/disagree", {"number": number, "text": " "})
    assert (empty.status_code, f'id="e-text-{number}"' in empty.text) == (422, True)
    mine = {"number": number, "text": "It is not."}
    assert person.browser.post("/account/requests/disagree", mine).status_code == 303
    assert "It is not." in olga.get(f"/requests?number={number}").text
    ledger = person.browser.get("/access/ledger").text
    assert [said for said in ("You asked the data-pr", "was read", "did not accept it") if said not in ledger] == []
    for strange in ("999999999", "-1", "x", "9" * 40, ""):
        assert olga.http.get("/requests", params={"number": strange}).status_code == 404


def test_the_worker_reviews_the_last_week_and_an_operator_says_that_they_looked(stack: Stack, olga: Operator) -> None:
    assert eventually(lambda: "?week=" in olga.get("/activity").text, 60)
    (week,) = re.findall(r"\?week=(\d{4}-W\d\d)", olga.get("/activity").text)
    assert olga.get(f"/activity?week={week}").status_code == 200
    assert olga.post("/activity/looked", week=week, word=" ").status_code == 422
    said = {"week": week, "word": "Nothing <b>at all</b>."}
    assert [olga.post("/activity/looked", **said).status_code for _ in range(2)] == [200, 409]
    assert "Nothing &lt;b&gt;at all&lt;/b&gt;." in olga.get(f"/activity?week={week}").text
    assert "health-data" in olga.get("/activity").text
    assert f"Week {week}, by the audit trail." in stack.command("activity", week).stdout
    assert "YEAR-Wnn" in stack.command("activity", "never").stderr
    for strange in ("2020-W01", "x", "9" * 40, ""):
        assert olga.http.get("/activity", params={"week": strange}).status_code == 404


def test_the_console_shows_the_register_and_one_timeline_that_the_command_wrote(stack: Stack, olga: Operator) -> None:
    declared = stack.command("incident", "declare", "Server 7 <b>14:02</b>.")
    assert declared.returncode == 0, declared.stderr
    number = declared.stdout.split()[1]
    assert stack.command("incident", "act", number, "acknowledged", "Olga Overseer").returncode == 0
    assert "Server 7 &lt;b&gt;14:02&lt;/b&gt;." in olga.http.get("/incidents").text
    page = olga.http.get(f"/incidents?number={number}").text
    assert "commander: Olga Overseer" in page
    assert "GDPR art. 33(1)" in page
    for strange in ("999999999", "-1", "x", "9" * 40, ""):
        assert olga.http.get("/incidents", params={"number": strange}).status_code == 404
    assert stack.command("incident", "verify").stdout == "All timelines are whole.\n"
