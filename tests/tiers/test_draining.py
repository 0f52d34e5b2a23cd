"""A web process that is about to end gets no new work, and says so to nobody but the load balancer."""

import pytest
from tests.stack import Stack
from tests.tiers.test_life import eventually

from nutshell.ops import tls
from nutshell.ops.certificates import INTERNAL

pytestmark = pytest.mark.stack


def ready(stack: Stack, port: int, path: str = "/readyz") -> bool:
    context = tls.client_context(stack.data / "pki", "lb")
    return tls.answers(("127.0.0.1", port), f"web.{INTERNAL}", context, path, "localhost")


def test_a_draining_process_is_not_ready_and_serves_on(stack: Stack) -> None:
    nodes = {
        words[words.index("--port") + 1]: words
        for words in (command.split() for command in stack.processes().values())
        if "--port" in words
    }
    ports = [int(port) for port in nodes]
    assert all(ready(stack, port) for port in ports)
    mark = stack.data / "run" / "draining-node-1"
    mark.touch()
    try:
        assert eventually(lambda: sum(ready(stack, port) for port in ports) == len(ports) - 1, 3)
        assert all(ready(stack, port, "/healthz") for port in ports)
        with stack.client() as client:
            assert [client.get("/").status_code for _ in range(20)] == [200] * 20
    finally:
        mark.unlink()
    assert all(ready(stack, port) for port in ports)
