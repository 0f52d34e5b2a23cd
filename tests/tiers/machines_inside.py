"""A whole production installation from its rendered files, each machine in a network namespace with its own rules.

Started by tests/machines.py. What runs is what stands in the units (`EnvironmentFile`, `ExecStart`), with the machine's
folders instead of /etc/nutshell, /var/lib/nutshell and so on. Prints what it found as JSON.
"""

import json
import pwd
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests import deployment  # noqa: E402
from tests.tiers.acme_inside import AUTHORITY  # noqa: E402
from tests.tiers.networks import Wire, run  # noqa: E402
from tests.tiers.postgresql import programs  # noqa: E402

from nutshell.ops import caddy, config  # noqa: E402
from nutshell.ops.catalog import ensure_catalog  # noqa: E402
from nutshell.ops.deploy import render, secrets  # noqa: E402

WORLD = "203.0.113.7"
PASSPHRASE = "tinsel orbit maple quarrel"
APP = "/api/auth/app/v1"
BAO = {"BAO_ADDR": "https://10.20.5.1:8200", "BAO_TLS_SERVER_NAME": "kms.nutshell.internal"}


class Machines:
    """`folder` has a folder for each machine, and `bin` with the programs that units name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = deployment.site(**{
            "settings.NUTSHELL_ACME_DIRECTORY": "https://acme.example/acme/local/directory",
            "settings.NUTSHELL_ACME_CA": str(folder / "authority/pki/authorities/local/root.crt"),
            "settings.NUTSHELL_OPENINGS": "100000",
            "settings.NUTSHELL_CANARIES": "0",
            "postgresql": int(programs().parts[-2]),
        })  # fmt: skip
        self.started: list[subprocess.Popen[bytes]] = []
        self._place_files()
        addresses = {machine: self.site.address(machine) for machine in self.site.machines}
        self.wire = Wire({**addresses, "world": WORLD})
        for machine in self.site.machines:
            self.wire.protect(machine, folder / machine / "etc/nftables.d/nutshell.nft")

    def _place_files(self) -> None:
        (self.folder / "kept").mkdir()
        (self.folder / "passphrase").write_text(PASSPHRASE + "\n")
        (self.folder / "kept" / "mail-password").write_text("x")
        secrets.make(self.site, self.folder)
        for path, text in render.files(self.site).items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        for machine in self.site.machines:
            for path in (self.folder / machine).rglob("*"):
                if path.is_file() and path.suffix not in (".crt", ".key", ".nft"):
                    path.write_text(self._here(machine, path.read_text()))

    def _here(self, machine: str, text: str) -> str:
        """Of this machine are the folders."""
        own = str(self.folder / machine)
        text = re.sub(r"/(?:etc|var/lib|run)/(?:nutshell(?:-postgresql)?|openbao|postgresql)\b", rf"{own}\g<0>", text)
        text = text.replace(quote("/var/lib/nutshell", ""), quote(f"{own}/var/lib/nutshell", ""))
        return text.replace("/opt/nutshell/bin", str(self.folder / "bin")).replace(
            "/usr/bin/bao", f"{self.folder}/bin/bao"
        )

    def programs(self) -> None:
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "nutshell").write_text(
            f'#!/bin/sh\nexec {sys.executable} -m nutshell.ops.command "$@"\n'
        )
        (self.folder / "bin" / "nutshell").chmod(0o755)
        (self.folder / "bin" / "caddy").symlink_to(caddy.verified_binary(config.load({})))
        (self.folder / "bin" / "bao").symlink_to(Path(sys.executable).parent / "bao")

    def of_unit(self, machine: str, what: str) -> list[str]:
        (unit,) = (self.folder / machine / "etc/systemd/system").glob("*.service")
        return re.findall(rf"^{what}=(.+)$", unit.read_text(), re.MULTILINE)

    def start(self, machine: str, user: str = "") -> None:
        words = shlex.split(self.of_unit(machine, "ExecStart")[0])
        files = self.of_unit(machine, "EnvironmentFile")
        self._popen(machine, words, files, user)

    def _popen(self, machine: str, words: list[str], files: list[str], user: str = "") -> "subprocess.Popen[bytes]":
        (self.folder / machine / "var/lib/nutshell/run").mkdir(parents=True, exist_ok=True)
        script = "set -a; " + "".join(f". {file}; " for file in files) + 'exec "$@"'
        as_user = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user else []
        with (self.folder / f"{machine}.log").open("ab") as log, (self.folder / "passphrase").open("rb") as given:
            whole = self.wire.within(machine, *as_user, "sh", "-c", script, "sh", *words)
            self.started.append(subprocess.Popen(whole, stdin=given, stdout=log, stderr=log, cwd="/", env=ENVIRON))
        return self.started[-1]

    def command(self, machine: str, *words: str) -> None:
        """`nutshell WORDS` with the machine's settings."""
        etc = self.folder / machine / "etc/nutshell"
        program = [str(self.folder / "bin/nutshell"), *words]
        status = self._popen(machine, program, [f"{etc}/part.env", f"{etc}/secrets.env"]).wait(300)
        assert status == 0, (self.folder / f"{machine}.log").read_text()[-2000:]


ENVIRON = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": str(ROOT / "src"),
    "HOME": "/nowhere",
}


def wait(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"it took too long: {what}")
        time.sleep(0.3)


def listens(machines: Machines, source: str, target: str, port: int) -> bool:
    return (target, port) in machines.wire.reached(source, [port])


def start_kms(machines: Machines) -> None:
    kms, operator = machines.folder / "kms/var/lib/openbao", machines.folder / "operator"
    for name in ("data", "audit"):
        (kms / name).mkdir(mode=0o700)
    machines.start("kms")
    wait(lambda: listens(machines, "operator", "kms", 8200), "OpenBao")
    pki = operator / "var/lib/nutshell/pki"
    environ = {**ENVIRON, **BAO, "PATH": f"{machines.folder}/bin:{ENVIRON['PATH']}", "BAO_CACERT": str(pki / "ca.crt"),
               "BAO_CLIENT_CERT": str(pki / "operator.crt"), "BAO_CLIENT_KEY": str(pki / "operator.key")}  # fmt: skip

    def bao(*words: str, token: str = "") -> str:
        whole = machines.wire.within("operator", *words)
        return subprocess.run(
            whole, env={**environ, "BAO_TOKEN": token}, check=True, capture_output=True, text=True
        ).stdout

    told = json.loads(bao("bao", "operator", "init", "-recovery-shares=3", "-recovery-threshold=2", "-format=json"))
    time.sleep(5)
    bao("sh", str(kms / "set-up.sh"), token=told["root_token"])
    bao("bao", "token", "revoke", "-self", token=told["root_token"])


def start_database(machines: Machines, server: str, user: pwd.struct_passwd) -> None:
    own = machines.folder / server
    for path in (own / "var/lib/postgresql", own / "run/nutshell-postgresql"):
        path.mkdir(parents=True)
    run("chown", "-R", f"{user.pw_uid}:{user.pw_gid}", str(own))
    become = ["setpriv", "--reuid", user.pw_name, "--regid", user.pw_name, "--clear-groups"]
    data = str(own / "var/lib/postgresql/nutshell")
    run(
        *become,
        str(programs() / "initdb"),
        "-D",
        data,
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "-U",
        "postgres",
    )
    machines.start(server, user.pw_name)
    sockets = str(own / "run/nutshell-postgresql")
    wait(lambda: (Path(sockets) / ".s.PGSQL.5432").exists(), server)
    time.sleep(1)
    run(*machines.wire.within(server, *become, "psql", "-X", "-h", sockets, "-f", str(own / "etc/nutshell/roles.sql")))


def start_everything(machines: Machines) -> None:
    folder, user = machines.folder, pwd.getpwnam("postgres")
    machines.programs()
    start_kms(machines)
    for server in ("records-db", "keys-db"):
        start_database(machines, server, user)
    machines.start("keys")
    wait(lambda: listens(machines, "deploy", "keys", 9444), "the key store")
    catalog = ensure_catalog(folder / "catalog").parent
    for machine in ("deploy", "operator", "worker-1", "web-1", "web-2"):
        (folder / machine / "var/lib/nutshell/catalog").symlink_to(catalog)
    machines.command("deploy", "prepare")
    for machine in ("lb", "web-1", "web-2", "worker-1"):
        if machine != "lb":
            (folder / machine / "var/lib/nutshell/static").symlink_to(folder / "deploy/var/lib/nutshell/static")
            machines.start(machine)
    for web in ("web-1", "web-2"):
        wait(lambda web=web: listens(machines, "lb", web, 9443), web)  # type: ignore[misc]
    machines.start("lb")


ASK = """
import http.client, json, socket, ssl, sys
root, address, host, calls = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
class Connection(http.client.HTTPSConnection):
    def connect(self):
        self.sock = context.wrap_socket(socket.create_connection((address, 443), 20), server_hostname=host)
context, found, session = ssl.create_default_context(cafile=root), [], ""
for method, path, body in calls:
    one = Connection(host, timeout=20)
    headers = {"Content-Type": "application/json", **({"X-Session-Token": session} if session else {})}
    one.request(method, path, json.dumps(body) if body else None, headers)
    answer = one.getresponse()
    told = answer.read()
    session = json.loads(told).get("meta", {}).get("session_token", session) if told.startswith(b"{") else session
    found.append(answer.status)
print(json.dumps(found))
"""


def asked(machines: Machines, *calls: tuple[str, str, object]) -> list[int]:
    """The statuses of these calls by somebody in the world, one after the other, in one session."""
    root = machines.folder / "authority/pki/authorities/local/root.crt"
    words = (sys.executable, "-c", ASK, str(root), "10.20.0.2", "diary.example.org", json.dumps(calls))
    done = subprocess.run(machines.wire.within("world", *words), capture_output=True, text=True)
    found: list[int] = json.loads(done.stdout) if done.returncode == 0 else []
    return found


def main(folder: Path) -> None:
    folder.chmod(0o711)
    machines = Machines(folder)
    text = AUTHORITY.replace("14443", "443").replace("14080", "80") % {"folder": folder}
    (folder / "Authority").write_text(text)
    binary = str(caddy.verified_binary(config.load({})))
    authority = machines.wire.within(
        "world", binary, "run", "--config", str(folder / "Authority"), "--adapter", "caddyfile"
    )
    machines.started.append(
        subprocess.Popen(authority, stderr=subprocess.DEVNULL, env={**ENVIRON, "HOME": str(folder)})
    )
    try:
        start_everything(machines)
        wait(lambda: asked(machines, ("GET", "/healthz", None)) == [200], "the public name's certificate")
        machines.command("operator", "user", "add", "alice@example.org")
        print(json.dumps({"logged in": asked(
            machines,
            ("POST", f"{APP}/auth/login", {"email": "alice@example.org", "password": PASSPHRASE}),
            ("GET", "/api/v1/account", None),
        )}))  # fmt: skip
    finally:
        for one in machines.started:
            one.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
