"""Drafts a migration and its rollback on a disposable copy with rows in it, and proves the two files there.

What is drafted was carried out, and read again; then the files are run as any migration is, on another copy. Writes to
throw-away databases only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.model import Catalog
from slate_pg.checks import replay
from slate_pg.config import Product
from slate_pg.draft import rows as rows_of
from slate_pg.draft.plan import plan
from slate_pg.draft.reaching import Ground, NotReached, Reached, carry_out, left_over, reach
from slate_pg.draft.renaming import likely_renames, rename
from slate_pg.draft.side import Side
from slate_pg.draft.stages import Stage, labels, spread
from slate_pg.draft.text import File, write_files
from slate_pg.draft.words import Step
from slate_pg.errors import SlateError
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.runner import Run
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.sandbox import Sandbox

_COPY = "slate_draft"
_NEW_LABEL = "55P04"  # a label is used in the transaction that adds it
HINT = "Nothing was written."


@dataclass(frozen=True)
class Bench:
    """A server with a database in the old state, and how a product is run in copies of it."""

    box: Sandbox
    database: str
    role: str
    product: Product
    shared: str | None
    schemas: tuple[str, ...]
    judge: Callable[[Catalog], Catalog]

    @contextmanager
    def copy(self) -> Iterator[Ground]:
        """Yield a copy of the old state. Writes to the server."""
        name = sql.Identifier(_COPY)
        with self.box.keep() as keeper:
            keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            keeper.execute(statement.format(name, sql.Identifier(self.database), sql.Identifier(self.role)))
            keeper.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(name, sql.Identifier(self.role)))
        url = self.box.server.url(_COPY)
        with self.box.connect(_COPY, self.role) as connection:
            run = self.run(connection)
            path = (*run.schemas, "pg_temp")
            watch = reader.reading_connection(url)
            try:
                yield Ground(connection, watch, self.schemas, path, self.role, "; ".join(run.opening), self.judge)
            finally:
                watch.close()

    def run(self, connection: Connection) -> Run:
        """Return a run of the product."""
        return Run(connection, self.product, self.shared, asks=False)


@dataclass(frozen=True)
class Drafted:
    """What was drafted and proven: the files, what is left to be enabled, and what is to be known of it."""

    files: list[File]
    losing: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wish:
    """What is wanted: a name, why, renames, whether to lose data, whether the way back, and which tables are large."""

    name: str
    why: str
    renames: tuple[str, ...] = ()
    losing: bool = False
    undo: bool = False
    large: frozenset[str] = frozenset()


def draft(bench: Bench, wanted: Side, wish: Wish) -> Drafted | None:
    """Return the migrations that lead from the old state to another, proven; None where nothing differs.

    With `undo` they lead from the other state back. NotReached where it cannot be written or does not prove. Writes to
    throw-away databases.
    """
    try:
        return _draft(bench, wanted, wish)
    except NotReached:
        if not wish.large or wish.undo:
            raise
    made = _draft(bench, wanted, replace(wish, large=frozenset()))
    if made:
        made.notes.append("what blocks large tables is not divided: in steps it does not lead there")
    return made


def _draft(bench: Bench, wanted: Side, wish: Wish) -> Drafted | None:
    try:
        made = _carry_out(bench, wanted, wish, apart=False)
    except NotReached as error:
        if getattr(error.__cause__, "sqlstate", "") != _NEW_LABEL:
            raise
        made = _carry_out(bench, wanted, wish, apart=True)
    stages, there, notes = made
    if not any(stage.there for stage in stages) and not there.losing:
        return None
    if wish.undo:
        stages = [Stage(s.back, s.there, s.suffix, s.alone) for s in reversed(stages)]
    files = write_files(stages, there.losing, wish.why)
    _prove(bench, wanted, files, wish, there)
    return Drafted(files, there.losing, list(dict.fromkeys(notes)))


def _carry_out(bench: Bench, wanted: Side, wish: Wish, *, apart: bool) -> tuple[list[Stage], Reached, list[str]]:
    """Lead a copy there and back; `apart` gives labels of enums a file of their own. Writes to the copy."""
    with bench.copy() as ground:
        empty = rows_of.fill(ground.connection, ground.schemas, ground.path)
        first, undone = rename(ground, wish.renames)
        middle = ground.read()
        new = labels(plan(middle, wanted).steps) if apart else []
        if new:
            carry_out(ground, new)
        labelled = ground.read() if new else middle
        there = reach(ground, wanted, losing=wish.losing, start=labelled)
        back = reach(ground, labelled, losing=True)
        before = reach(ground, middle, losing=True) if new else Reached()
    notes = [*there.notes, *back.notes, *before.notes, *(f"{table}: no row could be made for it" for table in empty)]
    main = Stage([*([] if new else first), *there.steps], [*back.steps, *([] if new else undone)])
    stages = [Stage([*first, *new], [*before.steps, *undone], "labels")] if new else []
    stages += spread(main, wish.large, wanted, middle.facts) if not wish.undo else [main]
    return stages, there, notes + likely_renames(middle, wanted)


def _prove(bench: Bench, wanted: Side, files: list[File], wish: Wish, there: Reached) -> None:
    """Run the files on another copy, there and back, and look at rows and catalog behind each. NotReached. Writes."""
    with bench.copy() as ground:
        rows_of.fill(ground.connection, ground.schemas, ground.path)
        old = ground.read()
        for table in there.emptied:
            rows_of.forget(ground.connection, table)
        tables = _kept(old, wanted, wish)
        before = rows_of.read_values(ground.connection, tables)
        migrations = [_migration(wish, file) for file in files]
        run = bench.run(ground.connection)
        ways = (replay.up, migrations, wanted, "applied"), (replay.down, migrations[::-1], old, "rolled back")
        if wish.undo:
            ways = (replay.down, migrations[::-1], wanted, "rolled back"), (replay.up, migrations, old, "applied")
        for step, order, state, said in ways:
            try:
                for migration in order:
                    step(run, migration)
            except (SlateError, psycopg.Error) as error:
                detail = error.detail if isinstance(error, SlateError) else []
                raise NotReached(f"the draft cannot be {said}: {error}", detail=detail, hint=HINT) from error
            left = left_over(ground.read_catalog(), state, state, there.losing if state is wanted else ())
            if left:
                raise NotReached(
                    f"the draft, {said}, leaves differences", detail=[f"  {d}" for d in left[:20]], hint=HINT
                )
            rows_of.use_path(ground.connection, ground.path)
            if gone := rows_of.lost(before, rows_of.read_values(ground.connection, tables), tables):
                raise NotReached(f"the draft, {said}, changes rows of {', '.join(gone)}", hint=HINT)


def _migration(wish: Wish, file: File) -> Migration:
    name = f"{wish.name}_{file.suffix}" if file.suffix else wish.name
    apply = Script(Path(f"{name}.sql"), file.apply, not file.alone)
    return Migration(name, (), apply, Script(Path(f"{name}.rollback.sql"), file.rollback, not file.alone))


def _kept(old: Side, wanted: Side, wish: Wish) -> dict[str, list[str]]:
    """Return tables and those of their columns whose values are to stay what they are."""
    kept: dict[str, list[str]] = {}
    if wish.renames:
        return kept  # by other names then; the server keeps rows through a rename
    for identity, facts in old.facts.items():
        other = wanted.facts.get(identity)
        on = identity.on
        if identity.kind != "column" or not on or on.kind != "table" or other is None or on not in wanted.facts:
            continue
        stays = facts["type"] == other["type"] and not facts["generated"] and not other["generated"]
        if stays and not old.told(on).get("is_partition") and not old.told(on).get("partitioned_by"):
            kept.setdefault(old.called(on), []).append(identity.name)
    return kept
