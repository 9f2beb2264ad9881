"""Write docs/refusals/<product>.md: every refusal a service can meet, its SQLSTATE, what it means, the HTTP status.

    python docs/write_refusals.py

Read from the catalog of a disposable server that the migrations built, and from what its functions RAISE. Constraints
are named as PostgreSQL reports them in the error's field constraint_name, a service's key to a message of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import psycopg.errors

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import find_project
from slate_pg.migrations import runner
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import disposable

FOLDER = Path(__file__).parent / "refusals"
WIDEST = 200

HTTP = {
    "0A000": 501,
    "22": 400,
    "22003": 422,
    "23001": 409,
    "23502": 422,
    "23503": 422,
    "23505": 409,
    "23514": 422,
    "23P01": 409,
    "25000": 409,
    "40001": 503,
    "40P01": 503,
    "42501": 403,
    "53": 503,
    "54000": 413,
    "55000": 409,
    "55P03": 503,
    "57014": 504,
    "P0001": 422,
    "P0002": 404,
}

EVERYWHERE = [
    ("42501", "row security or a missing right; hidden and missing rows are refused alike"),
    ("23502", "a column that needs a value has none; the field column_name says which"),
    ("22P02", "what was sent is no value of the column's type; also an identity that is malformed"),
    ("22001", "a text is longer than its column"),
    ("22003", "a number is outside its type; a counter that would overflow"),
    ("22007", "what was sent is no date or time"),
    ("40001", "another transaction was faster: run the whole transaction again"),
    ("40P01", "two transactions waited for each other: run the whole transaction again"),
    ("55P03", "a lock was not to be had in time: try again later"),
    ("57014", "the statement took longer than it may"),
    ("53300", "no connection is free: try again later"),
]

CONSTRAINTS = """
    SELECT c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid, true),
        obj_description(k.oid, 'pg_constraint')
    FROM pg_constraint AS k
    INNER JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT c.relispartition AND NOT starts_with(c.relname, '_slate')
        AND k.contype IN ('c', 'u', 'p', 'f', 'x') AND k.conparentid = 0
    UNION ALL
    SELECT c.relname, i.relname, 'i', pg_get_indexdef(x.indexrelid), obj_description(i.oid, 'pg_class')
    FROM pg_index AS x
    INNER JOIN pg_class AS i ON i.oid = x.indexrelid
    INNER JOIN pg_class AS c ON c.oid = x.indrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT c.relispartition AND NOT starts_with(c.relname, '_slate')
        AND x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid)
        AND c.relkind IN ('r', 'p')
"""

RAISING = """
    SELECT p.proname, p.prosrc, array_remove(array_agg(DISTINCT t.tgname::text), NULL),
        array_remove(array_agg(DISTINCT c.relname::text), NULL)
    FROM pg_proc AS p
    LEFT JOIN pg_trigger AS t ON t.tgfoid = p.oid AND t.tgparentid = 0
    LEFT JOIN pg_class AS c ON c.oid = t.tgrelid AND NOT c.relispartition
    WHERE p.prosrc ~* 'RAISE\\s+EXCEPTION' AND (
        p.pronamespace = %(schema)s::regnamespace
        OR (p.pronamespace = 'core'::regnamespace AND c.relnamespace = %(schema)s::regnamespace)
    )
    GROUP BY p.oid, p.proname, p.prosrc
"""

RAISE = re.compile(r"RAISE\s+EXCEPTION\s+((?:'(?:[^']|'')*'|[^';])*);", re.I)
STRING = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True, order=True)
class Refusal:
    """One row of the table: where, by which name, with which SQLSTATEs, and what it means."""

    table: str
    name: str
    sqlstates: tuple[str, ...]
    means: str


def http(sqlstate: str) -> int:
    """Return the HTTP status for a SQLSTATE: its own, its class's, else 500."""
    return HTTP.get(sqlstate, HTTP.get(sqlstate[:2], 500))


def code_of(condition: str) -> str:
    """Return the SQLSTATE of a condition's name, or of a SQLSTATE itself."""
    if re.fullmatch(r"[0-9A-Z]{5}", condition):
        return condition
    if condition in ("raise_exception", "no_data_found"):
        return {"raise_exception": "P0001", "no_data_found": "P0002"}[condition]
    found = getattr(psycopg.errors, "".join(word.capitalize() for word in condition.split("_")))
    return str(found.sqlstate)


def constraints(connection: psycopg.Connection, schema: str) -> Iterator[Refusal]:
    """Return a row for each constraint and unique index of the schema's tables. Reads only."""
    for table, name, kind, definition, comment in connection.execute(CONSTRAINTS, {"schema": schema}):
        codes, means = _meaning(kind, definition)
        yield Refusal(table, name, codes, comment or means.replace(f"{schema}.", ""))


def _meaning(kind: str, definition: str) -> tuple[tuple[str, ...], str]:
    columns = (
        definition[definition.find("(") :] if kind != "i" else definition.partition(" USING ")[2].partition(" ")[2]
    )
    if kind == "f":
        refers = re.sub(r"^FOREIGN KEY ", "", definition)
        refers = re.sub(r" REFERENCES (?:\w+\.)?", " is no row of ", refers)
        refers = re.sub(r" (ON (DELETE|UPDATE)|MATCH|DEFERRABLE|NOT VALID|INITIALLY).*", "", refers)
        return ("23503", "23001") if "RESTRICT" in definition else (
            "23503",
        ), f"{refers} (422), or is still referred to (409)"
    if kind == "c":
        return ("23514",), f"does not hold: {_readable(definition)}"
    if kind == "x":
        return ("23P01",), f"meets another row: {_readable(definition)}"
    return ("23505",), f"is taken: {columns}"


def _readable(definition: str) -> str:
    text = re.sub(r"^(CHECK|EXCLUDE) ", "", definition)
    text = re.sub(
        r"::(?:character varying|timestamp with time zone|double precision|\w+)(?:\(\d+(?:,\d+)?\))?(?:\[\])?", "", text
    )
    text = re.sub(r"\s+", " ", text)
    for _ in range(3):
        text = re.sub(r"(?<!\w)\((\w+)\)", r"\1", text)
    text = re.sub(r"ANY \(\(ARRAY\[([^\]]*)\]\)\)", r"ANY (ARRAY[\1])", text)
    return re.sub(r"= ANY \(ARRAY\[([^\]]*)\]\)", r"IN (\1)", text)


def raised(connection: psycopg.Connection, schema: str) -> Iterator[Refusal]:
    """Return a row for each RAISE EXCEPTION of the schema's functions, and of core's behind triggers. Reads only."""
    for function, source, triggers, tables in connection.execute(RAISING, {"schema": schema}):
        for statement in RAISE.findall(source):
            message, _, using = re.sub(r"\s+", " ", statement).partition(" USING ")
            fields = dict(re.findall(r"(\w+) = ((?:'(?:[^']|'')*'|[^,'])+)", using))
            name = _field(fields, "CONSTRAINT", "TG_NAME", triggers) or f"{function}()"
            table = _field(fields, "TABLE", "TG_TABLE_NAME", tables) or "-"
            codes = STRING.findall(fields.get("ERRCODE", "'raise_exception'")) or ["raise_exception"]
            text = (STRING.findall(message) or [message])[0].replace("''", "'")
            hint = "".join(STRING.findall(fields.get("HINT", ""))).replace("''", "'")
            yield Refusal(table, name, tuple(code_of(c) for c in codes), text + (f". {hint}" if hint else ""))


def _field(fields: dict[str, str], field: str, current: str, instead: Sequence[str]) -> str:
    """Return the value of a field of RAISE: its text, or for what the trigger is called by, all it may be."""
    value = fields.get(field, "").strip()
    if value and not value.startswith("'"):
        return ", ".join(instead) if instead else value
    return ", ".join(STRING.findall(value))


def render(connection: psycopg.Connection, product: str, schema: str) -> str:
    """Return the product's page. Reads only."""
    rows = sorted({*constraints(connection, schema), *raised(connection, schema)})
    lines = [
        f"# {product.capitalize()}: what it refuses",
        "",
        "Generated by `python docs/write_refusals.py` from the migrations; edit those. A service branches on SQLSTATE",
        "and constraint name, both fields of the error, and never on the text. Where a rule has no name, the function",
        "that refuses stands there, with brackets.",
        "",
        "| table | constraint | SQLSTATE | HTTP | means |",
        "| --- | --- | --- | --- | --- |",
        *(_line(row) for row in rows),
        "",
        "Everywhere, without a name:",
        "",
        "| SQLSTATE | HTTP | means |",
        "| --- | --- | --- |",
        *(f"| {code} | {http(code)} | {means} |" for code, means in EVERYWHERE),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Refusal) -> str:
    means = row.means if len(row.means) <= WIDEST else row.means[: WIDEST - 1] + "…"
    codes = ", ".join(row.sqlstates)
    statuses = ", ".join(dict.fromkeys(str(http(code)) for code in row.sqlstates))
    escaped = means.replace("|", "\\|")
    return f"| {row.table} | {row.name} | {codes} | {statuses} | {escaped} |"


def main() -> None:
    """Build every product on a disposable server and write its page."""
    project = find_project()
    FOLDER.mkdir(exist_ok=True)
    with disposable() as server, connect(server.url()) as connection:
        bootstrap(connection, project)
        for product in project.select([p.name for p in project.products]):
            runner.apply(runner.Run(connection, product, project.shared))
            if product.name != project.shared:
                (FOLDER / f"{product.name}.md").write_text(render(connection, product.name, product.schema))


if __name__ == "__main__":
    main()
