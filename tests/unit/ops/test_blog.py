"""The blog's pages: nothing that runs, nothing from elsewhere, and no folder of somebody's replaced by it."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nutshell.common.errors import ConfigurationError
from nutshell.ops import config
from nutshell.ops.blog import building

SETTINGS = config.load({"NUTSHELL_BLOG_HOST": "blog.localhost"})
POST = "how-nutshell-protects-your-data"
LOADED = ("src", "srcset", "data", "poster", "action", "formaction", "background")
OURS = ("/", "#", SETTINGS.origin + "/", SETTINGS.blog_origin + "/")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blog") / "made"
    building.build(folder, SETTINGS)
    return folder


class Faults(HTMLParser):
    """What the policy would refuse, and who else would be asked for something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "form", "object", "embed", "base"):
            self.found.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (name in LOADED and not str(value).startswith("/")):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "xlink:href") and not str(value).startswith(OURS):
                self.found.append(f"{tag} {name}={value}")


def test_no_page_runs_anything_or_loads_anything_from_elsewhere(built: Path) -> None:
    pages = sorted(built.rglob("*.html"))
    assert {str(page.relative_to(built)) for page in pages} == {
        "index.html",
        "404.html",
        "status.html",
        f"{POST}/index.html",
    }
    assert {str(page): found for page in pages if (found := Faults(page.read_text()).found)} == {}
    assert not re.search(r"url\(|@import", "".join(sheet.read_text() for sheet in built.rglob("*.css")))


def test_the_feed_names_each_post_once_by_its_own_address(built: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    entries = ElementTree.parse(built / building.FEED).getroot().findall(f"{atom}entry")
    links = [entry.find(f"{atom}link").attrib["href"] for entry in entries]  # type: ignore[union-attr]
    assert links == [f"https://blog.localhost:8443/{POST}/"]


def sentences(built: Path) -> Iterator[str]:
    for page in built.rglob("*.html"):
        yield page.read_text().lower()


@pytest.mark.parametrize("claim", ["zero knowledge", "zero-knowledge", "certified", "military", "unbreakable", "100 %"])
def test_no_post_claims_what_nobody_can_keep(built: Path, claim: str) -> None:
    assert [text for text in sentences(built) if claim in text] == []


def test_a_blog_replaces_an_older_one_and_nothing_else(built: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    building.build(again, SETTINGS)
    (again / "left-over.html").write_text("old")
    building.build(again, SETTINGS)
    assert not (again / "left-over.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again"]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError) as refused:
        building.build(mine, SETTINGS)
    assert "holds something that is no blog" in refused.value.sentence
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_a_post_that_cannot_be_made_into_a_page_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = tmp_path / "posts"
    posts.mkdir()
    (posts / "one.md").write_text("Title: One\nDate: someday\n\nText.\n")
    settings = building._settings
    monkeypatch.setattr(building, "_settings", lambda *given: {**settings(*given), "PATH": str(posts)})
    with pytest.raises(ConfigurationError) as refused:
        building.build(tmp_path / "made", SETTINGS)
    assert "one.md" in refused.value.sentence
    assert not (tmp_path / "made").exists()
