"""Guarantee 10: a non-transactional file has one session, as with psql, and gets it back after a crash or is refused."""

from __future__ import annotations

import pytest

from slate_pg.errors import FileError, MigrationFailed
from tests.migrations.test_statement_by_statement import NON
from tests.workshop import Workshop

NORTH = "current_setting('app.tenant', true)"
STATES = {
    "set_config": "SELECT set_config('app.tenant', 'north', false);",
    "set_config with a query": "SELECT set_config('app.tenant', (SELECT 'north'), false);",
    "do": "DO $$ BEGIN PERFORM set_config('app.tenant', 'north', false); END $$;",
    "function": "SELECT choose_tenant();",
    "procedure": "CALL call_tenant();",
    "set": "SET app.tenant = 'north';",
}
MAKERS = (
    "CREATE TABLE t (id integer, tenant text);"
    "CREATE FUNCTION choose_tenant() RETURNS text LANGUAGE sql AS $$ SELECT set_config('app.tenant', 'north', false) $$;"
    "CREATE PROCEDURE call_tenant() LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM set_config('app.tenant', 'north', false); END $$;"
)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_state_set_by_any_means_lasts_to_the_end_of_the_file_and_comes_back_on_resume(
    shop: Workshop, state: str
) -> None:
    shop.write("shop_0001_m", MAKERS)
    body = f"{state}\nINSERT INTO t VALUES (1, {NORTH});\n"
    shop.write("shop_0002_x", NON + body + "SELECT 1 / 0;\n")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0002_x", NON + body + f"INSERT INTO t VALUES (2, {NORTH});\n")
    shop.apply()  # another session
    assert shop.rows("SELECT id, tenant FROM shop.t ORDER BY id") == [(1, "north"), (2, "north")]


def test_temporary_tables_and_prepared_statements_live_to_the_end_of_the_file_and_come_back(shop: Workshop) -> None:
    shop.write("shop_0001_m", "CREATE TABLE t (id integer);")
    body = (
        "CREATE TEMP TABLE held AS SELECT 1 AS id;\nCOPY held FROM stdin;\n2\n\\.\n"
        "PREPARE keep AS INSERT INTO t SELECT id FROM held;\nEXECUTE keep;\n"
    )
    shop.write("shop_0002_x", NON + body + "SELECT 1 / 0;\n")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0002_x", NON + body + "INSERT INTO t SELECT id + 10 FROM held;\nEXECUTE keep;\n")
    shop.apply()
    assert [r[0] for r in shop.rows("SELECT id FROM shop.t ORDER BY id")] == [1, 1, 2, 2, 11, 12]


def test_the_next_file_gets_a_session_of_its_own(shop: Workshop) -> None:
    shop.write("shop_0001_a", NON + "CREATE TEMP TABLE held (); PREPARE keep AS SELECT 1; SET work_mem = '7MB';")
    shop.write(
        "shop_0002_b",
        NON + "CREATE TABLE a AS SELECT to_regclass('pg_temp.held')::text AS held, "
        "current_setting('work_mem') AS m; PREPARE keep AS SELECT 2;",
    )
    shop.apply()
    assert shop.rows("SELECT held, m <> '7MB' FROM shop.a") == [(None, True)]


def test_what_writes_and_sets_state_at_once_is_refused_on_resume_by_its_line(shop: Workshop) -> None:
    shop.write("shop_0001_m", "CREATE TABLE t (id integer);")
    body = "\nDO $$ BEGIN INSERT INTO t VALUES (1); PERFORM set_config('app.tenant', 'north', false); END $$;\n"
    path = shop.write("shop_0002_x", NON + body + "SELECT 1 / 0;\n")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0002_x", NON + body + "SELECT 1;\n")
    with pytest.raises(FileError, match="cannot go on behind this statement") as refused:
        shop.apply()
    assert refused.value.message.startswith(f"{path}:3:")
    assert shop.value("SELECT count(*) FROM shop.t") == 1, "nothing is done twice"


def test_a_path_that_set_config_changes_decides_where_a_table_lands(shop: Workshop) -> None:
    shop.write(
        "shop_0001_m",
        NON + "CREATE SCHEMA elsewhere;\nSELECT pg_catalog.set_config('search_path', 'elsewhere', false);\n"
        "CREATE TABLE lands_where ();",
    )
    shop.apply()
    assert shop.exists("elsewhere.lands_where")
