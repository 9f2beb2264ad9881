"""Reads the ledgers of other tools: which of a product's migrations they have run. Never writes one.

What each tool keeps where is in `tools`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slate_pg.errors import EditedError, Misuse, SlateError
from slate_pg.migrations.baselines import is_file
from slate_pg.migrations.files import Migration
from slate_pg.migrations.tools import TOOLS, Recorded, Tool, known
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.later import sql


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


BESIDE = {"rails": "ar_internal_metadata", "liquibase": "databasechangeloglock"}  # what a tool keeps besides


def find(connection: Connection, schema: str, ordered: Sequence[Migration], tool: str | None = None) -> Foreign | None:
    """Return the ledger of another tool that has run migrations of these; None where there is none. Reads only.

    With a `tool` its ledger, whatever it says: Misuse where slate does not know the tool or the database has none.
    """
    wanted = known(tool) if tool is not None else None
    tables = connection.execute(package_sql("migrations/find_other_ledgers"), {"schema": schema}).fetchall()
    for each in TOOLS:
        for namespace, table, columns in tables:
            if tool in (None, each.name) and _is_of(each, schema, namespace, table, columns):
                found = read(connection, each, namespace, table)
                if tool is not None or matching(found, ordered):
                    return found
    if wanted is not None:
        raise Misuse(
            f'"{schema}" has no ledger of {tool}',
            hint=f"It would be the table {wanted.schema or schema}.{wanted.table}. Is it another --as NAME?",
        )
    return None


def _is_of(tool: Tool, schema: str, namespace: str, table: str, columns: list[str]) -> bool:
    return (
        table.lower() == tool.table
        and namespace == (tool.schema or schema)
        and {c.lower() for c in columns} >= set(tool.columns)
        and not {c.lower() for c in columns} & set(tool.without)
    )


def read(connection: Connection, tool: Tool, schema: str, table: str) -> Foreign:
    """Return what a tool's ledger says, wherever it is. Reads only."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(sql.Identifier(c) for c in tool.columns),
        sql.Identifier(schema, table),
        sql.SQL(tool.order),  # a column's name or number out of TOOLS
    )
    return Foreign(tool, schema, table, tuple(tool.rows(connection.execute(query).fetchall())))


def matching(found: Foreign, ordered: Sequence[Migration]) -> list[Migration]:
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
    done = matching(found, ordered)
    files = {found.tool.key(m) for m in ordered}
    beyond = [r.key for r in found.recorded if r.key not in files] if tool != "rails" else []
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
        kept = sums.get(found.tool.key(migration)) if is_file(migration) else None
        if kept is not None and found.tool.checksum(migration) not in (kept, None):
            raise EditedError(
                f"{migration.apply.path} is not what {tool} has run: its checksum is another",
                hint="Nothing was written. Put the file back as it was, or repair the checksum with that tool.",
            )
    return done


def count(found: Foreign, ordered: Sequence[Migration]) -> int:
    """Return how many of the migrations another tool has run. Pure."""
    return len(matching(found, ordered))


def parts(connection: Connection, tool: Tool, schema: str, table: str) -> set[tuple[str, str]]:
    """Return schema and name of a ledger's table, its indexes and its sequences, and of what lies beside it."""
    names = {"schema": schema, "table": table}
    of_table = set(connection.execute(package_sql("migrations/find_parts"), names).fetchall())
    beside = BESIDE.get(tool.name)
    return of_table if beside is None else of_table | {(schema, beside), (schema, f"{beside}_pkey")}


def find_tables(connection: Connection, schema: str) -> list[tuple[Tool, str, str]]:
    """Return each table that has the shape of another tool's ledger: the tool, its schema, its name. Reads only."""
    tables = connection.execute(package_sql("migrations/find_other_ledgers"), {"schema": schema}).fetchall()
    of_rails = {namespace for namespace, table, _ in tables if table == BESIDE["rails"]}
    found = []
    for namespace, table, columns in tables:
        tools = [each for each in TOOLS if _is_of(each, schema, namespace, table, columns)]
        tools.sort(key=lambda tool: tool.name == "rails" and namespace not in of_rails)  # dbmate's looks the same
        found += [(tools[0], namespace, table)] if tools else []
    return found


def say(found: Foreign, product: str, ordered: Sequence[Migration]) -> str:
    """Return in a sentence how far another tool has come, and the command that takes over. Pure."""
    name = found.tool.name
    failed = f", {found.failed[0]} failed" if found.failed else ""
    return (
        f"migrated by {name}, {count(found, ordered)} of {len(ordered)}{failed}; `slate adopt {product} --from {name}`"
    )
