"""The page of refusals of each product is what its migrations refuse today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from slate_pg.config import find_project
from slate_pg.testing.database import Database

ROOT = Path(__file__).parents[2]
PRODUCTS = [p.name for p in find_project(start=ROOT).products if p.name != "core"]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script that writes the pages."""
    spec = importlib.util.spec_from_file_location("write_refusals", ROOT / "docs/write_refusals.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_page_of_refusals_is_fresh(db: Database, pages: ModuleType, product: str) -> None:
    if not db.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")
    written = (ROOT / f"docs/refusals/{product}.md").read_text()
    assert written == pages.render(db.connection, product, product), "run `python docs/write_refusals.py`"


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_refusal_has_a_state_that_a_client_can_act_on(product: str) -> None:
    rows = re.findall(
        r"(?m)^\| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ", (ROOT / f"docs/refusals/{product}.md").read_text()
    )
    assert len(rows) > 20
    assert [row for row in rows[2:] if "500" in row[3]] == []


@pytest.fixture
def product_db(db: Database, product: str) -> Database:
    """The migrated database, with the product's search path."""
    if not db.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")
    db.use(product)
    return db


def named(product: str) -> set[tuple[str, str]]:
    """Return each table and name of the product's page."""
    page = (ROOT / f"docs/refusals/{product}.md").read_text()
    rows = re.findall(r"(?m)^\| ([^|]*) \| ([^|]*) \| [0-9A-Z, ]+ \| [0-9, ]+ \| ", page)
    return {(table, name) for tables, names in rows for table in tables.split(", ") for name in names.split(", ")}


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_constraint_and_unique_index_is_on_the_page(product_db: Database, product: str) -> None:
    rules = product_db.rows(
        """SELECT c.relname::text, k.conname::text FROM pg_constraint AS k INNER JOIN pg_class AS c ON c.oid = k.conrelid
        WHERE c.relnamespace = %s::regnamespace AND k.contype IN ('c', 'p', 'u', 'f', 'x') AND NOT c.relispartition
            AND k.conparentid = 0
        UNION SELECT c.relname, i.relname FROM pg_index AS x INNER JOIN pg_class AS i ON i.oid = x.indexrelid
        INNER JOIN pg_class AS c ON c.oid = x.indrelid
        WHERE c.relnamespace = %s::regnamespace AND x.indisunique AND NOT c.relispartition AND c.relkind IN ('r', 'p')""",
        product,
        product,
    )
    assert len(rules) > 20
    assert {(table, name) for table, name in rules if not table.startswith("_slate")} - named(product) == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_sentence_that_a_function_raises_is_on_the_page(product_db: Database, product: str) -> None:
    page = (ROOT / f"docs/refusals/{product}.md").read_text()
    sources = product_db.rows("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = %s::regnamespace", product)
    raising = {name: source for name, source in sources if re.search(r"RAISE\s+EXCEPTION", source)}
    raised = [(n, m) for n, s in raising.items() for m in re.findall(r"RAISE\s+EXCEPTION\s+'((?:[^']|'')*)'", s)]
    assert len(raised) == sum(len(re.findall(r"RAISE\s+EXCEPTION", source)) for source in raising.values())
    assert [
        (n, m) for n, m in raised if f"| {m.replace(chr(39) * 2, chr(39)).replace('|', chr(92) + '|')}" not in page
    ] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_name_that_a_test_of_the_product_expects_is_on_the_page(product: str) -> None:
    files = (ROOT / "tests/schema" / product).glob("test_*.py")
    expected = {n for f in files for n in re.findall(r"""constraint=['"](\w+)['"]""", f.read_text())}
    partitions = re.compile(r"_(default|\d{4}(_\d\d)?)_pkey$")
    assert {n for n in expected if not partitions.search(n)} - {name for _, name in named(product)} == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_row_of_the_page_names_tables_and_rules_that_exist(product_db: Database, product: str) -> None:
    tables = {
        t for (t,) in product_db.rows("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", product)
    }
    assert {table for table, _ in named(product)} - tables - {"-", "SQLSTATE"} == set()
    assert [name for _, name in named(product) if not re.fullmatch(r"\w+(\(\))?", name)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_append_only_trail_is_refused_by_the_tables_name_and_not_the_partitions(
    product_db: Database, product: str
) -> None:
    trails = product_db.rows(
        """SELECT DISTINCT c.relname FROM pg_trigger AS t INNER JOIN pg_class AS c ON c.oid = t.tgrelid
        INNER JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE p.proname = 'refuse_change' AND c.relkind = 'p'
            AND c.relnamespace = %s::regnamespace""",
        product,
    )
    product_db.seed(product, "reference", "demo")
    for (trail,) in trails:
        assert product_db.sees(trail) > 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused, product_db.connection.transaction():
            product_db.execute(f"DELETE FROM {trail}")
        assert refused.value.diag.table_name == trail


@pytest.mark.parametrize(
    ("condition", "code", "status"),
    [
        ("check_violation", "23514", 422), ("no_data_found", "P0002", 404), ("insufficient_privilege", "42501", 403),
        ("unique_violation", "23505", 409), ("22P02", "22P02", 400), ("lock_not_available", "55P03", 503),
        ("raise_exception", "P0001", 422), ("invalid_parameter_value", "22023", 400), ("data_corrupted", "XX001", 500),
    ],
)  # fmt: skip
def test_a_condition_has_its_state_and_its_status(pages: ModuleType, condition: str, code: str, status: int) -> None:
    assert pages.code_of(condition) == code
    assert pages.http_status(code) == status
