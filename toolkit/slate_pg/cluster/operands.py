"""Splits a condition at its AND and OR, by PostgreSQL's parser. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

# By name, for a service's type checker follows `db.why` to here, and the types of this package are not Python.
postgast: Any = import_module("postgast")
pb: Any = import_module("postgast.pg_query_pb2")


def split(condition: str) -> list[str]:
    """Return the operands of a condition, those of its operands too; one where there is nothing to split."""
    try:
        target = postgast.parse(f"SELECT {condition}").stmts[0].stmt.select_stmt.target_list[0].res_target.val
        return list(dict.fromkeys(_parts(target))) or [condition]
    except (postgast.PgQueryError, ValueError, IndexError):
        return [condition]


def _parts(node: Any) -> Iterator[str]:
    if node.WhichOneof("node") == "bool_expr" and node.bool_expr.boolop in (pb.AND_EXPR, pb.OR_EXPR):
        for argument in node.bool_expr.args:
            yield from _parts(argument)
        return
    whole = postgast.parse("SELECT 1")
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    yield str(postgast.deparse(whole)).removeprefix("SELECT ")
