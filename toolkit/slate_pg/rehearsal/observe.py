"""Watches what a statement does on a copy: its locks, and what all databases of the server share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.config import Product
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.rehearsal.copy import Stage
from slate_pg.rehearsal.findings import STRENGTH, Lock
from slate_pg.rehearsal.reading import Reading
from slate_pg.rehearsal.rules import Grounds
from slate_pg.rehearsal.state import State

Held = frozenset[tuple[int, str]]
_AT_WORK = "SELECT wait_event_type = 'Lock' FROM pg_catalog.pg_stat_activity WHERE pid = %s"


@dataclass
class Rehearsal:
    """A copy and the connection that rehearses on it; `said` is what the server told about the latest statement.

    `first` is how the copy looked like the target; `state` how it looks now. `undo` takes every file back.
    `grounds` are the rules that rows keep by now.
    """

    stage: Stage
    connection: Connection
    product: Product
    path: list[str]
    undo: bool = False
    said: list[str] = field(default_factory=list)
    first: State = field(default_factory=State)
    state: State = field(default_factory=State)
    prepared: dict[str, Reading] = field(default_factory=dict)
    grounds: Grounds = field(default_factory=Grounds)

    @property
    def watcher(self) -> Connection:
        """The connection that watches, with the rights of a superuser."""
        return self.stage.watcher


def cluster_mark(rehearsal: Rehearsal) -> Any:
    """Return a mark of what all databases share, as the rehearsing connection sees it."""
    row = rehearsal.connection.execute(package_sql("rehearsal/observe_cluster")).fetchone()
    return row and row[0]


def find_locks(rehearsal: Rehearsal) -> Held:
    """Return the locks that the rehearsing connection holds, as (oid, mode). Reads only."""
    parameters = {"pid": rehearsal.connection.info.backend_pid}
    return frozenset(rehearsal.watcher.execute(package_sql("rehearsal/observe_locks"), parameters).fetchall())


def named_locks(rehearsal: Rehearsal, held: Held, there: State, since: dict[tuple[int, str], int]) -> tuple[Lock, ...]:
    """Return the strongest lock on each relation that was there, but for those that only read and write rows."""
    strongest: dict[int, str] = {}
    for oid, mode in held:
        if oid in there.relations and STRENGTH.get(mode, 0) > STRENGTH.get(strongest.get(oid, ""), -1):
            strongest[oid] = mode
    found = []
    for oid, mode in strongest.items():
        relation = there.relations[oid]
        on_index = relation.kind in "iI"
        if on_index and (mode != "AccessExclusiveLock" or strongest.get(relation.table or 0) == mode):
            continue
        if STRENGTH.get(mode, 0) > STRENGTH["RowExclusiveLock"]:
            label, line = rehearsal.first.called(oid, there), since.get((oid, mode), 0)
            table = rehearsal.first.called(relation.table or 0, there) if on_index else ""
            found.append(Lock(label, mode, line, table, relation.kind != "m"))
    return tuple(sorted(found, key=lambda lock: (-STRENGTH.get(lock.mode, 0), lock.relation)))


def passed_on(rehearsal: Rehearsal, locks: tuple[Lock, ...], there: State) -> tuple[Lock, ...]:
    """Return locks with those who wait besides: whoever uses a parent needs its partitions and children too."""
    oids = {rehearsal.first.called(oid, there): oid for oid in there.relations}
    every = list(locks)
    for lock in locks:
        parent = there.relations[oids[lock.table or lock.relation]].parent if lock.blocks_work else None
        while parent in there.relations and parent is not None:
            every.append(replace(lock, table=rehearsal.first.called(parent, there)))
            parent = there.relations[parent].parent
    return tuple(every)


@contextmanager
def watching_locks(rehearsal: Rehearsal, there: State) -> Iterator[set[tuple[int, str]]]:
    """Watch a statement that commits by itself: its locks are gone when it ends.

    A bystander with an old snapshot, who reads every table, holds it up until it has been seen waiting.
    """
    seen: set[tuple[int, str]] = set()
    bystander = rehearsal.stage.box.keep(rehearsal.stage.definitions.database)
    bystander.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    bystander.execute("SELECT 1")
    for oid, relation in there.relations.items():
        if relation.kind in "rp":  # no other relation can be locked by name
            row = bystander.execute("SELECT %s::regclass::text", [oid]).fetchone()
            bystander.execute(sql.SQL("LOCK TABLE ONLY {} IN ACCESS SHARE MODE").format(sql.SQL(str(row and row[0]))))
    done = threading.Event()
    thread = threading.Thread(target=_poll, args=(rehearsal, seen, bystander, done), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
        bystander.close()


def _poll(
    rehearsal: Rehearsal, seen: set[tuple[int, str]], bystander: psycopg.Connection[Any], done: threading.Event
) -> None:
    pid = rehearsal.connection.info.backend_pid
    end = time.monotonic() + 2
    held = True
    while not done.is_set():
        seen |= find_locks(rehearsal)
        row = rehearsal.watcher.execute(_AT_WORK, [pid]).fetchone()
        if held and ((row and row[0]) or time.monotonic() > end):
            seen |= find_locks(rehearsal)
            bystander.rollback()
            held = False
        time.sleep(0.001)
