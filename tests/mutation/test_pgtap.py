"""A suite of pgTAP's own files kills what its lines notice."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.mutation.conftest import Shop

TAP = """
BEGIN;
SELECT plan(2);
SELECT col_not_null('shop', 'items', 'owner', 'an item''s owner is always known');
SELECT throws_ok('INSERT INTO shop.items VALUES (1, ''ann'', 0)', '23514');
SELECT * FROM finish();
ROLLBACK;
"""


def test_a_line_of_tap_that_fails_kills(db: Database, shop: Shop) -> None:
    if not db.rows("SELECT FROM pg_available_extensions WHERE name = 'pgtap'"):
        pytest.skip("this PostgreSQL does not offer pgTAP")
    (shop.folder / "tests" / "test_shop.py").unlink()
    shop.write(**{"tests__items.pgtap__sql": TAP})
    ran = shop.mutate("--json", "--jobs", "1")
    (product,) = ran.products
    assert (ran.code, product["tests"]) == (3, 1), ran.err
    killed = {m["kind"]: m["said"] for m in product["mutants"] if m["verdict"] == "killed"}
    assert {"CHECK dropped", "CHECK changed", "NOT NULL dropped"} == set(killed)
    assert ran.verdicts["policy USING true"] == "survived"
    assert ran.verdicts["row security off"] == "rules"
