"""Says why a person sees a row, or does not: schema, grants, memberships, and each policy, operand by operand.

Reads only, in one read-only transaction: a function that writes is stopped, which is said. Conditions are evaluated as
the person, the row is found with the rights of who asks, and no more of it is told than its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import pq, sql

from slate_pg.cluster.answers import Answer, Judged, Operand
from slate_pg.cluster.operands import split
from slate_pg.errors import Misuse, did_you_mean
from slate_pg.postgres.connection import Connection, package_sql


@dataclass(frozen=True)
class _Relation:
    """A row of why_relations.sql."""

    oid: int
    schema: str
    name: str
    kind: str
    row_security: bool
    forced: bool
    owner: str
    owns: bool
    superuser: bool
    bypasses: bool
    usage: bool
    granted: bool
    columns: list[str]
    key: list[str]
    parent: str | None
    invoker: bool
    grantees: list[str]
    knows_people: bool

    @property
    def sql(self) -> sql.SQL:
        """Its name in a statement with parameters."""
        return _name(self.schema, self.name)


def _name(*parts: str) -> sql.SQL:
    """Return a name as psycopg takes it where there are parameters, each % doubled."""
    return sql.SQL(sql.Identifier(*parts).as_string(None).replace("%", "%%"))


def why(
    connection: Connection, role: str, person: str, table: str, key: Sequence[str] = (), setting: str = "app.user_id"
) -> Answer:
    """Return why a person sees the row with this primary key, or does not; without a key, what decides of any row.

    `table` is a name, with its schema where several have it. Misuse for a role, table or row that there is not, for a
    key of another length, and where who asks may not read the row. Reads only.
    """
    if any("\0" in word for word in (role, person, table, *key)):
        raise Misuse("what is asked for holds a NUL byte", hint="No value of PostgreSQL has one.")
    with _reading(connection):
        relation = _find(connection, role, table)
        _check_may_become(connection, role)
        row = _row(connection, relation, key) if key else None
        return _Asked(connection, relation, role, person, tuple(key), row, setting).answer()


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """Open a read-only snapshot; inside somebody's transaction a savepoint that can write nothing."""
    inside = connection.info.transaction_status != pq.TransactionStatus.IDLE
    begin = "SAVEPOINT slate_why; SET LOCAL transaction_read_only = on"
    connection.execute(begin if inside else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        connection.execute("SET LOCAL search_path = ''")
        yield
    finally:
        connection.execute("ROLLBACK TO SAVEPOINT slate_why; RELEASE SAVEPOINT slate_why" if inside else "ROLLBACK")


def _find(connection: Connection, role: str, table: str) -> _Relation:
    """Return the table meant. Misuse for a role or table that there is not, and for a name that several have."""
    roles = [r[0] for r in connection.execute("SELECT rolname::text FROM pg_catalog.pg_roles")]
    if role not in roles:
        raise Misuse(f'no role "{role}"', hint=did_you_mean(role, roles))
    names = [(None, table), *((table[:i], table[i + 1 :]) for i, letter in enumerate(table) if letter == ".")]
    found = []
    for schema, name in names:
        given = {"role": role, "schema": schema, "table": name}
        found += connection.execute(package_sql("cluster/why_relations"), given).fetchall()
    if len(found) > 1:
        places = ", ".join(f"{row[1]}.{row[2]}" for row in found)
        raise Misuse(f'"{table}" is in {len(found)} schemas: {places}', hint="Say which, as SCHEMA.TABLE.")
    if not found:
        there = connection.execute(package_sql("cluster/why_names")).fetchall()
        known = [*(f"{schema}.{name}" for schema, name in there), *(name for _, name in there)]
        raise Misuse(f'no table "{table}"', hint=did_you_mean(table, known))
    return _Relation(*found[0])


def _check_may_become(connection: Connection, role: str) -> None:
    """Misuse where who asks may not become the role: then nothing can be tried as the person."""
    connection.execute("SAVEPOINT slate_role")
    try:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege as error:
        said = f"{connection.info.user} may not become {role}: {error.diag.message_primary}"
        raise Misuse(said, hint="Ask as a member of the role, or a superuser.") from error
    finally:
        connection.execute("ROLLBACK TO SAVEPOINT slate_role; RELEASE SAVEPOINT slate_role")


def _row(connection: Connection, relation: _Relation, key: Sequence[str]) -> str:
    """Return the row as one value of the table's type. Misuse where there is none, or it may not be read."""
    if not relation.key:
        raise Misuse(f"{relation.schema}.{relation.name} has no primary key", hint="Leave KEY out, or ask its tables.")
    if len(key) != len(relation.key):
        columns = ", ".join(relation.key)
        raise Misuse(f"the key has {len(relation.key)} columns: {columns}", hint=f"Give {len(relation.key)} values.")
    try:
        connection.execute("SET LOCAL row_security = off")
        query = sql.SQL("SELECT t::text FROM {} AS t WHERE {}").format(relation.sql, _matches(relation))
        rows = connection.execute(query, list(key)).fetchall()
        connection.execute("SET LOCAL row_security = on")
    except psycopg.errors.InsufficientPrivilege as error:
        raise Misuse(
            f"who asks may not read every row of {relation.schema}.{relation.name}: {error.diag.message_primary}",
            hint="Ask as the owner, a superuser or a role with BYPASSRLS.",
        ) from error
    except psycopg.DataError as error:
        raise Misuse(f"no such key: {error.diag.message_primary}", hint=f"Give {', '.join(relation.key)}.") from error
    if not rows:
        raise Misuse(
            f"{relation.schema}.{relation.name} has no row {', '.join(key)}", hint="Nobody sees what is not there."
        )
    return str(rows[0][0])


def _matches(relation: _Relation) -> sql.Composable:
    """Return the condition that the key's columns are what is given, each read as its own type."""
    tests = [sql.SQL("t.{} = %s").format(_name(column)) for column in relation.key]
    return sql.SQL(" AND ").join(tests)


@dataclass(frozen=True)
class _Asked:
    """One question, inside its transaction."""

    connection: Connection
    relation: _Relation
    role: str
    person: str
    key: tuple[str, ...]
    row: str | None
    setting: str

    def answer(self) -> Answer:
        """Return the answer. Reads only."""
        self.connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [self.setting, self.person])
        refused = self._refused()
        if refused:
            return self._said(False, refused)
        policies = tuple(self._judge(*row) for row in self._policies()) if self._is_bound else ()
        reasons = [*self._rights(), *self._identity(), *self._of_policies(policies)]
        seen = not self._is_bound or _passes(policies, evaluated=self.row is not None)
        shown = self._looked()
        if shown.error:
            return self._said(False, [*reasons, f"a SELECT as the person fails: {shown.error}"], policies)
        if shown.value and (shown.value == "true") != seen:
            seen = not seen
            reasons.append(f"a SELECT as the person {'shows' if seen else 'does not show'} it, whatever is said above")
        return self._said(seen, reasons, policies)

    def _said(self, seen: bool, reasons: Sequence[str], policies: tuple[Judged, ...] = ()) -> Answer:
        name = f"{self.relation.schema}.{self.relation.name}"
        return Answer(self.role, self.person, name, self.key, seen, tuple(reasons), policies)

    @property
    def _is_bound(self) -> bool:
        relation = self.relation
        above = relation.superuser or relation.bypasses or (relation.owns and not relation.forced)
        return relation.row_security and not above

    def _refused(self) -> list[str]:
        if self.relation.superuser:
            return []
        if not self.relation.usage:
            return [f"{self.role} has no USAGE on schema {self.relation.schema}"]
        if not self.relation.columns:
            return [f"no SELECT on the table or a column of it is granted to {self.role} or a role it inherits from"]
        return []

    def _rights(self) -> Iterator[str]:
        relation = self.relation
        whom = ", ".join(relation.grantees) or relation.owner
        what = "SELECT" if relation.granted else f"SELECT on {', '.join(relation.columns)} only"
        yield f"{self.role} has {what}, granted to {whom}" if not relation.superuser else f"{self.role} is a superuser"
        if relation.parent:
            yield f"it is a partition of {relation.parent}, whose policies do not bind whoever asks it directly"
        if relation.kind == "v":
            rights = "the caller's rights" if relation.invoker else f"the rights of its owner, {relation.owner}"
            yield f"it is a view, which reads its tables with {rights}"
        elif not relation.row_security:
            yield "row security is off: every row is seen"
        elif relation.bypasses and not relation.superuser:
            yield f"{self.role} has BYPASSRLS"
        elif not self._is_bound and not relation.superuser:
            yield f"{self.role} owns the table, or inherits from {relation.owner}, and row security is not forced"

    def _identity(self) -> Iterator[str]:
        """Say so where the database knows nobody by this person: no such account, or a closed one."""
        if self.relation.knows_people:
            call = sql.SQL("SELECT {}()").format(_name(self.relation.schema, "current_user_id"))
            found = self._as_person(call.as_string(self.connection) + " IS NOT NULL", [])
            if found.value == "false":
                yield "current_user_id() is NULL: no such account, or a closed one"

    def _of_policies(self, policies: Sequence[Judged]) -> Iterator[str]:
        mine = [p for p in policies if p.concerns]
        if self._is_bound and not any(not p.restrictive for p in mine):
            yield f"no permissive policy for SELECT concerns {self.role}: no row is seen"
        for policy in mine if self.row is not None else ():
            kind = "restrictive policy" if policy.restrictive else "policy"
            said = policy.whole.error or policy.whole.value
            false = [o.text for o in policy.operands if o.value in ("false", "null")]
            because = f": not true is {'; '.join(false)}" if false and policy.whole.value != "true" else ""
            yield f"{kind} {policy.name} (to {', '.join(policy.roles)}): {said}{because}"

    def _policies(self) -> list[tuple[Any, ...]]:
        given = {"role": self.role, "table": self.relation.oid}
        return self.connection.execute(package_sql("cluster/why_policies"), given).fetchall()

    def _judge(self, name: str, permissive: bool, roles: list[str], concerns: bool, condition: str) -> Judged:
        if self.row is None or not concerns:
            return Judged(name, not permissive, tuple(roles), concerns, Operand(condition, ""))
        parts = split(condition)
        operands = tuple(self._evaluate(part) for part in parts) if len(parts) > 1 else ()
        return Judged(name, not permissive, tuple(roles), concerns, self._evaluate(condition), operands)

    def _evaluate(self, condition: str) -> Operand:
        """Evaluate a condition for the row, as the person."""
        kind, alias = (name.as_string(self.connection) for name in (self.relation.sql, _name(self.relation.name)))
        query = f"SELECT ({condition.replace('%', '%%')}) FROM (SELECT (%s::{kind}).*) AS {alias}"
        found = self._as_person(query, [self.row])
        return Operand(condition, found.value, found.error)

    def _looked(self) -> Operand:
        """Return whether a SELECT as the person shows the row; without a key that it may read, only its error."""
        if self.row is None or not set(self.relation.key) <= set(self.relation.columns):
            query = sql.SQL("SELECT EXISTS (SELECT FROM {} LIMIT 0)").format(self.relation.sql)
            return Operand("", "", self._as_person(query.as_string(self.connection), []).error)
        query = sql.SQL("SELECT EXISTS (SELECT FROM {} AS t WHERE {})").format(
            self.relation.sql, _matches(self.relation)
        )
        return self._as_person(query.as_string(self.connection), list(self.key))

    def _as_person(self, query: str, given: Sequence[str | None]) -> Operand:
        """Ask for one truth value as the person; what fails is told, and leaves nothing behind."""
        connection = self.connection
        connection.execute("SAVEPOINT slate_person")
        try:
            path = sql.SQL("SET LOCAL search_path = {}; SET LOCAL ROLE {}")
            names = (sql.Identifier(self.relation.schema), sql.Identifier(self.role))
            connection.execute(path.format(*names))
            row = connection.execute(query.encode(), list(given)).fetchone()
            value = {True: "true", False: "false", None: "null"}[row[0] if row else None]
            return Operand("", value)
        except psycopg.Error as error:
            wrote = "it writes, and this transaction reads only; " if error.sqlstate == "25006" else ""
            return Operand("", "error", f"{wrote}{error.diag.message_primary or error} ({error.sqlstate})")
        finally:
            connection.execute("ROLLBACK TO SAVEPOINT slate_person; RELEASE SAVEPOINT slate_person")


def _passes(policies: Sequence[Judged], *, evaluated: bool) -> bool:
    """Tell whether the policies let a row be seen; without a row, whether any permissive one concerns the role."""
    mine = [p for p in policies if p.concerns]
    if not evaluated:
        return any(not p.restrictive for p in mine)
    true = {p.name for p in mine if p.whole.value == "true"}
    return any(p.name in true for p in mine if not p.restrictive) and all(p.name in true for p in mine if p.restrictive)
