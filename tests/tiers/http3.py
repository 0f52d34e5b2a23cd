"""One HTTP/3 request over QUIC with a certificate that is verified, and what a client learns of the connection."""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import HandshakeCompleted, QuicEvent
from aioquic.tls import SessionTicket

SECONDS = 15


@dataclass
class Answer:
    """Of one request. `early`: whether the server took what was sent before the handshake's end."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    early: bool = False
    resumed: bool = False
    tickets: list[SessionTicket] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.headers[":status"])


class _Client(QuicConnectionProtocol):
    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.http = H3Connection(self._quic)
        self.answer = Answer()
        self.ended = asyncio.get_running_loop().create_future()

    def ask(self, host: str, path: str) -> None:
        stream = self._quic.get_next_available_stream_id()
        head = {":method": "GET", ":scheme": "https", ":authority": host, ":path": path}
        self.http.send_headers(stream, [(name.encode(), text.encode()) for name, text in head.items()], end_stream=True)
        self.transmit()

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, HandshakeCompleted):
            self.answer.early, self.answer.resumed = event.early_data_accepted, event.session_resumed
        for one in self.http.handle_event(event):
            self._take(one)

    def _take(self, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self.answer.headers |= {name.decode(): text.decode() for name, text in event.headers}
        elif isinstance(event, DataReceived):
            self.answer.body += event.data
        if getattr(event, "stream_ended", False) and not self.ended.done():
            self.ended.set_result(None)


def get(port: int, host: str, ca: Path, path: str, ticket: SessionTicket | None = None) -> Answer:
    """Raises ConnectionError if the server is not who it should be, or does not answer.

    With a ticket the request is sent as early data, before the handshake's end.
    """
    return asyncio.run(asyncio.wait_for(_get(port, host, ca, path, ticket), SECONDS))


async def _get(port: int, host: str, ca: Path, path: str, ticket: SessionTicket | None) -> Answer:
    configuration = QuicConfiguration(
        is_client=True, alpn_protocols=H3_ALPN, server_name=host, verify_mode=ssl.CERT_REQUIRED, session_ticket=ticket
    )
    configuration.load_verify_locations(cafile=str(ca))
    tickets: deque[SessionTicket] = deque()
    async with connect(
        "127.0.0.1",
        port,
        configuration=configuration,
        create_protocol=_Client,
        session_ticket_handler=tickets.append,
        wait_connected=ticket is None,
    ) as client:
        assert isinstance(client, _Client)
        client.ask(f"{host}:{port}", path)
        await client.ended
        client.answer.tickets = list(tickets)
        return client.answer
