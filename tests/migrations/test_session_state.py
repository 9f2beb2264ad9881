"""Guarantee 10: a non-transactional file has one session, as with psql, and gets it back after a crash or is refused."""

from __future__ import annotations

import os
import signal

import pytest

from slate_pg.errors import FileError, MigrationFailed
from slate_pg.migrations.locking import Patience
from tests.migrations.test_statement_by_statement import NON
from tests.workshop import Workshop, reap

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


BASE = (
    "CREATE TABLE t (id integer, x text); CREATE TABLE src (id integer); INSERT INTO src VALUES (1), (2);"
    "CREATE FUNCTION fill() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO held VALUES (6); END $$;"
    "CREATE FUNCTION sneak() RETURNS void LANGUAGE plpgsql AS "
    "$$ BEGIN EXECUTE concat('SE', 'T app.tenant = ''south'''); END $$;"
)
HELD = "INSERT INTO t SELECT id, 'x' FROM held;"
SET_BY = f"INSERT INTO t VALUES (1, {NORTH});"
LOCKS = "INSERT INTO t SELECT 1, count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND objid = 42;"
# Statements apart, and behind which of them a resume must be refused; behind the others it gives what psql gives.
CUTS = {
    "words put together": (("SELECT sneak();", SET_BY, SET_BY), ()),
    "from a table that changes": (
        ("SELECT set_config('app.tenant', (SELECT max(id)::text FROM src), false);", "INSERT INTO src VALUES (9);", SET_BY),
        (2,),
    ),
    "written and set at once": (("INSERT INTO t SELECT 0, set_config('app.tenant', 'a', false);", SET_BY, SET_BY), (1, 2)),
    "only for a transaction": (("INSERT INTO t SELECT 0, set_config('app.tenant', 'a', true);", SET_BY, SET_BY), ()),
    "chance": (
        ("CREATE TEMP TABLE held AS SELECT (random() * 1e9)::integer AS id;", "INSERT INTO t SELECT count(*) FROM held;",
         "SELECT 1;"), (2,),
    ),
    "temporary rows, their table emptied": (
        ("CREATE TEMP TABLE held AS SELECT id FROM src;", "DELETE FROM src;", HELD, "DROP TABLE held;"), (2, 3),
    ),
    "temporary rows by a function": (("CREATE TEMP TABLE held (id integer);", "SELECT fill();", HELD, HELD), ()),
    "rows moved into a temporary table": (
        ("CREATE TEMP TABLE held AS WITH d AS (DELETE FROM src RETURNING id) SELECT id FROM d;", HELD, HELD), (1, 2),
    ),
    "a temporary table behind another": (
        ("CREATE TEMP TABLE src (id integer);", "INSERT INTO src VALUES (7);", "INSERT INTO pg_temp.src VALUES (8);",
         "INSERT INTO t SELECT id, 'shop' FROM src;", "INSERT INTO t SELECT id, 'temp' FROM pg_temp.src;"), (),
    ),
    "a table of the name of one that was temporary": (
        ("CREATE TEMP TABLE held (id integer);", "DROP TABLE held;", "CREATE TABLE held (id integer);",
         "INSERT INTO held VALUES (1);", HELD), (3, 4),
    ),
    "a temporary sequence": (
        ("CREATE TEMP SEQUENCE s;", "INSERT INTO t VALUES (nextval('s'));", "INSERT INTO t VALUES (nextval('s'));"), (2,),
    ),
    "a temporary function": (
        ("CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS 'SELECT 4';", "INSERT INTO t VALUES (pg_temp.f());",
         "INSERT INTO t VALUES (pg_temp.f());"), (),
    ),
    "a session's lock": (("SELECT pg_advisory_lock(42);", LOCKS, LOCKS), ()),
    "channels and cursors": (
        ("LISTEN news;", "DECLARE c CURSOR WITH HOLD FOR SELECT 1;",
         "INSERT INTO t SELECT 1, name || n FROM pg_cursors, pg_listening_channels() AS n;",
         "INSERT INTO t SELECT 2, name || n FROM pg_cursors, pg_listening_channels() AS n;"), (),
    ),
    "a seed of chance": (("SELECT setseed(0.5);", "INSERT INTO t SELECT random();", "SELECT 1;"), (1, 2)),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "refused"), CUTS.values(), ids=CUTS)
def test_behind_every_statement_a_script_goes_on_as_if_in_one_session_or_is_refused(
    shop: Workshop, statements: tuple[str, ...], refused: tuple[int, ...]
) -> None:
    """Cut behind each statement in turn, and gone on with in another session: what is there in the end is the same."""
    shop.write("shop_0001_m", BASE)

    def end(schema: str, cut: int | None) -> list[tuple]:
        whole = "\n".join(statements)
        shop.apply(schema=schema, to="shop_0001_m")
        if cut is not None:
            shop.write("shop_0002_x", NON + "\n".join([*statements[:cut], "SELECT 1 / 0;", *statements[cut:]]))
            with pytest.raises(MigrationFailed):
                shop.apply(schema=schema)
        shop.write("shop_0002_x", NON + whole)
        if cut in refused:
            with pytest.raises(FileError, match="cannot go on behind this statement"):
                shop.apply(schema=schema)
        else:
            shop.apply(schema=schema)
        left = f"SELECT 't', id, x FROM {schema}.t UNION ALL SELECT 'src', id, '' FROM {schema}.src ORDER BY 1, 2, 3"
        return shop.rows(left)

    uncut = end("whole", None)
    for cut in range(1, len(statements)):
        found = end(f"cut_{cut}", cut)
        assert cut in refused or found == uncut, f"cut behind statement {cut}"
        (shop.folder / "shop_0002_x.sql").unlink()
        (shop.folder / "shop_0002_x.rollback.sql").unlink()


def test_a_temporary_table_that_others_fill_is_named_where_it_does_not_come_back(shop: Workshop) -> None:
    shop.write("shop_0001_m", BASE)
    body = '\nCREATE TEMP TABLE "He said ""x""" AS SELECT id FROM src;\nDELETE FROM src;\n'
    path = shop.write("shop_0002_x", NON + body + "SELECT 1 / 0;")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0002_x", NON + body + "SELECT 1;")
    with pytest.raises(FileError) as refused:
        shop.apply()
    assert refused.value.message.startswith(f"{path}:3: cannot go on behind this statement")
    assert 'rows of temporary relation He said "x" would not be as it was' in refused.value.detail[1]
    assert "`slate rollback shop --forget shop_0002_x --as shop`" in refused.value.hint


BATCHES = (
    "CREATE TABLE t (n integer); CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO t VALUES (1); COMMIT; PERFORM pg_advisory_xact_lock(77); INSERT INTO t VALUES (2); COMMIT; END $$;"
    "CREATE PROCEDURE quiet() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); "
    "PERFORM pg_advisory_xact_lock(77); END $$;"
)


@pytest.mark.parametrize("call", ["CALL fill();", "DO $$ BEGIN CALL fill(); END $$;"])
def test_a_call_that_committed_a_part_and_was_killed_is_never_run_a_second_time_unasked(
    shop: Workshop, call: str
) -> None:
    shop.write("shop_0001_p", BATCHES)
    path = shop.write("shop_0002_c", NON + call)
    shop.apply(to="shop_0001_p")
    shop.watch.execute("SELECT pg_advisory_lock(77)")
    pid = shop.fork(lambda: shop.apply(patience=Patience(20_000, 20)))
    backend = shop.waiting_backend("advisory")
    os.kill(pid, signal.SIGKILL)
    reap(pid)
    shop.do(f"SELECT pg_terminate_backend({backend})")
    shop.all_gone()
    shop.watch.execute("SELECT pg_advisory_unlock_all()")
    assert shop.value("SELECT count(*) FROM shop.t") == 1
    with pytest.raises(MigrationFailed) as refused:
        shop.apply()
    assert refused.value.message.startswith(f"{path}:2: cannot go on: this statement commits as it goes")
    assert shop.value("SELECT count(*) FROM shop.t") == 1
    again = shop.slate("apply", "--again", "shop_0002_c")
    assert again.returncode == 0, again.stderr
    assert shop.value("SELECT count(*) FROM shop.t") == 3
    assert shop.state().is_current
    strange = shop.slate("apply", "--again", "shop_0002_d")
    assert (strange.returncode, 'Did you mean "shop_0002_c"?' in strange.stderr) == (2, True)


def test_a_call_that_commits_nothing_is_done_and_marked_or_neither(shop: Workshop) -> None:
    shop.write("shop_0001_p", BATCHES)
    shop.write("shop_0002_c", NON + "CALL quiet();")
    shop.apply(to="shop_0001_p")
    shop.watch.execute("SELECT pg_advisory_lock(77)")
    pid = shop.fork(lambda: shop.apply(patience=Patience(20_000, 20)))
    shop.waiting_backend("advisory")
    os.kill(pid, signal.SIGKILL)
    reap(pid)
    shop.watch.execute("SELECT pg_advisory_unlock_all()")  # the server may yet end what it is at
    shop.all_gone()
    shop.apply()
    assert shop.value("SELECT count(*) FROM shop.t") == 1
    assert shop.state().is_current


def test_a_call_that_failed_says_whether_it_had_committed(shop: Workshop) -> None:
    shop.write(
        "shop_0001_p",
        "CREATE TABLE t (n integer); CREATE PROCEDURE early() LANGUAGE plpgsql AS $$ BEGIN RAISE 'at once'; COMMIT; END $$;"
        "CREATE PROCEDURE late() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; RAISE 'late'; END $$;",
    )
    shop.write("shop_0002_c", NON + "CALL early();")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert failed.value.hint.startswith("Nothing of it was applied, shop_0001_p before it is; ")
    assert shop.state().interrupted == ()
    shop.write("shop_0002_c", NON + "CALL late();")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert any("begun: statement 1: CALL late();" in line for line in failed.value.detail)
    assert "committed a part" in failed.value.hint
    assert "`slate apply shop --again shop_0002_c --as shop`" in failed.value.hint
    assert "Nothing" not in failed.value.hint
