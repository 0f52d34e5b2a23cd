"""The forwarder of `make chaos`: silent while it is cut, and nothing lost."""

import socket

import pytest
from bench.cut import Forwarder


@pytest.fixture
def echo() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_a_cut_is_silence_and_what_was_sent_arrives_afterwards(echo: socket.socket) -> None:
    way = Forwarder(lambda: int(echo.getsockname()[1]))
    with echo, socket.create_connection(("127.0.0.1", way.port), timeout=5) as near:
        far, _ = echo.accept()
        with far:
            way.cut()
            near.sendall(b"sent while cut")
            far.settimeout(0.3)
            with pytest.raises(TimeoutError):
                far.recv(100)
            way.join()
            far.settimeout(5)
            assert far.recv(100) == b"sent while cut"
