"""Leads a disposable copy from its state to another, step by step, and keeps the statements that did.

The plan is made from what the copy is, carried out, and the copy read again: what a statement left over is planned
anew, until nothing differs. So a draft is what was seen to work. Writes to the copy only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import psycopg

from slate_pg.catalog import reader
from slate_pg.catalog.compare import Difference, compare
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.draft import rows as rows_of
from slate_pg.draft.plan import plan
from slate_pg.draft.side import Side, read_side
from slate_pg.draft.words import Step
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection, send

_ROUNDS = 5
_NOT_OURS = ("unmodelled",)
_HISTORY = ("position", "local")  # how a table came to be as it is: no statement gives another


@dataclass(frozen=True)
class Ground:
    """A disposable copy: a connection to work and one to read, the schemas that count, the path, and who applies.

    `opening` is what a migration's script starts with; `judge` leaves out of a catalog what is not compared.
    """

    connection: Connection
    watch: Connection
    schemas: tuple[str, ...]
    path: tuple[str, ...]
    role: str
    opening: str
    judge: Callable[[Catalog], Catalog] = lambda catalog: catalog

    def read(self) -> Side:
        """Return the state that the copy is in. Reads only."""
        return judged(read_side(self.watch, self.schemas, self.path, self.role), self.judge)

    def read_catalog(self) -> Catalog:
        """Return the facts alone. Reads only."""
        return self.judge(normalise_catalog(reader.read(self.watch, self.schemas)))


def judged(side: Side, judge: Callable[[Catalog], Catalog]) -> Side:
    """Return a state without what is not compared. Pure."""
    catalog = judge(side.catalog)
    return Side(catalog, catalog.everything, side.objects, side.path, side.major, side.role, side.needs, side.needed_by)


@dataclass
class Reached:
    """What was done: statements in their order, those that lose data apart, and notes of what could not be had.

    `emptied` are tables whose rows stood in the way, and were taken out.
    """

    steps: list[Step] = field(default_factory=list)
    losing: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)


class NotReached(SlateError):
    """The other state could not be reached: by which statement, or by what is left over."""


def reach(ground: Ground, wanted: Side, *, losing: bool, start: Side | None = None) -> Reached:
    """Lead the copy to a state; with `losing` also by statements that lose data. Writes to the copy.

    `start` is the state that the copy is in, where it is known. NotReached names the statement that failed, or what
    differs still.
    """
    done = Reached()
    there = start or ground.read()
    left = left_over(there.catalog, there, wanted, ())
    for _ in range(_ROUNDS):
        if not left:
            break
        found = plan(there, wanted)
        if not losing:
            found.steps = _kept_back(there, wanted, found.steps)
        known = {step.text for step in done.losing}
        done.losing += [s for s in found.steps if s.loss and not losing and s.text not in known]
        done.unsaid = found.unsaid
        steps = [s for s in found.steps if losing or not s.loss]
        if steps:
            carry_out(ground, steps, done)
            done.steps += steps
        there = replace(there, catalog=ground.read_catalog())
        left = left_over(there.catalog, there, wanted, done.losing)
        if not left or not steps:
            break
        there = ground.read()
    done.notes += _order_notes(there.catalog, wanted)
    if left:
        said = [f"  {d}" for d in left[:20]] + [f"  {line}" for line in done.unsaid]
        raise NotReached(f"{len(left)} differences cannot be written", detail=said)
    return done


def _kept_back(there: Side, wanted: Side, steps: Sequence[Step]) -> list[Step]:
    """Return the steps, those kept back too that drop a part of what is not to be lost, or what is used by it. Pure."""
    lost = {step.about for step in steps if step.loss}
    parts = [i for i in there.needs if i in lost or any(place in lost for place in i.chain)]
    used, queue = set[Identity](), [*parts]
    while queue:
        more = [r for n in there.needs.get(queue.pop(), ()) for r in (n.needed, *n.needed.chain) if r not in used]
        used.update(more)
        queue += more

    def kept(step: Step) -> bool:
        gone = not step.loss and step.about not in wanted.facts
        return gone and (step.about in parts or (step.text.startswith("DROP ") and step.about in used))

    return [replace(s, loss="nothing more, once what uses it is gone") if kept(s) else s for s in steps]


def left_over(found: Catalog, there: Side, wanted: Side, losing: Sequence[Step]) -> list[Difference]:
    """Return what differs yet, without where columns stand and what statements that lose data would bring. Pure."""
    lost = {step.about for step in losing}
    hanging = _hanging(there, lost) | _hanging(wanted, lost)
    return [
        d for d in compare(wanted.catalog, found) or compare(found, wanted.catalog)
        if d.object.kind not in _NOT_OURS
        and not (d.object.kind in ("column", "constraint") and d.attribute in _HISTORY)
        and not (d.object.kind == "statistics" and d.attribute == "definition" and _same_words(d))
        and d.object not in hanging and not any(place in hanging for place in d.object.chain)
    ]  # fmt: skip


def _same_words(difference: Difference) -> bool:
    """Tell whether statistics are of the same columns, which stand in another order in their table."""
    one, other = (sorted(re.split(r"[ ,]+", str(text))) for text in (difference.expected, difference.found))
    return one == other


def _hanging(side: Side, lost: set[Identity]) -> set[Identity]:
    """Return some objects and all that needs them."""
    found, queue = set(lost), list(lost)
    while queue:
        needed = queue.pop()
        more = [n.needed for n in side.needed_by.get(needed, ()) if n.needed not in found]
        found.update(more)
        queue += more
    return found


def _order_notes(found: Catalog, wanted: Side) -> list[str]:
    tables = {
        str(d.object.on) for d in compare(wanted.catalog, found)
        if d.object.kind == "column" and d.attribute == "position" and d.object.on
    }  # fmt: skip
    return [
        f"{table}: its columns get another order than there, which no statement can give" for table in sorted(tables)
    ]


def carry_out(ground: Ground, steps: Sequence[Step], done: Reached | None = None) -> Reached:
    """Run statements in one transaction; where rows are in the way, without the rows of that table. Writes."""
    done = done or Reached()
    for _ in range(20):
        try:
            _run(ground, steps)
            return done
        except _Failed as failed:
            table = _in_the_way(failed, steps)
            if not table:
                raise NotReached(
                    f"a statement of the draft fails: {failed.error.diag.message_primary or failed.error}",
                    detail=[f"  {line}" for line in [*failed.step.written.splitlines()[:12], *done.unsaid]],
                ) from failed.error
            said = failed.error.diag.message_primary or str(failed.error)
            done.notes.append(f"{table}: proven without its rows, for they are in the way: {said}")
            ground.connection.execute(ground.opening.replace("SET LOCAL", "SET"))
            rows_of.forget(ground.connection, table)
            done.emptied.append(table)
    raise NotReached("rows are in the way of every try")


class _Failed(Exception):
    def __init__(self, step: Step, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.step, self.error = step, error


def _run(ground: Ground, steps: Sequence[Step]) -> None:
    connection = ground.connection
    send(connection, f"BEGIN; {ground.opening}; SET LOCAL check_function_bodies = off")
    try:
        for step in steps:
            try:
                send(connection, step.written)
            except psycopg.Error as error:
                raise _Failed(step, error) from error
        try:
            send(connection, "COMMIT")
        except psycopg.Error as error:
            raise _Failed(steps[-1], error) from error
    finally:
        if not connection.closed:
            send(connection, "ROLLBACK")


def _in_the_way(failed: _Failed, steps: Sequence[Step]) -> str:
    """Return the table whose rows a statement cannot cope with, as SQL; empty where it is not rows that fail."""
    if (failed.error.sqlstate or "")[:2] not in ("23", "22"):
        return ""
    from slate_pg.catalog.identity import quote

    diag = failed.error.diag
    if diag.table_name:
        return f"{quote(diag.schema_name or '')}.{quote(diag.table_name)}"
    root = [failed.step.about, *failed.step.about.chain][-1]
    return root.qualified if root.kind == "table" else ""
