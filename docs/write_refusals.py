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
from slate_pg.service.problems import http_status

FOLDER = Path(__file__).parent / "refusals"
WIDEST = 200

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
        AND x.indisunique AND NOT EXISTS (
            SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')
        )
        AND c.relkind IN ('r', 'p')
"""

RAISING = """
    SELECT p.proname, p.prosrc, p.proargnames, coalesce((
        SELECT jsonb_agg(DISTINCT jsonb_build_array(
            t.tgname, c.relname, string_to_array(rtrim(encode(t.tgargs, 'escape'), '\\000'), '\\000')
        ))
        FROM pg_trigger AS t
        INNER JOIN pg_class AS c ON c.oid = t.tgrelid AND NOT c.relispartition
        WHERE t.tgfoid = p.oid AND t.tgparentid = 0 AND c.relnamespace = %(schema)s::regnamespace
    ), '[]')
    FROM pg_proc AS p
    WHERE p.prosrc ~* 'RAISE\\s+EXCEPTION' AND p.pronamespace IN (%(schema)s::regnamespace, 'core'::regnamespace)
    ORDER BY p.proname
"""
SOURCES = """
    WITH RECURSIVE called AS (
        SELECT p.oid, p.prosrc FROM pg_proc AS p WHERE p.pronamespace = %(schema)s::regnamespace
        UNION
        SELECT p.oid, p.prosrc
        FROM called AS c
        INNER JOIN pg_proc AS p ON p.pronamespace = 'core'::regnamespace AND c.prosrc ~ ('\\m' || p.proname || '\\(')
    )
    SELECT prosrc FROM called
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
    """Return a row for each RAISE EXCEPTION of the schema's functions, and of core's that they lead to. Reads only."""
    sources = "\n".join(source for (source,) in connection.execute(SOURCES, {"schema": schema}))
    for function, source, parameters, triggers in connection.execute(RAISING, {"schema": schema}).fetchall():
        contexts = [_fired(*trigger) for trigger in triggers] or list(_called(function, parameters or [], sources))
        for statement in RAISE.findall(source) if contexts or source in sources else []:
            yield from _refusals(connection, function, statement, contexts or [{}])


def _refusals(
    connection: psycopg.Connection, function: str, statement: str, contexts: Sequence[dict[str, str]]
) -> Iterator[Refusal]:
    message, _, using = re.sub(r"\s+", " ", statement).partition(" USING ")
    fields = {key: value for key, _, value in (field.partition(" = ") for field in _arguments(using))}
    codes = STRING.findall(fields.get("ERRCODE", "'raise_exception'")) or ["raise_exception"]
    text = (STRING.findall(message) or [message])[0].replace("''", "'")
    hints = STRING.findall(fields.get("HINT", ""))
    hint = "".join(hints[:1] if fields.get("HINT", "").startswith("format(") else hints).replace("''", "'")
    places: dict[str, set[str]] = {}
    for context in contexts:
        name = _evaluate(connection, fields.get("CONSTRAINT", ""), context) or f"{function}()"
        table = _evaluate(connection, fields.get("TABLE", ""), context) or context.get("TG_TABLE_NAME") or "-"
        places.setdefault(name, set()).add(table)
    for name, tables in places.items():
        where = ", ".join(sorted(tables - {"-"})) or "-"
        yield Refusal(where, name, tuple(code_of(c) for c in codes), text + (f". {hint}" if hint else ""))


def _evaluate(connection: psycopg.Connection, expression: str, context: dict[str, str]) -> str:
    """Return the value of a field of RAISE where it is fired or called; "" where there is none."""
    for variable, value in context.items():
        expression = re.sub(rf"(?<![\w']){re.escape(variable)}(?!\w)", lambda _, v=value: f"'{v}'::text", expression)
    if not expression.strip() or re.search(r"\b(v_|p_|TG_|NEW|OLD)", STRING.sub("", expression)):
        return ""
    return str(connection.execute(f"SELECT ({expression})::text".encode()).fetchone()[0])  # type: ignore[index]


def _fired(trigger: str, table: str, arguments: Sequence[str]) -> dict[str, str]:
    given = {f"TG_ARGV[{number}]": value for number, value in enumerate(arguments or [])}
    return given | {"TG_NAME": trigger, "TG_TABLE_NAME": table, "TG_RELID": table}


def _called(function: str, parameters: Sequence[str], sources: str) -> Iterator[dict[str, str]]:
    """Yield each call's literal arguments by parameter; nothing where nobody calls the function."""
    for call in re.finditer(rf"(?<!\w){function}\(", sources):
        arguments = _arguments(sources[call.end() :])
        yield {p: a[1:-1] for p, a in zip(parameters, arguments, strict=False) if re.fullmatch(r"'[^']*'", a)}


def _arguments(text: str) -> list[str]:
    """Split what follows an opening bracket at its own commas, up to the bracket that closes."""
    depth, found = 0, [""]
    for part in re.findall(r"'(?:[^']|'')*'|.", text, re.S):
        depth += (part in "([{") - (part in ")]}")
        if depth < 0:
            break
        if part == "," and depth == 0:
            found.append("")
        else:
            found[-1] += part
    return [argument.strip() for argument in found]


def render(connection: psycopg.Connection, product: str, schema: str) -> str:
    """Return the product's page. Reads only."""
    rows = sorted({*constraints(connection, schema), *raised(connection, schema)})
    lines = [
        f"# {product.capitalize()}: what it refuses",
        "",
        "Generated by `python docs/write_refusals.py` from the migrations; edit those. A service branches on SQLSTATE",
        "and constraint name, both fields of the error, and never on the text. Where a rule has no name, the function",
        "that refuses stands there, with brackets. What PostgreSQL itself refuses of a partition, it calls by the",
        "partition: table and primary key carry `_2026`, `_2026_11` or `_default` then, other names are as here.",
        "",
        "| table | constraint | SQLSTATE | HTTP | means |",
        "| --- | --- | --- | --- | --- |",
        *(_line(row) for row in rows),
        "",
        "Everywhere, without a name:",
        "",
        "| SQLSTATE | HTTP | means |",
        "| --- | --- | --- |",
        *(f"| {code} | {http_status(code)} | {means} |" for code, means in EVERYWHERE),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Refusal) -> str:
    means = row.means if len(row.means) <= WIDEST else row.means[: WIDEST - 1] + "…"
    codes = ", ".join(row.sqlstates)
    statuses = ", ".join(dict.fromkeys(str(http_status(code)) for code in row.sqlstates))
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
