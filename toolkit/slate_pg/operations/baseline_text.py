"""Turns pg_dump's text of a schema into a migration: names without their schema, and nobody's own name in it. Pure.

The schema that was dumped has a name that nothing else can have, so that every place where it shows is one where the
installation's own name belongs: in front of a name it is left out, anywhere else the statement is put together when it
runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slate_pg.operations.baseline_rows import replace_rows
from slate_pg.postgres.statements import CODE, COMMENT, IDENTIFIER, STRING, split, tokens

_PART = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_ATTACHED = re.compile(rf"ALTER INDEX .* ATTACH PARTITION (?:{_PART}\.)?({_PART});\Z")
_DROPPED_PART = re.compile(
    rf"(?:DROP INDEX (?:{_PART}\.)?({_PART})|ALTER TABLE ONLY .* DROP CONSTRAINT ({_PART}));\Z", re.S
)
_DROP_TABLE = re.compile(rf"DROP TABLE ((?:{_PART}\.)?{_PART});\Z")
_SCHEMA_VERBS = ("CREATE SCHEMA", "DROP SCHEMA", "DROP SCHEMA IF EXISTS")
_META = re.compile(r"(?m)^\\(?:un)?restrict\b.*\n?")
_OBJECT_NAMES = re.compile(r"\s*::reg[a-z]+\b")
_GRANT = re.compile(
    r"(?s)(?P<head>ALTER DEFAULT PRIVILEGES\b.*? )?GRANT (?P<what>.*) TO (?P<whom>.*?)(?: WITH GRANT OPTION)?;\Z"
)
_REVOKE = re.compile(r"(?s)(?P<head>ALTER DEFAULT PRIVILEGES\b.*? )REVOKE (?P<what>.*) FROM (?P<whom>.*);\Z")
_SCHEMA_COMMENT = re.compile(r"(?s)(COMMENT ON SCHEMA .*? IS ).*;\Z")
_ACCESS_METHOD = re.compile(r"SET (default_table_access_method|default_tablespace) = (.*);\Z")


@dataclass(frozen=True)
class Source:
    """What was dumped: the schema, whether its name is one of a kind, the role that built it, the path it was built by.

    Where the name is not one of a kind the files name it themselves, and it stays in the text as it is. `others` are
    schemas that slate makes beside it.
    """

    schema: str
    role: str
    path: tuple[str, ...]
    relative: bool = True
    others: tuple[str, ...] = ()


def migration_of(dump: str, source: Source, rows: Mapping[str, list[str]], more: Sequence[str] = ()) -> list[str]:
    """Return the statements that build what was dumped, in its order; `more` and forced row security come last."""
    kept = replace_rows((s for s in _statements(dump) if not _is_frame(s, source)), rows)
    forced = [s for s in kept if s.endswith("FORCE ROW LEVEL SECURITY;") and " NO FORCE " not in s]
    kept = [*(s for s in kept if s not in forced), *more, *forced]
    usual = all(found[2] in ("''", "heap") for s in kept if (found := _ACCESS_METHOD.match(s)))
    kept = [s.replace("SET ", "SET LOCAL ", 1) if _ACCESS_METHOD.match(s) else s for s in kept
            if not (usual and _ACCESS_METHOD.match(s))]  # fmt: skip
    # Functions name what comes later.
    early = any(re.match(r"CREATE (?:FUNCTION|PROCEDURE)\b", s) for s in kept)
    return _written([*(["SET LOCAL check_function_bodies = off;"] if early else []), *kept], source)


def rollback_of(dump: str, source: Source) -> list[str]:
    """Return the statements that undo it: pg_dump's own drops, and what of the schema itself was changed."""
    head, _, rest = dump.partition("\n--\n-- Name: ")
    made = list(_statements(rest and f"--\n-- Name: {rest}"))
    parts = {found[1] for s in made if (found := _ATTACHED.match(s))}
    drops = [s for s in _statements(head) if not _is_frame(s, source) and not s.startswith("SET ")]
    drops = [s for s in drops if not ((found := _DROPPED_PART.match(s)) and (found[1] or found[2]) in parts)]
    of_schema = [undone for s in made if (undone := _undone(s, source))]
    return _written([*_together(drops), *reversed(of_schema)], source)


def _together(drops: Iterable[str]) -> Iterator[str]:
    """Yield the statements with tables that follow each other dropped by one: a table goes with its partitions."""
    tables: list[str] = []
    for statement in drops:
        if found := _DROP_TABLE.match(statement):
            tables.append(found[1])
            continue
        if tables:
            yield _drop(tables)
            tables = []
        yield statement
    if tables:
        yield _drop(tables)


def _drop(tables: Sequence[str]) -> str:
    return f"DROP TABLE {tables[0]};" if len(tables) == 1 else "DROP TABLE\n    " + ",\n    ".join(tables) + ";"


def _undone(statement: str, source: Source) -> str:
    """Return the mirror of what was granted on the schema, by default in it, or said of it; empty for others."""
    name = _quoted(source.schema)
    if _is_frame(statement, source):
        return ""
    if found := _SCHEMA_COMMENT.match(statement):
        return f"{found[1]}NULL;" if f"COMMENT ON SCHEMA {name} IS " in statement else ""
    if found := _REVOKE.match(statement):
        return f"{found['head']}GRANT {found['what']} TO {found['whom']};"
    found = _GRANT.match(statement)
    if found and (found["head"] or found["what"].endswith(f"ON SCHEMA {name}")):
        return f"{found['head'] or ''}REVOKE {found['what']} FROM {found['whom']};"
    return ""


def _statements(dump: str) -> Iterator[str]:
    """Yield the statements of a dump, each with its semicolon."""
    for statement in split(_META.sub("", dump)):
        yield statement.text if statement.text.endswith(";") else f"{statement.text};"


def _is_frame(statement: str, source: Source) -> bool:
    """Tell what pg_dump writes around what was made, and what is the ledger's own doing, as making the schema is."""
    role = _quoted(source.role)
    made = [f"{verb} {_quoted(name)};" for name in (source.schema, *source.others) for verb in _SCHEMA_VERBS]
    if statement.startswith("SET ") and not _ACCESS_METHOD.match(statement):
        return True
    return (
        statement.startswith(("SELECT pg_catalog.set_config(", "COMMENT ON EXTENSION "))
        or statement in ("BEGIN;", "COMMIT;", "RESET SESSION AUTHORIZATION;", *made)
        or statement.endswith(f" OWNER TO {role};")
        or (statement.startswith("COMMENT ON SCHEMA public IS 'standard public schema'"))
    )


def _written(statements: Iterable[str], source: Source) -> list[str]:
    """Return the statements as they stand in the file, those that are put together at run time in one block."""
    written: list[str] = []
    block: list[str] = []
    for statement in statements:
        text = _as_anybody(statement, source)
        if not source.relative or source.schema not in (text := _without_schema(text, source)):
            written += [*_block(block), text]
            block = []
        else:
            block.append(_put_together(text, source.schema))
    return written + _block(block)


def _as_anybody(statement: str, source: Source) -> str:
    """Return a statement with the role that built it as whoever runs it."""
    return re.sub(rf"(?<![\w$\"']){re.escape(source.role)}(?![\w$\"'])", "CURRENT_USER", statement)


def _without_schema(statement: str, source: Source) -> str:
    """Return a statement without the schema's name in front of others, a function's path as the one it runs under."""
    pinned = "SET search_path TO " + ", ".join(f"'{name}'" for name in source.path)
    if statement.startswith("CREATE EXTENSION "):
        return statement.replace(f" WITH SCHEMA {source.schema}", "")
    if "search_path" in statement:
        statement = re.sub(rf"(?m)^( *){re.escape(pinned)}$", r"\1SET search_path FROM CURRENT", statement)
    parts = list(tokens(statement))
    values = statement.startswith("SELECT pg_catalog.setval(")
    out = []
    for number, (kind, start, end) in enumerate(parts):
        text = statement[start:end]
        following = statement[end : parts[number + 1][2]] if number + 1 < len(parts) else ""
        named = kind == STRING and text.startswith(f"'{source.schema}.") and (values or _OBJECT_NAMES.match(following))
        if named:
            text = "'" + text[len(source.schema) + 2 :]
        elif kind in (CODE, IDENTIFIER):
            text = re.sub(rf"(?<![\w$\".]){source.schema}\.", "", text)
        out.append(text)
    return "".join(out)


def _put_together(statement: str, schema: str) -> str:
    """Return an EXECUTE for a statement that holds the schema's name by itself or in other names."""
    values: list[str] = []

    def placed(kind: str, text: str, body: bool = False) -> str:
        value = _of_body(text, schema) if body else _with_name(text, schema)
        if value not in values:
            values.append(value)
        return f"%{values.index(value) + 1}${kind}"

    out = []
    for kind, start, end in tokens(statement):
        text = statement[start:end]
        if schema not in text or kind == COMMENT:
            out.append(text.replace("%", "%%"))
        elif kind == STRING:
            out.append(placed("L", _content(text), body=text.startswith("$")))
        elif kind == IDENTIFIER:
            out.append(placed("I", text[1:-1].replace('""', '"')))
        else:
            pieces = re.split(rf"([\w$]*{schema}[\w$]*)", text)
            out += [placed("I", p) if i % 2 else p.replace("%", "%%") for i, p in enumerate(pieces)]
    text = "".join(out).removesuffix(";")
    return f"    EXECUTE format({_dollar_quoted(text, '$sql')}, {', '.join(values)});"


def _with_name(text: str, schema: str, name: str = "current_schema()") -> str:
    """Return an expression for a text in which the schema's name stands."""
    return " || ".join(name if piece is None else _literal(piece) for piece in _between(text, schema))


def _of_body(body: str, schema: str) -> str:
    """Return an expression for a function's body, in which the schema's name is written as SQL where it stands."""
    parts: list[str] = []
    plain = ""
    for kind, start, end in tokens(body):
        text = body[start:end]
        pieces = re.split(rf"([\w$]*{schema}[\w$]*)", text) if kind == CODE else [text]
        for piece in pieces:
            if schema not in piece:
                plain += piece
                continue
            parts += [_literal(plain)] if plain else []
            plain = ""
            if kind == CODE:
                parts.append(f"quote_ident({_with_name(piece, schema)})")
            else:
                quote = {STRING: "'", IDENTIFIER: '"'}.get(kind, "")
                name = (
                    f"replace(current_schema(), {_literal(quote)}, {_literal(quote * 2)})"
                    if quote
                    else "current_schema()"
                )
                parts.append(_with_name(piece, schema, name))
    return " || ".join([*parts, *([_literal(plain)] if plain else [])])


def _between(text: str, schema: str) -> Iterator[str | None]:
    """Yield the pieces of a text around a name, None for the name."""
    for number, piece in enumerate(text.split(schema)):
        if number:
            yield None
        if piece:
            yield piece


def _content(literal: str) -> str:
    """Return what a string of a dump says."""
    if literal.startswith("$"):
        tag = literal[: literal.index("$", 1) + 1]
        return literal[len(tag) : -len(tag)]
    return literal[1:-1].replace("''", "'")


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    if "\\" in quoted:
        doubled = quoted.replace("\\", "\\\\")
        return f"E'{doubled}'"
    return f"'{quoted}'"


def _dollar_quoted(text: str, tag: str) -> str:
    """Return a text between dollar signs, by a tag that it does not hold."""
    marks = (f"{tag}{'_' * number}$" for number in range(len(text) + 2))
    mark = next(mark for mark in marks if mark not in text)
    return f"{mark}{text}{mark}"


def _block(executes: Sequence[str]) -> list[str]:
    if not executes:
        return []
    body = "\nBEGIN\n" + "\n".join(executes) + "\nEND;\n"
    return [f"DO {_dollar_quoted(body, '$')};"]


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'
