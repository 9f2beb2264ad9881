"""Tells which columns of a result can never be NULL, from the statement and what the server says of their origin.

Pure. What is not proved may be NULL: an outer join's nullable side, whatever is behind it, makes all columns of its
tables so; grouping sets, MERGE, and old and new rows in RETURNING all columns. A statement that cannot be parsed
proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import postgast

# Functions of pg_catalog that never return NULL, whatever they get.
_NEVER_NULL = (
    "count", "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "now", "clock_timestamp",
    "statement_timestamp", "transaction_timestamp", "gen_random_uuid", "jsonb_build_object", "jsonb_build_array",
    "json_build_object", "json_build_array", "concat",
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """What a statement says: `nothing` of origins; `weak` names of relations; an output's value or its table.

    `outputs` is, for each output, True for a value that is never NULL, the alias (and whether that is on a nullable
    side), or None; it is empty where a star hides which is which.
    """

    nothing: bool = True
    weak: frozenset[str] = frozenset()
    outputs: tuple[bool | None, ...] = ()
    never: frozenset[int] = field(default_factory=frozenset)

    def holds(self, number: int, table: str, not_null: bool) -> bool:
        """Tell whether the output of this number, from 0, is never NULL. `not_null` is its origin's, "" for none."""
        if number in self.never:
            return True
        if self.nothing or not table or not not_null:
            return False
        known = self.outputs[number] if number < len(self.outputs) else None
        return table not in self.weak if known is None else known


def prove(statement: str, shadowed: frozenset[str] = frozenset()) -> Proof:
    """Return what is proved of a statement's outputs. `shadowed` are functions that may hide those of pg_catalog."""
    try:
        (raw,) = postgast.parse(statement).stmts
    except (postgast.PgQueryError, ValueError):
        return Proof()
    kind, node = _inside(raw.stmt)
    ctes = {c.ctename: c.ctequery for _, c in _walk(node) if type(c).__name__ == "CommonTableExpr"}
    joins = [j for name, j in _walk(node) if name == "JoinExpr"]
    weak = frozenset(n for join in joins for side in _nullable_sides(join) for n in _relations(side, ctes, set()))
    if kind != "SelectStmt" or node.op != 1:  # SETOP_NONE
        return Proof(_proves_nothing(node), weak)
    never = frozenset[int]()
    outputs: tuple[bool | None, ...] = ()
    values = [target.res_target.val for target in node.target_list]
    if not any(_is_star(value) for value in values):
        never = frozenset(n for n, value in enumerate(values) if _never_null(value, shadowed))
        aliases = dict[str, bool]()
        for item in node.from_clause:
            _collect(item, False, aliases, ctes)
        outputs = tuple(_of_alias(value, aliases) for value in values)
    return Proof(_proves_nothing(node), weak, outputs, never)


def _inside(node: Any) -> tuple[str, Any]:
    """Return a node's kind and the node without its wrapper."""
    inner = postgast.unwrap_node(node)
    return type(inner).__name__, inner


def _walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Return every node below, with its kind."""
    for _, found in postgast.walk(node):
        yield type(found).__name__, found


def _proves_nothing(node: Any) -> bool:
    for kind, found in _walk(node):
        if kind in ("GroupingSet", "MergeStmt"):
            return True
        if kind == "ReturningClause" and found.options:
            return True
        if kind == "ColumnRef" and len(found.fields) > 1 and found.fields[0].string.sval in ("old", "new"):
            return True
    return False


def _nullable_sides(join: Any) -> list[Any]:
    # JOIN_INNER is 1, LEFT 2, FULL 3, RIGHT 4
    return [*([join.rarg] if join.jointype in (2, 3) else []), *([join.larg] if join.jointype in (3, 4) else [])]


def _relations(node: Any, ctes: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """Return the names of all relations in a part of a statement, and in the WITH queries it names."""
    for kind, found in _walk(node):
        if kind == "RangeVar":
            yield found.relname
            if found.relname in ctes and found.relname not in seen:
                yield from _relations(ctes[found.relname], ctes, seen | {found.relname})


def _collect(node: Any, nullable: bool, aliases: dict[str, bool], ctes: dict[str, Any]) -> None:
    """Note for each plain table in FROM whether it is on a nullable side, by its alias."""
    kind, item = _inside(node)
    if kind == "RangeVar" and item.relname not in ctes:
        name = item.alias.aliasname or item.relname
        aliases[name] = nullable or aliases.get(name, False)
    elif kind == "JoinExpr" and not item.alias.aliasname:
        _collect(item.larg, nullable or item.jointype in (3, 4), aliases, ctes)
        _collect(item.rarg, nullable or item.jointype in (2, 3), aliases, ctes)


def _is_star(value: Any) -> bool:
    kind, item = _inside(value)
    return any(f.HasField("a_star") for f in item.fields) if kind == "ColumnRef" else kind == "A_Indirection"


def _of_alias(value: Any, aliases: dict[str, bool]) -> bool | None:
    """Return whether an output is a column of a plain table that no outer join makes NULL; None where it is no such."""
    kind, item = _inside(value)
    if kind != "ColumnRef" or len(item.fields) != 2:
        return None
    nullable = aliases.get(item.fields[0].string.sval)
    return None if nullable is None else not nullable


def _never_null(value: Any, shadowed: frozenset[str]) -> bool:
    kind, item = _inside(value)
    if kind == "A_Const":
        return not item.isnull
    if kind == "TypeCast":
        return type(postgast.unwrap_node(item.arg)).__name__ == "A_Const" and _never_null(item.arg, shadowed)
    if kind == "CoalesceExpr":
        return any(_never_null(argument, shadowed) for argument in item.args)
    if kind == "SubLink":
        return bool(item.sub_link_type == 1)  # EXISTS
    if kind == "FuncCall":
        name = item.funcname[-1].string.sval
        own = len(item.funcname) == 1 or item.funcname[0].string.sval == "pg_catalog"
        return own and name in _NEVER_NULL and (len(item.funcname) == 2 or name not in shadowed)
    return kind in ("NullTest", "BooleanTest", "A_ArrayExpr", "GroupingFunc", "SQLValueFunction")
