"""Tries EXECUTE: calls each function as each person, with the ids that its first argument can mean, or with NULLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.testing.access.acting import Attempt, acting, ask
from slate_pg.testing.access.people import Person
from slate_pg.testing.access.picture import Function, Picture

_MOST = 40  # calls of one function by one person
_NOTHING: tuple[Any, ...] = (None, False, 0, [], {})


def try_execute(picture: Picture, function: Function, person: Person) -> Attempt:
    """Call a function; a back end's right is tried by the catalog alone, for its functions do the work."""
    role = picture.world.role_of(person)
    name = f'"{picture.world.schema}"."{function.name}"({", ".join(function.types)})'
    granted = picture.connection.execute("SELECT has_function_privilege(%s, %s, 'EXECUTE')", [role, name]).fetchone()
    may = bool(granted and granted[0])
    if person.trusted or function.kind == "t":  # nobody calls a trigger's
        return Attempt("execute", denied=not may, word="yes")
    place, values, _ = _candidates(picture, function)
    attempt = Attempt("execute", of=0, cells=0)
    with acting(picture, person):
        picture.connection.execute("SET LOCAL statement_timeout = '5s'")
        for value in values[:_MOST]:
            attempt.of = (attempt.of or 0) + 1
            attempt.cells += 1
            try:
                rows, _ = ask(picture, _call(picture, function, place), [value] if place is not None else [])
            except psycopg.Error as error:
                if error.sqlstate == "42501" and f"function {function.name}" in str(error.diag.message_primary):
                    return Attempt("execute", denied=True)
                if "schema" in str(error.diag.message_primary) and error.sqlstate == "42501":
                    return Attempt("execute", denied=True)
                continue
            attempt.count += any(row not in _NOTHING for row in rows)
            attempt.wrong += _told(picture, function, person, value, rows)
    if not may:
        attempt.wrong.append(f"executes {function.entry} without a grant")
    return attempt


def _candidates(picture: Picture, function: Function) -> tuple[int | None, list[Any], bool]:
    """Return which argument stands for a row, by its name as foreign keys have it; the ids to try; if people's."""
    tables = {t: r for t, r in picture.relations.items() if r.is_table and not r.root and len(r.key) == 1}
    meant: dict[str, str] = {}
    for relation in picture.relations.values():
        meant |= {c[0]: table for c, table, _ in relation.foreign_keys if len(c) == 1 and table in tables}
    for place, argument in enumerate(function.names):
        plain = argument.removeprefix("p_")
        table = meant.get(plain) or next((t for t in tables if f"{t.removesuffix('s')}_id" == plain), None)
        if table and place < len(function.types):
            (key,) = tables[table].key
            return place, [str(row[key]) for row in picture.rows(table)], table in picture.world.tables
    return None, [None], False


def _call(picture: Picture, function: Function, place: int | None) -> sql.Composable:
    """Return the call; a bare NULL would be folded where the function is STRICT, and nobody asked whether one may."""
    given = [
        sql.SQL("%s::{}" if n == place else "(SELECT NULL::{})").format(sql.SQL(t))
        for n, t in enumerate(function.types)
    ]
    call = sql.SQL("{}({})").format(sql.Identifier(picture.world.schema, function.name), sql.SQL(", ").join(given))
    if function.kind == "p":
        return sql.SQL("CALL {}").format(call)
    return sql.SQL("SELECT to_jsonb(x) FROM {} AS x").format(call)


def _told(picture: Picture, function: Function, person: Person, value: Any, rows: list[Any]) -> Iterator[str]:
    """Yield the people a call tells of, or acts upon, who are none of the caller's business."""
    if function.entry in picture.world.shared:
        return
    named = {n for row in rows for n in (*_people(picture, row, ""), *_themselves(picture, row))} - {person.id}
    if _candidates(picture, function)[2] and any(row not in _NOTHING for row in rows):
        named |= {str(value)} - {person.id}
    strangers = sorted(n for n in named if not person.knows(n, function.entry))
    if strangers:
        yield f"is told by {function.name}({value or ''}) of {', '.join(strangers)}"


def _themselves(picture: Picture, row: Any) -> Iterator[str]:
    """Yield whom a row is that has all columns of a table of people; its key may be a number, called id."""
    for table in picture.world.tables:
        relation = picture.relations[table]
        if isinstance(row, dict) and len(relation.key) == 1 and set(relation.columns) <= set(row):
            yield str(row[relation.key[0]])


def _people(picture: Picture, said: Any, name: str) -> Iterator[str]:
    """Yield the known people in a JSON value: texts anywhere, numbers where the name says whom they mean."""
    if isinstance(said, dict):
        for key, inner in said.items():
            yield from _people(picture, inner, key)
    elif isinstance(said, list):
        for inner in said:
            yield from _people(picture, inner, name)
    elif (isinstance(said, str) or name in picture.naming) and str(said) in picture.everybody:
        yield str(said)
