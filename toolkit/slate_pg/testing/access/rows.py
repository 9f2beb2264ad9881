"""Tries SELECT, UPDATE and DELETE of one person on one relation: at once, and row by row where one row stops all."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from slate_pg.testing.access.acting import Attempt, ask, ask_policies, is_denied, judge, state
from slate_pg.testing.access.people import Person
from slate_pg.testing.access.picture import Picture, Relation, Row

Statement = Callable[[sql.Composable], sql.Composable]
_WHOLE = sql.SQL("")


class Tried:
    """One person before one relation; the caller has taken on the person's role."""

    def __init__(self, picture: Picture, relation: Relation, person: Person) -> None:
        self.picture = picture
        self.relation = relation
        self.person = person
        self.table = picture.named(relation.name)
        self.may = picture.allowed(relation, picture.world.role_of(person))
        readable = self.may.get("SELECT", [])
        keyed = relation.is_table and relation.key and set(relation.key) <= set(readable)
        self.columns = relation.key if keyed else readable

    def select(self) -> Attempt:
        """Read what is there, and each column that is not granted."""
        if not self.columns:
            return self._refused("select", sql.SQL("SELECT count(*) FROM {}").format(self.table))
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        query = sql.SQL("SELECT to_jsonb(r) FROM (SELECT {} FROM {}) AS r").format(names, self.table)
        attempt = Attempt("select")
        try:
            self._count(attempt, ask(self.picture, query)[0], writes=False)
        except psycopg.Error as error:
            attempt.denied = is_denied(error)
            attempt.word = f"fails with {state(error)}"
        if self.person.trusted and self.relation.is_table and not attempt.word:
            everything = attempt.count == len(self.picture.rows(self.relation.name))
            attempt.word = "all" if everything else ""
        self._hidden(attempt)
        return attempt

    def _hidden(self, attempt: Attempt) -> None:
        """Try every column that is not granted."""
        for column in (c for c in self.relation.columns if c not in self.may.get("SELECT", [])):
            attempt.cells += 1
            try:
                ask(self.picture, sql.SQL("SELECT {} FROM {} LIMIT 1").format(sql.Identifier(column), self.table))
                attempt.wrong.append(f"reads the column {column}, which is not granted")
            except psycopg.Error as error:
                if not is_denied(error):
                    attempt.wrong.append(f"is told {state(error)} about the column {column}")

    def update(self) -> Attempt:
        """Set one column to what it is in every row that can be reached; then blindly, without reading."""
        writable = [c for c in self.may.get("UPDATE", []) if c not in self.relation.derived]
        if not writable:
            first = sql.Identifier(self.relation.columns[0])
            return self._refused("update", sql.SQL("UPDATE {} SET {} = NULL").format(self.table, first))
        column = min(writable, key=self._plainness)
        name = sql.Identifier(column)
        value = name if column in self.may.get("SELECT", []) else sql.SQL("NULL")
        attempt = self._write("update", sql.SQL("UPDATE {} SET {} = {} ").format(self.table, name, value))
        self._blindly(attempt, sql.SQL("UPDATE {} SET {} = (jsonb_populate_record(NULL::{}, %s)).{} ").format(
            self.table, name, self.table, name))  # fmt: skip
        self._give_away(attempt, writable)
        return attempt

    def _plainness(self, column: str) -> tuple[bool, ...]:
        relation = self.relation
        return (column not in self.may.get("SELECT", []), column in relation.key, column in relation.uniques,
                column in self.picture.naming)  # fmt: skip

    def delete(self) -> Attempt:
        """Delete every row that can be reached; then blindly, without reading."""
        statement = sql.SQL("DELETE FROM {} ").format(self.table)
        attempt = self._write("delete", statement)
        self._blindly(attempt, statement)
        return attempt

    def _write(self, verb: str, statement: sql.Composed) -> Attempt:
        if self.person.trusted:
            return self._granted(verb, statement)
        attempt = Attempt(verb)
        try:
            self._count(attempt, *self._touch(statement))
        except psycopg.Error as error:
            if is_denied(error):
                return Attempt(verb, denied=True)
            self._row_by_row(attempt, statement, error)
        return attempt

    def _granted(self, verb: str, statement: sql.Composed) -> Attempt:
        """Try the privilege alone: a back end reaches every row by intention."""
        try:
            ask(self.picture, statement + sql.SQL("WHERE false"))
        except psycopg.Error as error:
            return Attempt(verb, denied=is_denied(error), word=f"fails with {state(error)}")
        return Attempt(verb, word="yes")

    def _touch(
        self, statement: sql.Composed, where: sql.Composable = _WHOLE, given: list[Jsonb] | None = None
    ) -> tuple[list[Row], int]:
        return ask(self.picture, statement + where + self._returning(), given or [])

    def _returning(self) -> sql.Composable:
        """Return what makes a statement tell its rows, and so holds it to the policies for SELECT."""
        if not self.columns:
            return sql.SQL("")
        pairs = sql.SQL(", ").join(sql.SQL("{}, {}").format(sql.Literal(c), sql.Identifier(c)) for c in self.columns)
        return sql.SQL(" RETURNING jsonb_build_object({})").format(pairs)

    def _row_by_row(self, attempt: Attempt, statement: sql.Composed, error: psycopg.Error) -> None:
        """Try each row alone, for one row stopped the whole statement."""
        readable = self.relation.key and set(self.relation.key) <= set(self.may.get("SELECT", []))
        if not self.relation.is_table or not readable:
            attempt.stopped.add(state(error))
            return
        tests = [sql.SQL("to_jsonb({}) = %s").format(sql.Identifier(k)) for k in self.relation.key]
        where = sql.SQL("WHERE ") + sql.SQL(" AND ").join(tests)
        for row in self.picture.rows(self.relation.name):
            try:
                self._count(attempt, *self._touch(statement, where, [Jsonb(row[k]) for k in self.relation.key]))
            except psycopg.Error as one:
                attempt.stopped.add(state(one))

    def _count(self, attempt: Attempt, rows: list[Row], touched: int | None = None, writes: bool = True) -> None:
        attempt.count += len(rows) if touched is None else touched
        for row in rows:
            owners = self._owners(row)
            attempt.own += self.person.id in owners
            if judge(self.picture, self.relation, self.person, owners, writes):
                attempt.wrong.append(f"{attempt.verb}s {self._say(row, owners)}")
        if not rows and touched and judge(self.picture, self.relation, self.person, frozenset(), writes):
            attempt.wrong.append(f"{attempt.verb}s {touched} rows")

    def _blindly(self, attempt: Attempt, statement: sql.Composed) -> None:
        """Write without reading a column: then no policy for SELECT narrows what is reached."""
        if self.person.trusted or attempt.denied or not self.relation.is_table:
            return
        rows = self.picture.rows(self.relation.name)
        given = [Jsonb(rows[0])] if attempt.verb == "update" and rows else []
        attempt.cells += 1
        try:
            count = ask_policies(self.picture, self.person, statement, given)
            seen = ask_policies(self.picture, self.person, statement + self._returning(), given)
        except psycopg.Error:
            return  # a constraint stands in the way
        if not self.columns:
            seen = sum(not judge(self.picture, self.relation, self.person, self._owners(r), writes=True) for r in rows)
        if count > seen:
            attempt.wrong.append(f"{attempt.verb}s {count} rows without reading them, {seen} of them in sight")

    def _give_away(self, attempt: Attempt, writable: list[str]) -> None:
        """Put a stranger's name on what can be reached."""
        for column in (c for c in writable if c in self.picture.naming and not self.person.trusted):
            strangers = [p for p in self.picture.known[self.picture.naming[column]] if not self.person.knows(p)]
            if not strangers:
                continue
            attempt.cells += 1
            name = sql.Identifier(column)
            value = sql.SQL("(jsonb_populate_record(NULL::{}, %s)).{}").format(self.table, name)
            statement = sql.SQL("UPDATE {} SET {} = {}").format(self.table, name, value)
            try:
                count = ask(self.picture, statement, [Jsonb({column: strangers[0]})])[1]
            except psycopg.Error:
                continue
            if count:
                attempt.wrong.append(f"gives away {count} rows: {column} of a stranger ({strangers[0]})")

    def _refused(self, verb: str, statement: sql.Composable) -> Attempt:
        """Try what no grant allows."""
        try:
            ask(self.picture, statement)
        except psycopg.Error as error:
            if is_denied(error):
                return Attempt(verb, denied=True)
            return Attempt(verb, word=f"fails with {state(error)}")
        return Attempt(verb, wrong=[f"{verb}s without a grant"])

    def _owners(self, row: Row) -> frozenset[str]:
        if not self.relation.is_table:
            named = frozenset(v for v in row.values() if isinstance(v, str)) & self.picture.everybody
            return named | self.picture.owners(self.relation, row)
        wholes = self.picture.find(self.relation.name, row)
        return frozenset().union(*(self.picture.owners(self.relation, whole) for whole in wholes))

    def _say(self, row: Row, owners: frozenset[str]) -> str:
        shown = json.dumps(row, sort_keys=True, ensure_ascii=False)[:120]
        return f"{self.relation.name} {shown}, which is about {', '.join(sorted(owners)) or 'nobody it knows'}"
