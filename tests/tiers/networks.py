"""Machines as network namespaces on one wire, each with its own address and its own rules.

Used inside of `unshare -rnm`, where all of this needs no privilege and nothing of it outlives the process.
"""

import json
import subprocess
import sys
from pathlib import Path

LISTEN = """
import selectors, socket, sys
choose = selectors.DefaultSelector()
for port in sys.argv[1:]:
    choose.register(socket.create_server(("0.0.0.0", int(port)), backlog=64), selectors.EVENT_READ)
print("listening", flush=True)
while True:
    for key, _ in choose.select():
        key.fileobj.accept()[0].close()
"""
REACH = """
import json, selectors, socket, sys, time
choose, reached = selectors.DefaultSelector(), []
for address, port in json.loads(sys.argv[1]):
    one = socket.socket()
    one.setblocking(False)
    if one.connect_ex((address, port)) in (0, 115):
        choose.register(one, selectors.EVENT_WRITE, (address, port))
until = time.monotonic() + 2
while choose.get_map() and time.monotonic() < until:
    for key, _ in choose.select(until - time.monotonic()):
        if not key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            reached.append(key.data)
        choose.unregister(key.fileobj)
print(json.dumps(reached))
"""


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Wire:
    """`addresses` by machine. Every machine hears every other, as in one data centre without rules."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("ip", "link", "add", "wire", "type", "bridge")
        run("ip", "link", "set", "wire", "up")
        for number, (machine, address) in enumerate(addresses.items()):
            self._connect(machine, address, f"port{number}")

    def _connect(self, machine: str, address: str, port: str) -> None:
        run("ip", "netns", "add", machine)
        run("ip", "link", "add", port, "master", "wire", "type", "veth", "peer", "name", "eth0", "netns", machine)
        run("ip", "link", "set", port, "up")
        mine = f"addr add {address}/32 dev eth0"
        for words in ("link set lo up", mine, "link set eth0 up", "route add default dev eth0"):
            run("ip", "-n", machine, *words.split())

    def within(self, machine: str, *words: str) -> list[str]:
        """The command line that runs this one on a machine."""
        return ["ip", "netns", "exec", machine, *words]

    def protect(self, machine: str, rules: Path) -> None:
        run(*self.within(machine, "nft", "-f", str(rules)))

    def expose(self, machine: str) -> None:
        """As somebody does who has become root on it."""
        run(*self.within(machine, "nft", "flush", "ruleset"))

    def listen(self, machine: str, ports: list[int]) -> "subprocess.Popen[str]":
        """On all of them, and answer whoever gets through."""
        words = self.within(machine, sys.executable, "-c", LISTEN, *map(str, ports))
        listening = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert listening.stdout is not None
        assert listening.stdout.readline() == "listening\n"
        return listening

    def reached(self, source: str, ports: list[int]) -> set[tuple[str, int]]:
        """(machine, port) of everything to which a connection came about."""
        names = {address: machine for machine, address in self.addresses.items()}
        wanted = [(address, port) for address, name in names.items() if name != source for port in ports]
        found = json.loads(run(*self.within(source, sys.executable, "-c", REACH, json.dumps(wanted))))
        return {(names[address], port) for address, port in found}
