"""Watches what a statement does on a copy: locks, rewrites, scans, and what all databases of the server share."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from slate_pg.config import Product
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.rehearsal.copy import Stage
from slate_pg.rehearsal.findings import Work

_SAID = (
    (re.compile(r'^rewriting table "([^"]+)"'), "rewrite"),
    (re.compile(r'^verifying table "([^"]+)"'), "full scan"),
    (re.compile(r'^building index "[^"]+" on table "([^"]+)"'), "index build"),
    (re.compile(r'^validating foreign key constraint "([^"]+)"'), "constraint validation"),
    (re.compile(r'^validating (?:check|partition) constraint .*"([^"]+)"'), "constraint validation"),
)
_ALTERED = re.compile(r'alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?("?[\w$]+"?(?:\."?[\w$]+"?)?)', re.I)


@dataclass
class Rehearsal:
    """A copy and the connection that rehearses on it; `said` is what the server told about the latest statement."""

    stage: Stage
    connection: Connection
    product: Product
    path: list[str]
    said: list[str] = field(default_factory=list)

    @property
    def watcher(self) -> Connection:
        """The connection that watches, with the rights of a superuser."""
        return self.stage.watcher


def cluster_mark(rehearsal: Rehearsal) -> Any:
    """Return a mark of what all databases share, as the rehearsing connection sees it."""
    row = rehearsal.connection.execute(package_sql("rehearsal/observe_cluster")).fetchone()
    return row and row[0]


def works_done(rehearsal: Rehearsal, text: str, before: dict[int, Any]) -> Iterator[Work]:
    """Yield what the server said it did, and rewrites that it does not speak of, for relations that were there."""
    names = {name.split(".")[-1]: name for name, kind, _ in before.values() if kind in "rpmi"}
    spoken = set()
    for said in rehearsal.said:
        for pattern, kind in _SAID:
            if match := pattern.match(said):
                relation = match.group(1)
                if kind == "constraint validation":
                    altered = _ALTERED.search(text)
                    relation = altered.group(1).strip('"') if altered else relation
                if relation in names and (kind, relation) not in spoken:
                    spoken.add((kind, relation))
                    yield Work(kind, names[relation], said)
    rewritten = {relation for kind, relation in spoken if kind == "rewrite"}
    for oid, (name, kind, filenode) in find_relations(rehearsal).items():
        old = before.get(oid)
        if old and kind in "rm" and filenode != old[2] and name not in rewritten:
            yield Work("rewrite", name, "its file on disk changed")


def find_relations(rehearsal: Rehearsal) -> dict[int, tuple[str, str, int | None]]:
    """Return name, kind and file of every relation, by oid. The rehearsing connection sees its own changes."""
    rows = rehearsal.connection.execute(package_sql("rehearsal/observe_relations"), {"path": rehearsal.path}).fetchall()
    return {oid: (name, kind, filenode) for oid, name, kind, filenode in rows}


def find_locks(rehearsal: Rehearsal) -> set[tuple[int, str]]:
    """Return the locks that the rehearsing connection holds, as (oid, mode). Reads only."""
    parameters = {"pid": rehearsal.connection.info.backend_pid}
    return set(rehearsal.watcher.execute(package_sql("rehearsal/observe_locks"), parameters).fetchall())


@contextmanager
def watching_locks(rehearsal: Rehearsal, wanted: bool) -> Iterator[set[tuple[int, str]]]:
    """Watch a statement that commits by itself: its locks are gone when it ends.

    A bystander with an old snapshot holds CONCURRENTLY up until it has been seen waiting, so nothing is missed.
    """
    seen: set[tuple[int, str]] = set()
    if not wanted:
        yield seen
        return
    bystander = rehearsal.stage.box.keep(rehearsal.stage.definitions.database)
    bystander.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    bystander.execute("SELECT 1")
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
    query = "SELECT wait_event_type = 'Lock' FROM pg_catalog.pg_stat_activity WHERE pid = %s"
    pid = rehearsal.connection.info.backend_pid
    end = time.monotonic() + 2
    held = True
    while not done.is_set():
        seen |= find_locks(rehearsal)
        row = rehearsal.watcher.execute(query, [pid]).fetchone()
        if held and ((row and row[0]) or time.monotonic() > end):
            seen |= find_locks(rehearsal)
            bystander.rollback()
            held = False
        time.sleep(0.001)
