"""Takes one product's migrations up, down and up again on a database of its own, and notes what is not the same then.

Writes to throw-away databases only; prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from slate_pg.catalog import reader, rereading
from slate_pg.catalog.compare import Difference
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.rereading import Reading, differences
from slate_pg.checks import replay
from slate_pg.checks.findings import Finding
from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.migrations import runner
from slate_pg.migrations.files import ROLLBACK_SUFFIX, Migration
from slate_pg.postgres.connection import Connection, abandon, is_alive
from slate_pg.postgres.sandbox import wants_superuser
from slate_pg.postgres.server import Server

_MADE_SURE = re.compile(r"if\s+not\s+exists.*create\s+extension|create\s+extension\s+if\s+not\s+exists", re.I | re.S)


@dataclass
class Report:
    """What was found, what could not be looked at, and how many migrations were proven."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    migrations: int = 0


@dataclass
class Progress:
    """What a check tells while it works: the number of steps, then each step by name."""

    planned: Callable[[int], None] = lambda steps: None
    done: Callable[[str], None] = lambda name: None


@dataclass
class RoundTrip:
    """One product's round trip: its database, what it has so far, and which file made what.

    `limit` ends the session of a file that takes too long; `at` is the file under way.
    """

    server: Server
    project: Project
    product: Product
    migrations: Sequence[Migration]
    template: str | None
    report: Report
    alone: bool
    origin: dict[Identity, Migration] = field(default_factory=dict)
    limit: Callable[[Connection], AbstractContextManager[None]] = lambda connection: nullcontext()
    databases: int = 0
    at: Path | None = None
    run: runner.Run | None = None
    reader_connection: Connection | None = None
    last: Reading | None = None

    @property
    def database(self) -> str:
        """The name of the database in use; a new one is made where a rollback left the old one unusable."""
        return f"check_{self.product.name}_{self.databases}"

    @property
    def running(self) -> runner.Run:
        """The run that is open; `open` makes one."""
        if self.run is None:
            self.open()
        return self.run  # type: ignore[return-value]

    @property
    def connection(self) -> Connection:
        """The connection to it."""
        return self.running.connection

    def open(self, upto: int = 0) -> None:
        """Make a new database with the first migrations applied, without looking back at them. Writes."""
        self.close()
        self.databases += 1
        connection = replay.new_database(self.server, self.database, self.project, self.template)
        self.run = runner.Run(connection, self.product, self.project.shared, asks=False)
        self.reader_connection = reader.reading_connection(self.server.url(self.database))
        replay.prepare(self.run)
        for migration in self.migrations[:upto]:
            replay.up(self.run, migration)

    def up(self, migration: Migration) -> None:
        """Apply one migration. Writes."""
        self.at = migration.apply.path
        with self.limit(self.connection):
            replay.up(self.running, migration)

    def down(self, migration: Migration) -> None:
        """Undo one migration. Writes."""
        self.at = migration.rollback.path if migration.rollback else migration.apply.path
        with self.limit(self.connection):
            replay.down(self.running, migration)

    def close(self) -> None:
        """Close what is open to the database."""
        for connection in (self.run and self.run.connection, self.reader_connection):
            if connection:
                connection.close()

    def read(self, base: Reading | None = None) -> Reading:
        """Return the catalog as it is now; what did not change since `base` is taken from that. Reads only.

        Roles belong to all databases, and another product may be under way in one of them: they are read by one alone.
        """
        if self.reader_connection is None:
            self.open()
        return rereading.read(self.reader_connection, base, cluster=self.alone)  # type: ignore[arg-type]

    def prove(self) -> None:
        """Hold what was read step by step against a reading of the whole; SlateError if it is another. Reads only."""
        if self.last and self.reader_connection:
            self.last = rereading.prove(self.reader_connection, self.last)

    def find(
        self, rule: str, path: Path, message: str, identity: str = "", line: int = 1, severity: str = "integrity"
    ) -> None:
        """Add a finding."""
        self.report.findings.append(Finding(relative(path, self.project), line, rule, identity, message, severity))


def relative(path: Path, project: Project) -> str:
    """Return a path as the project's root sees it, with slashes."""
    try:
        return path.resolve().relative_to(project.root).as_posix()
    except ValueError:
        return path.as_posix()


def run_round_trip(trip: RoundTrip, progress: Progress, undo: bool) -> bool:
    """Take each migration up, down and up again; stop at the first that does not apply, and return False. Writes."""
    trip.last = trip.read()
    for position, migration in enumerate(trip.migrations):
        try:
            trip.up(migration)
        except SlateError as error:
            _found_failure(trip, "replay", migration.apply.path, error)
            left = len(trip.migrations) - position - 1
            trip.report.notes.append(
                f"{trip.product.name}: what the migrations build was not looked at, for {migration.id} does not apply"
                + (f" (nor were the {left} behind it)" if left else "")
            )
            return False
        after = trip.read(trip.last)
        known = trip.last.besides(after).facts
        for identity in [i for i in after.besides(trip.last).facts if i not in known]:
            trip.origin.setdefault(identity, migration)
        if undo:
            after = _undo_and_reapply(trip, position, migration, trip.last, after)
        trip.last = after
        trip.report.migrations += 1
        progress.done(migration.id)
    trip.prove()
    return True


def _undo_and_reapply(trip: RoundTrip, position: int, migration: Migration, before: Reading, after: Reading) -> Reading:
    """Undo a migration that was just applied, and apply it again; return the catalog then. Writes."""
    if migration.rollback is None:
        if not migration.rollback_optional:
            trip.find("rollback", migration.apply.path, f"has no rollback: write {migration.id}.rollback.sql beside it")
        return after
    path = migration.rollback.path
    try:
        trip.down(migration)
    except SlateError as error:
        if _is_refusal(migration, error):
            trip.report.notes.append(f"{migration.id} says that it cannot be undone")
        else:
            _found_failure(trip, "rollback", path, error)
        if not migration.rollback.transactional:
            trip.open(position + 1)
        _end_transaction(trip)
        return after
    undone = trip.read(before)
    left = _without_order(trip, migration, _unless_shared(trip, migration, differences(before, undone)))
    _report(trip, path, left, _after_rollback)
    try:
        trip.up(migration)
    except SlateError as error:
        _found_failure(trip, "rollback", path, error, "after this rollback the migration does not apply again: ")
        trip.open(position + 1)
        return trip.read()
    again = trip.read(undone)
    differing = _without_order(trip, migration, differences(after, again))
    _report(trip, path, differing, lambda d: f"is not the same when applied again: {_what(d)}")
    return again


def _unless_shared(trip: RoundTrip, migration: Migration, differences: list[Difference]) -> Iterator[Difference]:
    """Leave out an extension that the migration only made sure of: others in the database may use it by now."""
    for difference in differences:
        extension = difference.object.kind == "extension" and not difference.attribute and difference.found
        role = bool(migration.replaces) and difference.object.of_cluster and difference.found is not None
        if role or (extension and _MADE_SURE.search(migration.apply.text)):
            trip.report.notes.append(f"{migration.id} leaves the {difference.object} to those who use it")
        else:
            yield difference


def _without_order(trip: RoundTrip, migration: Migration, differences: Iterable[Difference]) -> Iterator[Difference]:
    """Leave out where columns stand: a column that comes back stands last. One note a table says so."""
    moved: set[str] = set()
    for difference in differences:
        if difference.object.kind == "column" and difference.attribute == "position" and difference.object.on:
            moved.add(str(difference.object.on))
        else:
            yield difference
    for table in sorted(moved):
        said = f"{table}: a rollback gives its columns another order, which none can give back"
        if said not in trip.report.notes:
            trip.report.notes.append(said)


def _is_refusal(migration: Migration, error: SlateError) -> bool:
    """Tell whether the rollback raised an exception of its own: it gives the reason and the way forward."""
    text = migration.rollback.text if migration.rollback else ""
    return "RAISE EXCEPTION" in text.upper() and any("(P0001)" in line or "(0A000)" in line for line in error.detail)


def _end_transaction(trip: RoundTrip) -> None:
    """End what a failed script left open."""
    if is_alive(trip.connection):
        abandon(trip.connection)


def _found_failure(trip: RoundTrip, rule: str, path: Path, error: SlateError, prefix: str = "") -> None:
    said = " ".join(line.strip() for line in error.detail[:1])
    if error.where and error.where.reason and not error.where.sqlstate:
        said = error.where.reason
    wants = ": it wants a superuser, whom only --trust gives" if wants_superuser(error) else ""
    trip.find(rule, path, f"{prefix}{said or error.message}{wants}", line=error.where.line if error.where else 1)


def found_end(trip: RoundTrip, error: psycopg.Error) -> None:
    """Note a file that ended its own session, by its statement; the other products are still checked."""
    where = getattr(error, "where", None)
    path = Path(where.path) if where else trip.at or trip.product.migrations
    rule = "rollback" if path.name.endswith(ROLLBACK_SUFFIX) else "replay"
    said = error.diag.message_primary or str(error).strip()
    trip.find(rule, path, f"the session ended: {said}", line=where.line if where else 1)


def _report(trip: RoundTrip, path: Path, differences: Iterable[Difference], word: Callable[[Difference], str]) -> None:
    for difference in differences:
        trip.find("rollback", path, word(difference), str(difference.object), severity=difference.severity)


def _after_rollback(difference: Difference) -> str:
    if difference.attribute:
        return f"is not as it was before: {_what(difference)}"
    return "is gone after the rollback, and was there before" if difference.found is None else "is left behind"


def _what(difference: Difference) -> str:
    return str(difference).removeprefix(f"{difference.object}: ")
