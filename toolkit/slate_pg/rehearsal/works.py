"""Tells what a statement worked through on a copy: what the server says, what it counts, and what stands in the text.

Reads the copy only. How long that takes on the target is another module's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from psycopg.pq import TransactionStatus

from slate_pg.postgres.connection import package_sql
from slate_pg.rehearsal.consequences import resolved
from slate_pg.rehearsal.findings import Burden, Loss, Work
from slate_pg.rehearsal.observe import Held, Rehearsal
from slate_pg.rehearsal.reading import Change, Reading
from slate_pg.rehearsal.state import Relation, State

_SAID = (
    (re.compile(r'^rewriting table "(.+)"$'), "rewrite"),
    (re.compile(r'^verifying table "(.+)"$'), "full scan"),
    (re.compile(r'^building index "(?P<index>.+)" on table "(?P<table>.+)" (?:serially|with request)'), "index build"),
    (re.compile(r'^validating foreign key constraint "(.+)"$'), "constraint validation"),
)
_NEW = re.compile(r"_ccnew[0-9]*$")
_CALLING = ("select_stmt", "do_stmt", "call_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt")
_DELETES = ("delete", "merge deleting")
_LOSES = {"c": "rows", "n": "values", "d": "values"}  # what a deletion does to rows that refer to it


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
    changed = list(_changed(rehearsal, reading, targets, before, after, held))
    yield from changed
    yield from _unread(rehearsal, reading, [*spoken, *changed], before, held)


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
                    work = Work(kind, rehearsal.first.called(oid, before), said)
                    yield _indexing(rehearsal, work, named["index"], oid) if named else work


def _meant(name: str, before: State, held: Held) -> list[int]:
    """Return the relations of a name that were there, those locked by now if there are several."""
    found = [oid for oid, relation in before.relations.items() if relation.name == name and relation.kind in "rpm"]
    locked = {oid for oid, _ in held}
    return [oid for oid in found if oid in locked] or found


def _indexing(rehearsal: Rehearsal, work: Work, index: str, table: int) -> Work:
    """Return the work of building an index with its keys and its rows' query; as it is where that is gone again."""
    if rehearsal.connection.pgconn.transaction_status == TransactionStatus.INERROR:
        return work
    parameters = {"name": index, "table": table}
    rows = rehearsal.connection.execute(package_sql("rehearsal/observe_index"), parameters).fetchall()
    if not rows and _NEW.search(index):  # REINDEX CONCURRENTLY has given it the old one's name by then
        return _indexing(rehearsal, work, _NEW.sub("", index), table)
    if not rows:
        return work
    _, _, predicate, excludes = rows[0]
    query = f"SELECT FROM {_source(rehearsal, table)} WHERE {predicate}" if predicate else ""
    keys = tuple(row[0] for row in rows) + (("excludes",) if excludes else ())
    return replace(work, keys=keys, columns=tuple(row[1] for row in rows), query=query)


def _source(rehearsal: Rehearsal, table: int) -> str:
    """Return how a table of the target is written in a query to it; what it has been renamed to is not known there."""
    return '"' + '"."'.join(part.replace('"', '""') for part in rehearsal.grounds.tables.get(table, ("", ""))) + '"'


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
        for one in _reached(change, oid, before, held) if oid else [None]:
            there = one is not None and one in before.relations
            label = rehearsal.first.called(one, before) if there and one else _new_name(rehearsal, change, after)
            yield Work(
                change.action, label, "as it is written", change.rows, query=change.query, loop=change.loop,
                columns=change.columns, reads=_labels(rehearsal, change, after),
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


def _reached(change: Change, oid: int, before: State, held: Held) -> list[int | None]:
    """Return the relations whose rows a change reaches: the tables behind a view, those that inherit."""
    found = _behind(oid, before, held)
    for one in found if not change.only else ():
        found += [
            child for child, relation in before.relations.items()
            if relation.parent == one and not relation.is_partition and child not in found
        ]  # fmt: skip
    return found


def _labels(rehearsal: Rehearsal, change: Change, after: State) -> tuple[str, ...]:
    """Return the relations of the target that a change's query reads, whatever they are called by now."""
    found = (resolved(rehearsal, Change("query", name)) for name in change.reads)
    return tuple(rehearsal.first.called(oid, after) for oid in found if oid in rehearsal.first.relations and oid)


def _unread(rehearsal: Rehearsal, reading: Reading, known: Sequence[Work], before: State, held: Held) -> Iterator[Work]:
    """Yield changes that only a lock tells of, of all rows for all one knows: SQL was put together at run time."""
    if not reading.dynamic:
        return
    labels = {work.relation for work in known}
    action = reading.guesses[0] if len(reading.guesses) == 1 else "update"
    for oid, mode in sorted(held):
        relation = before.relations.get(oid)
        if mode != "RowExclusiveLock" or not relation or relation.kind not in "rp" or _parts(oid, before, labels):
            continue
        yield Work(action, rehearsal.first.called(oid, before), "locked as for changing its rows",
                   burden=burden(rehearsal, oid, before))  # fmt: skip


def _parts(oid: int, before: State, labels: set[str]) -> bool:
    """Tell whether a relation, or what it is part of, is among those of these names."""
    relation = before.relations.get(oid)
    return relation is not None and (relation.label in labels or _parts(relation.parent or 0, before, labels))


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
    return Burden(row[0], row[1], row[2], tuple(referring), tuple(row[4]))


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
