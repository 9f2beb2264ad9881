"""Measures what statements really do to a filled database: locks, who waits, rewrites, scans, losses, changed rows.

Run it as `python -m tests.rehearsal.truth.measure`, with names of cases or for all, with PG_BIN for another server: it
writes `measured_<version>.txt` beside itself. Nothing of Slate's own judgement is used: a second connection tries to read and to write every table while
the first holds its transaction open, and the server's own counters and files tell the rest.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.postgres.server import FAST, disposable
from slate_pg.postgres.statements import split

HERE = Path(__file__).parent
MODES = (
    "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
    "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
)  # fmt: skip
REFERENCES = {"guests": "parent_id", "tyres": "rim_id"}  # a deletion elsewhere sets them to NULL
PATIENCE = "15ms"
SETTINGS = (*FAST, "max_parallel_workers_per_gather=0", "max_parallel_maintenance_workers=0", "autovacuum=off")
_LOCKS = """
SELECT l.relation, l.mode FROM pg_locks AS l INNER JOIN pg_class AS c ON c.oid = l.relation
WHERE l.locktype = 'relation' AND l.pid = %s AND l.granted AND c.relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname IN ('shop', 'aside', 'Other Schema')))
"""
_RELATIONS = """
SELECT c.oid, CASE n.nspname WHEN 'shop' THEN c.relname ELSE n.nspname || '.' || c.relname END, c.relkind::text,
    pg_relation_filenode(c.oid), pg_stat_get_xact_numscans(c.oid),
    pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
    + pg_stat_get_xact_tuples_deleted(c.oid), i.indrelid
FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
WHERE n.nspname IN ('shop', 'aside', 'Other Schema') AND c.relkind IN ('r', 'p', 'm', 'S', 'i', 'v')
"""
_COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute AS a INNER JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname IN ('shop', 'aside', 'Other Schema'))) AND c.relkind = 'r' AND a.attnum > 0
    AND NOT a.attisdropped AND a.attgenerated = ''
"""


@dataclass(frozen=True)
class Case:
    """A name, its statements, and whether each of them commits by itself."""

    name: str
    text: str
    alone: bool

    @property
    def statements(self) -> list[str]:
        return [s.text for s in split(self.text)]


@dataclass
class Truth:
    """What was seen after one statement, of relations that were there before its case."""

    locks: dict[str, str] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    rewrites: set[str] = field(default_factory=set)
    scans: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    error: str = ""

    def line(self, name: str) -> str:
        """Return the truth as one line of the file."""
        parts = [
            ("locks", [f"{k} {v.removesuffix('Lock')}" for k, v in sorted(self.locks.items())]),
            ("waits", [f"{k} {v}" for k, v in sorted(self.waits.items())]),
            ("rewrites", sorted(self.rewrites)), ("scans", sorted(self.scans)), ("lost", sorted(self.lost)),
            ("changes", sorted(self.changes)), ("error", [self.error] if self.error else []),
        ]  # fmt: skip
        return " | ".join([name, *(f"{what}: {', '.join(values)}" for what, values in parts if values)])


def read_cases() -> list[Case]:
    """Return all cases: each begins with a line of three hyphens and its name; those that cannot be undone are last."""
    cases = []
    for name in ("statements.sql", "files.sql"):
        for part in (HERE / name).read_text("utf-8").split("--- ")[1:]:
            title, _, text = part.partition("\n")
            cases.append(Case(title.removesuffix(" [alone]"), text, title.endswith(" [alone]")))
    return sorted(cases, key=lambda case: case.alone)


def make_base(url: str) -> None:
    """Fill an empty database with what cases start from. Writes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop; SET search_path = shop; SET TimeZone = 'UTC'")
        connection.execute((HERE / "base.sql").read_text("utf-8").encode())
        connection.execute("ANALYZE")


class Measure:
    """A filled database, a connection that acts and one that watches and tries."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.actor = psycopg.connect(url, autocommit=True)
        self.actor.execute("SET search_path = shop; SET TimeZone = 'UTC'; SET lock_timeout = '5s'")
        # No plan is kept: a kept one needs no lock on indexes, and would not wait where a new query does.
        self.other = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        self.other.execute(f"SET search_path = shop; SET lock_timeout = '{PATIENCE}'")
        self.pid = self.actor.info.backend_pid

    def look(self) -> dict[int, Any]:
        return {row[0]: row[1:] for row in self.actor.execute(_RELATIONS)}

    def columns(self) -> dict[tuple[int, int], tuple[str, str]]:
        return {(a, b): (c, d) for a, b, c, d in self.actor.execute(_COLUMNS)}

    def counts(self, before: dict[int, Any]) -> dict[str, int]:
        """Return the rows of every table that is still there, by the name it had."""
        found = {}
        there = self.look()
        for oid, (name, kind, *_) in before.items():
            if kind == "r" and oid in there:
                row = self.actor.execute(f"SELECT count(*) FROM ONLY {self.named(oid)}").fetchone()
                found[name] = row[0] if row else 0
        return found

    def named(self, oid: int) -> str:
        row = self.actor.execute("SELECT %s::regclass::text", [oid]).fetchone()
        return str(row and row[0])

    def transactional(self, case: Case) -> Iterator[Truth]:
        """Run a case in one transaction and undo it; yield the truth after each statement."""
        before, columns = self.look(), self.columns()
        rows, values = self.counts(before), self.values(columns)
        self.actor.execute("BEGIN")
        earlier = self.look()
        for statement in case.statements:
            truth = Truth()
            try:
                self.actor.execute(statement.encode())
            except psycopg.Error as error:
                yield Truth(error=str(error.sqlstate))
                break
            held = self.actor_locks()
            now = self.look()
            truth.locks = strongest(held, before)
            truth.waits = dict(self.waiting(before))
            worked(truth, before, earlier, now)
            self.emptied_now(truth, before, rows)
            earlier = self.look()
            yield truth
        else:
            self.lost(truth, before, columns, rows, values)
        self.actor.execute("ROLLBACK")

    def actor_locks(self) -> list[tuple[int, str]]:
        return self.other.execute(_LOCKS, [self.pid]).fetchall()

    def waiting(self, before: dict[int, Any]) -> Iterator[tuple[str, str]]:
        """Try to read and to write every relation from the second connection; yield who waits."""
        for oid, (name, kind, *_) in before.items():
            if kind not in "rpmSv":
                continue
            target = sql.SQL(".").join(map(sql.Identifier, name.split(".")))
            if kind == "S":
                if self.waits(sql.SQL("SELECT last_value FROM {}").format(target)):
                    yield name, "reads and writes"
                elif self.waits(sql.SQL("SELECT nextval({})").format(sql.Literal(name))):
                    yield name, "writes"
                continue
            if self.waits(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(target)):
                yield name, "reads and writes"
            elif kind in "rp" and self.waits(self.writing(oid, target)):
                yield name, "writes"

    def writing(self, oid: int, target: sql.Composed) -> sql.Composed:
        """Return a statement that writes a table, though no row of it."""
        query = "SELECT attname FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND attidentity = '' AND attgenerated = '' LIMIT 1"
        row = self.other.execute(query, [oid]).fetchone()
        return sql.SQL("UPDATE {0} SET {1} = {1} WHERE random() < 0").format(
            target, sql.Identifier(row[0] if row else "id")
        )

    def waits(self, statement: sql.Composed) -> bool:
        self.other.execute("BEGIN")
        try:
            self.other.execute(statement)
        except psycopg.errors.LockNotAvailable:
            return True
        finally:
            self.other.execute("ROLLBACK")
        return False

    def values(self, columns: dict[tuple[int, int], tuple[str, str]]) -> dict[tuple[int, int], Any]:
        """Return the values of columns that cases narrow or empty, as text, by key."""
        found = {}
        for (oid, number), (name, kind) in columns.items():
            table = self.named(oid)
            if table in ("big", *REFERENCES) and name != "id":
                query = sql.SQL("SELECT id, {}::text FROM {}").format(sql.Identifier(name), sql.Identifier(table))
                found[oid, number] = dict(self.actor.execute(query).fetchall()), kind
        return found

    def lost(self, truth: Truth, before: Any, columns: Any, rows: dict[str, int], values: Any) -> None:
        """Compare rows, columns and values with what was there before the case."""
        now, kept = self.look(), self.columns()
        for oid, (name, kind, *_) in before.items():
            if kind == "S" and oid not in now and name == "tickets":
                truth.lost.add(f"sequence {name}")
            if kind == "r" and rows.get(name) and oid not in now:
                truth.lost.add(f"table {name}")
        for name, count in self.counts(before).items():
            if count < rows[name]:
                truth.lost.add(f"rows {name}")
        for (oid, number), (column, kind) in columns.items():
            if oid in now and rows[before[oid][0]] and (oid, number) not in kept:
                if not all(v is None for v in values.get((oid, number), ({1: 1},))[0].values()):
                    truth.lost.add(f"column {before[oid][0]}.{column}")
            elif oid in now and (oid, number) in values and kept[oid, number][1] != kind:
                name, table = kept[oid, number][0], self.named(oid)
                query = sql.SQL("SELECT id, {}::{}::text FROM {}").format(
                    sql.Identifier(name), sql.SQL(kind), sql.Identifier(table)
                )
                if not self.same(query, values[oid, number][0]):
                    truth.lost.add(f"values {before[oid][0]}.{column}")
        self.emptied(truth, before, values, now)

    def emptied_now(self, truth: Truth, before: Any, rows: dict[str, int]) -> None:
        """Tell a table that was emptied from one that was written anew; one without rows is neither."""
        for oid, (name, kind, *_) in before.items():
            if name in truth.rewrites and kind == "r":
                row = self.actor.execute(f"SELECT count(*) FROM ONLY {self.named(oid)}").fetchone()
                if row and row[0] == 0:
                    truth.rewrites.discard(name)
                    truth.lost |= {f"rows {name}"} if rows[name] else set()

    def same(self, query: sql.Composed, before: dict[int, str]) -> bool:
        self.actor.execute("SAVEPOINT compare")
        try:
            return dict(self.actor.execute(query).fetchall()) == before
        except psycopg.errors.UndefinedObject:  # the old type is gone
            return True
        except psycopg.Error:
            return False
        finally:
            self.actor.execute("ROLLBACK TO compare")

    def emptied(self, truth: Truth, before: Any, values: Any, now: Any) -> None:
        """Name the reference that a cascade has set to NULL."""
        for (oid, _), (old, _) in values.items():
            if oid in now and before[oid][0] in REFERENCES:
                table, column = before[oid][0], REFERENCES[before[oid][0]]
                new = dict(self.actor.execute(f"SELECT id, {column}::text FROM {table}".encode()).fetchall())
                if any(new.get(key, value) is None and value is not None for key, value in old.items()):
                    truth.lost.add(f"values {table}.{column}")

    def alone(self, case: Case) -> Iterator[Truth]:
        """Run statements that commit by themselves; their locks are sampled while they run."""
        before, columns = self.look(), self.columns()
        rows, values = self.counts(before), self.values(columns)
        for statement in case.statements:
            truth, seen, done = Truth(), set(), threading.Event()

            def sample(seen: Any = seen, done: Any = done) -> None:
                with psycopg.connect(self.url, autocommit=True) as watcher:
                    while not done.is_set():
                        seen |= set(watcher.execute(_LOCKS, [self.pid]).fetchall())

            thread = threading.Thread(target=sample)
            thread.start()
            time.sleep(0.05)
            try:
                self.actor.execute(statement.encode())
            except psycopg.Error as error:
                truth.error = str(error.sqlstate)
            done.set()
            thread.join()
            truth.locks = strongest(seen, before)
            worked(truth, before, before, self.look(), counted=False)
            self.lost(truth, before, columns, rows, values)
            yield truth


def strongest(held: Any, before: dict[int, Any]) -> dict[str, str]:
    """Return the strongest lock on each relation that was there, but for those of readers and writers."""
    found: dict[str, str] = {}
    for oid, mode in held:
        if oid in before and before[oid][1] in "rpmSv" and MODES.index(mode) > MODES.index("RowExclusiveLock"):
            name = before[oid][0]
            if name not in found or MODES.index(mode) > MODES.index(found[name]):
                found[name] = mode
    return found


def worked(truth: Truth, before: Any, earlier: Any, now: Any, counted: bool = True) -> None:
    """Note which relations got a new file, were read from end to end, or had rows changed by the latest statement."""
    for oid, (_, kind, file, scans, changes, _) in now.items():
        if oid not in before or oid not in earlier:
            continue
        name = before[oid][0]
        if kind in "rm" and file != earlier[oid][2]:
            truth.rewrites.add(name)
        if counted and kind in "rm" and scans > earlier[oid][3]:
            truth.scans.add(name)
        if counted and kind == "r" and changes > earlier[oid][4]:
            truth.changes.add(name)


def measured(names: list[str]) -> tuple[int, dict[str, str]]:
    """Measure the cases of these names, or all; return the server's version and the lines by name and statement."""
    lines = {}
    with disposable(settings=SETTINGS) as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            version = admin.info.server_version // 10000
            admin.execute("CREATE DATABASE truth")
        make_base(server.url("truth"))
        measure = Measure(server.url("truth"))
        for case in read_cases():
            if not names or case.name in names:
                truths = list(measure.alone(case) if case.alone else measure.transactional(case))
                lines |= {f"{case.name}:{n}": truth.line(f"{case.name}:{n}") for n, truth in enumerate(truths, 1)}
        measure.actor.close()
        measure.other.close()
    return version, lines


def main() -> None:
    """Measure the cases named as arguments, or all, and write the results beside this file."""
    names = sys.argv[1:]
    version, lines = measured(names)
    path = HERE / f"measured_{version}.txt"
    if names:
        old = path.read_text("utf-8").splitlines()[1:]
        lines = {line.split(" | ")[0]: line for line in old} | lines
    head = f"# What PostgreSQL {version} did: written by measure.py, read by test_truth.py."
    path.write_text("\n".join([head, *lines.values()]) + "\n", "utf-8")
    sys.stderr.write(f"{path.name}: {len(lines)} statements\n")


if __name__ == "__main__":
    main()
