"""The tools whose ledgers Slate reads: one entry a tool in `TOOLS`.

Its table, how its rows are read, how a file of ours is known in it, and the checksum it keeps. Reads files only.
Sources: each tool's own documentation of its table.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slate_pg.errors import Misuse, did_you_mean
from slate_pg.migrations.files import Migration

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


def _version(migration: Migration) -> str:
    """Return the digits that a migration's id begins with, without leading zeros."""
    found = re.match(r"\d+", migration.id)
    return str(int(found[0])) if found else migration.id


def _digits(migration: Migration) -> str:
    found = re.match(r"\d+", migration.id)
    return found[0] if found else migration.id


def _id(migration: Migration) -> str:
    return migration.id


def _revision(migration: Migration) -> str:
    """Return Alembic's revision in a file's name: twelve hexadecimal digits, or what stands behind the number."""
    known = re.findall(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])", migration.id)
    return known[-1] if known else re.sub(r"^\d+_([^_]+).*$", r"\1", migration.id)


def _hash(name: str) -> Callable[[Migration], str | None]:
    def of(migration: Migration) -> str | None:
        with migration.apply.path.open("rb") as file:
            return hashlib.file_digest(file, name).hexdigest()

    return of


def crc32(path: Path) -> str:
    """Return Flyway's checksum: CRC-32 of the lines without their ends, as a signed number. Reads only."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        checksum = 0
        for line in file:
            checksum = zlib.crc32(line.replace("\r", "").replace("\n", "").encode(), checksum)
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
    Tool("flyway", "flyway_schema_history", ("version", "script", "checksum", "success", "type"), _flyway, _id,
         lambda m: crc32(m.apply.path),
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
    Tool("alembic", "alembic_version", ("version_num",), _keys, _revision, up_to=True),
    Tool("django", "django_migrations", ("app", "name"),
         lambda rows: [Recorded(f"{app}_{name}") for app, name in rows], lambda m: re.sub(r"^\d+_", "", m.id)),
    Tool("pop", "schema_migration", ("version",), _keys, _digits),
    Tool("liquibase", "databasechangelog", ("id", "filename"),
         lambda rows: [Recorded(str(identifier)) for identifier, _ in rows], _id),
    Tool("rails", "schema_migrations", ("version",), _keys, _id, without=("dirty", "inserted_at")),
    Tool("dbmate", "schema_migrations", ("version",), _keys, _digits, without=("dirty", "inserted_at")),
)  # fmt: skip


def known(name: str) -> Tool:
    """Return the tool of that name. Misuse for one that slate does not know."""
    tools = {tool.name: tool for tool in TOOLS}
    if name not in tools:
        raise Misuse(f'no tool "{name}"', hint=did_you_mean(name, tools) or f"There are: {', '.join(tools)}.")
    return tools[name]
