"""The page of refusals of each product is what its migrations refuse today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

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
    assert pages.http(code) == status
