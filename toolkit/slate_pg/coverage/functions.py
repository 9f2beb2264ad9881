"""Writes counting calls into functions: before each statement of PL/pgSQL, before those of SQL. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from psycopg import sql

from slate_pg.coverage import plpgsql
from slate_pg.coverage.model import SCHEMA, Item
from slate_pg.postgres import statements
from slate_pg.postgres.statements import COMMENT, tokens

_BODY = re.compile(r"AS (\$\w*\$)\Z")
_ATOMIC = re.compile(r"^BEGIN ATOMIC\n", re.M)
_RETURN = re.compile(r"^RETURN ", re.M)
Counter = Callable[[], int]


@dataclass(frozen=True)
class Function:
    """A function as the catalog has it; `triggers` are the qualified names of those that call it."""

    schema: str
    name: str
    signature: str
    procedural: bool
    body: str
    standard: bool
    definition: str
    never_inlined: bool
    volatility: str
    many: bool
    triggers: list[str]


@dataclass(frozen=True)
class Counting:
    """A function that counts: the statement that replaces it, what it counts, and whether it handles errors."""

    statement: str
    items: tuple[Item, ...]
    catches: bool = False


def call(number: int) -> str:
    """Return the call that counts."""
    return f"{SCHEMA}.h{number}()"


def counted(function: Function, counter: Counter) -> Counting:
    """Return a function with counting calls. ValueError says why there can be none."""
    if function.procedural:
        return _procedural(function, counter)
    return _standard(function, counter) if function.standard else _sql(function, counter)


def _replaced(function: Function, body: str) -> str:
    head = function.definition[: function.definition.rindex(function.body)]
    found = _BODY.search(head)
    if not function.body or not found:
        raise ValueError("its definition is not printed as a body in dollar quotes")
    return head[: found.start()] + "AS " + sql.Literal(body).as_string(None)


def _procedural(function: Function, counter: Counter) -> Counting:
    body = plpgsql.read(function.body)
    numbers = [counter() for _ in body.marks]
    items = [
        Item(function.schema, function.signature, kind, part.said, part.line, (numbers[part.mark],))
        for kind, parts in (("statement", body.statements), ("branch", body.branches))
        for part in parts
    ]
    text, triggers = _telling_triggers(function, body, numbers, counter)
    catches = any(mark.catches for mark in body.marks)
    return Counting(_replaced(function, text), (*items, *triggers), catches)


def _telling_triggers(
    function: Function, body: plpgsql.Body, numbers: list[int], counter: Counter
) -> tuple[str, list[Item]]:
    """Return the counting body, which says of each trigger that calls it whether it fired, and the items of these."""
    first = {name: numbers[0] if len(function.triggers) == 1 else counter() for name in function.triggers}
    items = []
    for name, number in first.items():
        schema, _, rest = name.partition(".")
        items.append(Item(schema, rest, "trigger", f"calls {function.name}", 0, (number,)))
    told = plpgsql.counting(function.body, body.marks, lambda n: call(numbers[n]))
    if len(first) > 1:
        cases = " ".join(f"WHEN {_literal(name)} THEN {call(number)}" for name, number in first.items())
        which = "pg_catalog.concat(TG_TABLE_SCHEMA, '.', TG_TABLE_NAME, '.', TG_NAME)"
        at = body.marks[0].at
        told = f"{told[:at]} IF (CASE {which} {cases} END) THEN END IF; {told[at:]}"
    return told, items


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)


def _sql(function: Function, counter: Counter) -> Counting:
    text, items = _counting_statements(function, function.body, counter)
    return Counting(_replaced(function, text), tuple(items))


def _standard(function: Function, counter: Counter) -> Counting:
    """Count in a body that the server has parsed: the statements of BEGIN ATOMIC … END, or the value it RETURNs."""
    definition = function.definition
    returned, atomic = _RETURN.search(definition), _ATOMIC.search(definition)
    if atomic:
        end = definition.rindex("END")
        text, items = _counting_statements(function, definition[atomic.end() : end], counter)
        return Counting(f"{definition[: atomic.end()]}{text};\n{definition[end:]}", tuple(items))
    if not returned:
        raise ValueError("its body is printed neither as BEGIN ATOMIC nor as RETURN")
    value, number = definition[returned.end() :].strip(), counter()
    counting = f"RETURN CASE WHEN {_gate(function, number)} THEN ({value}) END"
    return Counting(definition[: returned.start()] + counting, (_statement(function, f"RETURN {value}", 1, number),))


def _counting_statements(function: Function, body: str, counter: Counter) -> tuple[str, list[Item]]:
    """Return a body of SQL with a count of each statement; one that the planner may inline stays such a one."""
    found = statements.split(body)
    if not found:
        raise ValueError("its body is empty")
    alone = len(found) == 1 and not function.never_inlined
    text, items, done = "", [], 0
    for statement in found:
        number, query = counter(), statement.text.removesuffix(";")
        line = body.count("\n", 0, statement.start) + 1
        items.append(_statement(function, query, line, number))
        counting = _inlined(function, query, number) if alone else ""
        text += body[done : statement.start] + (counting or f"SELECT {call(number)}; {query}")
        text += "" if statement is found[-1] else ";"
        done = statement.end
    return text, items


def _inlined(function: Function, query: str, number: int) -> str:
    """Return a counting query that the planner can put into its caller's as before; empty where it never does."""
    import postgast

    statement = postgast.parse(query).stmts[0].stmt
    if statement.WhichOneof("node") != "select_stmt":
        return ""
    select = statement.select_stmt
    if function.many:
        return "" if function.volatility == "v" else f"SELECT * FROM ({query}\n) AS q WHERE {_gate(function, number)}"
    plain = {f.name for f, _ in select.ListFields()} <= {"target_list", "limit_option", "op"}
    if not plain or len(select.target_list) != 1:
        return ""
    target = select.target_list[0].res_target
    value = re.sub(r"(?is)\A.*?\bselect\b", "", query, count=1)
    if target.name or "/*" in query[: query.lower().find("select")]:
        return ""
    return f"SELECT CASE WHEN {_gate(function, number)} THEN ({value}\n) END"


def _gate(function: Function, number: int) -> str:
    """Return a condition that is true and counts, and that is no less stable than the function."""
    if function.volatility == "i":
        raise ValueError(
            "it is IMMUTABLE, and the planner may put it into an index or fold it away: nothing can count there"
        )
    return f"{SCHEMA}.s{number}()"


def _statement(function: Function, text: str, line: int, number: int) -> Item:
    plain = "".join(" " if kind == COMMENT else text[start:end] for kind, start, end in tokens(text))
    return Item(function.schema, function.signature, "statement", plpgsql.abridged(plain.strip()), line, (number,))
