"""Writes how every test ended into `test-results/outcomes.json`, for `python -m tests.claims`.

A test's outcome is the worst of its parameters and phases. A later run overwrites what it ran again and keeps
the rest, because a full run is made of several (see tests/run, which removes the file first). It keeps nothing that
other code or other tests have shown.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.compliance import queries
from nutshell.compliance.types import Evidence

FILE = Path("test-results/outcomes.json")
CODE, SUITE = Path("src/nutshell"), Path("tests")
WORST = ("passed", "skipped", "failed")
"""In the order of their weight."""
WITHIN = "TESTS_WITHIN"
"""Set for all that a run starts: a run inside of it, over another database say, writes nothing here."""


class Outcomes:
    """`seen` maps `file::test`, without parameters, to its outcome."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("[")[0]
        self.seen[name] = max(self.seen.get(name, WORST[0]), _outcome(report), key=WORST.index)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that skips itself as a whole reports no test: the module stands for them."""
        if report.skipped and report.nodeid:
            self.seen[report.nodeid] = "skipped"

    def pytest_sessionfinish(self) -> None:
        if self.seen:
            write(self.seen)


def _outcome(report: pytest.TestReport) -> str:
    """A test that is expected to fail shows nothing either."""
    return "skipped" if hasattr(report, "wasxfail") else report.outcome


def read() -> Evidence | None:
    """What the runs so far wrote about this code and these tests. What cannot be read is written anew."""
    with suppress(ConfigurationError):
        found = queries.evidence(FILE)
        return found if (found.code, found.suite) == _revisions() else None
    return None


def _revisions() -> tuple[str, str]:
    return queries.revision(CODE), queries.revision(SUITE)


def write(seen: dict[str, str]) -> None:
    """Whole or not at all: several runs may end at the same moment."""
    before, (code, suite) = read(), _revisions()
    known = before or Evidence(clock.now(), code, suite, {})
    ended = Evidence(known.at, code, suite, dict(sorted({**known.outcomes, **seen}.items())))
    FILE.parent.mkdir(exist_ok=True)
    fresh = FILE.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(ended), indent=1) + b"\n")
    fresh.replace(FILE)


def pytest_configure(config: pytest.Config) -> None:
    """Under xdist the workers hand their reports to the controller, which alone writes."""
    if not hasattr(config, "workerinput") and WITHIN not in os.environ:
        os.environ[WITHIN] = "1"
        config.pluginmanager.register(Outcomes(), "outcomes")
