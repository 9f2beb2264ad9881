"""Takes objects down with all that depends on them, and puts them back as they were: owner, privileges, comments.

Works in the transaction of whoever calls; writes. CASCADE is never used: what is not known to come back is not dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.errors import MigrationFailed
from slate_pg.migrations.repeatable.items import Name
from slate_pg.migrations.repeatable.taken import Taken, plain
from slate_pg.postgres.connection import Connection, package_sql, send

Address = tuple[int, int]
OPTIONS = "SELECT option_name, option_value FROM pg_catalog.pg_class, pg_options_to_table(reloptions) WHERE oid = %s"
UNDEFINED = ("42P01", "42883", "42704", "42703", "3F000")
_CALLED = "SELECT i.type || ' ' || i.identity FROM pg_catalog.pg_identify_object(%s::oid, %s::oid, 0) AS i"
_WORD = re.compile(r"^(ALTER|COMMENT ON) (?:MATERIALIZED )?VIEW ")


@dataclass
class Objects:
    """One transaction's view of the objects: what is down, and every statement that was sent, to be told or printed."""

    connection: Connection
    down: dict[str, Taken] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def send(self, statement: str) -> None:
        """Send one statement, and note it. Raises psycopg errors. Writes."""
        send(self.connection, statement)
        self.sent.append(statement)

    def find(self, name: Name) -> Address | None:
        """Return the object that a name means now, None where there is none. Reads only."""
        found = self.connection.execute(
            package_sql("migrations/repeatable/find_object"),
            {
                "group": name.group, "schema": name.schema, "name": name.name, "on_schema": name.on[0],
                "on_name": name.on[1], "types": list(name.types),
            },
        ).fetchone()  # fmt: skip
        return (found[0], found[1]) if found else None

    def label(self, address: Address) -> tuple[str, str]:
        """Return what an object is called, a view of either kind alike, and its schema. Reads only."""
        row = self.connection.execute(
            package_sql("migrations/repeatable/find_place"), {"class": address[0], "object": address[1]}
        ).fetchone()
        return (plain(row[0]), row[1]) if row else ("", "")

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Have every name printed, and read, with its schema."""
        row = self.connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchone()
        path = row[0] if row and row[0].strip('" ') else "''"
        self.send("SET LOCAL search_path = ''")
        yield
        self.send(f"SET LOCAL search_path = {path}")

    def dependents(self, given: Sequence[Address]) -> list[tuple[Address, Address, str, str, str | None]]:
        """Return who, directly, depends on which of them: both, its name, its kind, why it cannot go. Reads."""
        rows = self._ask("find_dependents", given)
        return [((r[0], r[1]), (r[2], r[3]), plain(r[5]), r[4], r[6]) for r in rows]

    def take_down(self, given: Sequence[Address], *, for_good: bool = False) -> None:
        """Drop objects and all that depends on them, what depends first. MigrationFailed names what cannot come back.

        Those given are not noted as down where they go `for_good`. Writes.
        """
        if not given:
            return
        with self.plainly():
            order = self._with_dependents(given)
            statements: dict[Address, list[tuple[int, str]]] = {address: [] for address in order}
            for *address, rank, statement in self._ask("read_definitions", order):
                statements[address[0], address[1]].append((rank, statement))
            privileges = self._privileges(order)
            labels = {address: self._called(address) for address in order}
            for address in order:
                if for_good and address in given:
                    continue
                taken = self._taken(address, statements[address], privileges.get(address, ()))
                self.down[taken.label] = taken
            for address in reversed(order):
                for statement in (s for rank, s in statements[address] if rank == 0):
                    self._drop(statement, labels[address])

    def definitions(self, given: Sequence[Address]) -> list[str]:
        """Return the statements that make objects as they are, without what is said of them. Reads only."""
        if not given:
            return []
        with self.plainly():
            return [statement for *_, rank, statement in self._ask("read_definitions", given) if rank == 1]

    def _drop(self, statement: str, label: str) -> None:
        try:
            self.send(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationFailed(
                f"{label} has to be taken down and put back, and is not this role's: {error.diag.message_primary}",
                hint="Nothing of this step was done. Run it as a role that is a member of its owner's.",
            ) from error

    def _taken(self, address: Address, statements: list[tuple[int, str]], privileges: Any) -> Taken:
        row = self.connection.execute(
            "SELECT i.type || ' ' || i.identity, c.reltuples::bigint, pg_catalog.pg_total_relation_size(c.oid) "
            "FROM pg_catalog.pg_identify_object(%s::oid, %s::oid, 0) AS i LEFT JOIN pg_catalog.pg_class AS c "
            "ON c.oid = %s::oid AND c.relkind = 'm' AND c.relispopulated",
            [*address, address[1]],
        ).fetchone()
        label, rows, size = row or ("", 0, None)
        made = tuple(s for rank, s in statements if rank in (1, 2))
        said = tuple(s for rank, s in statements if rank > 2)
        options = dict(self.connection.execute(OPTIONS, [address[1]]).fetchall())
        return Taken(plain(label), made, said, tuple(privileges), max(rows or 0, 0), size, options)

    def _with_dependents(self, given: Sequence[Address]) -> list[Address]:
        """Return objects and all that depends on them, none before what it depends on. MigrationFailed."""
        needs: dict[Address, set[Address]] = {address: set() for address in given}
        frontier = list(given)
        while frontier:
            new: list[Address] = []
            for of, address, label, _, problem in self.dependents(frontier):
                if problem:
                    raise MigrationFailed(
                        f"{label} depends on {self._called(of)}, which has to be dropped to be changed, and {problem}",
                        hint="Nothing of this step was done. Give the changed object a new name, or write a "
                        f"versioned migration that takes {label} away first, and one that brings it back.",
                    )
                if address not in needs:
                    needs[address] = set()
                    new.append(address)
                needs[address].add(of)
            frontier = new
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            names = " and ".join(sorted({self._called(a) for a in error.args[1]}))
            raise MigrationFailed(
                f"{names} depend on each other", hint="Nothing of this step was done. Take one of them away by hand."
            ) from error

    def _called(self, address: Address) -> str:
        row = self.connection.execute(_CALLED, address).fetchone()
        return str(row[0]) if row else "an object"

    def _ask(self, query: str, given: Sequence[Address]) -> list[Any]:
        values = {"classes": [a[0] for a in given], "objects": [a[1] for a in given]}
        return self.connection.execute(package_sql(f"migrations/repeatable/{query}"), values).fetchall()

    def _privileges(self, given: Sequence[Address]) -> dict[Address, tuple[tuple[Any, ...], ...]]:
        found: dict[Address, list[tuple[Any, ...]]] = {}
        for *address, named, part, privilege, grantable, grantor, grantee in self._ask("read_privileges", given):
            known = found.setdefault((address[0], address[1]), [])
            known.append((named, part, privilege, grantable, grantor, grantee))
        return {address: tuple(rows) for address, rows in found.items()}

    def put_back(self) -> None:
        """Make again all that is down and was not defined since. MigrationFailed names what cannot be. Writes."""
        waiting = list(self.down.values())
        while waiting:
            left = [(taken, error) for taken in waiting if (error := self._made_again(taken))]
            if len(left) == len(waiting):
                taken, error = left[0]
                raise MigrationFailed(
                    f"{taken.label} depends on what has changed, and cannot be put back: {error.diag.message_primary} "
                    f"({error.sqlstate})",
                    detail=[f"  {line}" for line in taken.made[0].splitlines()[:20]],
                    hint="Nothing of this step was done. Change it too, or drop it first.",
                )
            waiting = [taken for taken, _ in left]

    def _made_again(self, taken: Taken) -> psycopg.Error | None:
        kept = len(self.sent)
        send(self.connection, "SAVEPOINT slate_put_back")
        try:
            with self.plainly():
                self.send("SET LOCAL check_function_bodies = off")
                for statement in (*taken.made, *self._to_say(taken)):
                    self.send(statement)
                self._grant(taken)
        except psycopg.Error as error:
            if error.sqlstate in ("55P03", "40P01") or self.connection.closed:
                raise
            send(self.connection, "ROLLBACK TO SAVEPOINT slate_put_back")
            del self.sent[kept:]
            return error
        send(self.connection, "RELEASE SAVEPOINT slate_put_back")
        del self.down[taken.label]
        return None

    def restore(self, label: str, address: Address) -> None:
        """Give a redefined object what was said of it before: owner, comments, privileges, as far as fits. Writes."""
        taken = self.down.pop(label, None)
        if taken is None:
            return
        row = self.connection.execute(
            "SELECT CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END FROM pg_catalog.pg_class "
            "WHERE oid = %s::oid", [address[1]],
        ).fetchone()  # fmt: skip
        with self.plainly():
            for statement in (s for s in taken.made[1:] if s.startswith("ALTER MATERIALIZED VIEW ") and row):
                self.leniently(statement)
            for statement in self._to_say(taken):
                self.leniently(_WORD.sub(rf"\1 {row[0] if row else 'VIEW'} ", statement))
            self._grant(taken, address)

    def _to_say(self, taken: Taken) -> list[str]:
        """Return what is to be said of an object once it is made: its owner only where that is another. Reads only."""
        row = self.connection.execute("SELECT ' OWNER TO ' || pg_catalog.quote_ident(current_user)").fetchone()
        return [s for s in taken.said if not s.startswith("ALTER ") or not row or not s.endswith(row[0])]

    def leniently(self, statement: str) -> None:
        """Send a statement whose object, or a part of it, may be gone, which is no failure. Writes."""
        send(self.connection, "SAVEPOINT slate_leniently")
        try:
            self.send(statement)
        except psycopg.Error as error:
            if error.sqlstate not in (*UNDEFINED, "42809"):
                raise
            send(self.connection, "ROLLBACK TO SAVEPOINT slate_leniently")
        send(self.connection, "RELEASE SAVEPOINT slate_leniently")

    def _grant(self, taken: Taken, address: Address | None = None) -> None:
        """Give an object the privileges that it had, by whom it had them; those of columns that are gone are left."""
        if not taken.privileges:
            return
        now = self._privileges([address or self._again(taken)]).get(address or self._again(taken), ())
        wanted, there = [p[1:] for p in taken.privileges], [p[1:] for p in now]
        differing = {g for g in (w[4] for w in (*wanted, *there)) if _of(wanted, g) != _of(there, g)}
        if not differing:
            return
        named = now[0][0] if now else taken.privileges[0][0]
        for grantee in sorted({p[4] for p in there} & differing):
            self.send(f"REVOKE ALL ON {named} FROM {grantee}")
        owner = there[0][3] if there else wanted[0][3]
        wanted = [w for w in wanted if w[4] in differing]
        role = self.connection.execute("SELECT pg_catalog.current_setting('role')").fetchone()
        self._grant_all(named, sorted(wanted, key=lambda w: w[3] != owner), owner, role[0] if role else "none")

    def _grant_all(self, named: str, wanted: Sequence[tuple[Any, ...]], owner: str, role: str) -> None:
        back = sql.SQL("SELECT pg_catalog.set_config('role', {}, true)").format(role).as_string(self.connection)
        may = {owner}
        waiting = list(wanted)
        while waiting:
            now = [w for w in waiting if w[3] in may]
            together: dict[tuple[Any, ...], list[str]] = {}
            for part, privilege, *rest in now or waiting:
                together.setdefault(tuple(rest), []).append(f"{privilege} {part}".rstrip())
            for (grantable, grantor, grantee), privileges in together.items():
                if grantor != owner:
                    self.send(f"SET LOCAL ROLE {grantor}")
                option = " WITH GRANT OPTION" if grantable and grantee != owner else ""
                self.leniently(f"GRANT {', '.join(privileges)} ON {named} TO {grantee}{option}")
                if grantor != owner:
                    self.send(back)
                may |= {grantee} if grantable else set()
            waiting = [w for w in waiting if w not in now] if now else []

    def _again(self, taken: Taken) -> Address:
        named = taken.privileges[0][0]
        kind, _, name = named.partition(" ")
        type_ = "regclass" if kind == "TABLE" else "regprocedure"
        catalog = "pg_class" if kind == "TABLE" else "pg_proc"
        row = self.connection.execute(
            f"SELECT 'pg_catalog.{catalog}'::regclass::oid::bigint, %s::{type_}::oid::bigint", [name]
        ).fetchone()
        return (row[0], row[1]) if row else (0, 0)


def _of(privileges: Sequence[tuple[Any, ...]], grantee: str) -> list[str]:
    return sorted(str(p) for p in privileges if p[4] == grantee)
