"""Read the matrices and the evidence."""

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec

from nutshell.common.errors import ConfigurationError

from .types import Evidence, Matrix, Rehearsal

NAMES = ("asvs", "hipaa", "gdpr")
SHOWN = "shown.json"
"""See `shown`."""
FRESH = timedelta(days=30)
"""Evidence that is older shows nothing."""


def matrix(name: str) -> Matrix:
    """One of `NAMES`."""
    text = (files(__package__) / "matrices" / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Matrix)


def evidence(path: Path) -> Evidence:
    """What a test run wrote. Raises ConfigurationError where there is none, or what is there is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evidence)
    except OSError:
        raise ConfigurationError("No results at %(path)s: run `make test` first.", path=str(path)) from None
    except msgspec.MsgspecError:
        text = "%(path)s holds no results of tests: run `make test` again."
        raise ConfigurationError(text, path=str(path)) from None


def rehearsals(folder: Path) -> list[Rehearsal]:
    """What long runs left below `folder`, each part with its own time; none where there is no such folder. Raises
    ConfigurationError for a file that says neither when nor of which commit."""
    return [one for path in sorted(folder.glob("*.json")) for one in _rehearsals(path)]


def _rehearsals(path: Path) -> Iterator[Rehearsal]:
    try:
        found = msgspec.json.decode(path.read_bytes())
        for part, one in {"": found}.items() if "at" in found else found.items():
            name = f"{path.stem}, {part}" if part else path.stem
            yield Rehearsal(name, datetime.fromisoformat(one["at"]), one["commit"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        text = "%(path)s does not say when it was made and of which commit: make it again, or take it away."
        raise ConfigurationError(text, path=str(path)) from None


def revision(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below, as hex. What Python compiled does not count, nor what a
    run before the release showed of this very revision."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != SHOWN:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def staleness(found: Evidence, code: Path, suite: Path, now: datetime) -> str:
    """Why this evidence says nothing about the program in `code`, or "". An installed program has no tests beside it:
    then their hash is not compared."""
    if now - found.at > FRESH:
        return f"The evidence is of {found.at:%Y-%m-%d}: older than {FRESH.days} days."
    if found.code != revision(code):
        return "The evidence is of other code."
    if suite.is_dir() and found.suite != revision(suite):
        return "The evidence is of other tests."
    return ""


def outcome(test: str, outcomes: dict[str, str]) -> str:
    """passed, skipped, failed or "not run". A module that skipped itself as a whole stands for its tests."""
    return outcomes.get(test) or outcomes.get(test.partition("::")[0]) or "not run"
