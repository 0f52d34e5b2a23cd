"""A PostgreSQL server of the stack: its files, its databases and its process. It is reached by mutual TLS only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from nutshell.common.errors import ConfigurationError
from nutshell.ops import postgresql
from nutshell.ops.backup import wal
from nutshell.ops.backup.postgresql import unprivileged
from nutshell.ops.processes import Process, foreign, without_ours

from .plan import DATABASES, Place, is_address


@dataclass(frozen=True)
class Server:
    """`folder` holds its certificates (`pki`) and its data (`data`). `archive`: the settings by which it gives its log
    away, where somebody wants backups."""

    name: str
    folder: Path
    place: Place
    archive: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"


def programs() -> Path:
    """The folder of the newest PostgreSQL's programs. Raises ConfigurationError if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise ConfigurationError("PostgreSQL is not installed: on Debian or Ubuntu, apt-get install postgresql.")
    return found[-1].parent


def make(server: Server, passwords: Mapping[str, str]) -> None:
    """Its files; for a new server also its databases and roles. Its certificates must lie in the folder."""
    give(server)
    if server.archive:
        _give_archive(server)
    if not (server.data / "PG_VERSION").exists():
        shutil.rmtree(server.data, ignore_errors=True)
        _run(server, "initdb", "--encoding=UTF8", "--locale=C.UTF-8", "--username=superuser")
        _configure(server)
        _run(server, "postgres", "--single", "postgres", text=_roles(server, passwords))
    _configure(server)


def check_reachable(folder: Path) -> None:
    """Raises ConfigurationError if the user under whom PostgreSQL runs cannot get to this folder."""
    closed = [path for path in folder.parents if not path.stat().st_mode & 0o001]
    if closed and (user := unprivileged()):
        raise ConfigurationError(
            f"PostgreSQL runs as {user.pw_name}, who may not enter {closed[-1]}: choose another folder, "
            "or open that one (chmod o+x)."
        )


def give(server: Server) -> None:
    """Its folder and certificates to the user under whom it runs."""
    for path in (server.folder, server.folder / "pki", *(server.folder / "pki").iterdir()):
        _give(path)


def _configure(server: Server) -> None:
    values = {
        "host": server.place.host, "port": server.place.port, "name": server.name,
        "pki": server.folder / "pki", "files": server.data, "sockets": "",
    }  # fmt: skip
    for name, text in (
        ("postgresql.conf", postgresql.configuration(values) + (_archiving() if server.archive else "")),
        ("pg_hba.conf", "\n".join(postgresql.ways_in(server.name, lambda _: ["all"])) + "\n"),
        ("pg_ident.conf", ""),
    ):
        (server.data / name).write_text(text)
        _give(server.data / name)


def _archiving() -> str:
    """A piece of the log is given away a minute after its first line at the latest."""
    return f"archive_mode = on\narchive_timeout = 60\narchive_command = '{wal.command()}'\n"


def _give_archive(server: Server) -> None:
    """Its folder of backups. Raises ConfigurationError if its user may not run what gives its log away."""
    folder = Path(server.archive["NUTSHELL_BACKUPS"])
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.parent.chmod(0o711)
        _give(folder)
    user = unprivileged()
    asked = foreign(sys.executable, "-c", "import pyrage", user=user.pw_uid if user else None)
    if subprocess.run(asked, check=False, capture_output=True).returncode:  # noqa: S603 - arguments are ours
        raise ConfigurationError(
            f"PostgreSQL gives its log away by {sys.executable}, which {user.pw_name if user else 'it'} may not run: "
            "install Nutshell where every user reaches it, or leave NUTSHELL_BACKUPS unset."
        )


def _roles(server: Server, passwords: Mapping[str, str]) -> str:
    """As single-user mode takes them."""
    return "\n".join(postgresql.roles(server.name, lambda role: f"'{passwords[role]}'")) + "\n"


def process(server: Server, environ: Mapping[str, str]) -> Process:
    program = str(programs() / "postgres")
    user = unprivileged()
    return Process(
        server.name,
        foreign(program, "-D", str(server.data), user=user.pw_uid if user else None),
        {**without_ours(environ), "LC_ALL": "C.UTF-8", **server.archive},
        lambda: _serves(server),
    )


def _serves(server: Server) -> bool:
    """Whether it takes connections; it may refuse ours."""
    asked = (str(programs() / "pg_isready"), "-q", "-t", "1", "-h", server.place.host, "-p", str(server.place.port))
    return subprocess.run(asked, check=False).returncode == 0  # noqa: S603 - no shell, arguments are ours


def url(database: str, role: str, place: Place, password: str, pki: Path) -> str:
    """As the product's settings take it, for a part whose certificates lie in `pki`."""
    ways = {
        **_where(place),
        "sslrootcert": pki / "ca.crt",
        "sslcert": pki / f"{role}.crt",
        "sslkey": pki / f"{role}.key",
        "channel_binding": "require",
    }
    return f"postgresql://{role}:{quote(password)}@{_name(database)}:{place.port}/{database}?{urlencode(ways)}"


def _where(place: Place) -> dict[str, str]:
    """An address is said beside the name that the certificate bears; a name is that name, and the system knows it."""
    return {"hostaddr": place.host} if is_address(place.host) else {"target_session_attrs": "read-write"}


def _name(database: str) -> str:
    return f"{DATABASES[database]}.nutshell.internal"


def _run(server: Server, program: str, *arguments: str, text: str = "") -> None:
    command = [str(programs() / program), *arguments]
    place = ["-D", str(server.data)]
    command[1:1] = [] if arguments[:1] == ("--single",) else place
    if arguments[:1] == ("--single",):
        command[2:2] = place
    user = unprivileged()
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - no shell, arguments are ours
        command, input=text, capture_output=True, text=True, cwd=server.folder, env={"LC_ALL": "C.UTF-8"},
        timeout=120, check=False, **identity,
    )  # fmt: skip
    if done.returncode or "ERROR" in done.stdout + done.stderr:
        # The last line only names what failed; a statement, with a password in it, is on none of them.
        raise ConfigurationError(f"{server.name} could not be made: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "PASSWORD" not in line]
    return lines[-1] if lines else "it said nothing"


def _give(path: Path) -> None:
    """To the user under whom the server runs."""
    if user := unprivileged():
        os.chown(path, user.pw_uid, user.pw_gid)
