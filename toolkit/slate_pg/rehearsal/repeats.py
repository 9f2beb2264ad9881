"""Finds out on a copy which statements an apply of repeatable files would send: what is taken down, made and put back.

The files are run there as they would be on the target, in a transaction that is rolled back. Reads the target only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from slate_pg.config import REPEATABLE, Product
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.repeatable.applying import check, tasks_of
from slate_pg.migrations.repeatable.engine import Engine
from slate_pg.migrations.repeatable.objects import Objects
from slate_pg.migrations.repeatable.records import Made, read_standing
from slate_pg.migrations.repeatable.tasks import Failed, Task
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import Connection, send
from slate_pg.postgres.sandbox import bounded
from slate_pg.postgres.statements import split
from slate_pg.rehearsal.copy import Stage
from slate_pg.rehearsal.findings import Observed
from slate_pg.rehearsal.rehearse import LONGEST_SECONDS, rehearse

_SESSION = re.compile(r"(?:SET|RESET|CLOSE|DEALLOCATE|UNLISTEN|DISCARD|SELECT pg_catalog\.set_config)\b", re.I)
_PATIENCE = Patience(lock_timeout_ms=5000)
_SCHEMAS = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'"
_SIZE = (
    "SELECT c.reltuples::bigint, pg_catalog.pg_total_relation_size(c.oid) FROM pg_catalog.pg_class AS c "
    "WHERE c.oid = pg_catalog.to_regclass(%s)"
)


@dataclass(frozen=True)
class Pending:
    """The repeatable files of an installation that an apply would run, and the texts on record of the others."""

    product: Product
    tasks: list[Task]
    others: list[Task]
    schemas: list[str]

    @property
    def label(self) -> str:
        """What stands for the files in a report: the one, or their folder, for they are one transaction."""
        return str(self.tasks[0].script.path if len(self.tasks) == 1 else self.product.migrations / REPEATABLE)


@dataclass(frozen=True)
class Steps:
    """What would be sent, each statement by itself, why nothing would be, and what there is to say beside."""

    statements: list[str] = field(default_factory=list)
    error: str = ""
    line: int = 1
    notes: list[str] = field(default_factory=list)
    existing: dict[str, str] = field(default_factory=dict)
    made: dict[str, list[Made]] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)


def read_pending(target: Connection, product: Product, version: int | None) -> Pending:
    """Return what is pending of the repeatable files; errors as apply has them. Reads only."""
    tasks, others = tasks_of(read_standing(target, product, version))
    check(tasks, others, product.schema)
    return Pending(product, tasks, others, [product.schema, *elsewhere.read(target, product.schema, version).schemas])


def find_steps(
    stage: Stage, target: Connection, shared: str | None, pending: Pending, patience: Patience = _PATIENCE
) -> Steps:
    """Return the statements that an apply would send, as they come out on the copy. Writes nothing that stays there."""
    product = pending.product
    with stage.open(product.schema) as connection, bounded(stage.box, connection, LONGEST_SECONDS):
        before = {schema.name for schema in stage.definitions.schemas}
        new = [name for (name,) in connection.execute(_SCHEMAS).fetchall() if name not in before]
        run = Run(connection, product, shared, patience)
        send(connection, "; ".join(("BEGIN", *run.opening)))
        dropped = [o for o in pending.others if _lacks(connection, o)]
        tasks = [*pending.tasks, *dropped]
        others = [o for o in pending.others if o not in dropped]
        engine = Engine(connection, run.opening, [*pending.schemas, *new], others)
        try:
            engine.run(tasks)
        except Failed as failure:
            said = f"{failure.error.diag.message_primary} ({failure.error.sqlstate})"
            return Steps(error=said, line=failure.task.script.place(failure.offset).line)
        except (SlateError, psycopg.Error) as error:
            where = getattr(error, "where", None)
            return Steps(error=str(error).splitlines()[0], line=where.line if where else 1)
        finally:
            send(connection, "ROLLBACK")
    every = [s.text.rstrip().rstrip(";") for _, sent in engine.steps for s in split(sent)]
    notes = [*engine.warnings, *(_costs(target, label) for label in engine.refilled)]
    return Steps(every if tasks else [], notes=notes, existing=engine.existing, made=engine.made, tasks=tasks)


def _lacks(connection: Connection, task: Task) -> bool:
    """Tell whether something that a file defines is not there: a migration before it has dropped it. Reads only."""
    objects = Objects(connection)
    return any(objects.find(i.defines) is None for i in task.items if i.defines)


def _costs(target: Connection, label: str) -> str:
    """Say what filling a materialized view again means, from its size on the target. Reads only."""
    name = label.removeprefix("view ")
    row = target.execute(_SIZE, [name]).fetchone()
    size = f"about {max(row[0], 0):,} rows, {row[1] / 1e6:,.1f} MB as it is" if row else "it is new"
    return f"materialized view {name} is made anew and filled: {size}; its readers wait meanwhile"


def rehearse_repeats(
    stage: Stage, target: Connection, shared: str | None, pending: Pending
) -> tuple[list[Observed], list[str], Migration | None]:
    """Return what each statement of the repeatable files did on the copy, notes, and the whole as one file.

    What only sets the session is left out of it. Reads the target only.
    """
    steps = find_steps(stage, target, shared, pending)
    label = pending.label
    if steps.error:
        said = f"repeatable files of {pending.product.name}"
        return [Observed(label, steps.line, said, error=steps.error)], steps.notes, None
    if not steps.statements:
        return [], [], None
    script = Script(Path(label), ";\n".join(steps.statements) + ";\n")
    whole = Migration(REPEATABLE, (), script, None)
    found = rehearse(stage, pending.product, shared, [whole])
    shown = [o for o in found if o.error or not _SESSION.match(o.sql)]
    return [replace(o, line=_line(pending, o)) for o in shown], steps.notes, whole


def _line(pending: Pending, observed: Observed) -> int:
    """Return where a statement stands in its file; 1 where it is Slate's own. Pure."""
    for task in pending.tasks if len(pending.tasks) == 1 else ():
        for item in task.items:
            if " ".join(item.plain.split()) == " ".join(observed.sql.replace("OR REPLACE ", "", 1).split()) or (
                item.plain == observed.sql
            ):
                return task.script.place(item.statement.start).line
    return 1
