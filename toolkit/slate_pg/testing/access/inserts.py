"""Tries INSERT: every row that is there is taken out and written again by the person, own or another's."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from slate_pg.testing.access.acting import UNBOUND, Attempt, acting, ask, become, is_denied, judge, state, undone
from slate_pg.testing.access.people import Person
from slate_pg.testing.access.picture import Picture, Relation, Row

_MOST = 40  # rows of one table


def try_insert(picture: Picture, relation: Relation, person: Person) -> Attempt:
    """Write each row again as the person; the row went before, so that no unique key stands in the way."""
    allowed = picture.allowed(relation, picture.world.role_of(person)).get("INSERT", [])
    columns = [c for c in allowed if c not in relation.derived]
    rows = picture.rows(relation.name)[:_MOST] if relation.is_table and relation.key else []
    if person.trusted or not columns or not rows:
        return _without_rows(picture, relation, person, columns)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    table = picture.named(relation.name)
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM jsonb_populate_record(NULL::{}, %s)").format(
        table, names, names, table
    )
    attempt = Attempt("insert", of=0)
    for row in rows:
        attempt.of = (attempt.of or 0) + 1
        try:
            accepted = _again(picture, relation, person, statement, row)
        except psycopg.Error as error:
            if is_denied(error):
                return Attempt("insert", denied=True)
            if error.sqlstate != "42501":
                attempt.stopped.add(state(error))
            continue
        _count(picture, relation, person, attempt, accepted)
    return attempt


def _without_rows(picture: Picture, relation: Relation, person: Person, columns: list[str]) -> Attempt:
    names = sql.SQL(", ").join(map(sql.Identifier, columns or relation.columns))
    table = picture.named(relation.name)
    nulls = sql.SQL(", ").join([sql.SQL("NULL")] * len(columns or relation.columns))
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} WHERE false").format(table, names, nulls)
    try:
        with acting(picture, person):
            ask(picture, statement)
    except psycopg.Error as error:
        typed = error.sqlstate in ("42804", "428C9")  # NULL is no value of such a column: the grants come later
        denied = is_denied(error) or (typed and not columns)
        return Attempt("insert", denied=denied, word="yes" if typed else f"fails with {state(error)}")
    return Attempt("insert", word="yes")


def _again(picture: Picture, relation: Relation, person: Person, statement: sql.Composable, row: Row) -> Row:
    """Return the row as it stands after the person wrote it; psycopg's error where that is refused."""
    tests = sql.SQL(" AND ").join(sql.SQL("to_jsonb(t.{}) = %s").format(sql.Identifier(k)) for k in relation.key)
    table, key = picture.named(relation.name), [Jsonb(row[k]) for k in relation.key]
    goes = sql.SQL("DELETE FROM {} AS t WHERE {}").format(table, tests)
    comes = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE {}").format(table, tests)
    *_, (found, _) = undone(
        picture.connection, (UNBOUND, ["none", "replica"]), (goes, key), (UNBOUND, ["none", "origin"]),
        become(picture, person), (statement, [Jsonb(row)]), (UNBOUND, ["none", "origin"]), (comes, key),
    )  # fmt: skip
    return found[0] if found else row


def _count(picture: Picture, relation: Relation, person: Person, attempt: Attempt, row: Row) -> None:
    owners = picture.owners(relation, row)
    attempt.count += 1
    attempt.own += person.id in owners
    if judge(picture, relation, person, owners, writes=True):
        shown = ", ".join(f"{k} {row[k]}" for k in relation.key)
        attempt.wrong.append(f"inserts {relation.name} {shown}, about {', '.join(sorted(owners)) or 'nobody it knows'}")
