"""Takes over what another tool has done to an installation that has Slate's ledger already, and ends keeping both.

Either ledger may be ahead where both are kept, or were: what the schema is decides, and only equality writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.catalog import compare
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.migrations import keeping, ledger, others
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.keeping import Keeper, Kept
from slate_pg.migrations.order import in_order
from slate_pg.migrations.runner import Run, locked
from slate_pg.migrations.state import State
from slate_pg.migrations.upgrade import create
from slate_pg.operations.adopt import Adoption, adopt, held_against, mark
from slate_pg.postgres.connection import package_sql


@dataclass(frozen=True)
class _Apart:
    """What Slate's ledger and another tool's do not both have: `new` is the other's alone, `gone` is Slate's alone."""

    theirs: list[Migration]
    new: list[Migration]
    gone: list[str]


def adopt_from(run: Run, project: Project, tool: str, *, keep: bool) -> Adoption:
    """Take over what another tool's ledger says, and keep that ledger too where `keep`. Writes.

    Where Slate has a ledger already, the two are brought together. Errors as `adopt` has them, and Misuse for a ledger
    that only its tool can write.
    """
    if keep:
        keeping.refuse(tool)
    ordered = in_order(read_migrations(run.product))
    foreign = others.find(run.connection, run.product.schema, ordered, tool)
    state = ledger.read_state(run.connection, run.product, ordered)
    if foreign is None or not state.version or not state.applied:
        return adopt(run, project, None, tool, keep=keep)
    with locked(run):
        return _bring_together(run, project, ordered, foreign, keep=keep)


def leave(run: Run) -> str:
    """End keeping another tool's ledger, and return the tool. SlateError where none is kept. Writes."""
    schema = run.product.schema
    with locked(run):
        kept = keeping.find(run.connection, schema, ledger.find_ledgers(run.connection).get(schema))
        if kept is None:
            raise SlateError(
                f'"{schema}" keeps no other ledger', hint="`slate status` says which ledgers an installation keeps."
            )
        run.connection.execute(keeping.leave(run.connection, schema).encode())
    return kept.tool.name


def _bring_together(
    run: Run, project: Project, ordered: Sequence[Migration], foreign: others.Foreign, *, keep: bool
) -> Adoption:
    connection, product = run.connection, run.product
    create(connection, product.schema, run.patience, run.watcher.waiting)
    state = ledger.read_state(connection, product, ordered)
    before = keeping.find(connection, product.schema, state.version)
    kept = Kept(foreign.tool, foreign.schema, foreign.table) if keep or before else None
    if kept:
        keeping.check_table(connection, product, kept)
    apart = _apart(state, others.applied(foreign, ordered))
    tool = foreign.tool.name
    if not (apart.new or apart.gone or keep):
        raise SlateError(
            f'"{product.schema}" has its ledger already, and that of {tool} says nothing else',
            hint=f"`{product.command('status')}` reads both.",
        )
    if apart.gone and before is None:
        return _catch_up(run, state, ordered, apart, kept, tool)
    notes: list[str] = []
    found = _differences(run, project, apart, foreign, notes) if apart.new or apart.gone else ({}, [])
    recorded, differences = found
    if not differences:
        undone = [ledger.record_rollback(connection, product.schema, name, operation="unmark") for name in apart.gone]
        both = [keeping.enter(connection, product.schema, kept)] if kept else []
        mark(connection, product.schema, apart.new, recorded, [*undone, *both])
    kept_name = kept.tool.name if kept else None
    return Adoption(
        product.schema, [m.id for m in apart.new], differences, notes, kept_name, apart.gone, len(apart.theirs)
    )


def _apart(state: State, theirs: list[Migration]) -> _Apart:
    ours = {a.id for a in state.applied}
    known = {m.id for m in theirs}
    return _Apart(theirs, [m for m in theirs if m.id not in ours], [a.id for a in state.applied if a.id not in known])


def _catch_up(
    run: Run, state: State, ordered: Sequence[Migration], apart: _Apart, kept: Kept | None, tool: str
) -> Adoption:
    """Enter into another's ledger what Slate has applied since it took over. SlateError where that is not wanted."""
    product = run.product
    if apart.new:
        raise SlateError(
            f"{tool} has run {apart.new[0].id}, and not {apart.gone[0]}, which slate has applied",
            hint=f"Nothing was written. Nobody can say which came first: have {tool} take its own back, or mark that.",
        )
    if kept is None:
        raise SlateError(
            f'"{product.schema}" has its ledger already, and is ahead of that of {tool} by {len(apart.gone)}',
            hint=f"Nothing was written. `{product.command('adopt', '--from', tool, '--keep-theirs')}` enters "
            "them there too.",
        )
    columns = keeping.check_table(run.connection, product, kept)
    files = {m.id: m for m in ordered}
    keeper = Keeper(run.connection, product, kept, [m.id for m in apart.theirs], files, columns)
    keeper.refuse_unknown([files[name] for name in apart.gone if name in files])
    rows = []
    for name in apart.gone:
        if name not in files:
            raise SlateError(
                f"{name} is applied and its file is gone: {tool} keeps what only the file says",
                hint="Nothing was written. Put the file back.",
            )
        rows.append(keeper.record(name, "apply", 0))
        keeper.accept(name, "apply")
    mark(run.connection, product.schema, [], {}, [*rows, keeping.enter(run.connection, product.schema, kept)])
    return Adoption(product.schema, [], [], [f"{tool} got {len(rows)} rows"], tool, [], len(state.applied))


def _differences(
    run: Run, project: Project, apart: _Apart, foreign: others.Foreign, notes: list[str]
) -> tuple[dict[str, str], list[compare.Difference]]:
    """Return what each migration has made elsewhere, as it is kept, and how the schema differs from what they build."""
    connection, product = run.connection, run.product
    owner = connection.execute(package_sql("operations/find_owner"), {"schema": product.schema}).fetchone()
    model, differences = held_against(run, project, apart.theirs, owner[0], foreign, notes)  # type: ignore[index]
    return dict(model.recorded), differences
