"""The artifact: whole, deterministic, checked, atomic, shared read-only, quick to open."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from nutshell.catalog import queries, sr28
from nutshell.catalog.artifact import write
from nutshell.catalog.build import FILE_NAME, FORMAT, VERSION
from nutshell.catalog.queries import Catalog
from nutshell.common.errors import ConfigurationError, Tampered

HASH_OF_FORMAT = {1: "c816c6e255865a141441d5c218930dc6c559c729092b156e1de040575c51910f"}


@pytest.fixture
def copy(artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(artifact, tmp_path / artifact.name))


@pytest.fixture
def no_catalog_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_path", None)
    monkeypatch.setattr(queries, "_current", None)


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x01
    path.write_bytes(content)


def test_it_holds_the_whole_of_sr28(artifact: Path) -> None:
    info = queries.info(artifact)
    assert (info.foods, info.values, info.nutrients, info.portions) == (8_789, 679_045, 150, 15_438)
    assert info.version == VERSION


def test_what_is_written_changes_only_with_the_format(artifact: Path) -> None:
    assert queries.info(artifact).hash == HASH_OF_FORMAT[FORMAT], "raise build.FORMAT and name the new hash here"


def test_every_value_and_portion_can_be_read_back(catalog: Catalog) -> None:
    stated = sum(1 for food_id in catalog.ids() for value in catalog.provenance(food_id) if not value.computed_from)
    portions = [portion for food_id in catalog.ids() for portion in catalog.food(food_id).portions]
    assert stated == 679_045
    assert len(portions) == 15_438
    assert sum(portion.usual != 1 for portion in portions) == 3_552
    assert sum(not catalog.food(food_id).portions for food_id in catalog.ids()) == 297


def test_portions_of_equal_text_have_ids_of_their_own(catalog: Catalog) -> None:
    slices = [portion for portion in catalog.food("sr28:18069").portions if portion.name == "slice"]
    assert [(portion.id, portion.grams) for portion in slices] == [("1", 29.0), ("6", 25.0)]
    for food_id in catalog.ids():
        ids = [portion.id for portion in catalog.food(food_id).portions]
        assert len(set(ids)) == len(ids)


def test_every_code_of_a_value_is_explained(catalog: Catalog) -> None:
    for food_id in catalog.ids()[::50]:
        for value in catalog.provenance(food_id):
            assert bool(catalog.source_text(value.source_code)) == (not value.computed_from)
            assert catalog.derivation_text(value.derivation_code) or not value.derivation_code
            assert catalog.nutrient(value.nutrient).unit


def test_the_same_source_gives_the_same_bytes(artifact: Path, tmp_path: Path) -> None:
    # In another process with another hash seed: no order may come from sets or dictionaries by chance.
    code = "import sys; from pathlib import Path; from nutshell.catalog.build import build; build(Path(sys.argv[1]))"
    environment = {"PYTHONHASHSEED": "4242", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    assert (tmp_path / FILE_NAME).read_bytes() == artifact.read_bytes()


def test_a_fresh_artifact_passes_its_check_and_tells_how_far_it_is(artifact: Path) -> None:
    told: list[float] = []
    info = queries.check(artifact, lambda step, share: told.append(share))
    assert info.hash == Catalog(artifact).hash
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("share", [0.0, 1e-6, 3e-6, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999999])
def test_one_flipped_bit_is_noticed(copy: Path, share: float) -> None:
    flip(copy, int(copy.stat().st_size * share))
    with pytest.raises(Tampered):
        queries.check(copy)


def test_a_flipped_bit_in_every_section_and_in_the_padding_is_noticed(copy: Path) -> None:
    whole = copy.read_bytes()
    catalog = Catalog(copy)
    start = len(whole) - catalog._artifact.header.size
    ends = [start + section.offset + section.length for section in catalog._artifact.header.sections.values()]
    for end in ends:
        for place in (end - 1, min(end, len(whole) - 1)):
            copy.write_bytes(whole)
            flip(copy, place)
            with pytest.raises(Tampered):
                queries.check(copy)


@pytest.mark.parametrize("content", [b"", b"NUTCAT01", b"x" * 100])
def test_what_is_no_artifact_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(Tampered):
        Catalog(path)


def test_a_cut_or_lengthened_artifact_is_refused_at_once(copy: Path) -> None:
    whole = copy.read_bytes()
    for content in (whole[:-64], whole + bytes(64)):
        copy.write_bytes(content)
        with pytest.raises(Tampered):
            Catalog(copy)


def test_a_missing_artifact_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Catalog(tmp_path / FILE_NAME)
    assert "nutshell catalog build" in refused.value.sentence


def test_another_text_of_the_source_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sr28.locate(), tmp_path / "sr28"))
    weights = folder / "WEIGHT.txt"
    weights.write_bytes(weights.read_bytes().replace(b"~large~^50", b"~large~^51", 1))
    with pytest.raises(Tampered):
        sr28.verify(folder)


def test_a_broken_write_leaves_the_old_artifact_and_no_leavings(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.read_bytes()

    def full_disk(source: object, target: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        write(copy, "next", {}, {"numbers": np.arange(10)})
    assert copy.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == [FILE_NAME]


def test_a_process_that_reads_keeps_its_artifact_while_another_is_written(copy: Path) -> None:
    catalog = Catalog(copy)
    write(copy, "next", {}, {"numbers": np.arange(10)})
    assert catalog.food("sr28:01123").name == "Egg, whole, raw, fresh"
    catalog.check()


@pytest.mark.usefixtures("no_catalog_named")
def test_the_catalog_of_the_process_is_opened_when_first_needed(artifact: Path) -> None:
    queries.use(artifact)
    assert queries.current().food("sr28:01123").kcal_per_100g == 143.0
    assert queries.current() is queries.current()


@pytest.mark.usefixtures("no_catalog_named")
def test_a_process_without_a_named_catalog_says_so() -> None:
    with pytest.raises(ConfigurationError):
        queries.current()


@pytest.mark.usefixtures("artifact")
def test_building_reports_its_progress_from_start_to_end(build_progress: list[float]) -> None:
    assert build_progress == sorted(build_progress)
    assert build_progress[0] < 0.2
    assert build_progress[-1] == 1.0


def test_opening_takes_less_than_a_third_of_a_second(artifact: Path) -> None:
    begun = time.perf_counter()
    Catalog(artifact).search("egg", 20)
    assert time.perf_counter() - begun < 0.3


def test_threads_share_one_catalog(artifact: Path) -> None:
    catalog = Catalog(artifact)
    expected = [[hit.food.id for hit in Catalog(artifact).search(query, 20)] for query in ("egg", "chiken", "oliv oi")]
    wrong: list[object] = []

    def read_much() -> None:
        for _ in range(40):
            found = [[hit.food.id for hit in catalog.search(query, 20)] for query in ("egg", "chiken", "oliv oi")]
            wrong.extend([found] if found != expected else [])

    threads = [threading.Thread(target=read_much) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.fixture(scope="module")
def imported_modules() -> set[str]:
    code = "import sys, nutshell.catalog.queries, nutshell.catalog.build; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    return set(output.stdout.decode().split())


def test_the_room_loads_neither_django_nor_the_app_of_the_data_package(imported_modules: set[str]) -> None:
    assert not {name for name in imported_modules if name.split(".")[0] in ("django", "usda_nutrition")}
