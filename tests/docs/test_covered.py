"""Pages of coverage: what tests did not reach stands with its table or function, whatever these are called."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from slate_pg.catalog.identity import quote
from slate_pg.cli.docs import coverage_of
from slate_pg.coverage.model import Item, Measured, Unmeasured
from slate_pg.coverage.report import Coverage, as_json
from slate_pg.docs.addresses import Addresses
from slate_pg.docs.covered import read
from slate_pg.docs.site import write
from slate_pg.errors import Misuse
from tests.docs import sample
from tests.docs.test_site import Page

OPERAND, NEVER, ONCE = (1, 0, 0), (0,), (1,)


def measured():
    """What a run found: of the shop some of each kind, of each hostile name all kinds, of a domain one."""
    yield Measured(Item("shop", "orders.own", "policy", "USING (customer_id = me())", 0, (1, 2, 3)), OPERAND)
    yield Measured(Item("shop", "orders.orders_pkey", "constraint", "primary key"), NEVER)
    yield Measured(Item("shop", "orders", "privilege", "SELECT by shop_people"), ONCE)
    yield Measured(Item("shop", "total(bigint)", "statement", "SELECT 1", 3, (4,), "migrations/shop/1.sql", 17), NEVER)
    yield Measured(Item("shop", "total(bigint)", "denial", "EXECUTE by nobody"), NEVER)
    yield Measured(Item("shop", "stars.stars_range", "check", "CHECK (VALUE > 0)", 0, (5, 6, 7)), (0, 0, 0))
    for name in sample.HOSTILE:
        yield Measured(Item("x</a>", f"{name}.{name}", "constraint", sample.SCRIPT), NEVER)
        yield Measured(Item("x</a>", f"{quote(name)}({sample.SCRIPT})", "statement", sample.SCRIPT, 1, (9,)), NEVER)


@pytest.fixture(scope="module")
def report():
    return json.dumps(as_json(Coverage(tuple(measured()), (Unmeasured("shop", "f()", "it is <b>IMMUTABLE</b>"),))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, report):
    folder = tmp_path_factory.mktemp("covered")
    write(sample.site(), folder, read(report, sample.site().products))
    return folder


def words(folder, path):
    """All words of a page without what stands between them, for names may be broken anywhere."""
    return "".join("".join(Page((folder / path).read_text("utf-8")).words).split())


def holds(text, *said):
    return all("".join(each.split()) in text for each in said)


def test_an_index_counts_by_schema_and_leads_to_each_object_and_back(folder):
    said = words(folder, "coverage.html")
    assert holds(said, "statement policy check constraint privilege denial Reached shop 0/1 0/1 0/1 0/1 1/1 0/1 16.7 %")
    assert holds(said, "orders 1/3", "total() 0/2", "shop.f(): it is <b>IMMUTABLE</b>")
    assert holds(said, "shop.stars.stars_range Tests reached 0 of 1. never evaluated check")
    page = Page((folder / "coverage.html").read_text("utf-8"))
    for link in page.links:
        file, _, mark = link.partition("#")
        assert link == "data:," or (folder / (file or "coverage.html")).is_file(), link
        assert not mark or mark in Page((folder / (file or "coverage.html")).read_text("utf-8")).ids, link
    assert 'href="coverage.html"' in (folder / "index.html").read_text("utf-8")


def test_a_page_says_of_its_object_what_no_test_reached_and_where_it_stands(folder):
    orders = words(folder, Addresses("shop").table("shop", "orders"))
    assert holds(orders, "Tests reached 1 of 3. never refused policy orders.own USING (customer_id = me())")
    assert holds(orders, "never refused constraint orders.orders_pkey primary key")
    functions = words(folder, Addresses("shop").page("functions"))
    assert holds(functions, "never ran statement total(bigint) SELECT 1 migrations/shop/1.sql:17")
    assert holds(functions, "never tried denial total(bigint) EXECUTE by nobody")
    assert "Testsreached" not in words(folder, Addresses("shop").table("shop", "customers"))


def test_a_hostile_name_keeps_its_coverage_and_becomes_no_markup(folder, report):
    coverage = read(report, sample.site().products)
    assert {key for key in coverage.tables if key[0] == "x</a>"} == {("x</a>", name) for name in sample.HOSTILE}
    assert {key for key in coverage.functions if key[0] == "x</a>"} == {("x</a>", name) for name in sample.HOSTILE}
    for path in folder.rglob("*.html"):
        page = Page(path.read_text("utf-8"))
        assert (page.wrong, page.open) == ([], []), path
        assert page.tags.count("script") == (2 if path.name == "diagram.html" else 1), path
        assert len(set(page.ids)) == len(page.ids), path


def test_without_coverage_no_page_and_no_word_of_it(tmp_path):
    write(sample.site(), tmp_path)
    assert not (tmp_path / "coverage.html").exists()
    assert not [p for p in tmp_path.rglob("*.html") if "overage" in p.read_text("utf-8").replace("Coverage.", "")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"items": [1]}',
        '{"items": [{"schema": "a"}]}',
        '{"items": [], "unmeasured": 3}',
        "\x00",
    ],
    ids=range(8),
)
def test_a_file_that_is_no_report_of_coverage_is_refused_by_name(tmp_path, text):
    with pytest.raises(Misuse, match=r"other\.json is no report of coverage"):
        coverage_of(tmp_path / "other.json", text, sample.site())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--format", "json"], "--coverage is for pages"),
        (["--diff", "HEAD"], "--coverage is for pages"),
        ([], "none.json: No such file"),
    ],
)
def test_coverage_that_cannot_be_shown_is_refused_before_anything_is_built(tmp_path, more, said):
    from slate_pg.cli.docs import docs
    from slate_pg.errors import SlateError

    with pytest.raises(SlateError, match=said):
        CliRunner().invoke(
            _app(docs), ["--to", str(tmp_path / "x"), "--coverage", "none.json", *more], catch_exceptions=False
        )


def _app(command):
    import typer

    app = typer.Typer()
    app.command()(command)
    return app
