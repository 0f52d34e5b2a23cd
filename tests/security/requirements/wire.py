"""What passes between the processes of this machine, read off the loopback interface."""

import re
import socket
import struct
import threading
from types import TracebackType

ETHERNET, TCP, INCOMING, SYN = 14, 6, 0, 0x02
ALL_PROTOCOLS = 0x0003

Flow = tuple[int, int]
"""Port of the sender, port of the receiver."""


class Wire:
    """Collects what is sent to or from some ports while the block runs. Raises PermissionError without CAP_NET_RAW."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        self._socket.bind(("lo", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_000_000)
        self._socket.settimeout(0.2)
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.flows: dict[Flow, bytearray] = {}
        self.begun: set[Flow] = set()

    def __enter__(self) -> "Wire":
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        while not self._ended.is_set():
            try:
                packet, address = self._socket.recvfrom(1 << 17)
            except TimeoutError:
                continue
            if address[2] == INCOMING:  # the loopback shows each packet twice
                self._keep(packet[ETHERNET:])

    def _keep(self, packet: bytes) -> None:
        six = packet[:1] and packet[0] >> 4 == 6
        start = 40 if six else (packet[0] & 15) * 4
        if len(packet) < start + 20 or packet[6 if six else 9] != TCP:
            return
        total = 40 + struct.unpack(">H", packet[4:6])[0] if six else struct.unpack(">H", packet[2:4])[0]
        flow: Flow = struct.unpack(">HH", packet[start : start + 4])
        if packet[start + 13] & SYN:
            self.begun.add(flow)
            self.flows[flow] = bytearray()
        # A segment that the kernel did not split may say that it has no length.
        payload = packet[start + (packet[start + 12] >> 4) * 4 : total or None]
        self.flows.setdefault(flow, bytearray()).extend(payload)

    def of_ports(self, ports: set[int]) -> dict[Flow, bytes]:
        return {flow: bytes(content) for flow, content in self.flows.items() if content and ports & set(flow)}


_ASKED_FOR_TLS = re.compile(
    rb"""\0\0\0\x08\x04\xd2\x16\x2f|S          # PostgreSQL: may we speak TLS?, and: yes
    |EHLO\ \S+\r\nSTARTTLS\r\n                 # mail: the client,
    |220\ [^\r]+\r\n(?:250[-\ ][^\r]+\r\n)+220\ [^\r]+\r\n  # and its server
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RECORDS, _HEADER = range(20, 24), 5


def is_tls_only(content: bytes) -> bool:
    """Whether these bytes are TLS records, one after the other to the end, and before them only the wish for TLS."""
    asked = _ASKED_FOR_TLS.match(content)
    at = asked.end() if asked else 0
    begun = at
    while at < len(content):
        header = content[at : at + _HEADER]
        if header[0] not in _RECORDS or header[1:2] not in (b"\x03", b""):
            return False
        at += _HEADER + int.from_bytes(header[3:5], "big")
    return at > begun
