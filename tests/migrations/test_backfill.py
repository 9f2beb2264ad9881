"""A backfill changes each row once, whatever ends it on the way, and gives way to who works beside it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.config import build_project
from slate_pg.environments import Value
from slate_pg.errors import Busy, EditedError, FileError, MigrationFailed, Misuse, ServerError
from slate_pg.migrations import runner
from slate_pg.migrations.backfill.byhand import as_loop
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.runner import Run
from slate_pg.settings import Limits
from tests.migrations.test_byhand import printed, psql
from tests.workshop import MOMENTS, Workshop, captured, die_at, eventually, reap

ADD = "-- backfill: t, 100\nUPDATE t SET n = n + 1 WHERE id BETWEEN :from AND :to;\n"
TAKE = "-- backfill: t, 100\nUPDATE t SET n = n - 1 WHERE id BETWEEN :from AND :to;\n"
TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0);"


def filled(shop: Workshop, rows: int, table: str = TABLE) -> None:
    shop.write("shop_0001_t", table, "DROP TABLE t;")
    shop.apply()
    shop.do(f"INSERT INTO shop.t SELECT g FROM generate_series(1, {rows}) AS g")


def counts(shop: Workshop, column: str = "n") -> dict[Any, int]:
    """Return how many rows have which value."""
    return dict(shop.rows(f"SELECT {column}, count(*)::integer FROM shop.t GROUP BY 1"))


def progress(shop: Workshop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT key, number, rows, ended_at IS NOT NULL FROM shop._slate_ledger WHERE kind = 'backfill'")


@contextmanager
def running(shop: Workshop, **limits: Any) -> Iterator[Run]:
    with shop.run() as run:
        yield replace(run, product=replace(run.product, limits=Limits(**limits)))


def test_every_row_is_changed_once_and_the_ledger_says_how_many(shop: Workshop) -> None:
    filled(shop, 1234)
    shop.write("shop_0002_fill", ADD, TAKE)
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 1234}
    assert progress(shop) == [("shop_0002_fill", 0, 1234, True)]
    assert shop.ledger() == ["shop_0001_t", "shop_0002_fill"]
    assert shop.apply() == []
    shop.rollback()
    assert counts(shop) == {0: 1234}
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 1234}


@pytest.mark.parametrize("rows", [0, 1])
def test_an_empty_table_and_one_row_are_gone_through(shop: Workshop, rows: int) -> None:
    filled(shop, rows)
    shop.write("shop_0002_fill", ADD)
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == ({1: 1} if rows else {})


def test_a_statement_that_names_what_is_not_there_fails_also_above_an_empty_table(shop: Workshop) -> None:
    filled(shop, 0)
    shop.write("shop_0002_fill", "-- backfill: t, 5\nUPDATE t SET m = 1 WHERE id BETWEEN :from AND :to;")
    with pytest.raises(MigrationFailed, match=r"shop_0002_fill.sql:2:14") as failed:
        shop.apply()
    assert "42703" in failed.value.detail[0]
    assert progress(shop) == []


KEYS = {
    "bigint, negative and with gaps": ("k bigint PRIMARY KEY", "k", "g * 1000000007::bigint - 250000000000"),
    "smallest and greatest": ("k bigint PRIMARY KEY", "k", "CASE g WHEN 1 THEN -9223372036854775808 WHEN 2 THEN "
                              "9223372036854775807 ELSE g END"),
    "uuid": ("k uuid PRIMARY KEY", "k", "CASE g WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE md5(g::text) "
             "END::uuid"),
    "text of another collation": ('k text COLLATE "C" PRIMARY KEY', "k", "repeat(E'\\\\', g % 3) || chr(40 + g % 90) || "
                                  "CASE g WHEN 7 THEN '' ELSE g::text END || '''%s{}é'"),
    "character": ("k character(9) PRIMARY KEY", "k", "'x' || g"),
    "timestamptz": ("k timestamptz PRIMARY KEY", "k", "CASE g WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity' ELSE "
                    "'2024-01-01'::timestamptz + g * interval '1.000001 s' END"),
    "numeric": ("k numeric PRIMARY KEY", "k", "CASE g WHEN 1 THEN 'NaN' ELSE g / 7.0 END"),
    "double precision": ("k float8 PRIMARY KEY", "k", "CASE g WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' ELSE "
                         "random() * g END"),
    "bytea": ("k bytea PRIMARY KEY", "k", "decode(md5(g::text), 'hex')"),
    "bit": ("k bit(16) PRIMARY KEY", "k", "g::bit(16)"),
    "an enum": ("k mood, m integer, PRIMARY KEY (k, m)", "k, m",
                "(ARRAY['z', 'a''b', 'Ä'])[g % 3 + 1]::mood, g"),
    "a range": ("k int4range PRIMARY KEY", "k", "int4range(g, g + 1)"),
    "an array": ("k text[] PRIMARY KEY", "k", "ARRAY[g::text, 'a\"b']"),
    "composite": ("a integer, b text, PRIMARY KEY (b, a)", "b, a", "'s' || g % 7, g"),
    "hostile names": ('"select" integer, "We""ird %s Näme" text, PRIMARY KEY ("select", "We""ird %s Näme")',
                      '"select", "We""ird %s Näme"', "g % 5, 'x' || g"),
    "another unique key": ("k integer NOT NULL, i integer PRIMARY KEY, CONSTRAINT other UNIQUE (k)", "k, i", "g, -g"),
    "descending": ("k integer NOT NULL", "k", "g"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_rows_are_gone_through_once_by_keys_of_every_kind(shop: Workshop, kind: str) -> None:
    columns, key, values = KEYS[kind]
    made = "CREATE TYPE mood AS ENUM ('z', 'a''b', 'Ä'); " if "mood" in columns else ""
    more = "CREATE UNIQUE INDEX ON t (k DESC);" if kind == "descending" else ""
    shop.write("shop_0001_t", f"{made}CREATE TABLE t (n integer NOT NULL DEFAULT 0, {columns}); {more}")
    shop.apply()
    shop.do(f"SET search_path = shop; INSERT INTO t ({key}) SELECT {values} FROM generate_series(1, 500) AS g")
    gone_by = "k" if kind == "another unique key" else f"({key})"
    shop.write("shop_0002_fill", f"-- backfill: t, 7\nUPDATE t SET n = n + 1 WHERE {gone_by} BETWEEN :from AND :to")
    with running(shop, pause=0) as run:
        runner.apply(run)
    assert counts(shop) == {1: 500}


@pytest.mark.parametrize(
    ("table", "key", "said", "hint"),
    [
        ("CREATE TABLE t (id integer, n integer)", "id", '"id" of t may be NULL', "give it a primary key"),
        ("CREATE TABLE t (id integer UNIQUE, n integer, k integer PRIMARY KEY)", "id", '"id" of t may be NULL',
         "Write the range over k."),
        ("CREATE TABLE t (id integer NOT NULL, n integer)", "id", "id is no unique key of t", "give it a primary key"),
        ("CREATE TABLE t (id integer NOT NULL, n integer); CREATE UNIQUE INDEX ON t (id) WHERE n > 0", "id",
         "id is no unique key of t", "give it a primary key"),
        ("CREATE TABLE t (id text NOT NULL, n integer); CREATE UNIQUE INDEX ON t (id text_pattern_ops)", "id",
         "id is no unique key of t", "give it a primary key"),
        ("CREATE TABLE t (a integer, id integer, n integer, PRIMARY KEY (a, id))", "(id, a)",
         "the key of t is (a, id), in that order, not (id, a)", "Write its range over (a, id)."),
        ("CREATE TABLE t (a integer, id integer, n integer, PRIMARY KEY (a, id))", "id", "id is no unique key of t",
         "Write the range over (a, id)."),
        ("CREATE TABLE t (k integer PRIMARY KEY, n integer)", "id", 't has no column "id"', "names what it is not"),
        ("CREATE TABLE u (id integer PRIMARY KEY, n integer); CREATE VIEW t AS SELECT * FROM u", "id", "t is a view",
         "the table behind it"),
        ("CREATE TABLE u ()", "id", "there is no table t", "depends"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_gone_through_is_refused_by_name(
    shop: Workshop, table: str, key: str, said: str, hint: str
) -> None:
    shop.write("shop_0001_t", f"{table};")
    shop.write("shop_0002_fill", f"-- backfill: t, 7\nUPDATE t SET n = 1 WHERE {key} BETWEEN :from AND :to;")
    with pytest.raises(FileError, match=r"shop_0002_fill\.sql:2: ") as refused:
        shop.apply()
    assert said in refused.value.message
    assert hint in refused.value.hint
    assert shop.ledger() == ["shop_0001_t"]


def test_a_backfill_killed_thirty_times_changes_each_row_once(shop: Workshop) -> None:
    """kill -9 of the command itself, at any moment; what it sets is not the same twice."""
    filled(shop, 100_000)
    shop.write("shop_0002_fill", ADD)
    chance = random.Random(19)  # noqa: S311 - where the kills fall, no secret
    gone = 0
    for _ in range(30):
        process = shop.start("apply")
        eventually(lambda: (progress(shop) or [("", 0, -1, False)])[0][2] > gone, "a batch is done")  # noqa: B023
        time.sleep(chance.uniform(0, 0.05))
        assert process.poll() is None, "it was still at work"
        shop.kill(process)
        shop.all_gone()
        [(_, _, now, done)] = progress(shop)
        assert now > gone
        assert not done
        gone = now
        assert counts(shop) == {1: gone, 0: 100_000 - gone}, "what the ledger notes is what is done"
    assert shop.value("SELECT attempt FROM shop._slate_ledger WHERE kind = 'backfill'") == 30
    assert shop.slate("apply").returncode == 0
    assert counts(shop) == {1: 100_000}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_at_any_message_leaves_each_batch_done_and_noted_or_neither(shop: Workshop, moment: str) -> None:
    filled(shop, 350)
    shop.write("shop_0002_fill", ADD)
    for number in range(1, 40):

        def work(number: int = number) -> None:
            die_at(number, moment)
            shop.apply()

        if reap(shop.fork(work)) == 0:
            break
        shop.all_gone()
        noted = sum(rows for _, _, rows, _ in progress(shop))
        assert counts(shop) == {k: n for k, n in ((1, noted), (0, 350 - noted)) if n}
    shop.apply()
    assert counts(shop) == {1: 350}
    assert progress(shop) == [("shop_0002_fill", 0, 350, True)]


def stopped(shop: Workshop, rows: int = 1000, at: int = 700, text: str = ADD) -> None:
    """Leave a backfill half done: a row of those to come fails its check."""
    filled(shop, rows, TABLE + " ALTER TABLE t ADD CONSTRAINT small CHECK (n < 1 OR id <> 700);")
    shop.write("shop_0002_fill", text, TAKE)
    with pytest.raises(MigrationFailed):
        shop.apply()
    assert counts(shop) == {1: at - 1, 0: rows - at + 1}


def test_a_row_that_fails_is_named_by_its_key_and_what_is_before_it_is_kept(shop: Workshop) -> None:
    stopped(shop)
    with pytest.raises(MigrationFailed, match=r"shop_0002_fill failed at .*shop_0002_fill\.sql:2") as failed:
        shop.apply()
    said = "\n".join(failed.value.detail)
    assert "23514" in said
    assert "id = 700" in said
    assert "constraint: small" in said
    assert "Failing row" not in said, "only keys are shown"
    assert failed.value.hint.startswith("699 rows before them are done and kept.")
    shop.do("ALTER TABLE shop.t DROP CONSTRAINT small")
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 1000}


def test_status_says_how_far_it_is_and_what_goes_on(shop: Workshop) -> None:
    stopped(shop)
    ran = shop.slate("status")
    assert ran.returncode == 3
    assert "stopped half way: shop_0002_fill (apply of a backfill): 69 %, 699 of about 1,000 rows" in ran.stdout
    assert "`slate apply shop` goes on there" in ran.stdout
    found = json.loads(shop.slate("status", "--json").stdout)["installations"][0]
    assert found["up_to_date"] is False
    assert found["interrupted"][0]["backfill"].items() >= {"rows": 699, "about": 1000, "percent": 69}.items()


def test_a_statement_edited_on_the_way_is_refused_and_another_batch_is_not(shop: Workshop) -> None:
    stopped(shop)
    shop.do("ALTER TABLE shop.t DROP CONSTRAINT small")
    shop.write("shop_0002_fill", ADD.replace("n + 1", "n + 2"), TAKE)
    with pytest.raises(EditedError, match="its statement has been edited since") as refused:
        shop.apply()
    assert "699 rows are done" in refused.value.hint
    assert "`slate rollback shop --forget shop_0002_fill" in refused.value.hint
    shop.write("shop_0002_fill", "-- another comment\n" + ADD.replace("t, 100", "t, 33"), TAKE)
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 1000}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE shop.t RENAME TO u", "there is no table t"),
        ("DROP TABLE shop.t", "there is no table t"),
        ("ALTER TABLE shop.t RENAME TO u; CREATE TABLE shop.t AS TABLE shop.u; ALTER TABLE shop.t ADD PRIMARY KEY (id)",
         "t is another table than when it began"),
        ("ALTER TABLE shop.t ALTER id TYPE numeric", "its key is another now"),
        ("ALTER TABLE shop.t DROP CONSTRAINT t_pkey", "id is no unique key of t"),
        ("UPDATE shop._slate_ledger SET note = '{' WHERE kind = 'backfill'", "what the ledger noted of it cannot be read"),
    ],
)  # fmt: skip
def test_another_table_than_it_began_on_is_refused_by_name(shop: Workshop, change: str, said: str) -> None:
    stopped(shop)
    shop.do(change)
    with pytest.raises((FileError, EditedError), match=said):
        shop.apply()


def test_a_backfill_is_given_up_and_what_it_did_stays(shop: Workshop) -> None:
    stopped(shop)
    ran = shop.slate("rollback", "shop", "--forget", "shop_0002_fill")
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (
        0, "shop: the apply of shop_0002_fill is forgotten, 1 of its statements were finished and stay"
    )  # fmt: skip
    assert "699 rows of UPDATE t" in ran.stdout
    assert progress(shop) == []
    assert counts(shop) == {1: 699, 0: 301}


def test_a_rollback_waits_for_a_half_done_backfill(shop: Workshop) -> None:
    stopped(shop)
    with pytest.raises(Busy, match=r"apply of shop_0002_fill stopped at 69 % \(699 of about 1,000 rows\)"):
        shop.rollback()


def test_a_half_done_rollback_goes_on(shop: Workshop) -> None:
    filled(shop, 1000)
    shop.write("shop_0002_fill", ADD, TAKE)
    shop.apply()
    shop.do("ALTER TABLE shop.t ADD CONSTRAINT small CHECK (n > 0 OR id <> 700)")
    with pytest.raises(MigrationFailed):
        shop.rollback()
    assert counts(shop) == {0: 699, 1: 301}
    assert (1, 699, False) in [row[1:] for row in progress(shop)]
    with pytest.raises(Busy, match="rollback of shop_0002_fill stopped at 69 %"):
        shop.apply()
    shop.do("ALTER TABLE shop.t DROP CONSTRAINT small")
    assert shop.rollback() == ["shop_0002_fill"]
    assert counts(shop) == {0: 1000}


def test_rows_that_come_behind_the_last_are_left_to_default_and_trigger(shop: Workshop) -> None:
    filled(shop, 400)
    shop.do(
        "CREATE FUNCTION shop.more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO shop.t SELECT max(id) + 1, 7 FROM shop.t; RETURN NULL; END $$; "
        "CREATE TRIGGER more AFTER UPDATE ON shop.t EXECUTE FUNCTION shop.more()"
    )
    shop.write("shop_0002_fill", ADD)
    shop.apply()
    found = counts(shop)
    assert found[1] == 400
    assert found[7] >= 3
    assert sum(found.values()) == found[1] + found[7]


def test_no_transaction_is_open_between_batches(shop: Workshop) -> None:
    filled(shop, 600)
    shop.write("shop_0002_fill", ADD)
    seen = []
    with shop.run() as run:
        run.watcher.advanced = lambda name, progress: seen.append(
            shop.rows(
                # What watches asks something now and then: a question of this very moment keeps nothing open.
                "SELECT state, backend_xmin, xact_start FROM pg_stat_activity WHERE application_name LIKE 'slate%%' "
                "AND datname = current_database() AND (pid = %s OR state <> 'active' OR xact_start < now() - interval '1 s')",
                run.connection.info.backend_pid,
            )
        )
        runner.apply(run)
    assert len(seen) > 3
    assert {row for rows in seen for row in rows} == {("idle", None, None)}


def test_two_applies_at_once_change_each_row_once(shop: Workshop) -> None:
    filled(shop, 20_000)
    shop.write("shop_0002_fill", ADD)
    both = [shop.start("apply") for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert counts(shop) == {1: 20_000}


def test_a_row_that_somebody_holds_is_waited_for_and_then_changed(shop: Workshop) -> None:
    filled(shop, 500)
    shop.write("shop_0002_fill", ADD)
    with shop.session() as other:
        other.execute("UPDATE shop.t SET n = 0 WHERE id = 250")
        waiting = threading.Thread(target=shop.apply)
        waiting.start()
        eventually(lambda: any("gave way" in what for what, _ in shop.heard.waits), "it gave way")
        assert f"pid {other.info.backend_pid}" in " ".join(str(h) for _, hs in shop.heard.waits for h in hs)
    waiting.join()
    assert counts(shop) == {1: 500}


def test_a_row_that_stays_held_ends_it_with_who_holds_it(shop: Workshop) -> None:
    filled(shop, 500)
    shop.write("shop_0002_fill", ADD)
    with shop.session() as other:
        other.execute("UPDATE shop.t SET n = 0 WHERE id = 250")
        with pytest.raises(Busy, match=r"its rows stayed in use .* at id (=|from) 2\d\d") as busy:
            shop.apply(patience=Patience(20, 1))
        assert f"pid {other.info.backend_pid}" in busy.value.detail[0]
    [(_, _, done, _)] = progress(shop)
    assert 200 <= done < 250
    assert busy.value.hint.startswith(f"{done} rows before them are done and kept.")
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 500}


def slowly(shop: Workshop, seconds: float) -> None:
    """Make every changed row take so long."""
    shop.do(
        "CREATE FUNCTION shop.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM pg_sleep({seconds}); RETURN new; END $$; "
        "CREATE TRIGGER slow BEFORE UPDATE ON shop.t FOR EACH ROW EXECUTE FUNCTION shop.slow()"
    )


def test_a_batch_for_which_somebody_waits_is_cut_and_made_smaller(shop: Workshop) -> None:
    filled(shop, 300)
    slowly(shop, 0.02)
    shop.write("shop_0002_fill", ADD)
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        with psycopg.connect(shop.url, autocommit=True) as writer:
            for number in range(1, 10**6):
                if over.is_set():
                    return
                began = time.monotonic()
                writer.execute("SELECT FROM shop.t WHERE id = %s FOR UPDATE", [number % 100 + 1])
                waits.append(time.monotonic() - began)

    thread = threading.Thread(target=write)
    with running(shop, batch_seconds=30, max_wait=0.1) as run:
        thread.start()
        runner.apply(run)
    over.set()
    thread.join()
    assert any("was cut, for others wait for it" in what for what, _ in shop.heard.waits)
    assert max(waits) < 2, "a batch of 100 rows would have taken 2 s"
    assert set(counts(shop)) == {1}


def test_a_batch_that_takes_too_long_is_made_smaller_and_one_row_that_does_ends_it(shop: Workshop) -> None:
    filled(shop, 300)
    slowly(shop, 0.01)
    shop.write("shop_0002_fill", ADD)
    with running(shop, batch_seconds=0.01, pause=0) as run:  # cut off after 0.5 s
        runner.apply(run)
    assert counts(shop) == {1: 300}
    shop.write("shop_0003_fill", ADD)
    with running(shop, batch_seconds=0.0001) as run, pytest.raises(MigrationFailed, match="0003_fill") as failed:
        runner.apply(run)
    assert "id = 1" in "\n".join(failed.value.detail)


def test_a_session_that_is_ended_goes_on_with_the_next_run(shop: Workshop) -> None:
    filled(shop, 5000)
    shop.write("shop_0002_fill", ADD)
    with shop.run() as run:
        run.watcher.advanced = lambda name, progress: shop.do(
            f"SELECT pg_terminate_backend({run.connection.info.backend_pid})"
        )
        with pytest.raises(ServerError, match="the connection was lost"):
            runner.apply(run)
    assert set(counts(shop)) == {0, 1}
    run.watcher.advanced = lambda name, progress: None
    shop.apply()
    assert counts(shop) == {1: 5000}


def test_rows_that_row_security_hides_are_never_left_out_silently(shop: Workshop) -> None:
    filled(shop, 10)
    shop.do(
        "CREATE ROLE backfill_owner LOGIN; ALTER TABLE shop.t ENABLE ROW LEVEL SECURITY; "
        "ALTER TABLE shop.t FORCE ROW LEVEL SECURITY; CREATE POLICY few ON shop.t USING (id < 5); "
        "ALTER SCHEMA shop OWNER TO backfill_owner; ALTER TABLE shop.t OWNER TO backfill_owner; "
        "ALTER TABLE shop._slate_ledger OWNER TO backfill_owner"
    )
    try:
        shop.write("shop_0002_fill", ADD)
        with pytest.raises(MigrationFailed) as failed:
            shop.apply(
                url=shop.url.replace("postgres@", "backfill_owner@").replace("user=postgres", "user=backfill_owner")
            )
        assert "row-level security" in "\n".join(failed.value.detail)
        assert counts(shop) == {0: 10}
    finally:
        shop.do(
            "ALTER SCHEMA shop OWNER TO postgres; REASSIGN OWNED BY backfill_owner TO postgres; DROP ROLE backfill_owner"
        )


@pytest.mark.parametrize("by", ["RANGE", "HASH", "LIST"])
def test_a_partitioned_table_is_gone_through_over_its_partitions(shop: Workshop, by: str) -> None:
    bounds = {
        "RANGE": ["FROM (0) TO (100)", "FROM (100) TO (10000)"],
        "HASH": ["WITH (MODULUS 2, REMAINDER 0)", "WITH (MODULUS 2, REMAINDER 1)"],
        "LIST": [f"IN ({', '.join(map(str, range(100)))})", None],
    }[by]
    parts = "".join(
        f"CREATE TABLE t_{n} PARTITION OF t {'FOR VALUES ' + b if b else 'DEFAULT'};" for n, b in enumerate(bounds)
    )
    filled(
        shop,
        500,
        f"CREATE TABLE t (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0) PARTITION BY {by} (id); {parts}",
    )
    shop.write("shop_0002_fill", ADD.replace("t, 100", "t, 13"))
    shop.apply()
    assert counts(shop) == {1: 500}


def test_conditions_stand_around_a_backfill(shop: Workshop) -> None:
    filled(shop, 300)
    shop.write("shop_0002_fill", "-- before: SELECT count(*) = 0 FROM t\n" + ADD)
    with pytest.raises(MigrationFailed, match="refused by its own condition"):
        shop.apply()
    assert counts(shop) == {0: 300}
    shop.write("shop_0002_fill", "-- after: SELECT count(*) = 0 FROM t WHERE n < 2\n" + ADD)
    with pytest.raises(MigrationFailed, match="refused by its own condition"):
        shop.apply()
    assert counts(shop) == {1: 300}
    assert shop.ledger() == ["shop_0001_t"]
    shop.do("UPDATE shop.t SET n = 2")
    shop.apply()
    assert counts(shop) == {2: 300}


def test_the_other_statements_that_go_by_batches(shop: Workshop) -> None:
    filled(shop, 250, TABLE + " CREATE TABLE u (id bigint, n integer);")
    head = "-- backfill: t, 100\n"
    shop.write("shop_0002_copy", head + "INSERT INTO u SELECT id, n FROM t WHERE id >= :from AND id <= :to -- :to\n;")
    shop.write(
        "shop_0003_merge",
        head + "MERGE INTO u USING (SELECT * FROM t WHERE id BETWEEN :from AND :to) AS s ON u.id = s.id "
        "WHEN MATCHED THEN UPDATE SET n = u.n + 5",
    )
    shop.write("shop_0004_delete", head + "DELETE FROM t WHERE id BETWEEN :from AND :to AND id > 50;")
    shop.apply()
    assert shop.rows("SELECT count(*)::integer, min(n), max(n) FROM shop.u") == [(250, 5, 5)]
    assert counts(shop) == {0: 50}


@pytest.mark.parametrize("kind", ["composite", "hostile names", "text of another collation", "an array", "uuid", "bit"])
def test_psql_runs_what_a_dry_run_prints_and_slate_goes_on_behind_it(shop: Workshop, kind: str) -> None:
    columns, key, values = KEYS[kind]
    shop.write("shop_0001_t", f"CREATE TABLE t (n integer NOT NULL DEFAULT 0 CHECK (n < 2), x integer, {columns});")
    shop.apply()
    shop.do(f"SET search_path = shop; INSERT INTO t ({key}) SELECT {values} FROM generate_series(1, 500) AS g")
    shop.do(
        "UPDATE shop.t SET x = 0; UPDATE shop.t SET x = 1 WHERE ctid = (SELECT ctid FROM shop.t OFFSET 300 LIMIT 1)"
    )
    fill = f"-- backfill: t, 7\nUPDATE t SET n = n + 1 WHERE ({key}) BETWEEN :from AND :to AND 1 / (1 - x) > 0 -- end\n"
    shop.write("shop_0002_fill", fill)
    failed = psql(shop.url, printed(shop, shop.url))
    assert b"division by zero" in failed.stderr
    [(_, _, done, ended)] = progress(shop)
    assert (0 < done < 500, ended) == (True, False)
    assert counts(shop) == {1: done, 0: 500 - done}
    shop.do("UPDATE shop.t SET x = 0")
    assert shop.apply() == ["shop_0002_fill"]
    assert counts(shop) == {1: 500}
    shop.do("DELETE FROM shop._slate_ledger WHERE key = 'shop_0002_fill'; UPDATE shop.t SET n = 0")
    assert (psql(shop.url, printed(shop, shop.url)).stderr, counts(shop)) == (b"", {1: 500})
    assert shop.slate("status").returncode == 0
    assert progress(shop) == [("shop_0002_fill", 0, 500, True)]


def test_a_dry_run_of_a_backfill_whose_table_is_not_there_yet_is_refused_by_name(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    shop.write("shop_0002_fill", ADD)
    ran = shop.slate("apply", "--dry-run")
    assert ran.returncode == 1
    assert "there is no table t, so that its batches cannot be written down" in ran.stderr


@pytest.mark.parametrize("mode", ["ACCESS EXCLUSIVE", "SHARE"])
def test_a_table_that_somebody_locks_is_waited_for(shop: Workshop, mode: str) -> None:
    filled(shop, 2000)
    shop.write("shop_0002_fill", ADD)
    with shop.session() as other:
        other.execute(f"LOCK TABLE shop.t IN {mode} MODE")
        waiting = threading.Thread(target=shop.apply)
        waiting.start()
        eventually(lambda: shop.heard.waits, "it waits")
    waiting.join()
    assert counts(shop) == {1: 2000}


def test_a_full_disk_ends_it_at_once_and_what_is_done_is_kept(shop: Workshop) -> None:
    filled(shop, 1000)
    shop.do(
        "CREATE FUNCTION shop.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.id = 500 THEN "
        "RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END IF; RETURN new; END $$; "
        'CREATE TRIGGER "full" BEFORE UPDATE ON shop.t FOR EACH ROW EXECUTE FUNCTION shop.full()'
    )
    shop.write("shop_0002_fill", ADD)
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert "no space left (53100)" in failed.value.detail[0]
    [(_, _, done, _)] = progress(shop)
    assert 0 < done < 500
    assert counts(shop) == {1: done, 0: 1000 - done}
    assert f"{done} rows before them are done and kept." in failed.value.hint


@pytest.mark.parametrize("begun", [False, True])
def test_what_stops_it_before_its_first_batch_is_told_with_what_is_done(shop: Workshop, begun: bool) -> None:
    filled(shop, 1000, TABLE + " ALTER TABLE t ADD CONSTRAINT small CHECK (n < 1 OR id <> 700);")
    shop.write("shop_0002_fill", ADD)
    if begun:
        with pytest.raises(MigrationFailed):
            shop.apply()
    shop.do("ALTER TABLE shop.t RENAME COLUMN n TO other")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert "42703" in "".join(failed.value.detail)
    assert failed.value.hint.startswith("699 rows before them are done and kept." if begun else "Nothing was applied;")
    assert ("may not change on the way" in failed.value.hint) is begun


def test_a_cancel_by_somebody_else_ends_it(shop: Workshop) -> None:
    filled(shop, 300)
    slowly(shop, 0.01)
    shop.write("shop_0002_fill", ADD)
    process = shop.start("apply")
    busy = (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'slate apply' "
        "AND query LIKE '%%UPDATE t%%' AND query NOT LIKE 'EXPLAIN%%' AND state = 'active'"
    )
    eventually(lambda: shop.rows(busy), "it is at work")
    _, said = process.communicate()
    assert process.returncode == 1
    assert "canceling statement due to user request" in said
    assert "are done and kept" in said or "Nothing of it was done" in said


def test_a_backup_taken_half_way_goes_on_where_it_is_restored(shop: Workshop) -> None:
    stopped(shop)
    folder = shop.root / "kept"
    assert shop.slate("backup", "shop", "--to", str(folder)).returncode == 0
    shop.do("DROP SCHEMA shop CASCADE; CREATE TABLE other (); CREATE TABLE another ()")
    [manifest] = folder.rglob("manifest.json")
    restored = captured(main, "slate", "restore", str(manifest.parent), "--database", shop.url)
    assert restored.returncode == 0, restored
    assert counts(shop) == {1: 699, 0: 301}
    shop.do("ALTER TABLE shop.t DROP CONSTRAINT small; UPDATE shop._slate_ledger SET note = replace(note, "
            "'\"place\":\"', '\"place\":\"elsewhere ') WHERE kind = 'backfill'")  # fmt: skip
    shop.apply()
    assert counts(shop) == {1: 1000}


def test_settings_of_the_project_are_read_and_wrong_ones_are_named(shop: Workshop) -> None:
    shop.write("shop_0001_t", TABLE)
    table = {"backfill": {"batch-seconds": 2, "max-lag": 0, "ignored": ["late"]}}
    assert build_project(shop.root, table).product("shop").limits == Limits(2.0, max_lag=0.0, ignored=("late",))
    for name, value, said in (
        ("max_lag", 1, 'no setting "max_lag"'), ("max-lag", "1s", "max-lag takes a number of seconds"),
        ("max-wait", True, "max-wait takes a number"), ("pause", -1, "pause takes a number"),
        ("ignored", "late", "ignored takes a list"), ("batch-seconds", 0, "batch-seconds is above 0"),
    ):  # fmt: skip
        with pytest.raises(Misuse, match=said):
            build_project(shop.root, {"backfill": {name: value}})


@pytest.mark.parametrize(
    "name", ['We"ird %s {x} Näme', "select", "x" * 63, "t;--", "a.b", "it's", "$1", "%(id)s", ":from"]
)
def test_names_of_every_kind_are_taken_as_they_are(shop: Workshop, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    shop.write("shop_0001_t", f"CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.{quoted} "
               f"({quoted} integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);")  # fmt: skip
    shop.apply()
    shop.do(f"INSERT INTO {quoted}.{quoted} SELECT generate_series(1, 150)")
    shop.write("shop_0002_fill", f"-- backfill: {quoted}.{quoted}, 40\nUPDATE {quoted}.{quoted} AS x SET n = n + 1 "
               f"WHERE x.{quoted} BETWEEN :from AND :to -- {name}\n;")  # fmt: skip
    assert (psql(shop.url, printed(shop, shop.url)).stderr, shop.state().pending) == (b"", ())
    shop.do("DELETE FROM shop._slate_ledger WHERE key = 'shop_0002_fill'")
    shop.apply()
    assert shop.rows(f"SELECT n, count(*)::integer FROM {quoted}.{quoted} GROUP BY n") == [(2, 150)]


def test_variables_stand_in_a_backfill_and_secrets_nowhere_else(shop: Workshop) -> None:
    filled(shop, 300)
    shop.write("shop_0002_fill", "-- variables: add, word\n-- backfill: t, 100\n"
               "UPDATE t SET n = n + :add + length(:'word') - 7 WHERE id BETWEEN :from AND :to;")  # fmt: skip
    values = (Value("add", "1"), Value("word", "hidden7", secret=True))
    with shop.run() as run:
        run = replace(run, product=replace(run.product, variables=values))
        script = read_migrations(run.product)[1].apply
        with pytest.raises(FileError, match="a backfill with the secret word is not printed"):
            as_loop(run, "shop_0002_fill", "apply", script)
        runner.apply(run)
    assert counts(shop) == {1: 300}
    whole = shop.value("SELECT string_agg(l::text, '') FROM shop._slate_ledger AS l")
    assert ":'word'" in whole
    assert "hidden7" not in whole


def test_without_the_session_that_watches_it_goes_on_and_says_so(shop: Workshop) -> None:
    filled(shop, 300)
    slowly(shop, 0.005)
    shop.write("shop_0002_fill", ADD)
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slate, beside a backfill'"
    with shop.run() as run:
        run.watcher.advanced = lambda name, progress: shop.do(ended)
        runner.apply(run)
    assert counts(shop) == {1: 300}
    assert [w for w in shop.heard.warnings if w.startswith("the second connection is gone (")]
