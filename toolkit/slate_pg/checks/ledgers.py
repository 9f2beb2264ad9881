"""Reads what the ledgers of a database say, in the order that can be applied again, and holds it against the files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from psycopg import sql

from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger, several
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.integrity import Entry, Mismatch, files_of, find_mismatches, of_operator
from slate_pg.migrations.recorded import Recorded
from slate_pg.migrations.repeatable.reading import Repeatable, read_repeatables
from slate_pg.migrations.repeatable.records import newest, read_rows
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.sandbox import OWNER

_OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = %s::regclass"


@dataclass(frozen=True)
class Ledgers:
    """What the ledgers of a database say: what all build on first, then in applied order over all schemas.

    An installation may have come from another server, where its times say nothing about the shared ledger of this one.
    `schemas` are those asked about, `shared` the schema that all build on, `files` the project's migrations by schema
    and id where they are of that ledger, `tampered` what does not agree, `repeatables` the newest texts of repeatable
    files, of which `known` are word for word in the folder. `paths` are the schemas of those that build several.
    """

    schemas: list[str]
    shared: str | None
    entries: list[Entry]
    files: dict[tuple[str, str], Migration] = field(default_factory=dict)
    tampered: list[Mismatch] = field(default_factory=list)
    repeatables: list[Entry] = field(default_factory=list)
    known: frozenset[str] = frozenset()
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def everything(self) -> list[Entry]:
        """The migrations, and behind them the repeatable files."""
        return [*self.entries, *self.repeatables]

    @property
    def strange(self) -> list[Entry]:
        """The migrations whose text is in the database only."""
        entries = [e for e in self.entries if not of_operator(e, self.files.get((e.schema, e.id)))]
        return entries + [e for e in self.repeatables if e.checksum not in self.known]

    @property
    def orders(self) -> list[Ledgers]:
        """The orders in which it may have been applied: this one, and that of all ledgers' times where it differs."""
        # What was adopted has one moment: each ledger's own order tells then.
        places = {(e.schema, e.id): place for place, e in enumerate(self.entries)}
        by_time = sorted(self.entries, key=lambda e: (e.applied_at, e.schema, places[e.schema, e.id]))
        return [self, *([] if by_time == self.entries else [replace(self, entries=by_time)])]

    @property
    def owner(self) -> str:
        """Who owns the rebuilt database."""
        return self.entries[0].role if self.entries else OWNER


def read_ledgers(
    target: Connection, present: dict[str, int], chosen: list[str], project: Project | None, notes: list[str]
) -> Ledgers:
    """Read the ledgers of the schemas and of the shared one, and hold them against the files. Reads only."""
    shared = project.shared if project else "core" if "core" in present else None
    schemas = [str(s) for s in dict.fromkeys([shared, *chosen] if shared in present else chosen)]
    by_schema = {schema: read_entries(target, schema, present[schema]) for schema in schemas}
    files: dict[tuple[str, str], Migration] = {}
    for product in project.products if project else ():
        known = _files(product, notes)
        for schema, entries in by_schema.items():
            if files_of(schema, {e.id: e for e in entries}, known, schema == product.schema):
                files |= {(schema, e.id): known[e.id] for e in entries if e.id in known}
    every = [e for es in by_schema.values() for e in es]
    by_time = Ledgers(chosen, shared, every).orders[-1].entries
    tampered = [m for e in by_time for m in find_mismatches(e, files.get((e.schema, e.id)))]
    texts = [e for schema in schemas for e in _repeatables(target, schema, present[schema], by_schema[schema])]
    tampered += [m for e in texts for m in find_mismatches(e, None)]
    texts_known = {
        f.script.checksum for p in (project.products if project else ()) for f in _repeatable_files(p, notes)
    }
    by_shared = sorted(by_time, key=lambda e: e.schema != shared)
    paths = {schema: several.read(target, schema, present[schema]) for schema in schemas}
    return Ledgers(chosen, shared, by_shared, files, tampered, texts, frozenset(texts_known), paths)


def _files(product: Product, notes: list[str]) -> dict[str, Migration]:
    """Return a product's migrations by id; where they cannot be read, none, and it is said. Reads only."""
    try:
        return {m.id: m for m in read_migrations(product)}
    except SlateError as error:
        notes.append(f"the ledger is not held against the files of {product.name}: {error.message}")
        return {}


def _repeatable_files(product: Product, notes: list[str]) -> list[Repeatable]:
    """Return a product's repeatable files; where they cannot be read, none, and it is said. Reads only."""
    try:
        return read_repeatables(product)
    except SlateError as error:
        notes.append(f"the ledger is not held against the repeatable files of {product.name}: {error.message}")
        return []


def _repeatables(target: Connection, schema: str, version: int, entries: list[Entry]) -> list[Entry]:
    """Return the repeatable texts that count, by the role that applied last. Reads only."""
    rows = newest(read_rows(target, schema, version)).values()
    return [
        Entry(schema, r.name, r.applied_at, entries[-1].role if entries else r.role, r.text, r.checksum) for r in rows
    ]


def read_entries(target: Connection, schema: str, version: int) -> list[Entry]:
    """Return what a ledger holds in applied order, each with the role that owned what it made. Reads only."""
    table = sql.Identifier(schema, "_slate_migration" if version == 1 else "_slate_ledger").as_string(target)
    row = target.execute(_OWNER, [table]).fetchone()
    owner = row[0] if row else ""
    rows = [(*r[:-1], Recorded.read(r[-1])) for r in ledger.read_entries(target, schema, version)]
    first = rows[0][2] if rows else owner
    # Who connected may have been told to SET ROLE; the ledger's own table shows who it was in truth.
    return [Entry(schema, r[0], r[1], owner if r[2] == first else r[2], *r[3:]) for r in rows]
