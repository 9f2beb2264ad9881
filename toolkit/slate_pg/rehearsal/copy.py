"""Rehearses pending migrations on a disposable copy of the target's schema and writes down what the server did.

Locks come from pg_locks, rewrites from the files on disk, scans, builds and validations from the server's own
debug messages. On the target it only reads: the schema (pg_dump), sizes, and who is at work.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from slate_pg.config import Product, Project
from slate_pg.errors import ServerError
from slate_pg.migrations.files import Migration
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.runner import Run
from slate_pg.postgres import dumps
from slate_pg.postgres.binaries import Binaries, find_binaries, run_client
from slate_pg.postgres.connection import Connection, client_url, connect, package_sql, send, send_script
from slate_pg.postgres.server import disposable
from slate_pg.postgres.statements import Statement, normalised, place, split
from slate_pg.rehearsal.verdict import STRENGTH, Lock, Observed, Size, Work

_SAID = (
    (re.compile(r'^rewriting table "([^"]+)"'), "rewrite"),
    (re.compile(r'^verifying table "([^"]+)"'), "full scan"),
    (re.compile(r'^building index "[^"]+" on table "([^"]+)"'), "index build"),
    (re.compile(r'^validating foreign key constraint "([^"]+)"'), "constraint validation"),
    (re.compile(r'^validating (?:check|partition) constraint .*"([^"]+)"'), "constraint validation"),
)
_ALTERED = re.compile(r'alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?("?[\w$]+"?(?:\."?[\w$]+"?)?)', re.I)


@dataclass
class Stage:
    """The disposable copy: a connection that rehearses and one that watches it."""

    connection: Connection
    watcher: Connection
    path: list[str]
    said: list[str] = field(default_factory=list)


@contextmanager
def stage(target: Connection, project: Project, product: Product) -> Iterator[Stage]:
    """Build a disposable copy of the target's schema, and yield connections to it.

    On the target's own server where the role may create databases (same version, same extensions), else on a
    disposable one. Of the target's databases nothing is written.
    """
    path = [product.schema] + ([project.shared] if project.shared and project.shared != product.schema else [])
    with _somewhere(target) as (url, binaries, password):
        options = {"password": password} if password else {}
        with connect(url, **options) as connection, connect(url, **options) as watcher:
            _copy_schema(target, connection, binaries, path)
            stage = Stage(connection, watcher, path)
            connection.add_notice_handler(lambda d: stage.said.append(d.message_primary or ""))
            yield stage


@contextmanager
def _somewhere(target: Connection) -> Iterator[tuple[str, Binaries, str]]:
    """Yield the connection string of an empty database, binaries for pg_dump, and a password."""
    name = f"slate_rehearsal_{target.info.backend_pid}"
    identifier = psycopg.sql.Identifier(name)
    binaries = find_binaries(target.info.server_version // 10000)
    try:
        target.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
    except psycopg.errors.InsufficientPrivilege:
        with disposable(binaries) as server:
            with connect(server.url()) as connection:
                _copy_roles(target, connection)
            yield server.url(), binaries, ""
        return
    try:
        yield _url(target, name), binaries, target.info.password
    finally:
        target.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _url(target: Connection, database: str) -> str:
    return client_url(target, dbname=database)


def _copy_roles(target: Connection, connection: Connection) -> None:
    for (name,) in target.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^(pg_|postgres$)'"):
        connection.execute(psycopg.sql.SQL("CREATE ROLE {}").format(psycopg.sql.Identifier(name)))


def _copy_schema(target: Connection, connection: Connection, binaries: Binaries, path: Sequence[str]) -> None:
    """Copy the schemas without data by pg_dump; a schema that is not there yet is made empty."""
    there = [r[0] for r in target.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(path)])]
    chosen = [argument for name in there for argument in ("--schema", f'"{name}"')]
    arguments = ("--schema-only", "--dbname", _url(target, target.info.dbname), *chosen)
    if there:
        dumped = run_client(binaries, "pg_dump", *arguments, password=target.info.password)
        if dumped.returncode != 0:
            raise ServerError(
                f"the target's schema cannot be copied: {dumped.stderr.strip().splitlines()[-1]}",
                hint="pg_dump must be as new as the target (set PG_BIN) and may need more rights (pg_read_all_data).",
            )
        _restore(connection, dumped.stdout)
    for name in path:
        connection.execute(psycopg.sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(psycopg.sql.Identifier(name)))


def _restore(connection: Connection, text: str) -> None:
    send(connection, "DROP SCHEMA IF EXISTS public CASCADE; SET check_function_bodies = off")
    if "CREATE SCHEMA public" not in text:
        send(connection, "CREATE SCHEMA public")
    send_script(connection, dumps.for_server(connection, text))
    send(connection, "RESET ALL")


def rehearse(stage: Stage, product: Product, shared: str | None, migrations: Sequence[Migration]) -> list[Observed]:
    """Run the migrations on the copy, one statement at a time; return what each did. Stops at the first failure."""
    run = Run(stage.connection, product, shared, Patience(lock_timeout_ms=5000))
    found: list[Observed] = []
    for migration in migrations:
        found += _rehearse_one(stage, run, migration)
        if found and found[-1].error:
            break
    return found


def _rehearse_one(stage: Stage, run: Run, migration: Migration) -> list[Observed]:
    script = migration.apply
    before = _relations(stage)
    settings = run.settings + " SET LOCAL client_min_messages = debug1;"
    started: list[float] = []
    found: list[Observed] = []
    if script.transactional:
        send(stage.connection, "BEGIN; " + settings)
    else:
        send(stage.connection, settings.replace("SET LOCAL", "SET"))
    known: dict[tuple[int, str], bool] = {}
    for statement in split(script.text):
        observed, locks = _watch(stage, statement, before, known, script.transactional)
        known |= dict.fromkeys(locks, True)
        started.append(time.perf_counter())
        where = place(script.text, statement.start)
        found.append(replace(observed, file=str(script.path), line=where.line))
        if observed.error:
            break
    end = time.perf_counter()
    if stage.connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(stage.connection, "ROLLBACK" if found and found[-1].error else "COMMIT")
    send(stage.connection, "RESET ALL")
    return [replace(o, held_ms=(end - t) * 1000) for o, t in zip(found, started, strict=False)]


def _watch(
    stage: Stage, statement: Statement, before: dict[int, Any], known: dict[tuple[int, str], bool], transactional: bool
) -> tuple[Observed, set[tuple[int, str]]]:
    """Run one statement and return what it did, and the locks it took as (oid, mode)."""
    stage.said.clear()
    text = normalised(statement.text)
    error = ""
    concurrent = not transactional
    with _polling(stage, concurrent) as seen:
        try:
            send(stage.connection, statement.text)
        except psycopg.Error as failure:
            error = f"{failure.diag.message_primary} ({failure.sqlstate})"
    locks = set(seen)
    if not error and transactional:
        locks |= _locks(stage)
    fresh = {(oid, mode) for oid, mode in locks if oid in before and (oid, mode) not in known}
    work = () if error else tuple(_work(stage, text, before))
    named = sorted({Lock(before[oid][0], mode) for oid, mode in fresh if before[oid][1] in "rpvmf"}, key=_by_strength)
    strongest = {lock.relation: lock for lock in reversed(named)}
    chosen = tuple(lock for lock in strongest.values() if STRENGTH.get(lock.mode, 0) > STRENGTH["RowExclusiveLock"])
    return Observed("", 0, text, chosen, work, error=error, concurrent=concurrent), locks


def _by_strength(lock: Lock) -> tuple[int, str]:
    return -STRENGTH.get(lock.mode, 0), lock.relation


def _work(stage: Stage, text: str, before: dict[int, Any]) -> Iterator[Work]:
    """Yield what the server said it did, and rewrites that it does not speak of, for relations that were there."""
    names = {name.split(".")[-1]: name for name, kind, _ in before.values() if kind in "rpmi"}
    spoken = set()
    for said in stage.said:
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
    for oid, (name, kind, filenode) in _relations(stage).items():
        old = before.get(oid)
        if old and kind in "rm" and filenode != old[2] and name not in rewritten:
            yield Work("rewrite", name, "its file on disk changed")


def _relations(stage: Stage) -> dict[int, tuple[str, str, int | None]]:
    """Return name, kind and file of every relation, by oid. The rehearsing connection sees its own changes."""
    rows = stage.connection.execute(package_sql("rehearsal/observe_relations"), {"path": stage.path}).fetchall()
    return {oid: (name, kind, filenode) for oid, name, kind, filenode in rows}


def _locks(stage: Stage) -> set[tuple[int, str]]:
    parameters = {"pid": stage.connection.info.backend_pid}
    return set(stage.watcher.execute(package_sql("rehearsal/observe_locks"), parameters).fetchall())


@contextmanager
def _polling(stage: Stage, wanted: bool) -> Iterator[set[tuple[int, str]]]:
    """Watch a statement that commits by itself: its locks are gone when it ends.

    A bystander with an old snapshot holds CONCURRENTLY up until it has been seen waiting, so nothing is missed.
    """
    seen: set[tuple[int, str]] = set()
    if not wanted:
        yield seen
        return
    bystander = psycopg.connect(stage.watcher.info.dsn)
    bystander.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    bystander.execute("SELECT 1")
    done = threading.Event()
    thread = threading.Thread(target=_poll, args=(stage, seen, bystander, done), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
        bystander.close()


def _poll(stage: Stage, seen: set[tuple[int, str]], bystander: psycopg.Connection[Any], done: threading.Event) -> None:
    query = "SELECT wait_event_type = 'Lock' FROM pg_catalog.pg_stat_activity WHERE pid = %s"
    pid = stage.connection.info.backend_pid
    end = time.monotonic() + 2
    held = True
    while not done.is_set():
        seen |= _locks(stage)
        row = stage.watcher.execute(query, [pid]).fetchone()
        if held and ((row and row[0]) or time.monotonic() > end):
            seen |= _locks(stage)
            bystander.rollback()
            held = False
        time.sleep(0.001)


def measure(target: Connection, schemas: Sequence[str]) -> dict[str, Size]:
    """Return the target's tables with rows, bytes and the oldest transaction using them. Reads only."""
    rows = target.execute(package_sql("rehearsal/measure_tables"), {"schemas": list(schemas)}).fetchall()
    return {name: Size(count, size, oldest) for name, count, size, oldest in rows}
