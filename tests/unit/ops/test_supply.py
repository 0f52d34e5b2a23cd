"""What is shipped, and what it is made of."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests import supply


@pytest.mark.parametrize("path", supply.LOCKS, ids=str)
def test_every_requirement_is_pinned_with_a_hash(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(supply.locked(path)) == len(lines) > 10
    assert not re.search(r"^\s*--(?!hash)|@ (git|https?|file)|://", path.read_text(), re.MULTILINE)


def test_every_package_that_is_shipped_has_a_licence_that_goes_with_ours() -> None:
    said = {one.name: supply.licence(one.name) for one in supply.locked(supply.LOCK)}
    assert {name: text for name, text in said.items() if not supply.FITTING.search(text)} == {}


# ---------- the wheel ----------


def built(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    return wheel


def copied(folder: Path) -> Path:
    """What a wheel is made of, at another place, with other times and rights."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree("src", folder / "src", ignore=skipped, copy_function=shutil.copyfile)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(name, folder / name)
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def test_the_same_source_makes_the_same_wheel_wherever_it_lies(tmp_path: Path) -> None:
    here, there = built(Path.cwd(), tmp_path / "here"), built(copied(tmp_path / "copy"), tmp_path / "there")
    assert here.name == there.name
    assert here.read_bytes() == there.read_bytes()


def test_a_wheel_holds_the_package_and_nothing_beside_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(built(Path.cwd(), tmp_path)) as wheel:
        names = wheel.namelist()
    assert {name.partition("/")[0].split("-")[0] for name in names} == {"nutshell"}
    assert "nutshell/compliance/matrices/asvs.toml" in names
    assert [name for name in names if re.search(r"(^|/)(\.|tests?/|__pycache__)|\.(py[co]|key|pem|env)$", name)] == []


# ---------- secrets ----------


def tool(name: str) -> str:
    found = supply.tool(name)
    if not found:
        pytest.skip(f"{name} is missing: make setup-dev")
    return found


def test_a_secret_in_the_source_is_found_and_what_only_looks_like_one_is_known(tmp_path: Path) -> None:
    """`make leaks` searches all of it, which takes too long here."""
    tool("detect-secrets")
    key = "-----BEGIN EC PRIVATE" + " KEY-----"
    (tmp_path / "a.py").write_text(f'KEY = """{key}"""\n')
    assert supply.suspected("a.py", folder=tmp_path) == {"a.py"}
    assert supply.suspected("src/nutshell/settings.py", "Makefile") == {"src/nutshell/settings.py"} <= supply.KNOWN
    assert [name for name in supply.KNOWN if not Path(name).exists()] == []


# ---------- the bill of materials ----------


def test_every_locked_package_stands_in_the_bill_with_its_hash(tmp_path: Path) -> None:
    bill = tmp_path / "sbom.json"
    command = ["make", "sbom", f"CYCLONEDX={tool('cyclonedx-py')}", f"SBOM={bill}"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    told = json.loads(bill.read_text())
    assert told["bomFormat"] == "CycloneDX"
    components = {one["name"]: one for one in told["components"]}
    for package in supply.locked(supply.LOCK):
        found = components[package.name]
        sums = {each["content"] for place in found["externalReferences"] for each in place["hashes"]}
        assert (found["version"], sums) == (package.version, package.hashes), package.name
    assert len(components) == len(supply.locked(supply.LOCK))
