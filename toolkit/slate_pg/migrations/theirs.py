"""Says how each other tool records a migration in its own ledger: the SQL that writes its rows as that tool does.

Pure but for reading files: what is written when is for `keeping`. Sources: each tool's own statements, and what its
status makes of these rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from slate_pg.migrations import tools
from slate_pg.migrations.files import Migration, Script
from slate_pg.postgres.later import sql

Value: TypeAlias = "str | int | float | bool | sql.SQL | None"
# The SQL of a row with {schema}.{table} and placeholders in it, and the values of those.
Statement = tuple[str, dict[str, "Value"]]
NOTHING: Statement = ("", {})
_NOW = "pg_catalog.now()"
_INSERT, _DELETE, _UPDATE = "INSERT INTO {schema}.{table}", "DELETE FROM {schema}.{table}", "UPDATE {schema}.{table}"


@dataclass(frozen=True)
class Entry:
    """One migration to record: its files, None where they are gone, which one was applied before it, and how long.

    `milliseconds` may be an SQL expression. `folder` is that of all migrations, `columns` are those of the table.
    """

    id: str
    migration: Migration | None
    before: str | None = None
    milliseconds: float | sql.SQL | None = 0
    folder: Path = Path()
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Writer:
    """How a tool records that a migration was applied and undone, and, where it does so, that it was begun and left.

    `knows` is what a migration's id must be for the tool to find the migration by its row.
    """

    applied: Callable[[Entry], Statement]
    undone: Callable[[Entry], Statement]
    begun: Callable[[Entry], Statement] = lambda _: NOTHING
    left: Callable[[Entry], Statement] = lambda _: NOTHING
    knows: re.Pattern[str] = re.compile(r"^\d")


def key_of(tool: tools.Tool, name: str) -> str:
    """Return the key by which a tool knows the migration of that id. Pure."""
    return tool.key(Migration(name, (), Script(Path(name), "", True), None))


def _key(tool: str, name: str | None) -> str | None:
    return None if name is None else key_of(tools.known(tool), name)


def _checksum(tool: str, entry: Entry) -> str | None:
    return tools.known(tool).checksum(entry.migration) if entry.migration else None


def _one_column(tool: str, column: str, also: str = "") -> Writer:
    """Return the writer of a tool that has a row a migration, with its key, and takes it out again."""
    more = f", {also}" if also else ""
    value = f", {_NOW}" if also else ""
    return Writer(
        lambda e: (f"{_INSERT} ({column}{more}) VALUES ({{key}}{value})", {"key": _key(tool, e.id)}),
        lambda e: (f"{_DELETE} WHERE {column} = {{key}}", {"key": _key(tool, e.id)}),
    )  # fmt: skip


def _set_version(version: str | None, dirty: bool) -> Statement:
    """Return what makes one row of golang-migrate's the only one; none where nothing is applied."""
    insert = "" if version is None else "; INSERT INTO {schema}.{table} (version, dirty) VALUES ({version}, {dirty})"
    return "DELETE FROM {schema}.{table}" + insert, {
        "version": None if version is None else int(version),
        "dirty": dirty,
    }


def _golang(name: str | None, dirty: bool = False) -> Statement:
    return _set_version(_key("golang-migrate", name), dirty)


def _sqlx(entry: Entry) -> Statement:
    template = (
        _INSERT + " (version, description, success, checksum, execution_time) "
        "VALUES ({version}, {description}, true, pg_catalog.decode({checksum}, 'hex'), ({ms})::float8 * 1000000)"
    )
    return template, {
        "version": int(_key("sqlx", entry.id) or 0),
        "description": entry.id.partition("_")[2].replace("_", " "),
        "checksum": _checksum("sqlx", entry),
        "ms": entry.milliseconds or 0,
    }


_FLYWAY_NAME = re.compile(r"^V(\d+(?:[._]\d+)*)__(.+)$")


def _flyway(entry: Entry, kind: str) -> Statement:
    """Return Flyway's row of a versioned migration, or the one that it adds where such a migration was undone."""
    found = _FLYWAY_NAME.match(entry.id)
    version, name = found.groups() if found else ("", entry.id)
    script = entry.migration and (entry.migration.apply if kind == "SQL" else entry.migration.rollback)
    return _flyway_row(
        {
            "version": version.replace("_", "."),
            "description": name.replace("_", " "),
            "kind": kind,
            "script": _place(script.path, entry.folder) if script else f"U{entry.id[1:]}.sql",
            "checksum": int(tools.crc32(script.path)) if script else None,
            "ms": entry.milliseconds or 0,
        }
    )


def flyway_repeatable(path: Path, folder: Path, milliseconds: float) -> Statement:
    """Return Flyway's row of a repeatable file, one each time that it is applied. Reads the file."""
    return _flyway_row(
        {
            "version": None,
            "description": path.stem.removeprefix("R__").replace("_", " "),
            "kind": "SQL",
            "script": _place(path, folder),
            "checksum": int(tools.crc32(path)),
            "ms": milliseconds,
        }
    )


def _flyway_row(values: dict[str, Value]) -> Statement:
    template = (
        _INSERT + " (installed_rank, version, description, type, script, checksum, installed_by, "
        "installed_on, execution_time, success) SELECT coalesce(pg_catalog.max(installed_rank), 0) + 1, {version}, "
        f"{{description}}, {{kind}}, {{script}}, {{checksum}}, session_user, {_NOW}, ({{ms}})::float8, true "
        "FROM {schema}.{table}"
    )
    return template, values


def _place(path: Path, folder: Path) -> str:
    """Return a script's path below the folder, as Flyway keeps it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


_OPEN = "migration_name = {name} AND finished_at IS NULL AND rolled_back_at IS NULL"


def _prisma_row(entry: Entry) -> dict[str, Value]:
    return {"name": entry.id, "checksum": _checksum("prisma", entry)}


def _prisma_begun(entry: Entry) -> Statement:
    return (
        _INSERT + " (id, checksum, migration_name, started_at, applied_steps_count) "
        f"SELECT pg_catalog.gen_random_uuid()::text, {{checksum}}, {{name}}, {_NOW}, 0 "
        f"WHERE NOT EXISTS (SELECT FROM {{schema}}.{{table}} WHERE {_OPEN})"
    ), _prisma_row(entry)


def _prisma_applied(entry: Entry) -> Statement:
    """Return what ends the row that was begun, or makes one where none was."""
    begun, values = _prisma_begun(entry)
    ended = f"SET finished_at = pg_catalog.clock_timestamp(), applied_steps_count = 1 WHERE {_OPEN}"
    return f"{begun}; {_UPDATE} {ended}", values


def _prisma_back(condition: str) -> Callable[[Entry], Statement]:
    update = f"UPDATE {{schema}}.{{table}} SET rolled_back_at = {_NOW} WHERE {condition}"
    return lambda entry: (update, {"name": entry.id})


def _graphile(entry: Entry) -> Statement:
    head = entry.migration.apply.path.read_text("utf-8")[:2000] if entry.migration else ""
    previous = re.search(r"^--! Previous:\s*(\S+)", head, re.M)
    return (
        f"{_INSERT} (hash, previous_hash, filename, date) VALUES ({{hash}}, {{previous}}, {{file}}, {_NOW})",
        {
            "hash": _checksum("graphile-migrate", entry),
            "previous": previous[1] if previous and previous[1] != "-" else None,
            "file": f"{_key('graphile-migrate', entry.id)}.sql",
        },
    )


def _supabase(entry: Entry) -> Statement:
    version, _, name = entry.id.partition("_")
    values: dict[str, Value] = {"version": version, "name": name, "statements": json.dumps(_statements(entry))}
    written = {
        "version": "{version}",
        "name": "{name}",
        "statements": "ARRAY(SELECT pg_catalog.json_array_elements_text({statements}))",
    }
    kept = [c for c in written if c == "version" or c in entry.columns]
    columns, expressions = ", ".join(kept), ", ".join(written[c] for c in kept)
    return f"INSERT INTO {{schema}}.{{table}} ({columns}) VALUES ({expressions})", values


def _statements(entry: Entry) -> list[str]:
    from slate_pg.postgres.statements import split

    if entry.migration is None or entry.migration.apply.is_big:
        return []
    return [s.text.strip().rstrip(";") for s in split(entry.migration.apply.path.read_text("utf-8-sig"))]


_DJANGO_NAME = re.compile(r"^(?:\d+_)?(?P<app>[^\W\d]\w*?)_(?P<name>\d{4}_\w+)$")


def _django(entry: Entry) -> dict[str, Value]:
    found = _DJANGO_NAME.match(entry.id)
    return {"app": found["app"], "name": found["name"]} if found else {}


def _alembic(to: str | None, at: str | None) -> Statement:
    """Return what takes alembic's one row from one revision to another, either of which may be none."""
    values: dict[str, Value] = {"to": _key("alembic", to), "at": _key("alembic", at)}
    if at is None:
        return _INSERT + " (version_num) VALUES ({to})", values
    if to is None:
        return _DELETE + " WHERE version_num = {at}", values
    return "UPDATE {schema}.{table} SET version_num = {to} WHERE version_num = {at}", values


WRITERS: dict[str, Writer] = {
    "flyway": Writer(lambda e: _flyway(e, "SQL"), lambda e: _flyway(e, "UNDO_SQL"), knows=_FLYWAY_NAME),
    "goose": Writer(
        lambda e: (f"{_INSERT} (version_id, is_applied) VALUES ({{key}}, true)", {"key": _key("goose", e.id)}),
        lambda e: (_DELETE + " WHERE version_id = {key}", {"key": _key("goose", e.id)}),
    ),
    "golang-migrate": Writer(
        lambda e: _golang(e.id), lambda e: _golang(e.before), lambda e: _golang(e.id, True), lambda e: _golang(e.before)
    ),
    "sqlx": Writer(
        _sqlx, lambda e: (_DELETE + " WHERE version = {key}", {"key": _key("sqlx", e.id)})
    ),
    "prisma": Writer(
        _prisma_applied, _prisma_back("migration_name = {name} AND rolled_back_at IS NULL"), _prisma_begun,
        _prisma_back(_OPEN), knows=re.compile(r"^\S"),
    ),
    "diesel": _one_column("diesel", "version"),
    "node-pg-migrate": _one_column("node-pg-migrate", "name", "run_on"),
    "graphile-migrate": Writer(
        _graphile, lambda e: (_DELETE + " WHERE filename = {file}", {"file": f"{_key('graphile-migrate', e.id)}.sql"})
    ),
    "supabase": Writer(
        _supabase, lambda e: (_DELETE + " WHERE version = {key}", {"key": _key("supabase", e.id)})
    ),
    "dbmate": _one_column("dbmate", "version"),
    "pop": _one_column("pop", "version"),
    "alembic": Writer(
        lambda e: _alembic(e.id, e.before), lambda e: _alembic(e.before, e.id),
        knows=re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])|^\d+_[0-9a-f]{4,}(?:_|$)"),
    ),
    "django": Writer(
        lambda e: (f"{_INSERT} (app, name, applied) VALUES ({{app}}, {{name}}, {_NOW})", _django(e)),
        lambda e: (_DELETE + " WHERE app = {app} AND name = {name}", _django(e)),
        knows=_DJANGO_NAME,
    ),
}  # fmt: skip

# Why the rows of the rest cannot be written by anybody else, and what their tool has instead.
REFUSED: dict[str, tuple[str, str]] = {
    "sqitch": (
        "each of its rows holds a hash over its whole plan, with events and tags",
        "After each apply, `sqitch deploy --log-only` enters what slate has applied.",
    ),
    "liquibase": (
        "its checksums are of changesets, not of files",
        "After each apply, `liquibase changelog-sync` enters what slate has applied.",
    ),
    "rails": (
        "its migrations are Ruby, and none of them is what slate applies",
        "Take it over without --keep-theirs once the team no longer runs it.",
    ),
    "yoyo": ("slate's own ledger is what yoyo reads", "Leave --keep-theirs out: yoyo finds each migration there."),
}
