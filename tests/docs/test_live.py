"""`slate docs --live`: how a database does, with ledgers and without, read only and in words that are true."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import psycopg
import pytest

from slate_pg.cli.docs import read_bench
from slate_pg.docs.jsonform import from_json, published_schema
from slate_pg.docs.model import Fact, Product, Section, Site, Table
from slate_pg.errors import Misuse
from slate_pg.postgres.server import Server, disposable
from tests.docs.conftest import write_project

JOBS = {
    "counts": "-- schedule: 0 1 * * *\n-- why: order\nSELECT count_children(1);",
    "breaks": "-- schedule: 0 2 * * *\n-- why: it breaks\nSELECT 1 / 0;",
    "sleeps": "-- schedule: 0 3 * * *\n-- why: nobody runs it\nSELECT 1;",
}
BENCH = {
    "machine": {
        "processor": "<b>CPU</b>", "cores": 2, "memory_gib": 4, "system": "Linux", "python": "3.11",
        "postgresql": "PostgreSQL 18", "at": "2026-11-30T10:00+00:00",
    },
    "scale": 3,
    "queries": [
        {"product": "shop", "query": "<script>", "person_p50": 1.0, "person_p95": 2.0, "budget_ms": 5},
        {"product": "shop", "query": "slow", "person_p50": 9.0, "person_p95": 20.0, "budget_ms": 5},
        {"product": "shop", "query": "nobody", "person_p50": None, "person_p95": None, "budget_ms": 5},
    ],
    "growth": [{"what": "apply", "points": [[1, 0.1], [10, 0.4]]}],
}  # fmt: skip


def slate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slate_pg", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable() as running:
        yield running


@pytest.fixture(scope="module")
def root(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile project, applied twice and drifted, with jobs that ran, failed and never ran, and one file pending."""
    root = tmp_path_factory.mktemp("live")
    folder = write_project(root)
    (root / "pyproject.toml").write_text('[tool.slate]\nrollbacks = "optional"\n')
    for name, text in JOBS.items():
        (root / "sql" / "shop" / "jobs" / f"{name}.sql").write_text(text)
    for more in ((), ("--as", "Shop % East")):
        done = slate(root, "apply", "shop", *more, "-d", server.url())
        assert done.returncode == 0, done.stderr
    for job in ("counts", "breaks"):
        slate(root, "jobs", "run", "shop", job, "-d", server.url())
    (folder / "shop" / "shop_0003_later.sql").write_text("CREATE TABLE later (id integer PRIMARY KEY);")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO shop.measured SELECT '2026-01-01'::date + n %% 365 FROM generate_series(1, 5000) AS n", ()
        )
        admin.execute("ALTER TABLE shop.child ADD COLUMN byhand integer")
        admin.execute("CREATE INDEX twin ON shop.child (parent, other)")
        admin.execute("ANALYZE shop.measured")
    return root


@pytest.fixture(scope="module")
def site(root: Path, server: Server) -> Site:
    (root / "bench.json").write_text(json.dumps(BENCH))
    done = slate(root, "docs", "-d", server.url(), "--bench", "bench.json", "--to", "out")
    assert done.returncode == 0, done.stderr
    text = (root / "out" / "schema.json").read_text("utf-8")
    jsonschema.validate(json.loads(text), published_schema())
    return from_json(text)


def section(site: Site, title: str) -> Section:
    return next(s for s in site.live if s.title == title)


def facts(site: Site, title: str) -> dict[str, Fact]:
    return {f.what: f for f in section(site, title).facts}


def product(site: Site, name: str) -> Product:
    return next(p for p in site.products if p.name == name)


def table(site: Site, of: str, name: str) -> Table:
    return next(t for t in product(site, of).tables if t.name == name)


def test_each_installation_says_what_is_applied_and_what_is_pending(site):
    found = facts(site, "Installations")
    assert set(found) == {"shop", "Shop % East"}
    assert {f.state for f in found.values()} == {"warning"}
    assert all("2 migrations applied, 1 pending" in f.value for f in found.values())
    assert {p.name for p in site.products} == {"shop", "Shop % East"}


def test_a_migration_says_when_and_by_whom_it_was_applied_where(site):
    for name in ("shop", "Shop % East"):
        first, second, later = product(site, name).migrations
        (applied,) = first.applied
        assert applied.at.startswith("20")
        assert applied.by == "postgres"
        assert applied.where.endswith(f"schema {name}")
        assert second.applied
        assert later.applied == ()


def test_drift_is_told_object_by_object(site):
    found = facts(site, "Drift")
    assert found["column shop.child.byhand"].value == "not expected"
    assert found["column shop.child.byhand"].state == "error"
    assert "index shop.twin" in found
    assert not [what for what in found if "East" in what]


def test_health_names_what_doctor_finds_and_how_it_is_mended(site):
    found = [f for f in section(site, "Health").facts if "twin" in f.what]
    assert found
    assert all("fix:" in f.value and f.state == "warning" for f in found)


def test_a_job_says_how_its_latest_run_ended(site):
    found = facts(site, "Jobs")
    assert found["shop: counts"].state == "ok"
    assert "rows" in found["shop: counts"].value
    assert found["shop: breaks"].state == "error"
    assert "division by zero" in found["shop: breaks"].value
    assert found["shop: sleeps"].value == "never run; 0 3 * * *"
    assert found["Shop % East: counts"].value.startswith("never run")


def test_partitions_have_bounds_sizes_and_rows_and_tables_their_growth(site):
    found = facts(site, "Partitions")
    leaf = found["shop.measured: measured_2026"]
    assert "FROM ('2026-01-01') TO ('2027-01-01')" in leaf.value
    assert "about 5,000 rows" in leaf.value
    assert leaf.state == "", "a figure is not well or ill"
    growth = [s for s in site.live if "growth" in s.title.lower() or "growth" in s.says.lower()]
    assert any("measured" in f.what for s in growth for f in s.facts)


def test_what_was_added_by_hand_is_shown_and_what_is_only_a_file_is_not(site):
    child = table(site, "shop", "child")
    assert "byhand" in {c.name for c in child.columns}
    assert (child.made_by, child.changed_by) == ("shop_0001_first", ("shop_0002_second",))
    assert "later" not in {t.name for t in product(site, "shop").tables}
    assert "all_children" in {u.name for u in child.uses}


def test_a_saved_bench_is_drawn_and_said_in_words(root, site):
    queries = section(site, "Bench: queries")
    assert [(f.what, f.state) for f in queries.facts] == [
        ("shop/<script>", "ok"), ("shop/slow", "error"), ("shop/nobody", "warning")
    ]  # fmt: skip
    assert "<script>" not in queries.picture
    assert section(site, "Bench: growth").picture.startswith("<svg")
    page = (root / "out" / "live.html").read_text("utf-8")
    pictures = [name for name in (root / "out" / "assets").iterdir() if name.name.startswith("live-")]
    assert len(pictures) == page.count("<img ") == 2
    assert "<script>" not in page.split("</main>")[0].split("<main")[1]
    assert "&lt;b&gt;CPU" in page


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"machine": 1, "scale": 1}', '{"scale": 2}', "\x00"], ids=range(7)
)  # fmt: skip
def test_a_file_that_is_no_bench_is_refused_by_name(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(Misuse, match=r"other\.json holds no figures"):
        read_bench(path)
    with pytest.raises(Misuse, match=r"none\.json"):
        read_bench(tmp_path / "none.json")


def test_a_bench_without_a_database_is_refused(root):
    done = slate(root, "docs", "--bench", "bench.json", "--to", "x")
    assert (done.returncode, "--bench is for the live page" in done.stderr) == (2, True)


def test_a_real_bench_fits(tmp_path):
    real = {**BENCH, "queries": [], "growth": [], "fleet": [{"what": "add", "installations": 10, "seconds": 1.0}]}
    (tmp_path / "b.json").write_text(json.dumps(real))
    assert [s.title for s in read_bench(tmp_path / "b.json")] == ["Bench: fleet"]
    (tmp_path / "b.json").write_text(json.dumps({**real, "fleet": []}))
    (nothing,) = read_bench(tmp_path / "b.json")
    assert "Nothing in it makes a chart" in nothing.says


@pytest.fixture(scope="module")
def bare(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of a database that Slate has never seen, from a folder without any migration."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute('CREATE DATABASE "a % b"')
    with psycopg.connect(server.url("a % b"), autocommit=True) as admin:
        admin.execute("""
            CREATE SCHEMA "Wei""rd <b>"; CREATE SCHEMA empty;
            CREATE TABLE "Wei""rd <b>"."select" (id integer PRIMARY KEY, "it's" text);
            COMMENT ON TABLE "Wei""rd <b>"."select" IS '<script>alert(1)</script>';
            CREATE TABLE public.child (id integer, up integer REFERENCES "Wei""rd <b>"."select");
            CREATE VIEW public.seen AS SELECT id FROM public.child;
            CREATE ROLE bare_reader; GRANT SELECT ON public.child TO bare_reader;
        """)
    folder = tmp_path_factory.mktemp("nowhere")
    done = slate(folder, "docs", "-d", server.url("a % b"), "--to", "out")
    assert done.returncode == 0, done.stderr
    page = "".join(p.read_text("utf-8") for p in (folder / "out").rglob("*.html"))
    assert "<script>alert" not in page
    return from_json((folder / "out" / "schema.json").read_text("utf-8"))


def test_without_a_ledger_each_schema_that_holds_something_stands_for_a_product(bare):
    assert [p.name for p in bare.products] == ['Wei"rd <b>', "public"]
    assert bare.title == "a % b"
    assert all(p.migrations == () for p in bare.products)


def test_without_a_ledger_keys_uses_and_access_are_there_and_drift_is_not_claimed(bare):
    child = table(bare, "public", "child")
    assert [(k.target_schema, k.target) for k in child.foreign_keys] == [('Wei"rd <b>', "select")]
    assert {u.name for u in child.uses} == {"seen"}
    assert {(a.role, a.select) for a in child.access} >= {("bare_reader", "all")}
    titles = {s.title for s in bare.live}
    assert "Health" in titles
    assert not titles & {"Drift", "Installations", "Jobs"}


def test_without_a_ledger_a_product_cannot_be_named(server, tmp_path):
    done = slate(tmp_path, "docs", "shop", "-d", server.url("a % b"), "--to", "out")
    assert done.returncode == 2
    assert "no folder of migrations has a product" in done.stderr
