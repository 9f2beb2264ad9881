"""Guarantee 1: a kill at any moment leaves each migration wholly applied and recorded, or not at all."""

from __future__ import annotations

import os
import signal

import pytest

from slate_pg.migrations.locking import Patience
from slate_pg.postgres import connection as wire
from tests.workshop import MOMENTS, Workshop, die_at, eventually, reap

STEPS = 4


def write_steps(shop: Workshop) -> None:
    """Write migrations that each create a table and count themselves in `trace`, so that running twice shows."""
    shop.write("shop_0001_create_trace", "CREATE TABLE trace (step integer); INSERT INTO trace VALUES (1);")
    for step in range(2, STEPS + 1):
        shop.write(
            f"shop_{step:04}_create_step",
            f"CREATE TABLE step_{step} (id integer); INSERT INTO trace VALUES ({step}); INSERT "
            f"INTO step_{step} VALUES (1);",
            f"DROP TABLE step_{step}; DELETE FROM trace WHERE step = {step};",
        )


def count_messages(shop: Workshop, schema: str) -> int:
    """Return how many messages a whole run sends."""
    real, count = wire._exchange, 0

    def exchange(*arguments):
        nonlocal count
        count += 1
        return real(*arguments)

    wire._exchange = exchange
    try:
        shop.apply(schema=schema)
    finally:
        wire._exchange = real
    return count


def assert_whole(shop: Workshop, schema: str, where: str) -> None:
    """Each migration is there with table, trace, ledger row and log row, or with none of them."""
    applied = shop.ledger(schema)
    steps = {int(name[5:9]) for name in applied}
    tables = {1} if shop.exists(f"{schema}.trace") else set()
    tables |= {n for n in range(2, STEPS + 1) if shop.exists(f"{schema}.step_{n}")}
    traces = sorted(r[0] for r in shop.rows(f"SELECT step FROM {schema}.trace")) if 1 in tables else []
    logged = {name for _, name in shop.log(schema)} if shop.exists(f"{schema}._yoyo_log") else set()
    assert tables == steps, f"killed {where}: tables of steps {tables}, ledger has {steps}"
    assert traces == sorted(steps), f"killed {where}: steps ran {traces}, ledger has {steps}"
    assert logged == set(applied), f"killed {where}: the log has {logged}, the ledger {applied}"


def test_a_kill_at_any_message_leaves_each_migration_whole_and_the_next_run_finishes(shop: Workshop) -> None:
    """kill -9 at every message of a run, before it, during it and after it: over 30 kill points."""
    write_steps(shop)
    points = [(n, m) for n in range(1, count_messages(shop, "whole") + 1) for m in MOMENTS]
    assert len(points) >= 30, f"only {len(points)} kill points"
    partial = set()
    for number, moment in points:
        schema, where = f"killed_{number}_{MOMENTS.index(moment)}", f"at message {number} {moment}"

        def work(number: int = number, moment: str = moment, schema: str = schema) -> None:
            die_at(number, moment)
            shop.apply(schema=schema)

        assert reap(shop.fork(work)) == -signal.SIGKILL, f"the runner outlived its kill {where}"
        shop.all_gone()
        assert_whole(shop, schema, where)
        partial.add(len(shop.ledger(schema)))
        shop.apply(schema=schema)
        assert len(shop.ledger(schema)) == STEPS, f"killed {where}: the next run did not finish"
        assert_whole(shop, schema, where)
    assert partial == set(range(STEPS + 1)), "the kill points were spread over the whole run"


def test_a_kill_at_any_message_of_a_rollback_leaves_each_migration_whole(shop: Workshop) -> None:
    write_steps(shop)
    for number in range(1, 10):
        schema = f"back_{number}"
        shop.apply(schema=schema)

        def work(number: int = number, schema: str = schema) -> None:
            die_at(number, "while the server works")
            shop.rollback(schema=schema, steps=3)

        reap(shop.fork(work))
        shop.all_gone()
        steps = {int(name[5:9]) for name in shop.ledger(schema)}
        traces = {r[0] for r in shop.rows(f"SELECT step FROM {schema}.trace")}
        assert traces == steps, (
            f"killed at message {number} of a rollback: steps {traces} are there, ledger has {steps}"
        )


@pytest.mark.parametrize("server_too", [False, True], ids=["runner", "runner and its backend"])
def test_a_kill_between_ddl_and_commit_leaves_all_or_nothing(shop: Workshop, server_too: bool) -> None:
    """Another session holds the ledger in SHARE mode: the DDL is done, the ledger's row waits, and then kill -9.

    The COMMIT travels with the ledger's rows. So a backend that outlives the runner commits all of it, and one that
    dies with it leaves nothing; DDL without its row, or a row without DDL, cannot be.
    """
    write_steps(shop)
    shop.apply(to="shop_0002_create_step")
    with shop.session() as holder:
        holder.execute("LOCK TABLE shop._slate_ledger IN SHARE MODE")
        runner = shop.fork(lambda: shop.apply(patience=Patience(60_000, 60)))
        pid = shop.waiting_backend("relation")
        held = shop.rows("SELECT 1 FROM pg_locks WHERE pid = %s AND mode = 'AccessExclusiveLock' AND granted", pid)
        assert held, "the migration's own table is created and not committed yet"
        os.kill(runner, signal.SIGKILL)
        reap(runner)
        if server_too:
            shop.do(f"SELECT pg_terminate_backend({pid})")
            shop.all_gone()
        assert not shop.exists("shop.step_3"), "nothing is visible before the commit"
        holder.rollback()
    shop.all_gone()
    assert_whole(shop, "shop", "while the ledger's row waited")
    assert len(shop.ledger()) == (2 if server_too else 3)
    shop.apply()
    assert len(shop.ledger()) == STEPS
    assert_whole(shop, "shop", "and run again")


def test_after_a_kill_there_is_nothing_to_break_by_hand(shop: Workshop) -> None:
    """The dead runner's server session still works; the next runner waits for it and then finishes."""
    write_steps(shop)
    shop.write("shop_0005_wait", "SELECT pg_advisory_xact_lock(42);")
    with shop.session() as gate:
        gate.execute("SELECT pg_advisory_lock(42)")
        first = shop.start("apply", "--lock-timeout", "60000")
        shop.waiting_backend("advisory")
        shop.kill(first)
        second = shop.start("apply", "--lock-timeout", "60000")
        assert second.stderr is not None
        said = second.stderr.readline()
        assert 'another slate is at work on "shop"' in said
    _, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    assert len(shop.ledger()) == STEPS + 1


def test_a_deferred_constraint_that_fails_at_commit_leaves_nothing(shop: Workshop) -> None:
    shop.write(
        "shop_0001_a",
        "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (a integer REFERENCES a "
        "DEFERRABLE INITIALLY DEFERRED);",
    )
    shop.write("shop_0002_b", "CREATE TABLE c (); INSERT INTO b VALUES (7);")
    result = shop.slate("apply")
    assert result.returncode == 1
    assert "23503" in result.stderr
    assert "b_a_fkey" in result.stderr
    assert "shop_0002_b.sql" in result.stderr, f"the file is named: {result.stderr}"
    assert not shop.exists("shop.c")
    assert shop.ledger() == ["shop_0001_a"]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_the_statement_rolls_back_and_releases_the_lock(shop: Workshop, told: signal.Signals) -> None:
    write_steps(shop)
    shop.write("shop_0005_wait", "CREATE TABLE half (); SELECT pg_sleep(600);")
    process = shop.start("apply")
    pid = eventually(
        lambda: shop.rows(
            "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        ),
        "the migration sleeps",
    )
    process.send_signal(told)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + told, err
    assert err.endswith("its transaction rolled back; `slate status` says what is applied\n")
    eventually(lambda: not shop.rows("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid[0][0]), "its backend ends")
    assert not shop.exists("shop.half")
    assert len(shop.ledger()) == STEPS


def test_ctrl_c_in_the_middle_of_copy_data_ends_the_run(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write("shop_0001_copy", "CREATE TABLE t (a text);\nCOPY t FROM stdin;\n1\n\\.\n")

    def interrupt(pgconn, data) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wire, "_answer_copy", interrupt)
    with pytest.raises(KeyboardInterrupt):
        shop.apply()
    assert not shop.exists("shop.t")


def test_the_ledger_row_is_written_by_the_connection_that_ran_the_migration(shop: Workshop) -> None:
    """One transaction id for table, ledger rows and log row."""
    shop.write("shop_0001_create_t", "CREATE TABLE t (id integer);")
    shop.apply()
    ids = shop.rows(
        "SELECT xmin::text FROM shop._slate_ledger WHERE kind IN ('migration', 'apply') "
        "UNION ALL SELECT xmin::text FROM pg_class WHERE oid = 'shop.t'::regclass"
    )
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_one_connection_serves_a_whole_run(shop: Workshop) -> None:
    for n in range(1, 6):
        shop.write(
            f"shop_{n:04}_a",
            "CREATE TABLE IF NOT EXISTS pids (pid integer); INSERT INTO pids VALUES (pg_backend_pid());",
        )
    shop.apply()
    assert shop.rows("SELECT count(*), count(DISTINCT pid) FROM shop.pids") == [(5, 1)]
