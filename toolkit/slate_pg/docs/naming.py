"""Finds the tables and functions that a SQL text names, by PostgreSQL's own parser; what it cannot read names nothing.

Pure: texts in, names out. Where a plain name leads is decided by the schemas in which it is looked for, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from slate_pg.catalog.identity import quote
from slate_pg.rehearsal.bodies import read_trees

Name = tuple[str, str]  # schema, or nothing where none is written; name
_UNREADABLE = (postgast.PgQueryError, ValueError, IndexError, KeyError, RecursionError)


@dataclass(frozen=True)
class Named:
    """What a text names: `tables` it reads or writes, `functions` it calls; `whole` is False where some was unread."""

    tables: frozenset[Name] = frozenset()
    functions: frozenset[Name] = frozenset()
    whole: bool = True

    def __or__(self, other: Named) -> Named:
        """Return both together."""
        return Named(self.tables | other.tables, self.functions | other.functions, self.whole and other.whole)


def names_in(text: str) -> Named:
    """Return what the statements of a text name."""
    try:
        parsed = postgast.parse(text)
        hidden = {cte.ctename for cte in postgast.find_nodes(parsed, pb.CommonTableExpr)}
        tables = {
            (found.schemaname, found.relname)
            for found in postgast.find_nodes(parsed, pb.RangeVar)
            if found.schemaname or found.relname not in hidden
        }
        calls = [[part.string.sval for part in call.funcname] for call in postgast.find_nodes(parsed, pb.FuncCall)]
    except _UNREADABLE:
        return Named(whole=False)
    functions = {(call[-2] if len(call) > 1 else "", call[-1]) for call in calls if call}
    return Named(frozenset(tables), frozenset(functions))


def names_in_body(language: str, arguments: str, result: str, body: str) -> Named:
    """Return what the body of a function names, in SQL or PL/pgSQL; what is put together at run time is not known."""
    if language == "sql":
        return names_in(body)
    if language != "plpgsql":
        return Named(whole=False)
    found = Named()
    for text, dynamic in _texts(trees_of(arguments, result, body)):
        found |= _of_expression(text, dynamic)
    return found


def trees_of(arguments: str, result: str, body: str) -> list[dict[str, Any]]:
    """Return the trees of a PL/pgSQL body; none where the parser cannot read it."""
    mark = "$slate$"
    while mark in body:
        mark = f"${mark[1:-1]}_$"
    returns = f"RETURNS {result} " if result else ""
    try:
        kind = "FUNCTION" if result else "PROCEDURE"
        return read_trees(f"CREATE {kind} f({arguments}) {returns}LANGUAGE plpgsql AS {mark}{body}{mark}")
    except _UNREADABLE:
        return []


def _texts(node: Any) -> Iterator[tuple[str, bool]]:
    """Yield the SQL texts of a PL/pgSQL tree, and whether each is an expression for SQL that is executed."""
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "PLpgSQL_expr":
                yield str(value.get("query", "")), False
            elif key in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"):
                yield str(value.get("query", {}).get("PLpgSQL_expr", {}).get("query", "")), True
                yield from _texts([inner for name, inner in value.items() if name != "query"])
            else:
                yield from _texts(value)


_ASSIGNED = re.compile(r'^\s*(?:"(?:[^"]|"")+"|[\w.$\[\]]+)\s*:?=')


def _of_expression(text: str, dynamic: bool) -> Named:
    """Return what one text of a body names: a statement, an assignment, or an expression."""
    if dynamic:
        constant = re.fullmatch(r"\s*'((?:[^']|'')*)'\s*", text)
        return names_in(constant[1].replace("''", "'")) if constant else names_in(f"SELECT {text}") | Named(whole=False)
    for written in (text, f"SELECT ({text})", f"SELECT {_ASSIGNED.sub('', text, count=1)}"):
        found = names_in(written)
        if found.whole:
            return found
    return Named(whole=False)


def resolve(names: frozenset[Name], path: Sequence[str], there: set[Name] | frozenset[Name]) -> set[Name]:
    """Return which of what is there is meant, plain names looked for in the schemas of the path in order."""
    found = set()
    for schema, name in names:
        places = [schema] if schema else path
        found.update([(place, name) for place in places if (place, name) in there][:1])
    return found


def path_of(settings: Sequence[str] | None, usual: Sequence[str]) -> list[str]:
    """Return the schemas of a function's own search_path, the usual ones where it has none."""
    for setting in settings or ():
        name, _, value = setting.partition("=")
        if name == "search_path":
            parts = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', value)
            return [quoted.replace('""', '"') or plain for quoted, plain in parts]
    return list(usual)


def qualified(schema: str, name: str) -> str:
    """Return a name as SQL, with its schema."""
    return f"{quote(schema)}.{quote(name)}"
