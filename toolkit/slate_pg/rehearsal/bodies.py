"""Reads what bodies of functions, procedures and DO blocks would do with rows, loops and all.

Pure: definitions in, values out. What is put together at run time is said to be, not guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from slate_pg.rehearsal.reading import Reading, read, read_one, together

_ACTION = re.compile(r"'\s*(update|delete|insert|merge|truncate)\b", re.I)


def read_body(definition: str) -> Reading:
    """Return what the body of a DO, function or procedure would do, loops and all, by its definition."""
    try:
        parsed = postgast.parse(definition).stmts[0].stmt
        node = parsed.WhichOneof("node") or ""
        if node == "create_function_stmt" and _language(parsed.create_function_stmt) == "sql":
            return together(node, list(_sql_body(parsed.create_function_stmt)))
        bodies = read_trees(definition)
        found = [r for body in bodies for r in _walk(body, ())]
    except (postgast.PgQueryError, ValueError, IndexError):
        return Reading(dynamic=True)
    return replace(together(node, found), hides=_alters_at_will(bodies, False) and _asks_rows(bodies))


def read_trees(definition: str) -> list[dict[str, Any]]:
    """Return the PL/pgSQL trees of a definition; ValueError or PgQueryError for one that cannot be read."""
    trees: list[dict[str, Any]]
    try:
        trees = postgast.parse_plpgsql(definition)
    except json.JSONDecodeError as error:
        # The parser writes one brace too many for each variable of a trigger such as TG_OP.
        variables, action, rest = error.doc.partition('"action":')
        trees = json.loads(variables.replace("{}},", "{},") + action + rest)
    except postgast.PgQueryError:
        trees = postgast.parse_plpgsql(_plain(definition))
    return trees


def _plain(definition: str) -> str:
    """Return a definition whose parameters and result are records: the parser does not know every type."""
    parsed = postgast.parse(definition)
    function = parsed.stmts[0].stmt.create_function_stmt
    setof = function.return_type.setof
    record = pb.TypeName(names=[pb.Node(string=pb.String(sval="record"))], typemod=-1)
    for parameter in function.parameters:
        parameter.function_parameter.mode = pb.FUNC_PARAM_IN
        parameter.function_parameter.arg_type.CopyFrom(record)
    function.return_type.CopyFrom(record)
    function.return_type.setof = setof
    return str(postgast.deparse(parsed))


def _language(function: Any) -> str:
    options = {o.def_elem.defname: o.def_elem for o in function.options}
    return options["language"].arg.string.sval.lower() if "language" in options else "sql"


def _sql_body(function: Any) -> Iterator[Reading]:
    if function.HasField("sql_body"):
        for field, message in postgast.walk(function.sql_body):
            name = type(message).__name__
            if name.endswith("Stmt") and field in ("", "items"):
                node = pb.Node()
                inner = next(f for f in node.DESCRIPTOR.fields if f.message_type.name == name)
                getattr(node, inner.name).CopyFrom(message)
                yield read_one(node, None)
        return
    for option in function.options:
        if option.def_elem.defname == "as":
            yield read(option.def_elem.arg.list.items[0].string.sval)


def _walk(node: Any, loops: tuple[str, ...]) -> Iterator[Reading]:
    """Yield what the statements of a PL/pgSQL tree do; within loops for the rows of the outermost query."""
    if isinstance(node, list):
        for one in node:
            yield from _walk(one, loops)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "PLpgSQL_expr":
            yield from _expression(value.get("query", ""), value.get("parseMode", 0), loops, False)
        elif key in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"):
            yield from _expression(value.get("query", {}).get("PLpgSQL_expr", {}).get("query", ""), 2, loops, True)
            rest = {k: v for k, v in value.items() if k != "query"}
            yield from _walk(list(rest.values()), (*loops, "?") if key.endswith("fors") else loops)
        elif key in ("PLpgSQL_stmt_fors", "PLpgSQL_stmt_forc"):
            query = value.get("query", {}).get("PLpgSQL_expr", {}).get("query", "") or "?"
            yield from _walk(value.get("query"), loops)
            yield from _walk(value.get("body"), (*loops, query))
        elif key in ("PLpgSQL_stmt_while", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_fori"):
            yield from _walk(list(value.values()), (*loops, _turns(value) if key.endswith("fori") else "?"))
        else:
            yield from _walk(value, loops)


def _turns(loop: dict[str, Any]) -> str:
    """Return a query with a row for each turn of a loop from one number to another; SELECT where they are none."""
    ends = [loop.get(end, {}).get("PLpgSQL_expr", {}).get("query", "") for end in ("lower", "upper")]
    if not all(end.strip().lstrip("-").isdecimal() for end in ends):
        return "SELECT"
    return f"SELECT FROM generate_series({', '.join(sorted(ends, key=int))})"


def _expression(text: str, mode: int, loops: tuple[str, ...], dynamic: bool) -> Iterator[Reading]:
    """Yield what an expression or a statement in a body does; a text that is executed is read if it is a constant."""
    if dynamic:
        constant = _constant(text)
        if constant is None:
            yield Reading(dynamic=True, structure=any(_is_of_data(query) for query in loops), guesses=_begins(text))
            return
        text = constant
    elif mode != 0 or not text[:1].isalpha() or ":=" in text:
        text = f"SELECT {text.split(':=', 1)[-1]}"
    found = read(text)
    if loops:
        found = replace(found, changes=tuple(replace(c, loop=loops[0]) for c in found.changes))
    yield found


def _begins(text: str) -> tuple[str, ...]:
    """Return the action that an expression for SQL begins with, by its first string; nothing for what is none."""
    match = _ACTION.search(text)
    return (match[1].lower(),) if match else ()


def _constant(text: str) -> str | None:
    """Return the text of an expression that is one string; None for any other."""
    try:
        (target,) = postgast.parse(f"SELECT {text}").stmts[0].stmt.select_stmt.target_list
    except (postgast.PgQueryError, ValueError):
        return None
    value = target.res_target.val
    return value.a_const.sval.sval if value.WhichOneof("node") == "a_const" and value.a_const.HasField("sval") else None


def _is_of_data(query: str) -> bool:
    """Tell whether a loop's turns depend on rows of tables: a copy has the catalog's rows, and numbers, as they are."""
    if query == "SELECT":
        return False
    try:
        tables = list(postgast.find_nodes(postgast.parse(query), pb.RangeVar))
    except (postgast.PgQueryError, ValueError):
        return True
    system = ("pg_catalog", "information_schema")
    return any(t.schemaname not in system and not (not t.schemaname and t.relname.startswith("pg_")) for t in tables)


def _alters_at_will(node: Any, decided: bool) -> bool:
    """Tell whether a body changes structure within IF, CASE or a loop."""
    if isinstance(node, list):
        return any(_alters_at_will(one, decided) for one in node)
    if not isinstance(node, dict):
        return False
    for key, value in node.items():
        if decided and key == "PLpgSQL_stmt_dynexecute":
            return True
        if decided and key == "PLpgSQL_stmt_execsql" and read(value["sqlstmt"]["PLpgSQL_expr"]["query"]).structure:
            return True
        if _alters_at_will(value, decided or key in ("PLpgSQL_stmt_if", "PLpgSQL_stmt_case", "PLpgSQL_stmt_while")):
            return True
    return False


def _asks_rows(node: Any) -> bool:
    """Tell whether a body asks tables for something to decide by: in a condition, or with SELECT INTO."""
    if isinstance(node, list):
        return any(_asks_rows(one) for one in node)
    if not isinstance(node, dict):
        return False
    for key, value in node.items():
        query = value.get("query", "") if key == "PLpgSQL_expr" else ""
        if query and (not query[:1].isalpha() or value.get("parseMode", 0) != 0):
            query = f"SELECT {query.split(':=', 1)[-1]}"
        if query and query[:6].upper() == "SELECT" and _is_of_data(query):
            return True
        if _asks_rows(value):
            return True
    return False
