"""req-6 for mail: it goes to the server that is meant, over TLS, or it does not go; and the operator is told why."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stack import free_ports
from tests.tiers import certificates as issued
from tests.tiers.smtp import PASSWORD, Mailbox, mail_server

from nutshell.ops import certificates
from nutshell.ops.certificates import Tier

ADDRESS = "alice@example.org"
SCHEMES = {"smtps": True, "smtp+starttls": False}
MAIL = Tier("mail", ("localhost",))
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    certificates.ensure(folder, "localhost")
    return issued.issue(folder, folder, MAIL)


@pytest.fixture(scope="module")
def sent(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    data = tmp_path_factory.mktemp("data")

    def run(url: str, address: str = ADDRESS, ca: Path | None = None) -> "subprocess.CompletedProcess[str]":
        environ = {name: text for name, text in os.environ.items() if not name.startswith(("NUTSHELL_", "DJANGO_"))}
        environ |= {"NUTSHELL_DATA": str(data), "NUTSHELL_MAIL_FROM": "nutshell@example.org"}
        environ |= {"NUTSHELL_SMTP_URL": url, "NUTSHELL_MAIL_CA": str(ca or pki / "ca.crt")} if url else {}
        command = [sys.executable, "-m", "nutshell.ops.command", "test-mail", address]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return run


def expect_refusal(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("nutshell: ")
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr
    assert not [word for word in words if word not in done.stderr], done.stderr


def expect_nothing_sent(box: Mailbox) -> None:
    assert (box.mails, box.logins) == ([], [])
    assert {line.split()[0].upper() for line in box.clear} <= {"EHLO", "STARTTLS", "QUIT"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_mail_goes_out_sealed(pki: Path, sent: Command, scheme: str) -> None:
    with mail_server(pki, implicit=SCHEMES[scheme]) as box:
        done = sent(box.url(scheme))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Sent to {ADDRESS}.\n", "")
    assert len(box.mails) == 1
    assert f"To: {ADDRESS}" in box.mails[0]
    assert box.logins == ["sender"]
    assert {line.split()[0].upper() for line in box.clear} <= {"EHLO", "STARTTLS"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_req_6_a_mail_server_of_another_authority_gets_nothing(
    pki: Path, sent: Command, scheme: str, tmp_path: Path
) -> None:
    certificates.ensure(tmp_path, "localhost")
    with mail_server(pki, implicit=SCHEMES[scheme]) as box:
        expect_refusal(sent(box.url(scheme), ca=tmp_path / "ca.crt"), "certificate", "NUTSHELL_MAIL_CA")
    expect_nothing_sent(box)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_req_6_a_mail_server_by_another_name_gets_nothing(
    pki: Path, sent: Command, scheme: str, tmp_path: Path
) -> None:
    folder = issued.issue(pki, tmp_path, Tier("mail", ("mail.nutshell.internal",)))
    with mail_server(folder, implicit=SCHEMES[scheme]) as box:
        expect_refusal(sent(box.url(scheme)), "certificate", "not valid for 'localhost'")
    expect_nothing_sent(box)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_req_6_a_mail_server_whose_certificate_ended_gets_nothing(
    pki: Path, sent: Command, scheme: str, tmp_path: Path
) -> None:
    folder = issued.expired(pki, tmp_path, MAIL)
    with mail_server(folder, implicit=SCHEMES[scheme]) as box:
        expect_refusal(sent(box.url(scheme)), "certificate", "expired")
    expect_nothing_sent(box)


def test_req_6_a_mail_server_that_offers_no_starttls_gets_nothing(pki: Path, sent: Command) -> None:
    """As when somebody between takes the offer away."""
    with mail_server(pki, implicit=False, offers=False) as box:
        expect_refusal(sent(box.url("smtp+starttls")), "offers no STARTTLS", "Nothing was sent")
    expect_nothing_sent(box)


def test_a_server_that_speaks_no_tls_at_once_gets_nothing(pki: Path, sent: Command) -> None:
    with mail_server(pki, implicit=False, offers=False) as box:
        expect_refusal(sent(box.url("smtps")), "TLS", "smtp+starttls://")
    expect_nothing_sent(box)


def test_what_the_server_refuses_is_told_in_words(pki: Path, sent: Command) -> None:
    with mail_server(pki, implicit=True) as box:
        expect_refusal(sent(box.url("smtps", password="wrong")), "user or the password", "NUTSHELL_SMTP_URL")
        expect_refusal(sent(box.url("smtps"), address="nobody@example.org"), "does not take mail", "550")
    assert box.mails == []


def test_a_server_that_is_not_there_is_told_in_words(sent: Command) -> None:
    expect_refusal(sent(f"smtps://localhost:{free_ports(1)[0]}"), "cannot be reached", "localhost")


def test_without_a_mail_server_it_says_what_to_set(sent: Command) -> None:
    expect_refusal(sent(""), "NUTSHELL_SMTP_URL", "NUTSHELL_MAIL_FROM")


def test_an_address_that_is_none_is_told(pki: Path, sent: Command) -> None:
    with mail_server(pki, implicit=True) as box:
        for address in ("alice", "a b@c", "alice@example.org\nBcc: eve@example.org"):
            expect_refusal(sent(box.url("smtps"), address=address), "is not an e-mail address")
    expect_nothing_sent(box)
