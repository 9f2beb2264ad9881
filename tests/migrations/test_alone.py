"""A file of nothing but statements that a transaction refuses is run without one; beside others they are refused."""

from __future__ import annotations

import pytest

from slate_pg.errors import SlateError
from slate_pg.migrations.alone import all_run_alone
from tests.workshop import Workshop

ALONE = (
    "CREATE INDEX CONCURRENTLY i ON t (id)",
    "create unique index concurrently if not exists i on t (id)",
    "DROP INDEX CONCURRENTLY i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
    "VACUUM (ANALYZE) t",
    "CREATE /* odd */ INDEX -- here\n CONCURRENTLY i ON t (id)",
    "ALTER TABLE p DETACH PARTITION q CONCURRENTLY",
    "ALTER SYSTEM SET work_mem = '8MB'",
)
TOGETHER = (
    "CREATE INDEX concurrently ON t (id) WHERE note = 'it''s; CREATE INDEX CONCURRENTLY'; CREATE TABLE u ()",
    "CREATE INDEX i ON t (id)",
    "SELECT 'CREATE INDEX CONCURRENTLY i ON t (id)'",
    "-- CREATE INDEX CONCURRENTLY i ON t (id)\nSELECT 1",
    "CREATE TABLE concurrently (vacuum integer)",
    "DO $$ BEGIN EXECUTE 'VACUUM'; END $$",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "COMMENT ON DATABASE d IS 'x'",
    "ALTER DATABASE d SET work_mem = '8MB'",
    "",
    "-- nothing",
)


@pytest.mark.parametrize("text", ALONE)
def test_what_a_transaction_refuses_is_known(text: str) -> None:
    assert all_run_alone(f"-- why\n{text};\n")
    assert all_run_alone(f"{text};\n-- and\n{ALONE[0]};")
    assert not all_run_alone(f"{text};\nSELECT 1;")


@pytest.mark.parametrize("text", TOGETHER)
def test_whatever_looks_like_it_is_not(text: str) -> None:
    assert not all_run_alone(text)


def test_a_file_of_such_statements_is_run_without_a_transaction_and_that_is_said(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer, n integer);", "DROP TABLE t;")
    shop.write(
        "shop_0002_i",
        "-- Lock: none.\nCREATE INDEX CONCURRENTLY i ON t (id);\nCREATE INDEX CONCURRENTLY j ON t (n);",
        "DROP INDEX CONCURRENTLY j;\nDROP INDEX CONCURRENTLY i;",
    )
    done = shop.slate("apply", "shop")
    assert done.returncode == 0, done.stderr
    assert "shop_0002_i is run without a transaction" in done.stderr
    assert shop.exists("shop.j")
    assert shop.slate_with("check").returncode == 0
    assert shop.slate("drift", "shop").returncode == 0
    assert shop.slate("rollback", "shop").returncode == 0
    assert not shop.exists("shop.i")


@pytest.mark.parametrize("command", ["apply", "plan"])
def test_beside_other_statements_it_is_refused_by_its_place_with_the_split_to_make(
    shop: Workshop, command: str
) -> None:
    shop.write("shop_0001_s", "CREATE TABLE s ();", "DROP TABLE s;")
    shop.write("shop_0002_t", "CREATE TABLE t (id integer);\nCREATE INDEX CONCURRENTLY i ON t (id);", "DROP TABLE t;")
    done = shop.slate(command, "shop")
    assert done.returncode == 1, done.stdout
    assert "shop_0002_t.sql:2:1: CREATE INDEX CONCURRENTLY is refused in a transaction" in done.stderr
    assert "a file of its own" in done.stderr
    assert not shop.rows("SELECT FROM pg_tables WHERE schemaname = 'shop'"), "nothing was begun"


def test_a_rollback_with_such_a_statement_beside_others_is_refused_before_the_migration_is_run(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);", "SELECT 1;\nVACUUM;\nDROP TABLE t;")
    with pytest.raises(SlateError, match=r"shop_0001_t.rollback.sql:2:1: VACUUM"):
        shop.apply()


def test_the_whole_file_may_say_that_it_is_run_statement_by_statement(shop: Workshop) -> None:
    shop.write(
        "shop_0001_t", "-- transactional: false\nCREATE TABLE t (id integer);\nCREATE INDEX CONCURRENTLY i ON t (id);",
        "DROP TABLE t;",
    )  # fmt: skip
    assert shop.slate("apply", "shop").returncode == 0
