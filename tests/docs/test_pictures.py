"""Pictures of five pages in the real browser: wide, on a telephone, and dark. `make pictures` keeps those of our products.

Without SLATE_PICTURES they are of a small made-up shop, and gone with the test.
"""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from slate_pg.docs.site import write
from tests.docs import sample

PROGRAM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if not PROGRAM:
    pytest.skip("no chromium on PATH or in CHROMIUM: no pictures are taken", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")

KEPT = os.environ.get("SLATE_PICTURES")
SHAPES = {"wide": (1280, "light"), "telephone": (360, "light"), "dark": (1280, "dark")}
OURS = {
    "front": "index.html", "diagram": "physed/diagram.html", "access": "spark/access.html",
    "table": "spark/tables/profiles.html", "history": "spark/history.html",
}  # fmt: skip
SHOP = {
    "front": "index.html", "diagram": "shop/diagram.html", "access": "shop/access.html",
    "table": "shop/tables/orders.html", "history": "shop/history.html",
}  # fmt: skip
PAGES = OURS if KEPT else SHOP


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pictured")
    if KEPT:
        from slate_pg.config import find_project
        from slate_pg.docs.building import build
        from slate_pg.docs.products import make_site

        project = find_project(start=Path(__file__).parent)
        site = make_site(project, project.products, build(project, project.products))
    else:
        site = sample.site()
    write(site, folder)
    return folder.as_uri()


def read_png(path: Path) -> tuple[int, set[bytes]]:
    """Return the width of a PNG, and the rows of its pixels that differ, packed as they are in the file."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    size = width * {2: 3, 6: 4}[kind] * depth // 8 + 1
    packed, place = b"", 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        packed += data[place + 8 : place + 8 + length] if data[place + 4 : place + 8] == b"IDAT" else b""
        place += 12 + length
    pixels = zlib.decompress(packed)
    return width, {pixels[row * size : (row + 1) * size] for row in range(height)}


@pytest.mark.parametrize("shape", SHAPES)
def test_five_pages_are_pictured_and_none_is_blank(home, tmp_path, shape):
    folder = Path(KEPT) if KEPT else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    width, scheme = SHAPES[shape]
    with playwright.sync_playwright() as run:
        # CI runs as root, where Chromium's sandbox does not start; the pages are our own.
        browser = run.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        for name, path in PAGES.items():
            page.goto(f"{home}/{path}")
            page.screenshot(path=folder / f"{name}-{shape}.png")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        browser.close()
    assert dark == (scheme == "dark")
    for name in PAGES:
        found, rows = read_png(folder / f"{name}-{shape}.png")
        assert found == width
        assert len(rows) > 50, f"{name} is blank"
