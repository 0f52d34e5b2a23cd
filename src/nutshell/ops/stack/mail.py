"""A mail sink that takes mail as a real server does (STARTTLS, sign-in) and shows it on the launcher's terminal."""

import asyncio
import signal
import ssl
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from nutshell.ops import terminal

from .plan import Place

USER = "nutshell"


class _Shown:
    """What aiosmtpd asks for each mail."""

    def __init__(self, run: Path) -> None:
        self._run = run

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            terminal.tell(self._run, _as_text(cast(bytes, envelope.content), envelope.rcpt_tos))
        except OSError:
            return "451 Nobody listens; try again."
        return "250 OK"


def _as_text(content: bytes, to: list[str]) -> str:
    """As `nutshell up` shows mail where it has no server."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    text = body.get_content().strip() if body else ""
    return f"--- mail to {', '.join(to)}: {mail['subject']}\n{text}\n---\n"


def serve(place: Place, pki: Path, password: str, run: Path) -> None:
    """Until SIGTERM or SIGINT. TLS 1.3 before anything is said; nothing is kept."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(pki / "mail.crt", pki / "mail.key")

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: object) -> AuthResult:
        right = LoginPassword(USER.encode(), password.encode())
        return AuthResult(success=data == right)

    def session() -> SMTP:
        return SMTP(
            _Shown(run), hostname="mail.nutshell.internal", tls_context=context, require_starttls=True,
            auth_required=True, authenticator=known,
        )  # fmt: skip

    asyncio.run(_until_told(session, place))


async def _until_told(session: Any, place: Place) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(session, place.host, place.port)
    async with server:
        await stop.wait()
