"""inv-I17: nothing that a person typed or asked for stands in a log of the running product."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest
from tests.stack import Stack, free_ports
from tests.tiers import servers
from tests.tiers.front import front

pytestmark = pytest.mark.stack
CANARY = "canaryzebra7719"
HEADERS = {"Authorization": f"Bearer {CANARY}", "User-Agent": CANARY, "Cookie": f"a={CANARY}"}


def test_no_log_keeps_paths_queries_headers_or_bodies(stack: Stack) -> None:
    with stack.client() as client:
        for path in (f"/{CANARY}", f"/api/v1/foods?q={CANARY}", f"/static/{CANARY}.css", f"/account/{CANARY}/"):
            client.get(
                path, headers={"Authorization": f"Bearer {CANARY}", "User-Agent": CANARY, "Cookie": f"a={CANARY}"}
            )
            client.get(path, headers={"Host": f"{CANARY}.example"})
            client.post(path, json={"note": CANARY, "email": f"{CANARY}@example.org"})
        _kill_a_web_process(stack)
        for number in range(20):
            client.post(f"/{CANARY}/{number}", content=CANARY)
    time.sleep(1)
    logs = {path.name: path.read_bytes() for path in (stack.data / "logs").iterdir()}
    assert {"caddy.log", "keys.log", "web-1.log", "web-2.log", "worker.log"} <= set(logs)
    assert b"(no route)" in logs["web-1.log"] + logs["web-2.log"], "requests that fail are logged, by route only"
    assert [name for name, text in logs.items() if CANARY.encode() in text] == []
    assert CANARY not in "\n".join(stack.printed)


def test_the_front_says_nothing_about_a_request_that_went_wrong_behind_it(stack: Stack, tmp_path: Path) -> None:
    pki, nobody = stack.data / "pki", free_ports(1)[0]
    for address in (f"/{CANARY}", f"/api/v1/foods?q={CANARY}"):
        with (
            servers.https_server(pki) as port,
            front(pki, (port,), tmp_path) as client,
            pytest.raises(httpx.HTTPError),
        ):
            client.post(address, headers=HEADERS)
        with front(pki, (nobody,), tmp_path) as client:
            client.post(address, content=CANARY, headers=HEADERS)
    assert CANARY not in (tmp_path / "caddy.log").read_text()


def _kill_a_web_process(stack: Stack) -> None:
    """So that the front has errors to speak of."""
    web = [pid for pid, command in stack.processes().items() if " web " in command]
    os.kill(max(web), signal.SIGKILL)
