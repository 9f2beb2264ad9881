"""Follows a statement to what it calls and sets off: functions, triggers, rules, and what those do in turn.

Reads the copy only, and texts: on a copy without rows no row trigger fires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import postgast

from slate_pg.postgres.connection import package_sql
from slate_pg.rehearsal.bodies import read_body
from slate_pg.rehearsal.observe import Rehearsal
from slate_pg.rehearsal.reading import Change, Reading, read, read_one, together

_DEEPEST = 5
_INSERT, _DELETE, _UPDATE = 4, 8, 16
_EVENTS = {
    "insert": _INSERT, "insert or update": _INSERT | _UPDATE, "copy": _INSERT, "update": _UPDATE, "delete": _DELETE,
    "move": _DELETE, "merge": _INSERT | _UPDATE, "merge deleting": _INSERT | _UPDATE | _DELETE, "truncate": 32,
}  # fmt: skip


def understood(rehearsal: Rehearsal, text: str, copied: str | None) -> Reading:
    """Return what a statement would do, with all that it calls and sets off. Reads the copy only."""
    reading = read_body(text) if text[:2].upper() == "DO" else read(text, copied)
    reading = replace(reading, node="do_stmt" if text[:2].upper() == "DO" else reading.node)
    if reading.node == "prepare_stmt":
        rehearsal.prepared[reading.name] = read(reading.prepares)
    elif reading.node == "execute_stmt":
        reading = rehearsal.prepared.get(reading.name, reading)
    known: set[object] = set()
    every, fresh, instead = reading, reading, set[Change]()
    for _ in range(_DEEPEST):
        found = [*_called(rehearsal, fresh, known), *_set_off(rehearsal, fresh, known, instead)]
        if not found:
            break
        fresh = together("", found)
        every = replace(
            every, changes=tuple(dict.fromkeys((*every.changes, *fresh.changes))),
            dynamic=every.dynamic or any(r.dynamic and r.structure for r in found),
            hides=every.hides or any(r.hides for r in found),
            guesses=tuple(dict.fromkeys((*every.guesses, *fresh.guesses))),
        )  # fmt: skip
    return replace(every, changes=tuple(change for change in every.changes if change not in instead))


def resolved(rehearsal: Rehearsal, change: Change) -> int | None:
    """Return the oid of the relation a change names, as the copy's path finds it; None for one that is not there."""
    if not change.relation:
        return None
    row = rehearsal.connection.execute("SELECT to_regclass(%s)::oid", [change.relation]).fetchone()
    return row[0] if row else None


def _called(rehearsal: Rehearsal, reading: Reading, known: set[object]) -> Iterator[Reading]:
    """Yield what functions do that a statement calls, but those known already."""
    if not reading.calls:
        return
    parameters = {"names": list(reading.calls)}
    for oid, definition in rehearsal.connection.execute(package_sql("rehearsal/observe_routines"), parameters):
        if oid not in known:
            known.add(oid)
            yield read_body(definition)


def _set_off(rehearsal: Rehearsal, reading: Reading, known: set[object], instead: set[Change]) -> Iterator[Reading]:
    """Yield what triggers and rules do for changes of rows; what is done instead of is added to `instead`."""
    changes = [(c, oid) for c in reading.changes if c.action in _EVENTS and (oid := resolved(rehearsal, c))]
    if not changes:
        return
    parameters = {"tables": [oid for _, oid in changes]}
    rows = rehearsal.connection.execute(package_sql("rehearsal/observe_set_off"), parameters).fetchall()
    for change, oid in changes:
        for table, events, definition, kind in rows:
            if table != oid or not events & _EVENTS[change.action] or (change, definition) in known:
                continue
            known.add((change, definition))
            body = _rule(definition) if kind in ("rule", "instead") else read_body(definition)
            if kind == "instead":
                instead.add(change)
            yield body if kind == "statement" else _for_each_row(change, body)


def _rule(definition: str) -> Reading:
    """Return what the actions of a rule do; nothing for one that cannot be read."""
    try:
        rule = postgast.parse(definition).stmts[0].stmt.rule_stmt
    except (postgast.PgQueryError, ValueError, IndexError):
        return Reading()
    return together("", [read_one(action, None) for action in rule.actions])


def _for_each_row(change: Change, body: Reading) -> Reading:
    """Return what is done for each row of a change, as often as that has rows."""
    changes = (
        replace(c, loop=c.loop or change.loop or change.query, rows=_times(c.rows, change.rows)) for c in body.changes
    )
    return replace(body, changes=tuple(changes))


def _times(rows: int | None, turns: int | None) -> int | None:
    return rows * turns if rows is not None and turns is not None else rows if turns is None else turns
