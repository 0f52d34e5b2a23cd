"""Mail leaves over verified TLS, or, without a mail server, appears on the operator's terminal only."""

import logging
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from . import terminal
from .config import Config

log = logging.getLogger("nutshell.mail")
TIMEOUT_SECONDS = 15
_PORTS = {"smtps": 465, "smtp+starttls": 587}


class SmtpBackend(EmailBackend):
    """Django's SMTP, from NUTSHELL_SMTP_URL. The server's certificate and name are checked; TLS 1.2 or better."""

    def __init__(self, fail_silently: bool = False, **_others: Any) -> None:
        config: Config = settings.NUTSHELL
        url = urlsplit(config.smtp_url)
        super().__init__(
            host=url.hostname,
            port=url.port or _PORTS[url.scheme],
            username=unquote(url.username or ""),
            password=unquote(url.password or ""),
            use_ssl=url.scheme == "smtps",
            use_tls=url.scheme == "smtp+starttls",
            timeout=TIMEOUT_SECONDS,
            fail_silently=fail_silently,
        )
        # Django's own context verifies nothing unless told; this one does.
        self.ssl_context = ssl.create_default_context(cafile=config.mail_ca)
        self.ssl_context.minimum_version = ssl.TLSVersion.TLSv1_2


class TerminalBackend(BaseEmailBackend):
    """Shows mail on the terminal where `nutshell up` runs."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._show(message)
        return len(email_messages)

    def _show(self, message: EmailMessage) -> None:
        try:
            terminal.tell(settings.NUTSHELL.run, _as_text(message))
        except OSError:
            log.error("a mail could not be shown: no launcher listens")
            if not self.fail_silently:
                raise


def _as_text(message: EmailMessage) -> str:
    return f"--- mail to {', '.join(message.to)}: {message.subject}\n{message.body.strip()}\n---\n"
