"""Mail: verified TLS, or the operator's terminal and nothing else."""

import ssl
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMessage

from nutshell.ops import terminal
from nutshell.ops.mail import SmtpBackend, TerminalBackend


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "NUTSHELL", replace(settings.NUTSHELL, data=tmp_path))
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def mail(body: str = "Your code is 123456.") -> EmailMessage:
    return EmailMessage("Confirm", body, "n@example.org", ["alice@example.org"])


def test_a_mail_reaches_the_launchers_terminal(here: Path) -> None:
    with terminal.listen(here) as listener:
        assert stat.S_IMODE(terminal.socket_path(here).stat().st_mode) == 0o600
        assert TerminalBackend().send_messages([mail()]) == 1
        shown = terminal.receive(listener)
    assert shown == "--- mail to alice@example.org: Confirm\nYour code is 123456.\n---\n"


def test_a_mail_cannot_steer_the_terminal(here: Path) -> None:
    with terminal.listen(here) as listener:
        TerminalBackend().send_messages([mail("\x1b]0;owned\x07 \x1b[2J hello\r")])
        shown = terminal.receive(listener)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "hello" in shown


def test_without_a_launcher_sending_fails_and_the_log_holds_no_word_of_it(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OSError, match="No such file"):
        TerminalBackend().send_messages([mail()])
    assert "123456" not in caplog.text
    assert "alice" not in caplog.text


@pytest.mark.parametrize(("url", "port", "implicit"), [("smtps://m", 465, True), ("smtp+starttls://m", 587, False)])
def test_a_mail_server_is_always_verified(url: str, port: int, implicit: bool, monkeypatch) -> None:
    monkeypatch.setattr(settings, "NUTSHELL", replace(settings.NUTSHELL, smtp_url=url))
    backend = SmtpBackend()
    assert (backend.port, backend.use_ssl, backend.use_tls) == (port, implicit, not implicit)
    assert backend.ssl_context.verify_mode == ssl.CERT_REQUIRED
    assert backend.ssl_context.check_hostname
