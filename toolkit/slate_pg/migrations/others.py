"""Reads the ledgers of other tools: which of a product's migrations they have run. Never writes one.

One entry a tool in `TOOLS`: its table, how its rows are read, how a file of ours is known in it, and the checksum it
keeps. Sources: each tool's own documentation of its table.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from slate_pg.errors import EditedError, Misuse, SlateError, did_you_mean
from slate_pg.migrations.files import Migration
from slate_pg.postgres.connection import Connection, package_sql

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Recorded:
    """What another tool says of one migration: by which key it knows it, whether it failed, and its checksum."""

    key: str
    failed: bool = False
    checksum: str | None = None


@dataclass(frozen=True)
class Tool:
    """A tool's ledger: the columns that tell its table from others of that name, and how its rows are read.

    `schema` is None where the table lies in the migrated schema itself. `up_to` is true where the one row stands for
    all migrations up to it.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    rows: Callable[[list[Row]], list[Recorded]]
    key: Callable[[Migration], str]
    checksum: Callable[[Migration], str | None] = lambda _: None
    schema: str | None = None
    up_to: bool = False
    order: str = "1"
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Foreign:
    """The ledger of another tool, as found: where it is and what it says."""

    tool: Tool
    schema: str
    table: str
    recorded: tuple[Recorded, ...]

    @property
    def failed(self) -> list[str]:
        """The keys of what the tool has begun and not ended, or marked as failed or dirty."""
        return [r.key for r in self.recorded if r.failed]


def _version(migration: Migration) -> str:
    """Return the digits that a migration's id begins with, without leading zeros."""
    found = re.match(r"\d+", migration.id)
    return str(int(found[0])) if found else migration.id


def _digits(migration: Migration) -> str:
    found = re.match(r"\d+", migration.id)
    return found[0] if found else migration.id


def _id(migration: Migration) -> str:
    return migration.id


def _hash(name: str) -> Callable[[Migration], str | None]:
    return lambda migration: hashlib.new(name, migration.apply.path.read_bytes()).hexdigest()


def _crc32(migration: Migration) -> str | None:
    """Return Flyway's checksum: CRC-32 of the lines without their ends, as a signed number."""
    checksum = 0
    for line in migration.apply.path.read_text("utf-8-sig").splitlines():
        checksum = zlib.crc32(line.encode(), checksum)
    return str(checksum - (1 << 32) if checksum >= 1 << 31 else checksum)


def _graphile_hash(migration: Migration) -> str | None:
    found = re.search(r"^--! Hash:\s*(\S+)", migration.apply.path.read_text("utf-8"), re.M)
    return found[1] if found else None


def _keys(rows: list[Row]) -> list[Recorded]:
    return [Recorded(str(row[0])) for row in rows]


def _flyway(rows: list[Row]) -> list[Recorded]:
    """Read version, script, checksum, success, type: what was undone or deleted later does not count."""
    found: dict[str, Recorded] = {}
    for version, script, checksum, success, kind in rows:
        if version is None or kind in ("SCHEMA", "BASELINE"):
            continue
        if kind.startswith("UNDO") or kind == "DELETE":
            found.pop(version, None)
        else:
            name = script.rpartition("/")[2].removesuffix(".sql")
            found[version] = Recorded(name, not success, None if checksum is None else str(checksum))
    return list(found.values())


def _goose(rows: list[Row]) -> list[Recorded]:
    """Read version and is_applied in the order of their ids: the last row of a version says how it is."""
    latest = {version: applied for version, applied in rows if version}
    return [Recorded(str(version)) for version, applied in latest.items() if applied]


def _prisma(rows: list[Row]) -> list[Recorded]:
    """Read name, checksum, finished_at, rolled_back_at."""
    return [Recorded(name, done is None, checksum) for name, checksum, done, back in rows if back is None]


TOOLS: tuple[Tool, ...] = (
    Tool("flyway", "flyway_schema_history", ("version", "script", "checksum", "success", "type"), _flyway, _id, _crc32,
         order="installed_rank"),
    Tool("goose", "goose_db_version", ("version_id", "is_applied"), _goose, _version, order="id"),
    Tool("golang-migrate", "schema_migrations", ("version", "dirty"),
         lambda rows: [Recorded(str(version), dirty) for version, dirty in rows], _version, up_to=True),
    Tool("sqlx", "_sqlx_migrations", ("version", "success", "checksum"),
         lambda rows: [Recorded(str(v), not ok, bytes(c).hex()) for v, ok, c in rows], _version, _hash("sha384")),
    Tool("prisma", "_prisma_migrations", ("migration_name", "checksum", "finished_at", "rolled_back_at"), _prisma, _id,
         _hash("sha256")),
    Tool("diesel", "__diesel_schema_migrations", ("version",), _keys,
         lambda m: m.id.partition("_")[0].replace("-", "")),
    Tool("node-pg-migrate", "pgmigrations", ("name",), _keys, _id),
    Tool("graphile-migrate", "migrations", ("filename", "hash"),
         lambda rows: [Recorded(digits[0], False, digest) for name, digest in rows
                       if (digits := re.match(r"\d+", name))], _digits, _graphile_hash, schema="graphile_migrate"),
    Tool("sqitch", "changes", ("change", "script_hash"),
         lambda rows: [Recorded(name, False, digest) for name, digest in rows], _id, _hash("sha1"), schema="sqitch"),
    Tool("supabase", "schema_migrations", ("version",), _keys, _digits, schema="supabase_migrations"),
    Tool("alembic", "alembic_version", ("version_num",), _keys,
         lambda m: (re.findall(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])", m.id) or [m.id])[-1], up_to=True),
    Tool("django", "django_migrations", ("app", "name"),
         lambda rows: [Recorded(f"{app}_{name}") for app, name in rows], _id),
    Tool("pop", "schema_migration", ("version",), _keys, _digits),
    Tool("liquibase", "databasechangelog", ("id", "filename"),
         lambda rows: [Recorded(str(identifier)) for identifier, _ in rows], _id),
    Tool("rails", "schema_migrations", ("version",), _keys, _id, without=("dirty", "inserted_at")),
    Tool("dbmate", "schema_migrations", ("version",), _keys, _digits, without=("dirty", "inserted_at")),
)  # fmt: skip


_BESIDE = {"rails": "ar_internal_metadata", "liquibase": "databasechangeloglock"}  # what a tool keeps besides


def find(connection: Connection, schema: str, ordered: Sequence[Migration], tool: str | None = None) -> Foreign | None:
    """Return the ledger of another tool that has run migrations of these; None where there is none. Reads only.

    With a `tool` its ledger, whatever it says: Misuse where slate does not know the tool or the database has none.
    """
    known = {t.name: t for t in TOOLS}
    if tool is not None and tool not in known:
        raise Misuse(f'no tool "{tool}"', hint=did_you_mean(tool, known) or f"There are: {', '.join(known)}.")
    tables = connection.execute(package_sql("migrations/find_other_ledgers"), {"schema": schema}).fetchall()
    for each in TOOLS:
        for namespace, table, columns in tables:
            if tool in (None, each.name) and _is_of(each, schema, namespace, table, columns):
                found = _read(connection, each, namespace, table)
                if tool is not None or _matching(found, ordered):
                    return found
    if tool is not None:
        raise Misuse(
            f'"{schema}" has no ledger of {tool}',
            hint=f"It would be the table {known[tool].schema or schema}.{known[tool].table}. Is it another --as NAME?",
        )
    return None


def _is_of(tool: Tool, schema: str, namespace: str, table: str, columns: list[str]) -> bool:
    return (
        table.lower() == tool.table
        and namespace == (tool.schema or schema)
        and {c.lower() for c in columns} >= set(tool.columns)
        and not {c.lower() for c in columns} & set(tool.without)
    )


def _read(connection: Connection, tool: Tool, schema: str, table: str) -> Foreign:
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(sql.Identifier(c) for c in tool.columns),
        sql.Identifier(schema, table),
        sql.SQL(tool.order),  # a column's name or number out of TOOLS
    )
    return Foreign(tool, schema, table, tuple(tool.rows(connection.execute(query).fetchall())))


def _matching(found: Foreign, ordered: Sequence[Migration]) -> list[Migration]:
    """Return the migrations that a ledger says were run, in run order; those up to its row where it has but one."""
    keys = {r.key for r in found.recorded}
    if found.tool.name == "rails":
        return list(ordered) if keys and [m.id for m in ordered] == ["structure"] else []
    hit = [i for i, m in enumerate(ordered) if found.tool.key(m) in keys]
    if not hit:
        return []
    return list(ordered[: hit[-1] + 1]) if found.tool.up_to else [ordered[i] for i in hit]


def applied(found: Foreign, ordered: Sequence[Migration]) -> list[Migration]:
    """Return the migrations that another tool has run, which are the first ones of the folder. Reads files only.

    SlateError for what failed, for what is not in the folder and for gaps; EditedError where the tool's checksum is
    not the file's.
    """
    tool = found.tool.name
    if found.failed:
        raise SlateError(
            f"{tool} says that {found.failed[0]} failed or was never ended",
            hint=f"Nothing was written. Repair it with {tool} first, as its manual says.",
        )
    done = _matching(found, ordered)
    known = {found.tool.key(m) for m in ordered}
    beyond = [r.key for r in found.recorded if r.key not in known] if tool != "rails" else []
    if beyond:
        raise SlateError(
            f"{tool} has run {len(beyond)} that the folder does not have: {', '.join(beyond[:3])}",
            hint="Nothing was written. Point slate at the folder that they are of, all of it.",
        )
    if not done:
        raise SlateError(f"the ledger of {tool} is empty", hint="Nothing was written. `slate apply` begins anew.")
    gaps = [m.id for m in ordered[: ordered.index(done[-1])] if m not in done]
    if gaps:
        raise SlateError(
            f"{tool} has run {done[-1].id}, and not {gaps[0]}, which comes before it",
            hint=f"Nothing was written. Apply it with {tool}, or take its file out of the folder.",
        )
    sums = {r.key: r.checksum for r in found.recorded}
    for migration in done:
        kept = sums.get(found.tool.key(migration))
        if kept is not None and found.tool.checksum(migration) not in (kept, None):
            raise EditedError(
                f"{migration.apply.path} is not what {tool} has run: its checksum is another",
                hint="Nothing was written. Put the file back as it was, or repair the checksum with that tool.",
            )
    return done


def count(found: Foreign, ordered: Sequence[Migration]) -> int:
    """Return how many of the migrations another tool has run. Pure."""
    return len(_matching(found, ordered))


def parts(connection: Connection, tool: Tool, schema: str, table: str) -> set[tuple[str, str]]:
    """Return schema and name of a ledger's table, its indexes and its sequences, and of what lies beside it."""
    names = {"schema": schema, "table": table}
    of_table = set(connection.execute(package_sql("migrations/find_parts"), names).fetchall())
    beside = _BESIDE.get(tool.name)
    return of_table if beside is None else of_table | {(schema, beside), (schema, f"{beside}_pkey")}


def find_tables(connection: Connection, schema: str) -> list[tuple[Tool, str, str]]:
    """Return each table that has the shape of another tool's ledger: the tool, its schema, its name. Reads only."""
    tables = connection.execute(package_sql("migrations/find_other_ledgers"), {"schema": schema}).fetchall()
    found = []
    for namespace, table, columns in tables:
        tools = [each for each in TOOLS if _is_of(each, schema, namespace, table, columns)]
        found += [(tools[0], namespace, table)] if tools else []
    return found


def say(found: Foreign, product: str, ordered: Sequence[Migration]) -> str:
    """Return in a sentence how far another tool has come, and the command that takes over. Pure."""
    name = found.tool.name
    failed = f", {found.failed[0]} failed" if found.failed else ""
    return (
        f"migrated by {name}, {count(found, ordered)} of {len(ordered)}{failed}; `slate adopt {product} --from {name}`"
    )
