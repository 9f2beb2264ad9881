"""Guarantee 1, from the other side: the server is killed under the runner and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from slate_pg.migrations.locking import Patience
from slate_pg.postgres.server import Server, disposable
from tests.workshop import Workshop, eventually, reap

SETTINGS = ("fsync=off", "autovacuum=off", "max_prepared_transactions=5", "restart_after_crash=on")
NON = "-- transactional: false\n"


@pytest.fixture(scope="module")
def frail() -> Iterator[Server]:
    """A server of our own to kill; commits are synchronous, so that what was answered must survive."""
    with disposable(settings=SETTINGS) as server:
        yield server


@pytest.fixture
def shop(frail: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """A workshop on that server."""
    frail.start(SETTINGS)
    name = f"shop_{abs(hash(request.node.name))}"
    with psycopg.connect(frail.url(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    workshop = Workshop(frail.url(name), tmp_path)
    yield workshop
    workshop.watch.close()


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def kill_server(server: Server) -> None:
    """Kill -9 the postmaster and wait until its children have followed it."""
    pid = postmaster(server)
    children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(_runs(p) for p in [pid, *children]), "the server's processes are gone")
    # Where nobody collects dead processes (a container without init) the pid would seem alive to the next start.
    for lock in (server.data / "postmaster.pid", server.home / ".s.PGSQL.5432.lock"):
        lock.unlink()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def revive(server: Server, shop: Workshop) -> None:
    server.start(SETTINGS)
    shop.watch.close()
    shop.watch = eventually(lambda: _try_connect(shop.url), "the server answers again")


def _try_connect(url: str) -> psycopg.Connection | None:
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError:
        return None


def write_three(shop: Workshop, middle: str) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a (n integer); INSERT INTO a VALUES (1);")
    shop.write("shop_0002_b", middle)
    shop.write("shop_0003_c", "CREATE TABLE c ();")


def test_a_server_killed_in_the_middle_of_a_migration_has_the_ones_before_and_nothing_of_it(
    frail: Server, shop: Workshop
) -> None:
    write_three(shop, "CREATE TABLE b (); SELECT pg_advisory_xact_lock(42); CREATE TABLE b_2 ();")
    shop.watch.execute("SELECT pg_advisory_lock(42)")
    process = shop.start("apply", "--lock-timeout", "60000")
    shop.waiting_backend("advisory")
    kill_server(frail)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the connection was lost" in err
    assert "slate status" in err
    assert "Traceback" not in err
    revive(frail, shop)
    assert shop.ledger() == ["shop_0001_a"]
    assert not shop.exists("shop.b")
    assert shop.apply() == ["shop_0002_b", "shop_0003_c"]
    assert shop.state().is_current


def test_a_server_killed_between_ddl_and_commit_has_nothing_of_the_migration(frail: Server, shop: Workshop) -> None:
    write_three(shop, "CREATE TABLE b ();")
    shop.apply(to="shop_0001_a")
    holder = shop.session()
    holder.execute("LOCK TABLE shop._slate_ledger IN SHARE MODE")
    process = shop.start("apply", "--lock-timeout", "60000")
    shop.waiting_backend("relation")
    kill_server(frail)
    _, err = process.communicate(timeout=120)
    holder.close()
    assert process.returncode == 1, err
    revive(frail, shop)
    assert shop.ledger() == ["shop_0001_a"]
    assert not shop.exists("shop.b")
    assert shop.apply() == ["shop_0002_b", "shop_0003_c"]


def test_a_server_killed_inside_a_concurrent_build_leaves_an_invalid_index_that_the_next_run_rebuilds(
    frail: Server, shop: Workshop
) -> None:
    write_three(
        shop,
        NON + "INSERT INTO a VALUES (2);\nCREATE INDEX CONCURRENTLY a_n_idx ON a (n);\nINSERT INTO a VALUES (3);\n",
    )
    shop.apply(to="shop_0001_a")

    def work() -> None:
        from slate_pg.migrations import locking

        locking.wait_for_holders = lambda *_: None
        shop.apply()

    old = shop.session()
    old.execute("INSERT INTO shop.a VALUES (9)")
    pid = shop.fork(work)
    shop.waiting_backend()
    kill_server(frail)
    old.close()
    assert reap(pid) == 1
    revive(frail, shop)
    assert shop.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.a_n_idx'::regclass") is False
    assert [(i.finished, i.total) for i in shop.state().interrupted] == [(1, 3)]
    assert shop.apply() == ["shop_0002_b", "shop_0003_c"]
    assert shop.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.a_n_idx'::regclass") is True
    assert [r[0] for r in shop.rows("SELECT n FROM shop.a ORDER BY n")] == [1, 2, 3], "no statement ran twice"


def test_a_backend_that_crashes_takes_its_migration_with_it(frail: Server, shop: Workshop) -> None:
    write_three(shop, "CREATE TABLE b (); SELECT pg_advisory_xact_lock(42);")
    shop.watch.execute("SELECT pg_advisory_lock(42)")
    process = shop.start("apply", "--lock-timeout", "60000")
    backend = shop.waiting_backend("advisory")
    os.kill(backend, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the connection was lost" in err
    revive(frail, shop)
    assert shop.ledger() == ["shop_0001_a"]
    assert shop.apply() == ["shop_0002_b", "shop_0003_c"]


def test_a_prepared_transaction_in_the_way_is_named_with_what_ends_it(frail: Server, shop: Workshop) -> None:
    from slate_pg.errors import Busy

    write_three(shop, "ALTER TABLE a ADD COLUMN m integer;")
    shop.apply(to="shop_0001_a")
    with shop.session(autocommit=True) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO shop.a VALUES (5)")
        other.execute("PREPARE TRANSACTION 'forgotten'")
    with pytest.raises(Busy) as busy:
        shop.apply(patience=Patience(30, 0.3))
    assert "prepared transaction" in busy.value.detail[0]
    assert "ROLLBACK PREPARED 'forgotten'" in busy.value.detail[0]
    shop.do("ROLLBACK PREPARED 'forgotten'")
    assert shop.apply() == ["shop_0002_b", "shop_0003_c"]
