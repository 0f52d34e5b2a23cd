"""The whole artifact, built once per test session from the installed USDA files."""

from pathlib import Path

import pytest

from nutshell.catalog.build import build
from nutshell.catalog.queries import Catalog


@pytest.fixture(scope="session")
def build_progress() -> list[float]:
    """What the build of `artifact` told of its progress."""
    return []


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory, build_progress: list[float]) -> Path:
    return build(tmp_path_factory.mktemp("catalog"), lambda step, share: build_progress.append(share))


@pytest.fixture(scope="session")
def catalog(artifact: Path) -> Catalog:
    return Catalog(artifact)
