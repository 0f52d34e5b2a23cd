"""What every process of the product does to itself first, and how one is described to the supervisor."""

import ctypes
import os
import pwd
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1


def harden() -> None:
    """No core dumps (they would hold keys), files for this user only, and no life after the launcher's end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    launcher = os.environ.get("NUTSHELL_LAUNCHER")
    if launcher:
        end_with(int(launcher))


def end_with(parent: int) -> None:
    """Let the kernel kill this process when its parent ends. Linux only; elsewhere the launcher's own end does it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # It ended before the call above could take effect.
        raise SystemExit("nutshell: the process that started this one has ended.")


@dataclass(frozen=True)
class Process:
    """A process to keep running. `ready` asks it whether it serves."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    ready: Callable[[], bool]


def own(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own subcommands, in this same Python."""
    return (sys.executable, "-m", "nutshell.ops.command", *arguments)


def foreign(*arguments: str, user: int | None = None) -> tuple[str, ...]:
    """The command line of a program that is not ours, hardened as ours are; under another user, where one is named."""
    return (sys.executable, "-m", "nutshell.ops.processes", "" if user is None else str(user), *arguments)


def without_ours(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment for a program that is not ours: without Nutshell's settings, some of which are secret."""
    return {name: text for name, text in environ.items() if not name.startswith("NUTSHELL_")}


def main() -> None:
    """Become the program named in the arguments, hardened. The user comes first: a change of user undoes the rest."""
    user, *arguments = sys.argv[1:]
    if user:
        become(pwd.getpwuid(int(user)))
    harden()
    os.execv(arguments[0], arguments)  # noqa: S606 - no shell, the launcher gives the arguments


def become(user: pwd.struct_passwd) -> None:
    """Give up being root, for good."""
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)


if __name__ == "__main__":
    main()
