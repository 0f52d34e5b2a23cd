"""Archives in tests of one process: made at once, in the connections that the test has."""

import pytest

from nutshell.archives import jobs


def _at_once(work: jobs.Work) -> None:
    work()


@pytest.fixture(autouse=True)
def made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole products, which are processes, make them in a thread beside the request."""
    monkeypatch.setattr(jobs, "_beside", _at_once)
