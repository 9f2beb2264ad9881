"""Drafts a migration and its rollback on a disposable copy with rows in it, and proves the two files there.

What is drafted was carried out, and read again; then the files are run as any migration is, on another copy. Writes to
throw-away databases only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.catalog import reader
from slate_pg.catalog.model import Catalog
from slate_pg.checks import replay
from slate_pg.config import Product
from slate_pg.draft import rows as rows_of
from slate_pg.draft.reaching import Ground, NotReached, Reached, left_over, reach
from slate_pg.draft.renaming import likely_renames, rename
from slate_pg.draft.side import Side
from slate_pg.draft.text import Texts, write_texts
from slate_pg.draft.words import Step
from slate_pg.errors import SlateError
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.runner import Run
from slate_pg.postgres.connection import Connection, send
from slate_pg.postgres.sandbox import Sandbox

_COPY = "slate_draft"
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
    """What was drafted and proven: both texts, what is left to be enabled, and what is to be known of it."""

    texts: Texts
    losing: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def draft(
    bench: Bench, wanted: Side, name: str, why: str, renames: Sequence[str] = (), *, losing: bool, undo: bool = False
) -> Drafted | None:
    """Return the migration that leads from the old state to another, proven; None where nothing differs.

    `renames` are statements that come first; with `undo` the migration leads from the other state back. NotReached
    where it cannot be written or does not prove. Writes to throw-away databases.
    """
    with bench.copy() as ground:
        empty = rows_of.fill(ground.connection, ground.schemas, ground.path)
        first, undone = rename(ground, renames)
        middle = ground.read()
        there = reach(ground, wanted, losing=losing, start=middle)
        if not (first or there.steps or there.losing):
            return None
        back = reach(ground, middle, losing=True)
    back.steps += undone
    there.steps[:0] = first
    notes = [*there.notes, *back.notes, *(f"{table}: no row could be made for it" for table in empty)]
    notes += likely_renames(middle, wanted)
    texts = write_texts(*((back.steps, there.steps) if undo else (there.steps, back.steps)), there.losing, why)
    _prove(bench, wanted, texts, name, there, undo)
    return Drafted(texts, there.losing, list(dict.fromkeys(notes)))


def _prove(bench: Bench, wanted: Side, texts: Texts, name: str, there: Reached, undo: bool) -> None:
    """Run both files on another copy, and look at rows and catalog behind each. NotReached. Writes."""
    with bench.copy() as ground:
        rows_of.fill(ground.connection, ground.schemas, ground.path)
        old = ground.read()
        tables = _kept(old, wanted)
        apply = Script(Path(f"{name}.sql"), texts.rollback if undo else texts.apply)
        back = Script(Path(f"{name}.rollback.sql"), texts.apply if undo else texts.rollback)
        migration = Migration(name, (), apply, back)
        for table in there.emptied:
            rows_of.forget(ground.connection, table)
        before = rows_of.read_values(ground.connection, tables)
        run = bench.run(ground.connection)
        for step, wish, said in ((replay.up, wanted, "applied"), (replay.down, old, "rolled back")):
            try:
                step(run, migration)
            except (SlateError, psycopg.Error) as error:
                raise NotReached(f"the draft cannot be {said}: {error}", hint=HINT) from error
            left = left_over(ground.read_catalog(), wish, wish, there.losing if wish is wanted else ())
            if left:
                raise NotReached(
                    f"the draft, {said}, leaves differences", detail=[f"  {d}" for d in left[:20]], hint=HINT
                )
            send(ground.connection, ground.opening.replace("SET LOCAL", "SET"))
            after = rows_of.read_values(ground.connection, tables)
            if gone := rows_of.lost(before, after, tables):
                raise NotReached(f"the draft, {said}, changes rows of {', '.join(gone)}", hint=HINT)


def _kept(old: Side, wanted: Side) -> dict[str, list[str]]:
    """Return tables and those of their columns whose values are to stay what they are."""
    kept: dict[str, list[str]] = {}
    for identity, facts in old.facts.items():
        other = wanted.facts.get(identity)
        on = identity.on
        if identity.kind != "column" or not on or on.kind != "table" or other is None or on not in wanted.facts:
            continue
        stays = facts["type"] == other["type"] and not facts["generated"] and not other["generated"]
        if stays and not old.told(on).get("is_partition") and not old.told(on).get("partitioned_by"):
            kept.setdefault(old.called(on), []).append(identity.name)
    return kept
