"""Writes the site: one page a table, a few a product, an index for the search, and all of it once more as JSON.

Values in (model), files out; nothing is read but the templates and assets in this package. Pages work from the file
system, without a server, a network or a script.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from slate_pg.docs.addresses import Addresses, places_of, safe_name
from slate_pg.docs.alterations import Diff
from slate_pg.docs.altered import lines_of, pictures, summary
from slate_pg.docs.covered import Coverage
from slate_pg.docs.jsonform import as_json
from slate_pg.docs.model import Product, Site, Table
from slate_pg.docs.pictures import neighbours, overview
from slate_pg.docs.searching import search_index
from slate_pg.docs.wording import FILTERS, roles_of, visible

ASSETS = ("site.css", "site.js", "diagram.js")
_OWN_PAGES = ("index", "diagram", "access", "history", "functions", "errors", "operations")


@dataclass(frozen=True)
class Written:
    """What was written: how many pages, and the bytes of all files together."""

    pages: int
    bytes: int


@dataclass(frozen=True)
class _Page:
    """One page to be: its path from the site's folder, its template and what that is given."""

    path: str
    template: str
    given: dict[str, Any]


def write(site: Site, folder: Path, coverage: Coverage | None = None) -> Written:
    """Write the site into a folder, which is made where it is not there; files of the same names are replaced. Writes.

    With coverage there is a page of it, and each table and function says what tests reached of it. OSError where a file
    cannot be written.
    """
    environment = _environment()
    environment.globals.update(coverage=coverage)
    pages = size = 0
    found = [_Page("coverage.html", "coverage", {})] if coverage else []
    for page in [*found, *_pages(site)]:
        size += _put(folder / page.path, _rendered(environment, site, page))
        pages += 1
    for path, text in _others(site):
        size += _put(folder / path, text)
    return Written(pages, size)


def page_of_difference(site: Site) -> str:
    """Return the page of a site's difference as one file that needs no other. Reads this package's files."""
    diff = site.diff or Diff("", "")
    styles = resources.files("slate_pg.docs").joinpath("assets", "site.css").read_text("utf-8")
    given = {"diff": diff, "layout": "bare.html.jinja", "styles": styles, "pictures": pictures(diff)}
    return _rendered(_environment(), site, _Page("diff.html", "diff", given))


def _put(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(text.encode("utf-8", "replace"))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("slate_pg.docs", "pages"),
        autoescape=select_autoescape(("jinja",), default=True),
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.filters.update(summary=summary)
    environment.globals.update(safe_name=safe_name, addresses=Addresses, lines_of=lines_of, coverage=None)
    return environment


def _rendered(environment: Environment, site: Site, page: _Page) -> str:
    root = "../" * (len(PurePosixPath(page.path).parts) - 1)
    template = environment.get_template(f"{page.template}.html.jinja")
    return template.render(site=site, root=root, path=page.path, **{"product": None, "table": None, **page.given})


def _pages(site: Site) -> Iterator[_Page]:
    yield _Page("index.html", "index", {})
    if site.live:
        yield _Page("live.html", "live", {"pictures": _picture_names(site)})
    if site.diff is not None:
        yield _Page(
            "diff.html", "diff", {"diff": site.diff, "layout": "base.html.jinja", "pictures": pictures(site.diff)}
        )
    homes = _homes(site)
    referrers = _referrers(site)
    for product in site.products:
        at = Addresses(product.name)
        shared = {"product": product, "places": places_of(product), "roles": roles_of(product.tables)}
        for name in _OWN_PAGES:
            given = {**shared, "at": at}
            if name == "diagram":
                given["diagram"] = overview(product, homes, "../")
            yield _Page(at.page(name), "product" if name == "index" else name, given)
        for table in product.tables:
            page = _table_page(product, table, homes, referrers)
            yield replace(page, given={**page.given, **shared})


def _table_page(product: Product, table: Table, homes: dict[tuple[str, str], str], referrers: _Referrers) -> _Page:
    at = Addresses(product.name)
    by = referrers.get((table.schema, table.name), [])
    given = {
        "product": product,
        "table": table,
        "at": at,
        "homes": homes,
        "referrers": by,
        "diagram": neighbours(product, table, by, homes, "../../"),
    }
    return _Page(at.table(table.schema, table.name), "table", given)


_Referrers = dict[tuple[str, str], list[Any]]


def _homes(site: Site) -> dict[tuple[str, str], str]:
    """Return the page of each table by its schema and name."""
    return {
        (table.schema, table.name): Addresses(product.name).table(table.schema, table.name)
        for product in site.products
        for table in product.tables
    }


def _referrers(site: Site) -> _Referrers:
    """Return the foreign keys that point to each table."""
    found: _Referrers = {}
    for product in site.products:
        for table in product.tables:
            for key in table.foreign_keys:
                found.setdefault((key.target_schema, key.target), []).append(key)
    return found


def _picture_names(site: Site) -> dict[str, str]:
    """Return the file of each picture of the live page by its section's title."""
    return {section.title: f"assets/live-{number}.svg" for number, section in enumerate(site.live) if section.picture}


def _others(site: Site) -> Iterator[tuple[str, str]]:
    """Yield what is no page: styles, scripts, the index for the search, pictures, and the JSON."""
    folder = resources.files("slate_pg.docs").joinpath("assets")
    for name in ASSETS:
        yield f"assets/{name}", folder.joinpath(name).read_text("utf-8")
    # A script and not JSON: a page from the file system may load the one and not the other.
    yield "assets/search.js", f"window.slateSearch = {json.dumps(search_index(site), separators=(',', ':'))};\n"
    names = _picture_names(site)
    for section in site.live:
        if section.picture:
            yield names[section.title], section.picture
    yield "schema.json", as_json(site)
