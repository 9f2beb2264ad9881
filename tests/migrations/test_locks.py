"""Guarantees 4 and 5: one runner at a time, and polite to those who use the tables."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from slate_pg.errors import Busy
from slate_pg.migrations import ledger
from slate_pg.migrations.locking import Patience
from tests.workshop import Workshop, eventually

SHORT = Patience(lock_timeout_ms=30, wait_seconds=0.4)


class Hand:
    """An apply in a thread of its own, so that the test can act while it waits."""

    def __init__(self, shop: Workshop, **how: Any) -> None:
        self.error: BaseException | None = None
        self.ids: list[str] = []
        self._thread = threading.Thread(target=self._work, args=(shop, how), daemon=True)
        self._thread.start()

    def _work(self, shop: Workshop, how: dict[str, Any]) -> None:
        try:
            self.ids = shop.apply(**how)
        except BaseException as error:
            self.error = error

    def result(self) -> list[str]:
        self._thread.join(20)
        assert not self._thread.is_alive(), "the apply never ended"
        if self.error:
            raise self.error
        return self.ids


def test_eight_runners_at_once_apply_each_migration_once_and_all_exit_0(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (n integer);")
    for n in range(2, 12):
        shop.write(f"shop_{n:04}_x", f"INSERT INTO t VALUES ({n}); SELECT pg_sleep(0.01);")
    shop.write(
        "shop_0012_i",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY t_n_idx ON t (n);\nINSERT INTO t VALUES (12);",
    )
    with shop.session() as gate:
        # All eight start while the lock is held, so that they really meet.
        gate.execute("SELECT pg_advisory_lock(%s)", [ledger.lock_key("shop")])
        processes = [shop.start("apply") for _ in range(8)]
        eventually(
            lambda: (
                shop.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'slate apply' AND "
                    "datname = current_database()"
                )
                == 8
            ),
            "eight runners are connected",
            40,
        )
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert [r[0] for r in shop.rows("SELECT n FROM shop.t ORDER BY n")] == list(range(2, 13))
    assert len(shop.ledger()) == 12
    assert sorted(shop.log()) == [("apply", name) for name in shop.ledger()]


def test_a_waiting_runner_holds_no_snapshot_and_does_not_block_a_concurrent_index(shop: Workshop) -> None:
    """A waiter inside pg_advisory_lock() would deadlock with the index build of the runner it waits for."""
    shop.write("shop_0001_t", "CREATE TABLE t (n integer);")
    shop.write("shop_0002_i", "-- transactional: false\nCREATE INDEX CONCURRENTLY t_n_idx ON t (n);")
    shop.apply(to="shop_0001_t")
    with shop.session() as gate:
        gate.execute("SELECT pg_advisory_lock(%s)", [ledger.lock_key("shop")])
        gate.commit()
        second = Hand(shop)
        eventually(lambda: shop.heard.waits, "the second runner waits")
        shop.do("CREATE INDEX CONCURRENTLY other_idx ON shop.t (n)")
        assert shop.exists("shop.other_idx")
    assert second.result() == ["shop_0002_i"]


def test_a_runner_that_waits_in_vain_names_who_holds_the_lock(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t ();")
    with shop.session(application_name="somebody") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [ledger.lock_key("shop")])
        with pytest.raises(Busy) as busy:
            shop.apply(patience=SHORT)
        assert str(other.info.backend_pid) in busy.value.detail[0]
        assert "postgres" in busy.value.detail[0]
    assert shop.apply() == ["shop_0001_t"]


def test_two_installations_are_locked_one_by_one(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t ();")
    with shop.session() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [ledger.lock_key("shop")])
        assert shop.apply(schema="shop_east", patience=SHORT) == ["shop_0001_t"]


def prepare(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE books (n integer); CREATE TABLE other (n integer);")
    shop.apply()
    shop.write("shop_0002_c", "ALTER TABLE books ADD COLUMN m integer;")


def test_an_old_transaction_on_the_table_is_waited_for_and_named_and_no_lock_is_queued(shop: Workshop) -> None:
    """Gating: pid, user, query and age are told, nobody queues behind us, and the migration runs when it is gone."""
    prepare(shop)
    with shop.session() as old:
        old.execute("SELECT 'a long report', count(*) FROM shop.books")
        eventually(
            lambda: shop.value(
                "SELECT clock_timestamp() - xact_start > '0.11 s' FROM pg_stat_activity WHERE pid = %s",
                old.info.backend_pid,
            ),
            "the transaction is old",
        )
        hand = Hand(shop)
        what, holders = eventually(lambda: shop.heard.waits, "the runner says that it waits")[0]
        assert "shop_0002_c: waiting for a quiet moment" in what
        (holder,) = holders
        assert (holder.pid, holder.user, holder.relation) == (old.info.backend_pid, "postgres", "books")
        assert "a long report" in holder.query
        assert holder.seconds > 0.1
        queued = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'shop.books'::regclass"
        assert [shop.value(queued) for _ in range(50)] == [0] * 50, "the gate keeps us out of the server's queue"
    assert hand.result() == ["shop_0002_c"]


def test_a_lock_that_stays_ends_in_busy_and_leaves_nothing(shop: Workshop) -> None:
    prepare(shop)
    with shop.session() as old:
        old.execute("SELECT count(*) FROM shop.books")
        with pytest.raises(Busy) as busy:
            shop.apply(patience=SHORT)
        assert f"pid {old.info.backend_pid} (postgres, idle in transaction" in busy.value.detail[0]
        assert 'holds "books"' in busy.value.detail[0]
    assert shop.ledger() == ["shop_0001_t"]
    assert shop.apply() == ["shop_0002_c"]


def test_the_command_names_the_session_in_the_way_and_exits_1(shop: Workshop) -> None:
    prepare(shop)
    with shop.session() as old:
        old.execute("SELECT 'the culprit', count(*) FROM shop.books")
        result = shop.slate("apply", "--wait", "0.3", "--lock-timeout", "30")
    assert result.returncode == 1
    assert f"pid {old.info.backend_pid} (postgres" in result.stderr if not old.closed else True
    assert "the culprit" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_young_transaction_costs_retries_under_lock_timeout_and_never_an_unbounded_wait(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate open, each attempt gives way after lock_timeout: no lock request of ours is ever older."""
    monkeypatch.setattr("slate_pg.migrations.locking.OLD_HOLDER_SECONDS", 3600)
    prepare(shop)
    with shop.session() as young, shop.session(autocommit=True) as reader:
        young.execute("SELECT count(*) FROM shop.books")
        hand = Hand(shop, patience=Patience(lock_timeout_ms=40, wait_seconds=20))
        eventually(lambda: len(shop.heard.waits) >= 3, "three attempts gave way")
        began = time.monotonic()
        reader.execute("SELECT count(*) FROM shop.books")
        assert time.monotonic() - began < 18, "a reader behind us waits for one attempt at most"
        what, holders = shop.heard.waits[0]
        assert "attempt 1 gave way after 40 ms" in what
        assert [h.pid for h in holders] == [young.info.backend_pid]
    assert hand.result() == ["shop_0002_c"]
    assert shop.rows("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'migration' AND key = 'shop_0002_c'") == [
        (1,)
    ]


def test_a_role_that_may_not_see_other_sessions_still_names_their_pid(shop: Workshop) -> None:
    shop.do("CREATE ROLE modest LOGIN; CREATE SCHEMA shop AUTHORIZATION modest")
    try:
        url = shop.url.replace("postgres@", "modest@")
        shop.write("shop_0001_t", "CREATE TABLE books (n integer);")
        shop.apply(url=url)
        shop.write("shop_0002_c", "ALTER TABLE books ADD COLUMN m integer;")
        with shop.session() as old:
            old.execute("SELECT count(*) FROM shop.books")
            with pytest.raises(Busy) as busy:
                shop.apply(patience=SHORT, url=url)
            assert f"pid {old.info.backend_pid} (postgres" in busy.value.detail[0]
        assert shop.apply(url=url) == ["shop_0002_c"]
    finally:
        shop.do("DROP SCHEMA shop CASCADE; DROP ROLE modest")


def test_a_table_that_no_migration_names_delays_nobody(shop: Workshop) -> None:
    prepare(shop)
    with shop.session() as old:
        old.execute("LOCK TABLE shop.other IN ACCESS EXCLUSIVE MODE")
        assert shop.apply(patience=SHORT) == ["shop_0002_c"]
    assert shop.heard.waits == []


def test_a_locked_ledger_is_waited_for_under_lock_timeout_and_named(shop: Workshop) -> None:
    prepare(shop)
    with shop.session() as other:
        other.execute("LOCK TABLE shop._slate_ledger IN SHARE MODE")
        with pytest.raises(Busy) as busy:
            shop.apply(patience=SHORT)
        assert f"pid {other.info.backend_pid}" in busy.value.detail[0]
    assert shop.apply() == ["shop_0002_c"]


def test_a_concurrent_index_waits_for_old_transactions_as_long_as_wait_allows(shop: Workshop) -> None:
    """CREATE INDEX CONCURRENTLY blocks nobody while it waits, so lock_timeout does not cut it short."""
    prepare(shop)
    shop.apply()
    shop.write("shop_0003_i", "-- transactional: false\nCREATE INDEX CONCURRENTLY books_n_idx ON books (n);")
    with shop.session() as old:
        hand = None
        old.execute("SELECT 1")
        old.rollback()
        hand = Hand(shop, patience=Patience(lock_timeout_ms=1, wait_seconds=20))
        assert hand.result() == ["shop_0003_i"]
    assert shop.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.books_n_idx'::regclass")


@pytest.mark.parametrize(
    "lifted",
    ["SET lock_timeout = 0;", "SELECT set_config('lock_timeout', '0', false);", "RESET ALL;", "RESET lock_timeout;",
     "DO $$ BEGIN PERFORM set_config('LOCK_TIMEOUT'::text, '0', true); END $$;"],
    ids=["set", "set_config", "reset all", "reset", "in a block"],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["", "-- transactional: false\n"], ids=["transactional", "not"])
def test_a_script_that_lifts_lock_timeout_still_gives_way(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, lifted: str, mode: str
) -> None:
    """pg_dump's output sets it to 0; whoever comes behind us in the queue must not pay for that."""
    monkeypatch.setattr("slate_pg.migrations.locking.OLD_HOLDER_SECONDS", 3600)
    prepare(shop)
    shop.write("shop_0002_c", f"{mode}{lifted}\nALTER TABLE shop.books ADD COLUMN m integer;")
    with shop.session() as old:
        old.execute("SELECT count(*) FROM shop.books")
        with pytest.raises(Busy) as busy:
            shop.apply(patience=SHORT)
    assert f"pid {old.info.backend_pid}" in busy.value.detail[0] if not old.closed else busy.value.detail
    assert shop.apply() == ["shop_0002_c"]


def test_a_bound_that_a_script_sets_itself_is_kept(shop: Workshop) -> None:
    prepare(shop)
    shop.write(
        "shop_0002_c", "SET lock_timeout = '7s'; CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS t;"
    )
    shop.apply()
    assert shop.value("SELECT t FROM shop.seen") == "7s"


def test_a_deadlock_is_tried_again(shop: Workshop) -> None:
    prepare(shop)
    shop.write(
        "shop_0003_d",
        "SET deadlock_timeout = '50ms'; LOCK TABLE books; SELECT pg_advisory_xact_lock(1); LOCK TABLE other;",
    )
    with shop.session() as other:
        other.execute("SELECT pg_advisory_lock(1)")
        hand = Hand(shop, patience=Patience(lock_timeout_ms=10_000, wait_seconds=30))
        shop.waiting_backend("advisory")
        other.execute("SET deadlock_timeout = '60s'; LOCK TABLE shop.other IN ACCESS SHARE MODE")
        blocked = threading.Thread(
            target=lambda: other.execute("SELECT pg_advisory_unlock(1); LOCK TABLE shop.books IN ACCESS SHARE MODE")
        )
        blocked.start()
        blocked.join(20)
        assert not blocked.is_alive()
        other.rollback()
    assert hand.result() == ["shop_0002_c", "shop_0003_d"]
    assert any("attempt 1 gave way" in what for what, _ in shop.heard.waits)
