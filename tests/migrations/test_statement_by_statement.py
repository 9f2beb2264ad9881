"""Guarantee 3: non-transactional files are journaled, and resume by looking at the catalog."""

from __future__ import annotations

import os
import signal

import pytest

from slate_pg.errors import Busy, EditedError, FileError, MigrationFailed
from tests.migrations.test_atomic import die_at
from tests.workshop import Workshop, reap

NON = "-- transactional: false\n"
TABLE = "CREATE TABLE t (id integer, note text); INSERT INTO t SELECT g, 'n' || g FROM generate_series(1, 50) AS g;"
TWO_INDEXES = NON + (
    "CREATE INDEX CONCURRENTLY t_id_idx ON t (id);\n"
    "INSERT INTO t VALUES (100, 'between');\n"
    "CREATE INDEX CONCURRENTLY t_note_idx ON t (note);\n"
)


def journal_rows(shop: Workshop) -> list[tuple]:
    return shop.rows(
        "SELECT number, ended_at IS NOT NULL FROM shop._slate_ledger WHERE kind LIKE '% statement' ORDER BY number"
    )


def invalid_indexes(shop: Workshop, schema: str = "shop") -> list[str]:
    return [
        r[0]
        for r in shop.rows(
            "SELECT indexrelid::regclass::text FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid "
            "WHERE NOT indisvalid AND c.relnamespace = %s::regnamespace",
            schema,
        )
    ]


def test_two_concurrent_statements_in_one_file_are_applied_and_the_journal_is_cleared(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    shop.write(
        "shop_0002_i", TWO_INDEXES, NON + "DROP INDEX CONCURRENTLY t_note_idx; DROP INDEX CONCURRENTLY t_id_idx;"
    )
    shop.apply()
    assert shop.exists("shop.t_id_idx")
    assert shop.exists("shop.t_note_idx")
    assert journal_rows(shop) == []
    shop.rollback()
    assert not shop.exists("shop.t_id_idx")
    assert not shop.exists("shop.t_note_idx")
    assert shop.ledger() == ["shop_0001_t"]


def test_a_statement_that_runs_alone_and_cannot_be_seen_fails_with_the_servers_message_and_leaves_nothing(
    shop: Workshop,
) -> None:
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_i", "CREATE TABLE u (); DO $$ BEGIN EXECUTE 'VACUUM'; END $$;")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert "25001" in "\n".join(failed.value.detail)
    assert "transactional: false" in failed.value.hint, "the hint says which directive is missing"
    assert not shop.exists("shop.u")


def test_a_kill_at_any_message_of_a_non_transactional_file_resumes_and_does_nothing_twice(shop: Workshop) -> None:
    """kill -9 at every message while it works and after it: the insert between the indexes is there exactly once."""
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_i", TWO_INDEXES)
    seen_half_done = 0
    for number in range(1, 40):
        moment = "while the server works" if number % 2 else "after the answer"
        schema = f"half_{number}"
        shop.apply(to="shop_0001_t", schema=schema)

        def work(number: int = number, moment: str = moment, schema: str = schema) -> None:
            die_at(number, moment)
            shop.apply(schema=schema)

        if reap(shop.fork(work)) != -signal.SIGKILL:
            assert number > 12, "a run of three statements has more messages"
            break
        shop.all_gone()
        where = f"killed at message {number} {moment}"
        seen_half_done += bool(shop.state(schema).interrupted)
        shop.apply(schema=schema)
        assert shop.ledger(schema) == ["shop_0001_t", "shop_0002_i"], where
        assert shop.value(f"SELECT count(*) FROM {schema}.t WHERE note = 'between'") == 1, where
        assert invalid_indexes(shop, schema) == [], where
        assert shop.exists(f"{schema}.t_note_idx"), where
        assert shop.state(schema).is_current, where
    assert seen_half_done >= 5, "the kill points reached into the file"


def test_an_index_build_killed_with_its_server_session_is_dropped_and_rebuilt(shop: Workshop) -> None:
    """An old transaction keeps the build waiting while runner and backend die: an INVALID index stays."""
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_i", TWO_INDEXES)
    shop.apply(to="shop_0001_t")
    with shop.session() as old:
        old.execute("INSERT INTO shop.t VALUES (1)")
        # Only a transaction younger than the gate's limit lets the run begin; so gating is passed in the fork.
        pid = shop.fork(lambda: _without_gate(shop))
        backend = shop.waiting_backend()
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        shop.do(f"SELECT pg_terminate_backend({backend})")
        shop.all_gone()
        assert invalid_indexes(shop) == ["shop.t_id_idx"]
        assert journal_rows(shop) == [(1, False)]
        state = shop.state()
        assert [(i.id, i.finished, i.total) for i in state.interrupted] == [("shop_0002_i", 0, 3)]
        assert not state.is_current
    before = shop.value("SELECT 'shop.t_id_idx'::regclass::oid")
    shop.apply()
    assert invalid_indexes(shop) == []
    assert shop.value("SELECT 'shop.t_id_idx'::regclass::oid") != before, "the index was rebuilt"
    assert shop.state().is_current


def _without_gate(shop: Workshop) -> None:
    from slate_pg.migrations import locking

    locking.wait_for_holders = lambda *_: None
    shop.apply()


def test_an_index_that_the_server_finished_after_the_runner_died_is_recorded_and_not_built_again(
    shop: Workshop,
) -> None:
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_id_idx ON t (id);")
    shop.apply(to="shop_0001_t")
    with shop.session() as old:
        old.execute("INSERT INTO shop.t VALUES (1)")
        pid = shop.fork(lambda: _without_gate(shop))
        shop.waiting_backend()
        os.kill(pid, signal.SIGKILL)
        reap(pid)
    shop.all_gone()
    built = shop.value("SELECT 'shop.t_id_idx'::regclass::oid")
    assert shop.ledger() == ["shop_0001_t"]
    shop.apply()
    assert shop.ledger() == ["shop_0001_t", "shop_0002_i"]
    assert shop.value("SELECT 'shop.t_id_idx'::regclass::oid") == built


def test_an_index_of_that_name_that_was_there_before_is_never_taken_for_ours(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE + " CREATE INDEX t_id_idx ON t (note);")
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_id_idx ON t (id);")
    for _ in range(2):
        with pytest.raises(MigrationFailed, match="shop_0002_i"):
            shop.apply()
        assert shop.ledger() == ["shop_0001_t"]


def test_a_unique_index_that_fails_leaves_no_wreck_behind_the_next_attempt(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE + " INSERT INTO t VALUES (1);")
    shop.write("shop_0002_i", NON + "CREATE UNIQUE INDEX CONCURRENTLY t_id_key ON t (id);")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert "23505" in "\n".join(failed.value.detail)
    assert invalid_indexes(shop) == []
    assert shop.state().interrupted == (), "nothing was done, so there is nothing to repair"
    shop.do("DELETE FROM shop.t WHERE note IS NULL")
    shop.apply()
    assert invalid_indexes(shop) == []
    assert shop.state().is_current


def test_a_new_enum_label_is_there_exactly_when_its_journal_row_is(shop: Workshop) -> None:
    """ALTER TYPE … ADD VALUE shares a transaction with its mark; an interrupted one runs again without an error."""
    shop.write("shop_0001_e", "CREATE TYPE mood AS ENUM ('sad');")
    shop.write("shop_0002_v", NON + "ALTER TYPE mood ADD VALUE 'ok';\nALTER TYPE mood ADD VALUE 'glad';\n")
    for number in range(1, 14, 2):
        schema = f"mood_{number}"
        shop.apply(to="shop_0001_e", schema=schema)

        def work(number: int = number, schema: str = schema) -> None:
            die_at(number, "while the server works")
            shop.apply(schema=schema)

        reap(shop.fork(work))
        shop.all_gone()
        shop.apply(schema=schema)
        assert shop.value(f"SELECT enum_range(NULL::{schema}.mood)::text") == "{sad,ok,glad}"
        assert shop.state(schema).is_current


def test_an_interrupted_detach_concurrently_is_finished(shop: Workshop) -> None:
    """Runner and backend die between the two transactions of DETACH … CONCURRENTLY."""
    shop.write(
        "shop_0001_p",
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id); "
        "CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (10); INSERT INTO p VALUES (5);",
    )
    shop.write("shop_0002_d", NON + "ALTER TABLE p DETACH PARTITION p_1 CONCURRENTLY;")
    shop.apply(to="shop_0001_p")
    with shop.session() as reader:
        reader.execute("SELECT * FROM shop.p")
        pid = shop.fork(lambda: _without_gate(shop))
        backend = shop.waiting_backend()
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        shop.do(f"SELECT pg_terminate_backend({backend})")
        shop.all_gone()
    assert shop.value("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'shop.p_1'::regclass") is True
    shop.apply()
    assert shop.rows("SELECT 1 FROM pg_inherits WHERE inhrelid = 'shop.p_1'::regclass") == []
    assert shop.value("SELECT count(*) FROM shop.p_1") == 1
    assert shop.state().is_current


def test_a_finished_statement_does_not_run_again_after_a_later_one_failed(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    body = NON + "INSERT INTO t VALUES (7, 'once');\nINSERT INTO nowhere VALUES (1);\n"
    path = shop.write("shop_0002_x", body, NON + "DELETE FROM t;")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:3:13" in failed.value.message
    assert "will not run again" in failed.value.hint
    assert shop.value("SELECT count(*) FROM shop.t") == 51, "the rollback never runs by itself"
    shop.write("shop_0002_x", NON + "INSERT INTO t VALUES (7, 'once');\nINSERT INTO t VALUES (8, 'fixed');\n")
    shop.apply()
    assert shop.rows(
        "SELECT note, count(*) FROM shop.t WHERE id IN (7, 8) AND note !~ '^n' GROUP BY note ORDER BY note"
    ) == [
        ("fixed", 1),
        ("once", 1),
    ]


def test_a_finished_statement_that_was_edited_is_refused_on_resume(shop: Workshop) -> None:
    shop.write("shop_0001_x", NON + "CREATE TABLE a ();\nCREATE TABLE a ();\n")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0001_x", NON + "CREATE TABLE b ();\nCREATE TABLE c ();\n")
    with pytest.raises(EditedError, match="statement 1 was finished"):
        shop.apply()


def test_a_file_that_stopped_half_way_cannot_become_transactional(shop: Workshop) -> None:
    shop.write("shop_0001_x", NON + "CREATE TABLE a ();\nCREATE TABLE a ();\n")
    with pytest.raises(MigrationFailed):
        shop.apply()
    shop.write("shop_0001_x", "CREATE TABLE a ();\nCREATE TABLE b ();\n")
    with pytest.raises(EditedError, match="is transactional now"):
        shop.apply()


def test_settings_of_a_file_hold_for_all_statements_after_them_and_again_on_resume(shop: Workshop) -> None:
    shop.do("CREATE ROLE keeper_of_the_shop")
    try:
        shop.do("CREATE SCHEMA shop; GRANT ALL ON SCHEMA shop TO keeper_of_the_shop")
        body = (
            "SET work_mem = '7MB';\nSET ROLE keeper_of_the_shop;\n"
            "CREATE TABLE a AS SELECT current_setting('work_mem') AS m;\nCREATE INDEX CONCURRENTLY a_idx ON a (m);\n"
            "CREATE TABLE b AS SELECT current_setting('work_mem') AS m, {} AS x;\n"
        )
        shop.write("shop_0001_x", NON + body.format("1 / 0"))
        with pytest.raises(MigrationFailed):
            shop.apply()
        shop.write("shop_0001_x", NON + body.format("1"))
        shop.apply()
        found = "SELECT m, tableowner FROM shop.{0}, pg_tables WHERE tablename = '{0}'"
        assert shop.rows(found.format("a")) == shop.rows(found.format("b")) == [("7MB", "keeper_of_the_shop")]
    finally:
        shop.do("DROP SCHEMA shop CASCADE; DROP OWNED BY keeper_of_the_shop; DROP ROLE keeper_of_the_shop")


def test_a_procedure_may_commit_inside_a_non_transactional_file(shop: Workshop) -> None:
    shop.write(
        "shop_0001_p",
        "CREATE TABLE t (n integer); CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN "
        "FOR i IN 1..3 LOOP INSERT INTO t VALUES (i); COMMIT; END LOOP; END $$;",
    )
    shop.write("shop_0002_c", NON + "CALL fill(); DO $$ BEGIN INSERT INTO t VALUES (4); COMMIT; END $$; VACUUM t;")
    shop.apply()
    assert shop.value("SELECT count(DISTINCT xmin::text) FROM shop.t") == 4
    assert shop.value("SELECT count(*) FROM shop.t") == 4


def test_copy_data_in_a_non_transactional_file_is_loaded(shop: Workshop) -> None:
    shop.write("shop_0001_t", NON + "CREATE TABLE t (a text, b text);\nCOPY t FROM stdin;\nx\ty;z\n\\.\nANALYZE t;\n")
    shop.apply()
    assert shop.rows("SELECT * FROM shop.t") == [("x", "y;z")]


def test_a_concurrent_index_without_a_name_is_refused_before_anything_runs(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    path = shop.write("shop_0002_i", NON + "INSERT INTO t VALUES (0);\nCREATE INDEX CONCURRENTLY ON t (id);\n")
    with pytest.raises(FileError, match="without a name") as refused:
        shop.apply()
    assert f"{path}:3" in refused.value.message
    assert shop.value("SELECT count(*) FROM shop.t WHERE id = 0") == 0


def test_an_interrupted_apply_refuses_a_rollback_and_the_other_way_round(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_x", NON + "CREATE TABLE a (); CREATE TABLE a ();")
    with pytest.raises(MigrationFailed):
        shop.apply()
    with pytest.raises(Busy, match="apply of shop_0002_x stopped after statement 1 of 2"):
        shop.rollback()
    shop.write("shop_0002_x", NON + "CREATE TABLE a (); CREATE TABLE b ();", NON + "DROP TABLE b; DROP TABLE b;")
    shop.apply()
    with pytest.raises(MigrationFailed):
        shop.rollback()
    with pytest.raises(Busy, match="rollback of shop_0002_x stopped after statement 1 of 2"):
        shop.apply()


def test_a_killed_reindex_concurrently_leaves_no_copies_behind(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE + " CREATE INDEX t_id_idx ON t (id);")
    shop.write("shop_0002_r", NON + "REINDEX INDEX CONCURRENTLY t_id_idx;")
    shop.apply(to="shop_0001_t")
    with shop.session() as old:
        old.execute("INSERT INTO shop.t VALUES (1)")
        pid = shop.fork(lambda: _without_gate(shop))
        backend = shop.waiting_backend()
        os.kill(pid, signal.SIGKILL)
        reap(pid)
        shop.do(f"SELECT pg_terminate_backend({backend})")
        shop.all_gone()
        assert invalid_indexes(shop) == ["shop.t_id_idx_ccnew"]
    shop.apply()
    assert invalid_indexes(shop) == []
    assert not shop.exists("shop.t_id_idx_ccnew")
    assert shop.state().is_current
