"""inv-I10, inv-I11, req-29 to req-31 on real files: bytes on the disk, copies of the three files, and a new start."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

FILES = ("accounts.sqlite3", "records.sqlite3", "keys.sqlite3")
State = dict[str, str]


def run(act: str, folder: Path, state: State | None = None) -> State:
    """A process of its own, as after a restart."""
    command = [sys.executable, str(Path(__file__).with_name("on_files.py")), act, str(folder)]
    done = subprocess.run(command, input=json.dumps(state), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def traces(folder: Path, subject: UUID) -> list[str]:
    forms = (subject.bytes, subject.hex.encode(), str(subject).encode())
    return [path.name for path in folder.rglob("*") if path.is_file() and any(f in path.read_bytes() for f in forms)]


def copied(folder: Path, backup: Path) -> None:
    backup.mkdir()
    for path in folder.glob("*.sqlite3*"):
        shutil.copy(path, backup)


def restored(backup: Path, folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        for path in folder.glob(f"{name}*"):
            path.unlink()
        for path in backup.glob(f"{name}*"):
            shutil.copy(path, folder)


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, State]:
    """A data folder after Alice's erase, copies of its databases from before, and who is who."""
    folder, backup = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("backup") / "files"
    state = run("make", folder)
    assert run("read", folder, state) == {"alice": "alice", "bob": "bob"}
    copied(folder, backup)
    assert traces(backup, UUID(state["alice"].split()[0])) != []
    assert run("erase", folder, state) == {"alice": "", "bob": "bob"}
    return folder, backup, state


def test_no_byte_of_the_subjects_id_stays_in_any_file(erased: tuple[Path, Path, State]) -> None:
    folder, _, state = erased
    assert traces(folder, UUID(state["alice"].split()[0])) == []
    assert traces(folder, UUID(state["bob"].split()[0])) != []


@pytest.mark.parametrize("names", [FILES[:2], FILES[2:], FILES])
def test_whatever_files_are_restored_the_next_start_erases_again(
    erased: tuple[Path, Path, State], tmp_path: Path, names: tuple[str, ...]
) -> None:
    original, backup, state = erased
    folder = tmp_path / "data"
    shutil.copytree(original, folder)
    restored(backup, folder, names)
    assert run("start", folder, state) == {"alice": "", "bob": "bob"}
    assert traces(folder, UUID(state["alice"].split()[0])) == []


def test_old_records_and_accounts_open_nothing_even_when_nothing_is_replayed(
    erased: tuple[Path, Path, State], tmp_path: Path
) -> None:
    """inv-I10: the key store of today with all other files of yesterday, and no start in between."""
    original, backup, state = erased
    folder = tmp_path / "data"
    shutil.copytree(original, folder)
    restored(backup, folder, FILES[:2])
    assert run("read", folder, state) == {"alice": "", "bob": "bob"}
