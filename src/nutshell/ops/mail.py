"""Mail leaves over verified TLS, or, without a mail server, appears on the operator's terminal only."""

import logging
import smtplib
import socket
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


def explained(failure: OSError, config: Config) -> str:
    """Why no mail went out, in a sentence or two for the operator, with no secret and none of the server's words."""
    host = urlsplit(config.smtp_url).hostname
    code = getattr(failure, "smtp_code", "")
    if isinstance(failure, ssl.SSLCertVerificationError):
        reason = failure.verify_message.rstrip(".")
        own = "" if "valid" in reason else " If its authority is your own, name it in NUTSHELL_MAIL_CA."
        return f"The certificate of {host} is not accepted: {reason}. Nothing was sent.{own}"
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        codes = ", ".join(str(number) for number, _ in failure.recipients.values())
        return f"{host} does not take mail for this address ({codes})."
    for kind, sentence in _REASONS:
        if isinstance(failure, kind):
            return sentence.format(host=host, code=code)
    return f"The mail could not be sent: {type(failure).__name__} from {host}."


_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (smtplib.SMTPNotSupportedError, "{host} offers no STARTTLS, or no sign-in. Nothing was sent; try smtps://."),
    (smtplib.SMTPAuthenticationError, "{host} refuses the user or the password of NUTSHELL_SMTP_URL ({code})."),
    (smtplib.SMTPSenderRefused, "{host} refuses the sender that NUTSHELL_MAIL_FROM names ({code})."),
    (smtplib.SMTPServerDisconnected, "{host} ended the connection before the mail was sent."),
    (ssl.SSLError, "{host} does not speak TLS there. Nothing was sent; for STARTTLS write smtp+starttls://."),
    (ConnectionError, "{host} cannot be reached at this port."),
    (TimeoutError, "{host} cannot be reached: it does not answer."),
    (socket.gaierror, "{host} cannot be reached: nobody knows this name."),
)


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
