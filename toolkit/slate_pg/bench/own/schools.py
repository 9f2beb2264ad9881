"""Measures what a fleet of a whole product takes: one more, drift, plan and backup, beside their floors."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from psycopg import sql

from slate_pg.backup.logical import run_dump
from slate_pg.bench.own.commands import both, run_measured, slate_command
from slate_pg.bench.own.moved import BACKUP, BESIDE_ONE, DRIFT, NEW, PLAN, SPARE, Moved
from slate_pg.catalog import reader
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.cluster.role_names import find_own_roles
from slate_pg.config import Project, find_project
from slate_pg.fleet import adding
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.roster import call
from slate_pg.fleet.servers import Server
from slate_pg.migrations.files import Migration
from slate_pg.migrations.installations import read_files
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.naming import renamed_path
from slate_pg.migrations.runner import Watcher
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection, connect, package_sql, send

PRODUCT = "flourish"
_DATABASE = "schools"
_ONE = "school_00001"
_TIMES = 5  # each of what takes milliseconds, in turn with its floor
_PENDING = f"{PRODUCT}_9000_note_schools"
_LATER = "CREATE TABLE later (id integer PRIMARY KEY);"
_NOTE = "INSERT INTO {} (kind, key, number, checksum, body) VALUES ('seed', {}, 0, 'x', {})"


@dataclass
class Schools:
    """A fleet of flourish in a database of its own on each of these servers, which is made larger and larger."""

    project: Project
    servers: Sequence[str]
    home: Path
    there: list[int] = field(default_factory=lambda: [0, 0])  # so many installations on each
    urls: list[str] = field(default_factory=list)
    means: adding.Means | None = None

    def measure(self, size: int) -> list[Moved]:
        """Return what each command takes beside so many installations. Writes."""
        means = self.means or self._begin()
        times = max(1, min(_TIMES, (size // 2 - self.there[0]) // 2))
        self._fill(means, size // 2 - 2 * times, size - size // 2)
        with connect(self.urls[0], "slate bench") as connection:
            new = self._time_new(connection, means, times)
            spare = self._time_spares(connection, means, times)
        for url in self.urls:
            with connect(url, "slate bench") as connection:
                connection.execute("ANALYZE")
        count = sum(self.there)
        return [Moved(NEW, count, *new, None), Moved(SPARE, count, *spare, None), *self._commands(count)]

    def _begin(self) -> adding.Means:
        """Copy the files, make the databases with what installations build on, and say how one is made. Writes."""
        shared = self.project.shared
        names = [*([shared] if shared else []), PRODUCT]
        for name in names:
            found = self.project.product(name)
            shutil.copytree(found.migrations, self.home / "migrations" / name)
            shutil.copytree(found.sql, self.home / "sql" / name)
        shutil.copytree(self.project.cluster, self.home / "sql" / self.project.cluster.name)
        for url in self.servers:
            with connect(url, "slate bench") as connection:
                connection.execute(f"CREATE DATABASE {_DATABASE}".encode())
            self.urls.append(url.replace("/postgres?", f"/{_DATABASE}?"))
            with connect(self.urls[-1], "slate bench") as connection:
                bootstrap(connection, self.project)
        (self.home / "servers.txt").write_text("\n".join(self.urls) + "\n", encoding="utf-8")
        copied = find_project(str(self.home / "migrations"))
        products = [copied.product(name) for name in names]
        base = products[0] if shared else None
        self.means = adding.Means(products[-1], base, read_files(products), Patience(), Watcher())
        return self.means

    def _fill(self, means: adding.Means, *wanted: int) -> None:
        """Have so many installations at least on each server. Writes."""

        def install(url: str) -> None:
            place = self.urls.index(url)
            with connect(url, "slate bench") as connection:
                while self.there[place] < wanted[place]:
                    adding.build(connection, means, self._next(place))

        both(self.urls, install)

    def _next(self, place: int) -> str:
        """Return the name of the next installation on a server, which is counted as there."""
        self.there[place] += 1
        return f"school_{place}{self.there[place]:04}"

    def _time_new(self, connection: Connection, means: adding.Means, times: int) -> tuple[float, float]:
        """Return the median seconds of a new installation, and of the same statements by psycopg alone. Writes."""
        took: list[float] = []
        floors: list[float] = []
        for _ in range(times):
            floors.append(_timed(partial(_install, connection, means, "floor")))
            _forget(connection, "floor")
            took.append(_timed(partial(adding.add, connection, means, [], self._next(0), False)))
        return statistics.median(took), statistics.median(floors)

    def _time_spares(self, connection: Connection, means: adding.Means, times: int) -> tuple[float, float]:
        """Return the median seconds in which a spare gets its name, and of giving it by bare statements. Writes."""
        adding.prepare(connection, means, (), times, (), lambda name: None)
        lent = Connections(1, "slate bench")
        spares = call(lent, [Server("north", self.urls[0])], means.product, means.shared, means.files).spares
        lent.close()
        took: list[float] = []
        floors: list[float] = []
        for spare in spares:
            for old, new in ((spare.schema, "floor"), ("floor", spare.schema)):
                floors.append(_timed(partial(send, connection, _renaming(connection, old, new))))
            took.append(_timed(partial(adding.add, connection, means, [spare], self._next(0), False)))
        return statistics.median(took), statistics.median(floors)

    def _commands(self, size: int) -> list[Moved]:
        """Return what drift, backup and plan take, each a process. Writes files."""
        kept = self.home / "kept"
        drift = self._run("drift")
        measured = [
            _of(DRIFT, size, drift, both(self.urls, _read_catalogs)),
            _of(BESIDE_ONE, size, drift, self._run("drift", "--match", _ONE)[0]),
            _of(BACKUP, size, self._run("backup", "--to", str(kept)), both(self.urls, self._dump)),
        ]
        shutil.rmtree(kept)
        folder = self.home / "migrations" / PRODUCT
        (folder / f"{_PENDING}.sql").write_text(_LATER, encoding="utf-8")
        (folder / f"{_PENDING}.rollback.sql").write_text("DROP TABLE later;", encoding="utf-8")
        one = self._run("plan", "--match", _ONE)[0]
        measured.append(_of(PLAN, size, self._run("plan"), one))
        for path in folder.glob(f"{_PENDING}.*"):
            path.unlink()
        return measured

    def _run(self, word: str, *more: str) -> tuple[float, float]:
        where = ["--servers", str(self.home / "servers.txt"), "--migrations", str(self.home / "migrations")]
        # What a plan says of the pending file is not what is measured.
        ends = (0, 3) if word == "plan" else (0,)
        return run_measured([*slate_command(), "fleet", word, PRODUCT, *more, *where], ends)

    def _dump(self, url: str) -> None:
        """Dump the whole database as a backup does, with half of the processors for each server. Writes files."""
        place = self.home / f"dump_{self.urls.index(url)}"
        with connect(url, "slate bench") as connection:
            run_dump(connection, find_binaries(), "the whole database", [], place, None, 1)
        shutil.rmtree(place)


def _of(what: str, size: int, found: tuple[float, float], floor: float) -> Moved:
    return Moved(what, size, found[0], floor, found[1])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _install(connection: Connection, means: adding.Means, schema: str) -> None:
    """Run the same statements in a schema, and a row with their text each, one message a migration. Writes."""
    name = sql.Identifier(schema)
    path = sql.SQL(", ").join([name, *([sql.Identifier(means.shared.schema)] if means.shared else [])])
    notes = sql.Identifier(schema, "notes")
    first = "CREATE SCHEMA {}; CREATE TABLE {} (kind text, key text, number integer, checksum text, body text)"
    send(connection, sql.SQL(first).format(name, notes).as_string(connection))
    for migration in means.files[PRODUCT]:
        send(connection, _message(connection, migration, path, notes))


def _message(connection: Connection, migration: Migration, path: sql.Composed, notes: sql.Identifier) -> str:
    text = migration.apply.text
    note = sql.SQL(_NOTE).format(notes, migration.id, text).as_string(connection)
    begin = sql.SQL("BEGIN; SET LOCAL search_path = {}; ").format(path).as_string(connection)
    return f"{begin}{text}\n;{note}; COMMIT"


def _forget(connection: Connection, schema: str) -> None:
    """Drop what the floor has made, its roles too. Writes."""
    roles = find_own_roles(connection, schema)
    connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    for role in roles:
        connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def _renaming(connection: Connection, old: str, new: str) -> str:
    """Return the bare statements that give a schema, its roles and its functions' paths a name. Reads only."""
    roles = find_own_roles(connection, old)
    connection.execute("SET search_path = ''")
    found = connection.execute(package_sql("bench/find_paths"), {"schema": old}).fetchall()
    pinned = [(name.split(".", 1)[1], text) for name, text in found]
    texts = ["BEGIN", f"ALTER SCHEMA {old} RENAME TO {new}"]
    texts += [f"ALTER ROLE {role} RENAME TO {new}{role.removeprefix(old)}" for role in roles]
    texts += [f"ALTER ROUTINE {new}.{one} SET search_path = {renamed_path(path, old, new)}" for one, path in pinned]
    return "; ".join([*texts, "COMMIT"])


def _read_catalogs(url: str) -> None:
    """Read the catalogs of all installations of a database, with the queries that every comparison uses. Reads only."""
    with connect(url, "slate bench") as connection:
        query = "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE starts_with(nspname, 'school_')"
        reader.read_facts(connection, [row[0] for row in connection.execute(query)], database=False)
