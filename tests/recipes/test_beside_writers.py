"""Recipes that move data while everybody writes: each row is there once, with its latest value, forth and back."""

from __future__ import annotations

import random
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.workshop import Workshop

ROWS, WRITERS = 6000, 3
CASES = {
    "change-type": (
        "CREATE TABLE t (id integer PRIMARY KEY, d integer, v integer NOT NULL); CREATE INDEX t_v_idx ON t (v);",
        "--recipe change-type --table t --column v --type bigint --batch 200",
        "SELECT id, v::text FROM shop.t",
    ),
    "split-table": (
        "CREATE TABLE t (id integer PRIMARY KEY, d integer, v integer NOT NULL);",
        "--recipe split-table --table t --column v --to t2 --batch 200",
        "SELECT id, t2.v::text FROM shop.t FULL JOIN shop.t2 USING (id)",
    ),
    "new-partition": (
        "CREATE TABLE t (id integer, d integer, v integer NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);"
        "CREATE TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE t_rest PARTITION OF t DEFAULT;",
        "--recipe new-partition --table t --to t_1 --values 'FROM (10) TO (20)' --move-rows --batch 200",
        "SELECT id, v::text FROM shop.t",
    ),
}


@dataclass
class Writer:
    """One session that inserts, changes and deletes rows of its own, and knows what they must be."""

    shop: Workshop
    number: int
    rows: dict[int, str]
    stop: threading.Event
    done: int = 0
    failed: list[str] = field(default_factory=list)

    def work(self) -> None:
        chance, fresh = random.Random(self.number), 1_000_000 + self.number  # noqa: S311 - no secret
        with self.shop.session(autocommit=True, prepare_threshold=None) as session:
            while not self.stop.is_set():
                value, key = chance.randrange(10**6), chance.choice([*self.rows][:500])
                try:
                    if chance.random() < 0.3:
                        fresh += WRITERS
                        session.execute("INSERT INTO shop.t (id, d, v) VALUES (%s, %s, %s)", [fresh, value % 30, value])
                        self.rows[fresh] = str(value)
                    elif chance.random() < 0.2:
                        session.execute("DELETE FROM shop.t WHERE id = %s", [key])
                        del self.rows[key]
                    else:
                        session.execute("UPDATE shop.t SET v = %s, d = %s WHERE id = %s", [value, value % 30, key])
                        self.rows[key] = str(value)
                except Exception as error:
                    self.failed.append(str(error))
                    return
                self.done += 1


@contextmanager
def writing(shop: Workshop) -> Iterator[list[Writer]]:
    """Write with several sessions until the block is left; afterwards each knows what its rows must be."""
    stop = threading.Event()
    there = dict(shop.rows("SELECT id, v::text FROM shop.t"))
    writers = [Writer(shop, n, {k: v for k, v in there.items() if k % WRITERS == n}, stop) for n in range(WRITERS)]
    threads = [threading.Thread(target=writer.work) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("case", CASES)
def test_each_row_is_there_once_with_its_latest_value(shop: Workshop, case: str) -> None:
    tables, options, now = CASES[case]
    shop.write("shop_0001_base", tables, "DROP TABLE t;")
    shop.apply()
    shop.do(f"INSERT INTO shop.t SELECT g, g % 30, g FROM generate_series(1, {ROWS}) AS g; ANALYZE shop.t")
    assert shop.slate("new", "shop", "ease_it", *shlex.split(options)).returncode == 0
    names = sorted(p.stem for p in shop.folder.glob("*.sql") if not p.name.endswith(".rollback.sql"))
    with writing(shop) as writers:
        ran = shop.slate("apply", "--to", names[-2])
        assert ran.returncode == 0, ran.stderr
    assert [writer.failed for writer in writers] == [[]] * WRITERS
    assert all(writer.done for writer in writers)
    wanted = {k: v for writer in writers for k, v in writer.rows.items()}
    assert dict(shop.rows(now)) == wanted
    assert shop.slate("apply").returncode == 0
    assert dict(shop.rows(now)) == wanted
    assert shop.slate("rollback", "shop", "--to", "shop_0001_base").returncode == 0
    assert dict(shop.rows("SELECT id, v::text FROM shop.t")) == wanted
