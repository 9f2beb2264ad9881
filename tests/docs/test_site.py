"""The files of a site: complete, each link resolved, hostile names harmless, safe on every file system, small, repeatable."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest

from slate_pg.docs.addresses import Addresses, safe_name
from slate_pg.docs.model import Access, Column, Product, Site, Table, Use
from slate_pg.docs.site import write
from slate_pg.docs.wording import letters, level, sentence
from tests.docs import sample

VOID = ("meta", "link", "img", "br", "wbr", "input")


class Page(HTMLParser):
    """One page read: its links, ids, elements, and what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags, self.open, self.wrong, self.fks, self.words = [], [], [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        self.ids += [given["id"]] if "id" in given else []
        self.wrong += [name for name, _ in attrs if name.startswith("on")]
        if "data-name" in given and tag == "path":
            self.fks.append((given["data-from"], given["data-name"], given["data-to"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data):
        self.words.append(data)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    written = write(sample.site(), folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert written.bytes == sum(path.stat().st_size for path in files)
    assert written.pages == len([path for path in files if path.suffix == ".html"])
    return folder


@pytest.fixture(scope="module")
def pages(folder):
    return {path.relative_to(folder).as_posix(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}


def test_every_link_leads_to_a_file_and_a_place_in_it(folder, pages):
    missing = []
    for path, page in pages.items():
        for link in page.links:
            if link == "data:,":
                continue
            file, _, mark = link.partition("#")
            target = (folder / PurePosixPath(path).parent / unquote(file)).resolve() if file else folder / path
            name = target.relative_to(folder.resolve()).as_posix() if file else path
            if not target.is_file() or (mark and mark not in pages[name].ids):
                missing.append((path, link))
    assert missing == []


def test_no_page_asks_for_anything_from_elsewhere(folder):
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"""(src|href)=["']?(https?:)?//|@import|url\(["']?http|\bfetch\(""", text), path


def test_every_element_is_closed_every_id_is_unique_and_no_name_became_markup(pages):
    for path, page in pages.items():
        assert (page.wrong, page.open) == ([], []), path
        assert len(set(page.ids)) == len(page.ids), path
        scripts = page.tags.count("script")
        assert scripts == (2 if path.endswith("diagram.html") else 1), path
        assert page.tags.count("img") == (1 if path == "live.html" else 0), path


def test_a_hostile_name_is_shown_as_it_is(pages):
    shown = "".join(pages[Addresses(sample.SCRIPT).page("index")].words)
    assert all(" ".join(name.split()) in " ".join(shown.split()) for name in sample.HOSTILE if "\x01" not in name)
    assert "49" not in [word.strip() for word in shown.split("\n")]


def test_files_have_names_that_every_system_takes_and_tells_apart(folder):
    for path in folder.rglob("*"):
        assert re.fullmatch(r"[a-z0-9_-]{1,80}(\.[a-z]+)?", path.name), path
        assert path.stem not in {"con", "prn", "aux", "nul", "com1", "lpt1"}, path
    assert len(list((folder / safe_name(sample.SCRIPT) / "tables").iterdir())) == len(sample.HOSTILE)


def test_names_are_as_they_are_where_plain_and_apart_where_not():
    assert safe_name("orders") == "orders"
    assert safe_name("Orders") != safe_name("ORDERS")
    assert safe_name("a", "b_c") != safe_name("a_b", "c")
    assert safe_name("a.b") != safe_name("a", "b")
    many = ["con", "index", "..", "", "x" * 200, "\u00e9", "e", "e\u0301", "a/b", "a-b", "\ud800"]
    assert len({safe_name(name) for name in many}) == len(many)
    assert all(re.fullmatch("[a-z0-9_-]+", safe_name(name)) for name in many)


def test_a_table_may_be_called_as_a_page_is(tmp_path):
    names = ["index", "diagram", "access", "history", "tables"]
    write(
        Site("x", products=(Product("live", tables=tuple(Table("live", n) for n in names)), Product("assets"))),
        tmp_path,
    )
    for name in names:
        assert name in (tmp_path / Addresses("live").table("live", name)).read_text("utf-8")
    assert (tmp_path / "assets" / "site.css").is_file()


@pytest.mark.parametrize("product", sample.site().products, ids=["shop", "two", "hostile", "empty"])
def test_the_lines_of_a_diagram_are_the_foreign_keys(pages, product):
    def ends(key):
        return (f"{key.schema}\t{key.table}", key.name, f"{key.target_schema}\t{key.target}")

    def drawn(path):
        return sorted(tuple(part.replace("\x01", "") for part in line) for line in pages[path].fks)

    def clean(keys):
        return sorted(tuple(part.replace("\x01", "") for part in ends(key)) for key in keys)

    at = Addresses(product.name)
    keys = [key for table in product.tables for key in table.foreign_keys]
    assert drawn(at.page("diagram")) == clean(keys)
    for table in product.tables:
        own = (table.schema, table.name)
        near = [k for k in keys if own in ((k.schema, k.table), (k.target_schema, k.target))]
        assert drawn(at.table(*own)) == clean(near)


def test_a_tables_page_says_all_that_is_known_of_it(pages):
    said = "".join(pages["shop/tables/orders.html"].words)
    for word in (
        "What orders keeps. More of it.", "customer_id", "numeric(10,2)", "EUR, 0 to 1000", "0.00", "not NULL",
        "orders_pkey", "USING btree (customer_id)", "Serves the list of orders.", "CREATE TRIGGER orders_audit",
        "(customer_id = me())", "shop_0001_create_orders", "shop_0002_add_price", "open_orders", "tidy", "total",
        "items_order_id_fkey", "slate why shop_people PERSON shop.orders KEY", "UPDATE (price)", "own rows, columns",
    ):  # fmt: skip
        assert word in said, word


def test_the_history_says_why_what_is_locked_what_is_lost_and_where_it_is_applied(pages):
    said = "".join(pages["shop/history.html"].words)
    for word in ("orders are kept", "nothing", "every order", "2026-01-02T03:04:05Z", "ann", "12 ms", "CREATE", "DROP"):
        assert word in said, word


def test_a_cell_of_the_heat_map_leads_to_grants_policies_and_why(pages):
    page = pages["shop/access.html"]
    (cell,) = [link for link in page.links if link.endswith("tables/orders.html#access-shop_people")]
    assert cell == "../shop/tables/orders.html#access-shop_people"
    said = "".join(page.words)
    assert "su*" not in said
    assert "s–u*–" in said
    assert "select own rows; update own rows, columns" in said
    assert "nobody" not in said  # a role that may do nothing at all is no column


def test_levels_and_letters_tell_all_from_some():
    def cell(*words):
        access = Access("r", *words)
        return letters(access), level(access), sentence(access)

    assert cell("none", "none", "none", "none") == ("–", 0, "nothing")
    assert cell("own rows", "none", "none", "none")[:2] == ("s–––", 1)
    assert cell("all", "none", "none", "none")[:2] == ("S–––", 2)
    assert cell("all", "own rows", "none", "none")[:2] == ("Si––", 3)
    assert cell("columns", "all", "all", "all")[:2] == ("S*IUD", 4)
    assert cell("as the tables", "by the view", "none", "own rows, columns")[:2] == ("si–d*", 3)


def test_the_json_holds_the_same_and_its_version(folder):
    held = json.loads((folder / "schema.json").read_text("utf-8"))
    assert held["version"] == 1
    assert [product["name"] for product in held["products"]] == ["shop", "two", sample.SCRIPT, "empty"]
    assert held["products"][0]["tables"][1]["columns"][1]["name"] == "customer_id"


def test_the_same_site_is_written_alike(folder, tmp_path):
    write(sample.site(), tmp_path)
    for path in folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_a_first_page_of_many_products_stays_under_300_kilobytes(tmp_path):
    many = tuple(Product(f"product_{n}", "What it is. " * 20, sample.shop().tables) for n in range(60))
    write(Site("Many", products=many), tmp_path)
    loaded = ("index.html", "assets/site.css", "assets/site.js")
    assert sum((tmp_path / name).stat().st_size for name in loaded) < 300_000


def test_a_site_of_nothing_says_so(tmp_path):
    assert write(Site("Nothing"), tmp_path).pages == 1
    assert "nothing to show" in (tmp_path / "index.html").read_text("utf-8")


def test_what_a_page_names_is_a_link_where_there_is_more_and_plain_where_not(tmp_path):
    column = Column("state", "shop.state[]", True)
    uses = (Use("view", "seen"), Use("function", "shop.total"), Use("query", "gone"), Use("policy", "own"))
    tables = (Table("shop", "orders", columns=(column,), made_by="gone_0001", uses=uses), Table("shop", "seen", "view"))
    product = replace(sample.shop(), tables=tables)
    write(Site("x", products=(product,)), tmp_path)
    links = Page((tmp_path / "shop/tables/orders.html").read_text("utf-8")).links
    reached = [link.removeprefix("../../shop/") for link in links]
    assert "functions.html#e-state-" in " ".join(reached)
    assert "functions.html#f-total-" in " ".join(reached)
    assert reached.count("tables/seen.html") == 2  # beside all tables, and among what uses it
    assert not [link for link in links if "gone" in link or "own" in link]


def test_a_site_of_a_thousand_tables_does_not_name_them_all_on_each_page(tmp_path):
    many = tuple(Table("public", f"table_{n}") for n in range(1000))
    written = write(Site("x", products=(Product("public", tables=many),)), tmp_path)
    assert written.bytes < 12_000_000
    assert "table_7" not in (tmp_path / "public/tables/table_8.html").read_text("utf-8")
