"""`python -m bench.failover`: the primary of a PostgreSQL pair is killed while rows are written and read.

etcd and two Patroni nodes run on this machine, mutual TLS on every hop, with the options that Nutshell gives Django for
such a pair. It measures the databases alone: no web node is between. Needs Debian's etcd-server, PostgreSQL, openssl,
util-linux and Patroni (`pip install 'patroni[etcd3]'`, its program in PATH); run as root, it serves as `postgres`.
"""

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from nutshell.ops.config import load
from nutshell.ops.databases import databases
from nutshell.ops.stack.postgresql import programs

from .calibration import load_average
from .product import free_ports

NAMES = ("one", "two")
ROLE = "nutshell_records"
SETTLED, AFTER, START_SECONDS = 4.0, 8.0, 60.0
AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


@dataclass
class Pair:
    """etcd and two nodes in one folder."""

    folder: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def certify(self) -> None:
        """A CA, and a leaf for the servers, Patroni's replication and the application."""
        pki = self.folder / "pki"
        pki.mkdir()
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1")
        self._openssl("req", "-x509", *curve, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt")
        (pki / "names").write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
        )
        for name in ("server", "replicator", ROLE):
            self._openssl("req", "-new", *curve[:-2], "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "asked")
            self._openssl(
                "x509", "-req", "-in", "asked", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
                "-extfile", "names", "-out", f"{name}.crt",
            )  # fmt: skip
        for path in (self.folder, pki, *pki.iterdir()):
            shutil.chown(path, "root" if path.stem == ROLE else "postgres")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder / "pki", check=True, capture_output=True)

    def file(self, name: str) -> str:
        return str(self.folder / "pki" / name)

    def start_etcd(self) -> None:
        client, peer = (f"https://127.0.0.1:{self.ports[name]}" for name in ("etcd", "peer"))
        own = ("cert-file", self.file("server.crt"), "key-file", self.file("server.key"))
        trusted = ("trusted-ca-file", self.file("ca.crt"))
        words = [("data-dir", str(self.folder / "etcd")), ("listen-client-urls", client), ("listen-peer-urls", peer),
                 ("advertise-client-urls", client), ("initial-advertise-peer-urls", peer),
                 ("initial-cluster", f"default={peer}"), own[:2], own[2:], trusted,
                 *((f"peer-{name}", value) for name, value in (own[:2], own[2:], trusted))]  # fmt: skip
        self._run("etcd", "etcd", *(f"--{name}={value}" for name, value in words),
                  "--client-cert-auth", "--peer-client-cert-auth")  # fmt: skip

    def start(self, name: str) -> None:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(self._patroni(name)))
        shutil.chown(path, "postgres")
        self._run(name, shutil.which("patroni") or "patroni", str(path))

    def _run(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*AS_POSTGRES, *command], stdout=log, stderr=log, start_new_session=True, cwd=self.folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            )  # fmt: skip

    def _patroni(self, name: str) -> dict[str, Any]:
        ca, crt, key = (self.file(file) for file in ("ca.crt", "server.crt", "server.key"))
        rest, sql = (f"127.0.0.1:{self.ports[kind + name]}" for kind in ("rest-", "sql-"))
        safe = {"ssl": "on", "ssl_cert_file": crt, "ssl_key_file": key, "ssl_ca_file": ca,
                "ssl_min_protocol_version": "TLSv1.3", "unix_socket_directories": str(self.folder)}  # fmt: skip
        replication = {"username": "replicator", "sslmode": "verify-full", "sslrootcert": ca,
                       "sslcert": self.file("replicator.crt"), "sslkey": self.file("replicator.key")}  # fmt: skip
        dcs = {"ttl": 20, "loop_wait": 5, "retry_timeout": 5, "synchronous_mode": True}
        return {
            "scope": "records", "name": name,
            "restapi": {"listen": rest, "connect_address": rest, "certfile": crt, "keyfile": key, "cafile": ca,
                        "verify_client": "required"},
            "ctl": {"cacert": ca, "certfile": crt, "keyfile": key},
            "etcd3": {"host": f"127.0.0.1:{self.ports['etcd']}", "protocol": "https", "cacert": ca, "cert": crt,
                      "key": key},
            "bootstrap": {"dcs": dcs, "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "no-sync"]},
            "postgresql": {
                "listen": sql, "connect_address": sql, "bin_dir": str(programs()), "data_dir": str(self.folder / name),
                "use_unix_socket": True, "use_unix_socket_repl": True, "parameters": safe,
                "authentication": {"superuser": {"username": "postgres"}, "replication": replication},
                "pg_hba": ["local all postgres peer", "local replication replicator peer map=own",
                           "hostssl replication replicator 127.0.0.1/32 cert",
                           f"hostssl records {ROLE} 127.0.0.1/32 cert", "host all all all reject"],
                "pg_ident": ["own postgres replicator"],
            },
        }  # fmt: skip

    def members(self) -> dict[str, str]:
        """Name → role, as the nodes that answer say; empty if none does."""
        context = ssl.create_default_context(cafile=self.file("ca.crt"))
        context.load_cert_chain(self.file("server.crt"), self.file("server.key"))
        for name in NAMES:
            try:
                said = httpx.get(f"https://localhost:{self.ports['rest-' + name]}/cluster", verify=context, timeout=3)
            except httpx.TransportError:
                continue
            return {
                one["name"]: one["role"] for one in said.json()["members"] if one["state"] in ("running", "streaming")
            }
        return {}

    def whole(self) -> bool:
        return sorted(self.members().values()) == ["leader", "sync_standby"]

    def sql(self, name: str, database: str, *statements: str) -> None:
        port = str(self.ports[f"sql-{name}"])
        asked = [word for text in statements for word in ("-c", text)]
        subprocess.run([*AS_POSTGRES, str(programs() / "psql"), "-qh", str(self.folder), "-p", port, database, *asked],
                       check=True, cwd=self.folder)  # fmt: skip

    def connect(self, certified: bool = True) -> "psycopg.Connection[Any]":
        """As Django would by Nutshell's settings."""
        places = ",".join(f"localhost:{self.ports['sql-' + name]}" for name in NAMES)
        ways = f"?sslrootcert={self.file('ca.crt')}"
        if certified:
            ways += f"&sslcert={self.file(ROLE + '.crt')}&sslkey={self.file(ROLE + '.key')}"
        urls = {f"NUTSHELL_{name}_URL": f"postgresql://{ROLE}@{places}/{name.lower()}{ways}"
                for name in ("ACCOUNTS", "RECORDS", "KEYS")}  # fmt: skip
        told = databases(load({"NUTSHELL_DATA": str(self.folder), **urls}))["records"]
        return psycopg.connect(
            host=told["HOST"], port=told["PORT"], user=told["USER"], dbname=told["NAME"], autocommit=True,
            **told["OPTIONS"],
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """Patroni first, so that it cannot start its PostgreSQL again."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        os.kill(int((self.folder / name / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self.running[name].wait()

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class Writer:
    """Writes and reads one row after the other. A try that fails is made again with the same key."""

    number: int
    written: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    def run(self, pair: Pair, stop: threading.Event) -> None:
        connection = None
        while not stop.is_set():
            note = f"{self.number}-{len(self.written)}"
            try:
                connection = connection or pair.connect()
                connection.execute("INSERT INTO written VALUES (%s) ON CONFLICT DO NOTHING", (note,))
                self.written.append(note)
                self.moments.append(time.monotonic())
                connection.execute("SELECT note FROM written WHERE note = %s", (note,)).fetchone()
            except psycopg.Error as lost:
                self.failed[type(lost).__name__] += 1
                connection = None
                time.sleep(0.2)


def wait(until: Callable[[], bool], what: str) -> float:
    begun = time.monotonic()
    while not until():
        if time.monotonic() - begun > START_SECONDS:
            raise RuntimeError(f"Waited in vain: {what}.")
        time.sleep(0.5)
    return time.monotonic() - begun


def measured(pair: Pair) -> dict[str, object]:
    pair.certify()
    pair.start_etcd()
    for name in NAMES:
        pair.start(name)
    wait(pair.whole, "a leader with a synchronous standby")
    old = next(name for name, role in pair.members().items() if role == "leader")
    pair.sql(old, "postgres", f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE records OWNER {ROLE}")
    with pair.connect() as connection:
        connection.execute("CREATE TABLE written (note text PRIMARY KEY)")
    check_refused(pair)
    writers, stop = [Writer(number) for number in range(4)], threading.Event()
    threads = [threading.Thread(target=writer.run, args=(pair, stop)) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(SETTLED)
    killed = time.monotonic()
    pair.kill(old)
    wait(lambda: all(writer.moments[-1] > killed + 1 for writer in writers), "writes after the failover")
    time.sleep(AFTER)
    stop.set()
    for thread in threads:
        thread.join()
    pair.start(old)
    back = wait(pair.whole, "the old primary as standby")
    return {"etcd members": 1, "load average": load_average(),
            "old primary back as synchronous standby, s": round(back, 1),
            **_kept(pair, writers, killed)}  # fmt: skip


def check_refused(pair: Pair) -> None:
    """Raises RuntimeError if a hop takes somebody without a certificate."""
    try:
        pair.connect(certified=False).close()
    except psycopg.OperationalError:
        pass
    else:
        raise RuntimeError("PostgreSQL takes clients without a certificate.")
    context = ssl.create_default_context(cafile=pair.file("ca.crt"))
    for name in ("etcd", "peer", *(f"rest-{name}" for name in NAMES)):
        try:
            httpx.get(f"https://localhost:{pair.ports[name]}/health", verify=context)
        except httpx.TransportError:
            continue
        raise RuntimeError(f"{name} takes clients without a certificate.")


def _kept(pair: Pair, writers: list[Writer], killed: float) -> dict[str, object]:
    with pair.connect() as connection:
        there = {note for (note,) in connection.execute("SELECT note FROM written")}
    written = {note for writer in writers for note in writer.written}
    gap = max(
        end - begin
        for writer in writers
        for begin, end in zip(writer.moments, writer.moments[1:], strict=False)
        if end > killed
    )
    failed = sum((writer.failed for writer in writers), Counter[str]())
    return {"rows written": len(written), "rows lost": len(written - there), "failed at first": dict(failed),
            "longest without a write, s": round(gap, 2)}  # fmt: skip


def main() -> None:
    parser = ArgumentParser(prog="failover", description=__doc__)
    parser.add_argument("--evidence", type=Path, help="a folder to write the figures to, with the commit's name")
    wanted = parser.parse_args()
    names = ["etcd", "peer", *(f"{kind}-{name}" for kind in ("rest", "sql") for name in NAMES)]
    pair = Pair(Path(tempfile.mkdtemp(prefix="pair-")), dict(zip(names, free_ports(len(names)), strict=True)))
    try:
        figures = measured(pair)
    finally:
        pair.stop()

        shutil.rmtree(pair.folder)
    print(json.dumps(figures, indent=1))
    if wanted.evidence:
        said = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        now = datetime.now(UTC)
        text = {"at": now.isoformat(timespec="seconds"), "commit": said.stdout.strip(), **figures}
        (wanted.evidence / f"failover-{now:%Y-%m-%d}.json").write_text(json.dumps(text, indent=1) + "\n")
    if figures["rows lost"]:
        raise SystemExit("Rows were lost.")


if __name__ == "__main__":
    main()
