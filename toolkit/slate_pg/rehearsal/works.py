"""Tells what a statement worked through on a copy: what the server says, what it counts, and what stands in the text.

Reads the copy only. How long that takes on the target is another module's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from psycopg.pq import TransactionStatus

from slate_pg.postgres.connection import package_sql
from slate_pg.rehearsal.bodies import read_body
from slate_pg.rehearsal.findings import Burden, Loss, Work
from slate_pg.rehearsal.observe import Held, Rehearsal
from slate_pg.rehearsal.reading import Change, Reading, read
from slate_pg.rehearsal.state import Relation, State

_SAID = (
    (re.compile(r'^rewriting table "(.+)"$'), "rewrite"),
    (re.compile(r'^verifying table "(.+)"$'), "full scan"),
    (re.compile(r'^building index "(?P<index>.+)" on table "(?P<table>.+)" (?:serially|with request)'), "index build"),
    (re.compile(r'^validating foreign key constraint "(.+)"$'), "constraint validation"),
)
_CALLING = ("select_stmt", "do_stmt", "call_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt")
_DEEPEST = 5
_DELETES = ("delete", "merge deleting")
_LOSES = {"c": "rows", "n": "values", "d": "values"}  # what a deletion does to rows that refer to it


def understood(rehearsal: Rehearsal, text: str, copied: str | None) -> Reading:
    """Return what a statement would do, with all that it calls and sets off. Reads the copy only."""
    reading = read_body(text) if text[:2].upper() == "DO" else read(text, copied)
    reading = replace(reading, node="do_stmt" if text[:2].upper() == "DO" else reading.node)
    if reading.node == "prepare_stmt":
        rehearsal.prepared[reading.name] = read(reading.prepares)
    elif reading.node == "execute_stmt":
        reading = rehearsal.prepared.get(reading.name, reading)
    known: set[int] = set()
    every, fresh = reading, reading
    for _ in range(_DEEPEST):
        found = list(_routines(rehearsal, fresh, known))
        if not found:
            break
        fresh = Reading(
            changes=tuple(c for r in found for c in r.changes), calls=tuple(n for r in found for n in r.calls)
        )
        every = replace(
            every, changes=tuple(dict.fromkeys((*every.changes, *fresh.changes))),
            dynamic=every.dynamic or any(r.dynamic and r.structure for r in found),
            hides=every.hides or any(r.hides for r in found),
        )  # fmt: skip
    return every


def _routines(rehearsal: Rehearsal, reading: Reading, known: set[int]) -> Iterator[Reading]:
    """Yield what functions do that a statement calls, or that triggers call for it, but those known already."""
    tables = [oid for c in reading.changes if c.action not in ("query", "create") if (oid := resolved(rehearsal, c))]
    if not reading.calls and not tables:
        return
    parameters = {"names": list(reading.calls), "tables": tables}
    for oid, _, definition in rehearsal.connection.execute(package_sql("rehearsal/observe_routines"), parameters):
        if oid not in known:
            known.add(oid)
            yield read_body(definition)


def resolved(rehearsal: Rehearsal, change: Change) -> int | None:
    """Return the oid of the relation a change names, as the copy's path finds it; None for one that is not there."""
    if not change.relation:
        return None
    row = rehearsal.connection.execute("SELECT to_regclass(%s)::oid", [change.relation]).fetchone()
    return row[0] if row else None


def works_done(
    rehearsal: Rehearsal, reading: Reading, targets: Sequence[int | None], before: State, after: State, held: Held
) -> Iterator[Work]:
    """Yield what a statement worked through. Reads the copy only."""
    spoken = [
        work for work in dict.fromkeys(_spoken(rehearsal, before, after, held))
        if not _is_emptied(rehearsal, reading, work, before, after)
    ]  # fmt: skip
    yield from spoken
    covered = {w.relation for w in spoken} | {w.other for w in spoken}
    rewritten = {w.relation for w in spoken if w.kind == "rewrite"}
    emptied = {oid for change, oid in zip(reading.changes, targets, strict=True) if change.action == "truncate"}
    for oid, relation in after.relations.items():
        old, label = before.relations.get(oid), rehearsal.first.called(oid, after)
        if not old or relation.kind not in "rm" or oid in emptied or _truncates(reading):
            continue
        if relation.filenode != old.filenode and label not in rewritten:
            query = next((c.relation for c in reading.changes if c.action == "refresh"), "")
            yield Work("rewrite", label, "its file on disk changed", query=query)
        elif (
            label not in covered
            and relation.scans > old.scans
            and reading.node not in _CALLING[3:]
            and not _asks(reading, oid, targets)
        ):
            yield Work("full scan", label, "it was read from end to end")
    yield from _changed(rehearsal, reading, targets, before, after, held)


def _is_emptied(rehearsal: Rehearsal, reading: Reading, work: Work, before: State, after: State) -> bool:
    """Tell whether work was on a table that TRUNCATE has just emptied: its new indexes are empty too."""
    if work.kind != "index build" or not _truncates(reading):
        return False
    return any(
        oid in before.relations and before.relations[oid].filenode != relation.filenode
        for oid, relation in after.relations.items()
        if relation.kind == "r" and rehearsal.first.called(oid, after) == work.relation
    )


def _spoken(rehearsal: Rehearsal, before: State, after: State, held: Held) -> Iterator[Work]:
    for said in rehearsal.said:
        for pattern, kind in _SAID:
            if not (match := pattern.match(said)):
                continue
            if kind == "constraint validation":
                yield from _validated(rehearsal, match[1], said, after, held)
            else:
                named = match.groupdict()
                for oid in _meant(named.get("table") or match[1], before, held):
                    keys = _keys(rehearsal, named["index"], oid) if named else ()
                    yield Work(kind, rehearsal.first.called(oid, before), said, keys=keys)


def _meant(name: str, before: State, held: Held) -> list[int]:
    """Return the relations of a name that were there, those locked by now if there are several."""
    found = [oid for oid, relation in before.relations.items() if relation.name == name and relation.kind in "rpm"]
    locked = {oid for oid, _ in held}
    return [oid for oid in found if oid in locked] or found


def _keys(rehearsal: Rehearsal, index: str, table: int) -> tuple[str, ...]:
    """Return the types of an index's keys; nothing where it is gone again."""
    if rehearsal.connection.pgconn.transaction_status == TransactionStatus.INERROR:
        return ()
    parameters = {"name": index, "table": table}
    return tuple(row[0] for row in rehearsal.connection.execute(package_sql("rehearsal/observe_index"), parameters))


def _validated(rehearsal: Rehearsal, name: str, said: str, after: State, held: Held) -> Iterator[Work]:
    locked = {oid for oid, _ in held}
    rows = rehearsal.connection.execute(package_sql("rehearsal/observe_foreign_key"), {"name": name}).fetchall()
    for oid, other in [row for row in rows if row[0] in locked] or rows:
        names = [rehearsal.first.called(o, after) for o in (oid, other)]
        yield Work("constraint validation", names[0], said, other=names[1])


def _truncates(reading: Reading) -> bool:
    return reading.node == "truncate_stmt" or (
        reading.node in _CALLING[:3] and any(c.action == "truncate" for c in reading.changes)
    )


def _asks(reading: Reading, oid: int, targets: Sequence[int | None]) -> bool:
    """Tell whether scans are accounted for: by a query that can be explained, or a change of the very relation."""
    if reading.node == "refresh_mat_view_stmt":
        return True  # its query is explained
    return oid in targets or (reading.node in _CALLING and any(c.action == "query" for c in reading.changes))


def _changed(
    rehearsal: Rehearsal, reading: Reading, targets: Sequence[int | None], before: State, after: State, held: Held
) -> Iterator[Work]:
    """Yield changes of rows, as the text has them; of a view, those of the tables behind it."""
    for change, oid in zip(reading.changes, targets, strict=True):
        if change.action == "truncate" or (change.action == "refresh" and not _same_file(oid, before, after)):
            continue
        if change.action == "refresh" and oid:
            yield Work("refresh", rehearsal.first.called(oid, before), "as it is written", query=change.relation)
            continue
        for one in _behind(oid, before, held) if oid else [None]:
            there = one is not None and one in before.relations
            label = rehearsal.first.called(one, before) if there and one else _new_name(rehearsal, change, after)
            yield Work(
                change.action, label, "as it is written", change.rows, query=change.query, loop=change.loop,
                burden=burden(rehearsal, one, before) if one else Burden(), is_new=not there,
            )  # fmt: skip


def _same_file(oid: int | None, before: State, after: State) -> bool:
    """Tell whether a materialized view keeps its file: it is refreshed beside its readers."""
    return oid in before.relations and before.relations[oid].filenode == after.relations[oid].filenode if oid else False


def _new_name(rehearsal: Rehearsal, change: Change, after: State) -> str:
    oid = resolved(rehearsal, change)
    return rehearsal.first.called(oid, after) if oid in after.relations and oid else change.relation.replace('"', "")


def _behind(oid: int, before: State, held: Held) -> list[int | None]:
    relation = before.relations.get(oid)
    if not relation or relation.kind != "v":
        return [oid]
    locked = [o for o, mode in held if mode == "RowExclusiveLock" and _is_table(before.relations.get(o))]
    return [*locked] or [oid]


def _is_table(relation: Relation | None) -> bool:
    return relation is not None and relation.kind in "rp"


def burden(rehearsal: Rehearsal, oid: int, before: State) -> Burden:
    """Return what changing a row of a relation costs besides. Reads the copy only."""
    row = rehearsal.connection.execute(package_sql("rehearsal/observe_burden"), {"oid": oid}).fetchone()
    if not row:
        return Burden()
    referring = (
        (rehearsal.first.called(o, before), does, found) for o, does, _, found in row[3] if o in before.relations
    )
    return Burden(row[0], row[1], row[2], tuple(referring))


def rows_lost(
    rehearsal: Rehearsal, reading: Reading, work: Sequence[Work], before: State, after: State
) -> Iterator[Loss]:
    """Yield rows that are deleted or emptied away, and what that does to rows that refer to them."""
    if _truncates(reading):
        for oid, relation in after.relations.items():
            old = before.relations.get(oid)
            if old and relation.kind == "r" and oid in rehearsal.first.relations and old.filenode != relation.filenode:
                label = rehearsal.first.relations[oid].label
                yield Loss("table", label, f"all rows of {label}")
    for one in work:
        if one.kind not in _DELETES or not any(r.label == one.relation for r in rehearsal.first.relations.values()):
            continue
        yield Loss("rows", one.relation, f"rows of {one.relation}")
        for label, does, _ in one.burden.referring:
            if does in _LOSES:
                yield Loss(_LOSES[does], label, f"{_LOSES[does]} of {label} that refer to {one.relation}")
