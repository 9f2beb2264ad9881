"""The documentation as a site: built strictly, complete, and asking no other machine for anything."""

import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.I)


def build(folder):
    """Build the site of a folder as `make docs` does."""
    return subprocess.run(
        [Path(sys.executable).parent / "zensical", "build", "--strict", "--clean"], cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of what the site is made of."""
    copy = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "zensical.toml", copy)
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(scope="module")
def site(project):
    built = build(project)
    assert built.returncode == 0, built.stdout + built.stderr
    return project / "build" / "docs"


class Fetched(HTMLParser):
    """What a browser asks for by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in ("canonical", "next", "prev"):
            return
        names = {"link": ("href",), "object": ("data",)}.get(tag, ("src", "srcset", "poster"))
        self.addresses += [given[n] or "" for n in names if n in given]


def test_no_page_asks_another_machine_for_anything(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        fetched = Fetched()
        fetched.feed(page.read_text())
        assert fetched.addresses
        assert [a for a in fetched.addresses if ELSEWHERE.match(a)] == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", sheet.read_text()), sheet.name


def test_whatever_a_page_leads_to_is_there(site):
    """The build looks after pages and anchors; this is for all else, images and examples to copy."""
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # is shown at any address
            continue
        for address in re.findall(r"(?:href|src)=[\"']?([^\"' >]+)", page.read_text()):
            path = unquote(address.partition("#")[0].partition("?")[0])
            if path and not re.match(r"[a-z]+:|//", path):
                assert (page.parent / path).exists(), f"{page.name}: {address}"


def test_every_page_of_the_folder_is_in_the_navigation_or_linked_from_it(project):
    navigation = str(tomllib.loads((project / "zensical.toml").read_text())["project"]["nav"])
    pages = {p.relative_to(project / "docs").as_posix() for p in (project / "docs").rglob("*.md")}
    linked = (project / "docs" / "decisions" / "README.md").read_text()
    assert [p for p in pages if f"'{p}'" not in navigation and p.rpartition("/")[2] not in linked] == []


@pytest.mark.parametrize("link", ["[x](NOWHERE.md)", "[x](GATES.md#nowhere)"])
def test_a_link_that_leads_nowhere_fails_the_build(project, tmp_path, link):
    shutil.copytree(project, tmp_path / "broken", ignore=shutil.ignore_patterns("build", ".cache"))
    page = tmp_path / "broken" / "docs" / "CONCEPTS.md"
    page.write_text(page.read_text() + "\n" + link + "\n")
    assert build(tmp_path / "broken").returncode == 1


def test_the_page_of_commands_is_what_their_help_says():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import write_commands
    finally:
        sys.path.remove(str(ROOT / "docs"))
    assert write_commands.PAGE.read_text() == write_commands.render(), "run `make snapshot`"
