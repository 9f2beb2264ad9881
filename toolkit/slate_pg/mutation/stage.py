"""The databases of one worker: the template as it was migrated, and in its place one with a fault in it.

The suite makes its databases from the template by name, so what stands under that name is what it tests.
Writes to a disposable server only.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from slate_pg.catalog import reader, rules
from slate_pg.catalog.model import Catalog
from slate_pg.mutation.model import EQUIVALENT, INVALID, RULES, Mutant, Outcome
from slate_pg.postgres.connection import Connection, connect
from slate_pg.testing.plugin import Base

PATIENCE = 60.0  # seconds
SAME_REACH = "no role that reaches the schema may do more or less: USAGE, membership or another grant stands before"
_NOT_OURS = "SELECT datname FROM pg_catalog.pg_database WHERE datname <> ALL(%s)"
_WITHIN = "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
_ROLES = "SELECT rolname FROM pg_catalog.pg_roles"


@dataclass
class Stage:
    """A server with the migrated template, of which a copy is kept aside; `schemas` are those of the product."""

    base: Base
    template: str
    schemas: Sequence[str]
    chosen: Sequence[str] = ()
    _there: set[str] = field(default_factory=set)
    _roles: set[str] = field(default_factory=set)
    _catalog: Catalog | None = None

    @property
    def pristine(self) -> str:
        """The name of the copy that is kept."""
        return "slate_pristine"

    def open(self) -> None:
        """Keep the template aside, and remember which databases and roles there are. Writes."""
        with connect(self.base.url()) as server:
            self._copy(server, self.template, self.pristine)
            self._there = {r[0] for r in server.execute(_NOT_OURS, [[]])}
            self._roles = {r[0] for r in server.execute(_ROLES)}

    def _copy(self, server: Connection, old: str, new: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        server.execute(statement.format(sql.Identifier(new), sql.Identifier(old)))

    @contextlib.contextmanager
    def connected(self) -> Iterator[Connection]:
        """Open the database under test."""
        with connect(self.base.url(self.template)) as connection:
            yield connection

    def prepare(self, mutants: Sequence[Mutant]) -> Outcome | None:
        """Put a copy with these faults in the template's place; the outcome where one does not apply, or is no fault.

        Of rights, who has them is asked before and after. Writes.
        """
        self.clean()
        with self.connected() as connection:
            try:
                with connection.transaction():
                    connection.execute("SET LOCAL search_path = ''")
                    for mutant in mutants:
                        for statement in mutant.statements:
                            connection.execute(statement.encode())
            except psycopg.Error as error:
                return Outcome(INVALID, said=first_line(error))
            if mutants and all(m.reach and self._same(connection, m.reach) for m in mutants):
                return Outcome(EQUIVALENT, "roles", SAME_REACH)
        self.wait_until_left()
        return None

    def wait_until_left(self, seconds: float = PATIENCE) -> None:
        """Wait until no session is in the template: a test that cannot clone it would seem to notice the fault.

        A session ends a moment after its client has gone; on a busy machine longer than the server itself waits.
        """
        until = time.monotonic() + seconds
        with connect(self.base.url()) as server:
            while time.monotonic() < until and server.execute(_WITHIN, [self.template]).fetchone():
                time.sleep(0.005)

    def clean(self) -> None:
        """Drop what a run of tests left, databases and roles, and put the template as it was back. Writes."""
        with connect(self.base.url()) as server:
            for (name,) in server.execute(_NOT_OURS, [[*self._there - {self.template}]]).fetchall():
                unlocked = sql.SQL("ALTER DATABASE {} IS_TEMPLATE false")
                server.execute(unlocked.format(sql.Identifier(name)))
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for (role,) in server.execute(_ROLES).fetchall():
                if role not in self._roles:
                    with contextlib.suppress(psycopg.Error):
                        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            self._copy(server, self.pristine, self.template)

    def left(self, server: Connection) -> list[str]:
        """Return the databases that tests have made and not dropped. Reads only."""
        return [name for (name,) in server.execute(_NOT_OURS, [[*self._there]])]

    def compare(self) -> Outcome | None:
        """Return why the faulty copy is none, or which rule finds it; None where only a test can. Reads only.

        The whole catalogs of the product's schemas are compared, the leaves of periods too.
        """
        if self._catalog is None:
            with connect(self.base.url(self.pristine)) as connection:
                self._catalog = reader.read(connection, self.schemas, database=False)
        with self.connected() as connection:
            found = reader.read(connection, self.schemas, database=False)
            if found.everything == self._catalog.everything:
                return Outcome(EQUIVALENT, "catalogs", "the catalogs are the same")
        return self._breach(found)

    def _same(self, faulty: Connection, query: str) -> bool:
        """Tell whether a query says the same without the fault. Reads only."""
        with connect(self.base.url(self.pristine)) as connection:
            return connection.execute(query.encode()).fetchall() == faulty.execute(query.encode()).fetchall()

    def _breach(self, found: Catalog) -> Outcome | None:
        """Return the rule that finds what it did not find before. Pure."""
        for name in self.chosen:
            rule = rules.RULES.get(name)
            if rule is None or self._catalog is None:
                continue
            before = {(str(b.object), b.found) for b in rule(self._catalog)}
            for breach in rule(found):
                if (str(breach.object), breach.found) not in before:
                    return Outcome(RULES, name, f"{breach.object}: {breach.found}")
        return None


def first_line(error: Exception) -> str:
    """Return what an error says first."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
