"""After a failure: what was done is said, what was not leaves nothing to repair, and two ways lead out of a half."""

from __future__ import annotations

import json
import os
import signal

import pytest

from slate_pg.errors import Busy, EditedError, MigrationFailed, Misuse
from slate_pg.migrations.giving_up import give_up
from tests.migrations.test_statement_by_statement import NON, _without_gate, invalid_indexes
from tests.workshop import Workshop, reap

PARTITIONED = "CREATE TABLE p (at date NOT NULL, x integer) PARTITION BY RANGE (at);"
ROWS = "CREATE TABLE t (id integer); INSERT INTO t VALUES (1), (1);"


@pytest.mark.parametrize(
    ("before", "statement"),
    [
        (PARTITIONED, "CREATE INDEX CONCURRENTLY p_x_idx ON p (x);"),
        (ROWS, "CREATE UNIQUE INDEX CONCURRENTLY t_id_key ON t (id);"),
        (ROWS, "REINDEX INDEX CONCURRENTLY no_such_index;"),
        (ROWS, "VACUUM no_such_table;"),
        (ROWS, "DROP INDEX CONCURRENTLY no_such_index;"),
        (ROWS, "INSERT INTO no_such_table VALUES (1);"),
        (ROWS, "SET work_mem = '7MB'; SELECT set_config('a.b', 'c', false); CREATE TEMP TABLE h (); SELECT 1 / 0;"),
    ],
)
def test_a_script_that_did_nothing_leaves_nothing_to_repair(shop: Workshop, before: str, statement: str) -> None:
    shop.write("shop_0001_t", before)
    shop.write("shop_0002_x", NON + statement)
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert failed.value.hint.startswith("Nothing of it was applied, shop_0001_t before it is; ")
    assert shop.state().interrupted == ()
    assert invalid_indexes(shop) == []
    for name in ("shop_0002_x.sql", "shop_0002_x.rollback.sql"):
        (shop.folder / name).unlink()
    shop.write("shop_0002_y", "SELECT 1;")  # another name, another kind of file
    assert shop.apply() == ["shop_0002_y"]
    assert shop.state().is_current
    assert shop.rollback() == ["shop_0002_y"]


def test_a_half_done_script_says_what_is_done_and_both_ways_out(shop: Workshop) -> None:
    shop.write("shop_0001_x", NON + "CREATE TABLE a (id integer);\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert any("done: statement 1: CREATE TABLE a (id integer);" in line for line in failed.value.detail)
    assert "`slate apply shop --as shop`" in failed.value.hint
    assert "`slate rollback shop --forget shop_0001_x --as shop`" in failed.value.hint
    with shop.run() as run:
        assert give_up(run, "shop_0001_x") == ("apply", ["CREATE TABLE a (id integer);"])
    assert shop.state().interrupted == ()
    assert shop.exists("shop.a"), "what is done stays"
    with shop.run() as run, pytest.raises(Misuse, match="has not stopped half way"):
        give_up(run, "shop_0001_x")


def kill_a_build(shop: Workshop) -> None:
    """Kill the runner and its session in the middle of CREATE INDEX CONCURRENTLY: an INVALID index stays."""
    with shop.session() as old:
        old.execute("INSERT INTO shop.t VALUES (9)")
        pid = shop.fork(lambda: _without_gate(shop))
        backend = shop.waiting_backend()
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        shop.do(f"SELECT pg_terminate_backend({backend})")
        shop.all_gone()


def test_a_killed_build_whose_file_is_gone_is_refused_by_name_and_can_be_given_up(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_id_idx ON t (id);")
    shop.apply(to="shop_0001_t")
    kill_a_build(shop)
    assert invalid_indexes(shop) == ["shop.t_id_idx"]
    for name in ("shop_0002_i.sql", "shop_0002_i.rollback.sql"):
        (shop.folder / name).unlink()
    shop.write("shop_0002_j", "CREATE INDEX t_id_idx ON t (id);", "DROP INDEX t_id_idx;")
    with pytest.raises(EditedError, match="shop_0002_i stopped half way, and its file is gone"):
        shop.apply()
    with pytest.raises(Busy) as refused:
        shop.rollback()
    assert "--forget shop_0002_i" in refused.value.hint
    done = shop.slate("rollback", "shop", "--forget", "shop_0002_i")
    assert (done.returncode, "is forgotten" in done.stdout) == (0, True), done.stderr
    assert invalid_indexes(shop) == [], "the wreck goes with the journal, without the file"
    assert shop.apply() == ["shop_0002_j"]
    assert shop.state().is_current


def test_a_killed_build_that_was_edited_under_its_name_is_not_taken_for_done(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer, n integer);")
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_idx ON t (id);")
    shop.apply(to="shop_0001_t")
    kill_a_build(shop)
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_idx ON t (n);")
    with pytest.raises(EditedError, match="statement 1 was under way"):
        shop.apply()
    assert shop.ledger() == ["shop_0001_t"]


@pytest.mark.parametrize("head", ["", NON])
def test_if_not_exists_never_takes_an_invalid_index_for_there(shop: Workshop, head: str) -> None:
    shop.write("shop_0001_t", ROWS)
    shop.apply()
    with pytest.raises(Exception, match="could not create unique index"):
        shop.do("CREATE UNIQUE INDEX CONCURRENTLY t_id_key ON shop.t (id)")
    shop.do("TRUNCATE shop.t")
    concurrently = "CONCURRENTLY " if head else ""
    shop.write("shop_0002_u", f"{head}CREATE UNIQUE INDEX {concurrently}IF NOT EXISTS t_id_key ON t (id);")
    if head:
        shop.apply()
        assert invalid_indexes(shop) == []
    else:
        with pytest.raises(MigrationFailed, match="t_id_key is there and INVALID"):
            shop.apply()
        assert shop.ledger() == ["shop_0001_t"]


def test_nothing_was_applied_is_said_only_when_nothing_was(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t ();")
    shop.write("shop_0002_x", "SELECT 1 / 0;")
    first = shop.slate("apply")
    assert "Nothing was applied" not in first.stderr
    assert "shop_0001_t before it is" in first.stderr
    again = shop.slate("apply")
    assert "Nothing was applied; fix the file and run `slate apply shop` again." in again.stderr


def test_a_failed_rollback_says_how_to_roll_back_again(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t ();", "DROP TABLE nowhere;")
    shop.apply()
    failed = shop.slate("rollback", "shop")
    assert "Nothing was undone; fix the file and run `slate rollback shop` again." in failed.stderr


def test_json_says_what_was_applied_what_failed_and_what_was_not_touched(shop: Workshop) -> None:
    shop.write("shop_0001_t", "DO $$ BEGIN RAISE WARNING 'look %', 1; END $$; CREATE TABLE t ();")
    path = shop.write("shop_0002_x", "SELECT 1;\nSELECT * FROM nowhere;\n")
    shop.write("shop_0003_y", "SELECT 1;")
    done = shop.slate("apply", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert said["applied"] == [{"product": "shop", "schema": "shop", "ids": ["shop_0001_t"]}]
    assert said["not_touched"] == ["shop_0003_y"]
    assert said["notices"] == [{"id": "shop_0001_t", "severity": "WARNING", "message": "look 1"}]
    failed = said["failed"]
    assert (failed["id"], failed["file"], failed["line"], failed["column"], failed["sqlstate"]) == (
        "shop_0002_x", str(path), 2, 15, "42P01",
    )  # fmt: skip


def test_what_the_server_notices_reaches_the_person_and_is_bounded(shop: Workshop) -> None:
    shop.write(
        "shop_0001_n", "DO $$ BEGIN FOR i IN 1..50 LOOP RAISE NOTICE 'row % %', i, repeat('x', 1000); END LOOP; END $$;"
    )
    done = shop.slate("apply")
    assert done.returncode == 0
    assert "shop_0001_n: NOTICE: row 1 xxx" in done.stderr
    assert "30 more messages" in done.stderr
    assert max(map(len, done.stderr.splitlines())) < 450


def test_a_session_that_its_own_timeout_ends_says_so(shop: Workshop) -> None:
    if shop.watch.info.server_version < 170000:
        shop.write("shop_0001_t", "SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(5);")
    else:
        shop.write("shop_0001_t", "SET LOCAL transaction_timeout = '50ms'; SELECT pg_sleep(5);")
    done = shop.slate("apply")
    assert done.returncode == 1
    assert "timeout" in done.stderr.splitlines()[0] + done.stderr.splitlines()[1]
