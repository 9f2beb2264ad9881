"""A backfill waits for standbys that fall behind: a real one, whose replay is paused, or that replays later."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.errors import Busy
from slate_pg.migrations import runner
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.server import FAST, Server, disposable, disposable_server
from slate_pg.settings import Limits
from tests.workshop import Workshop, eventually

FILL = "-- backfill: t, 20\nUPDATE t SET n = n + 1 WHERE id BETWEEN :from AND :to;\n"


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    """A server that may have standbys."""
    with disposable(settings=FAST) as server:
        yield server


@pytest.fixture(scope="module")
def standby(primary: Server) -> Iterator[Server]:
    """A standby of it, called "late", that streams."""
    with disposable_server(primary.binaries) as server:
        server.home.mkdir(mode=0o700)
        os.chown(server.home, server.account.uid, server.account.gid)
        made = server.run(
            "pg_basebackup", "-d", f"host={primary.home} user=postgres application_name=late", "-R", "-c", "fast", "-D",
            str(server.data),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        server.start((*FAST, "wal_receiver_status_interval=1"))
        yield server


@pytest.fixture
def shop(primary: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """A workshop with a table of 400 rows and a backfill to come, which takes two seconds at least."""
    name = f"shop_{abs(hash(request.node.name))}"
    with psycopg.connect(primary.url(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    workshop = Workshop(primary.url(name), tmp_path)
    workshop.write("shop_0001_t", "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);")
    workshop.apply()
    workshop.do("INSERT INTO shop.t SELECT generate_series(1, 400)")
    workshop.do(
        "CREATE FUNCTION shop.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN new; "
        "END $$; CREATE TRIGGER slow BEFORE UPDATE ON shop.t FOR EACH ROW EXECUTE FUNCTION shop.slow()"
    )
    workshop.write("shop_0002_fill", FILL)
    yield workshop
    workshop.watch.close()


def do(server: Server, statement: str) -> Any:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def caught_up(primary: Server) -> None:
    query = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"
    eventually(lambda: do(primary, query)[0] == 1, "the standby has replayed all")


def fill(shop: Workshop, patience: Patience = Patience(50, 60), **limits: Any) -> None:  # noqa: B008 - frozen
    with shop.run(patience=patience) as run:
        runner.apply(replace(run, product=replace(run.product, limits=Limits(pause=0, **limits))))


def done(shop: Workshop) -> int:
    return int(shop.value("SELECT count(*) FROM shop.t WHERE n = 1"))


def test_a_paused_standby_stops_it_after_a_moment_and_it_goes_on_when_that_replays(
    shop: Workshop, primary: Server, standby: Server
) -> None:
    caught_up(primary)
    do(standby, "SELECT pg_wal_replay_pause()")
    try:
        work = threading.Thread(target=fill, args=(shop,), kwargs={"max_lag": 0.3, "batch_seconds": 0.02})
        work.start()
        eventually(lambda: [w for w, _ in shop.heard.waits if 'standby "late" is' in w], "it waits for the standby")
        before = done(shop)
        time.sleep(1)
        assert done(shop) == before < 400, "nothing is written meanwhile"
        assert shop.rows("SELECT state, xact_start FROM pg_stat_activity WHERE application_name = 'slate shop'") == [
            ("idle", None)
        ]
    finally:
        do(standby, "SELECT pg_wal_replay_resume()")
    work.join()
    assert done(shop) == 400


def test_a_standby_that_replays_later_slows_it(shop: Workshop, primary: Server, standby: Server) -> None:
    caught_up(primary)
    do(standby, "ALTER SYSTEM SET recovery_min_apply_delay = '700ms'")
    do(standby, "SELECT pg_reload_conf()")
    try:
        began = time.monotonic()
        fill(shop, max_lag=0.3, batch_seconds=0.02)
        slowed = time.monotonic() - began
        assert any('standby "late" is' in what for what, _ in shop.heard.waits)
        shop.write("shop_0003_again", FILL)
        began = time.monotonic()
        fill(shop, max_lag=0.3, batch_seconds=0.02, ignored=("late",))
        assert time.monotonic() - began < slowed, "one that may be behind is not waited for"
    finally:
        do(standby, "ALTER SYSTEM RESET recovery_min_apply_delay")
        do(standby, "SELECT pg_reload_conf()")


def test_a_standby_that_stands_still_ends_it_by_name_and_what_is_done_is_kept(
    shop: Workshop, primary: Server, standby: Server
) -> None:
    caught_up(primary)
    do(standby, "SELECT pg_wal_replay_pause()")
    try:
        with pytest.raises(Busy, match=r'shop_0002_fill: standby "late" is \d+ s and [\d,]+ bytes behind, and stands'):
            fill(shop, Patience(50, 0.1), max_lag=0.3, batch_seconds=0.02)
        assert 0 < done(shop) < 400
    finally:
        do(standby, "SELECT pg_wal_replay_resume()")
    caught_up(primary)
    fill(shop)
    assert done(shop) == 400


def test_a_role_that_may_not_see_standbys_is_told_once(shop: Workshop, standby: Server) -> None:
    shop.do(
        "CREATE ROLE blind LOGIN; ALTER SCHEMA shop OWNER TO blind; ALTER TABLE shop.t OWNER TO blind; GRANT ALL ON FUNCTION shop.slow() TO blind"
    )
    shop.do("ALTER TABLE shop._slate_ledger OWNER TO blind; ALTER VIEW shop._yoyo_migration OWNER TO blind")
    shop.do("ALTER VIEW shop._yoyo_log OWNER TO blind; ALTER VIEW shop._yoyo_version OWNER TO blind")
    shop.apply(url=shop.url.replace("user=postgres", "user=blind").replace("postgres@", "blind@"))
    assert done(shop) == 400
    assert [w for w in shop.heard.warnings if '"blind" may not see how far standbys are (GRANT pg_monitor)' in w]
