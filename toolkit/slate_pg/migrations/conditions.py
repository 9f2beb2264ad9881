"""Asks a file's own conditions: queries that must give one row with true, before its statements and after them.

They only read: each runs where nothing can be written, and what it locks is given back. MigrationFailed where one is
not met; a lock that is not to be had in time is the runner's to try again.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from slate_pg.config import Product
from slate_pg.errors import MigrationFailed, Where
from slate_pg.migrations.directives import Condition, has_conditions, read_conditions
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, ScriptFailed, is_alive, send

_DECLARE = "DECLARE slate_condition NO SCROLL CURSOR FOR "
_BOOLEAN = 16
NOTHING_DONE = "Nothing of it was applied. Make its condition true, or correct it in the file, and run it again."
BUSY_CODES = ("55P03", "40P01")  # lock_timeout, deadlock: try again in another moment
_LONGEST = 200  # characters of a value that are shown


@dataclass(frozen=True)
class Answer:
    """What a condition said: whether it is met, in words what it gave, and the SQLSTATE where it failed."""

    met: bool
    said: str
    sqlstate: str = ""
    column: int = 0


def ask(connection: Connection, condition: Condition) -> Answer:
    """Ask one condition within the transaction under way, and leave nothing of it. Reads only.

    Raises psycopg's errors where a lock was not to be had in time or the connection is lost.
    """
    send(connection, "SAVEPOINT slate_condition; SET LOCAL transaction_read_only = on")
    try:
        send(connection, _DECLARE + condition.query)
        cursor = connection.execute("FETCH 2 FROM slate_condition")
        types = [column.type_code for column in cursor.description or ()]
        answer = _judge(types, cursor.fetchall())
    except psycopg.Error as error:
        if error.sqlstate in BUSY_CODES or not is_alive(connection):
            raise
        position = int(error.diag.statement_position or 0) - len(_DECLARE)
        answer = Answer(False, error.diag.message_primary or str(error), error.sqlstate or "", max(0, position))
    send(connection, "ROLLBACK TO SAVEPOINT slate_condition; RELEASE SAVEPOINT slate_condition")
    return answer


def _judge(types: Sequence[int], rows: Sequence[tuple[object, ...]]) -> Answer:
    """Return what rows mean: true in one row of one column is met, all else is not. Pure."""
    if types != [_BOOLEAN]:
        shown = _shown(rows[0][0]) if rows and len(types) == 1 else f"{len(types)} columns"
        return Answer(False, f"it gave {shown}, which is not true or false")
    if len(rows) != 1:
        return Answer(False, "it gave no row" if not rows else "it gave more than one row")
    value = rows[0][0]
    return Answer(value is True, "it gave NULL" if value is None else f"it gave {'true' if value else 'false'}")


def _shown(value: object) -> str:
    text = "NULL" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def require(connection: Connection, name: str, script: Script, when: str, ways_out: str) -> None:
    """Ask a script's conditions of that moment within the transaction under way. Reads only.

    MigrationFailed for the first that is not met; ScriptFailed where a lock was not to be had in time.
    """
    for condition in read_conditions(script) if has_conditions(script.head) else ():
        if condition.when != when:
            continue
        try:
            answer = ask(connection, condition)
        except psycopg.Error as error:
            raise ScriptFailed(error, 0, exact=False) from error
        if not answer.met:
            raise _refusal(name, str(script.path), condition, answer, ways_out)


def require_apart(connection: Connection, settings: str, name: str, script: Script, when: str, ways_out: str) -> None:
    """Ask the same in a transaction of their own, under these settings, which is rolled back. Reads only."""
    if has_conditions(script.head):
        send(connection, f"BEGIN; {settings}")
        require(connection, name, script, when, ways_out)
        send(connection, "ROLLBACK")


def _refusal(name: str, path: str, condition: Condition, answer: Answer, hint: str) -> MigrationFailed:
    """Return the error for a condition that is not met: file, line, query and what it gave."""
    code = f" ({answer.sqlstate})" if answer.sqlstate else ""
    said = f"it failed: {answer.said}{code}" if answer.sqlstate else answer.said
    return MigrationFailed(
        f"{name} is refused by its own condition at {path}:{condition.line}",
        detail=[f"{condition.line:>5} | -- {condition.when}: {condition.query}", f"       {said}"],
        hint=hint,
        where=Where(path, condition.line, 0, f"{condition.when}: {said}", answer.sqlstate),
    )


def as_plpgsql(condition: Condition, literal: str) -> str:
    """Return the body of a DO that raises unless the condition is met; `literal` is its query as a SQL literal."""
    return (
        f"DECLARE\n  query text := {literal};\n  answer boolean;\n  found integer := 0;\nBEGIN\n"
        "  FOR answer IN EXECUTE query LOOP\n    found := found + 1;\n    EXIT WHEN found > 1;\n  END LOOP;\n"
        "  IF found <> 1 OR answer IS NOT TRUE THEN\n"
        f"    RAISE EXCEPTION '{condition.when}: % gave % (rows: %)', query, coalesce(answer::text, 'NULL'), found;\n"
        "  END IF;\nEND"
    )


def ways_out(product: Product, name: str, direction: str) -> str:
    """Return what can be done about a script whose statements are done and whose last condition is not met. Pure."""
    other = f" --as {shlex.quote(product.schema)}" if product.named else ""
    return (
        "Its statements are done and stay, and it counts as stopped half way. Either make the condition true and run "
        f"`slate {direction} {product.name}{other}` again, which asks it again, or run "
        f"`slate rollback {product.name} --forget {name}{other}` and undo by hand what is done."
    )
