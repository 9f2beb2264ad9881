"""The database's own search_path is honoured behind the product's schema, and who may only read is told so."""

from __future__ import annotations

import pytest

from slate_pg.errors import ServerError
from tests.migrations.test_statement_by_statement import NON
from tests.workshop import Workshop


def set_path(shop: Workshop, path: str) -> None:
    shop.do(
        "CREATE SCHEMA extensions; CREATE DOMAIN extensions.vector AS text; CREATE TABLE extensions.t (far integer)"
    )
    shop.do(f"ALTER DATABASE {shop.watch.info.dbname} SET search_path = {path}")


@pytest.mark.parametrize("head", ["", NON])
@pytest.mark.parametrize("path", ['"$user", public, extensions', "extensions, pg_catalog", '"Weird ""x""", extensions'])
def test_a_type_in_a_schema_of_the_databases_path_is_found_and_the_products_own_come_first(
    shop: Workshop, head: str, path: str
) -> None:
    set_path(shop, path)
    shop.write(
        "shop_0001_t", f"{head}CREATE TABLE t (v vector);\nINSERT INTO t VALUES ('[1,2]');\nCREATE TABLE lower_one ();"
    )
    shop.apply()
    assert shop.rows("SELECT v FROM shop.t") == [("[1,2]",)]
    assert shop.exists("shop.lower_one")


def test_a_function_pinned_from_current_gets_no_schema_of_the_databases_path(shop: Workshop) -> None:
    set_path(shop, "public, extensions")
    shop.write(
        "shop_0001_f", "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';"
    )
    shop.apply()
    assert shop.value("SELECT proconfig[1] FROM pg_proc WHERE proname = 'f'") == "search_path=shop, pg_temp"


def test_a_path_that_nobody_set_adds_nothing(shop: Workshop) -> None:
    shop.write("shop_0001_p", "CREATE TABLE p AS SELECT current_setting('search_path') AS path;")
    shop.apply()
    assert shop.value("SELECT path FROM shop.p") == "shop, pg_temp"


@pytest.mark.parametrize("whose", ["DATABASE {0}", "ROLE postgres IN DATABASE {0}"])
def test_a_session_that_may_only_read_says_who_set_it_and_what_to_do(shop: Workshop, whose: str) -> None:
    shop.do(f"ALTER {whose.format(shop.watch.info.dbname)} SET default_transaction_read_only = on")
    shop.write("shop_0001_t", "CREATE TABLE t ();")
    with pytest.raises(ServerError, match="default_transaction_read_only is on, set by the ") as refused:
        shop.apply()
    assert "Nothing was run" in refused.value.hint
    assert shop.apply(url=f"{shop.url}&options=-c%20default_transaction_read_only%3Doff") == ["shop_0001_t"]


def test_settings_that_change_what_a_script_does_are_taken_back_or_refused(shop: Workshop) -> None:
    name = shop.watch.info.dbname
    shop.do(f"ALTER DATABASE {name} SET session_replication_role = replica")
    shop.write(
        "shop_0001_t",
        "CREATE TABLE t (id integer); CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.id := 7; RETURN NEW; END $$; CREATE TRIGGER t_up BEFORE INSERT ON t FOR EACH ROW "
        "EXECUTE FUNCTION up(); INSERT INTO t VALUES (1);",
    )
    shop.do("CREATE ROLE unfit LOGIN; CREATE SCHEMA shop AUTHORIZATION unfit")
    try:
        with pytest.raises(ServerError, match='session_replication_role is "replica" here') as refused:
            shop.apply(url=shop.url.replace("postgres@", "unfit@"))
        assert "Nothing was run" in refused.value.hint
    finally:
        shop.do("DROP SCHEMA shop; DROP OWNED BY unfit; DROP ROLE unfit")
    shop.apply()
    assert shop.value("SELECT id FROM shop.t") == 7, "the trigger fired"


@pytest.mark.parametrize("whose", ["DATABASE {0}", "ROLE postgres IN DATABASE {0}", "ROLE postgres"])
def test_a_products_own_settings_are_what_a_plan_and_drift_run_its_files_with(shop: Workshop, whose: str) -> None:
    whose = whose.format(shop.watch.info.dbname)
    try:
        shop.do(
            f"ALTER {whose} SET app.Te$nant = 'o''Neil, \"x\"'; ALTER {whose} SET plpgsql.variable_conflict = use_column"
        )
        shop.do(f"ALTER {whose} SET default_text_search_config = 'pg_catalog.german'")
        shop.write(
            "shop_0001_t",
            "CREATE TABLE t (word text, CHECK (to_tsvector('die Häuser') = $$'haus':2$$::tsvector));\n"
            "DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', current_setting('app.te$nant')); END $$;",
        )
        planned = shop.slate("plan")
        assert (planned.returncode, "fails" in planned.stdout) == (0, False), planned.stdout
        shop.apply()
        assert shop.exists('shop."o\'Neil, ""x"""')
        drifted = shop.slate("drift")
        assert drifted.returncode == 0, drifted.stdout
    finally:
        for name in ("app.Te$nant", "plpgsql.variable_conflict", "default_text_search_config"):
            shop.do(f"ALTER {whose} RESET {name}")
