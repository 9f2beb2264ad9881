"""Changes conditions, one part at a time, by PostgreSQL's parser. Pure: SQL in, SQL out.

Strings, names and comments that hold AND, OR or < are what they are to the server, and are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from slate_pg.cluster.operands import pb, postgast

STRICTER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_nothing = import_module("google.protobuf.message").Message


def variants(statement: str, place: Callable[[Any], Any], *, boundaries: bool = True) -> Iterator[tuple[str, str]]:
    """Yield what was changed in the condition that `place` finds in the parsed statement, and the statement then.

    One change each: an operand of AND or OR left out, a boundary moved onto or off its value, the last of a list of
    values left out. Nothing where the parser does not know the statement.
    """
    try:
        tree = postgast.parse(statement)
        root = place(tree.stmts[0].stmt)
    except (postgast.PgQueryError, ValueError, IndexError):
        return
    for node in _nodes(root):
        kept = type(node)()
        kept.CopyFrom(node)
        for said, changed in _changes(kept, boundaries=boundaries):
            node.CopyFrom(changed)
            yield said, str(postgast.deparse(tree))
        node.CopyFrom(kept)


def condition_variants(condition: str, *, boundaries: bool = True) -> Iterator[tuple[str, str]]:
    """Yield what was changed in a condition, and the condition then."""
    found = variants(
        f"SELECT {condition}", lambda s: s.select_stmt.target_list[0].res_target.val, boundaries=boundaries
    )
    for said, text in found:
        yield said, text.removeprefix("SELECT ")


def _nodes(message: Any) -> Iterator[Any]:
    """Yield every Node under a message, itself first where it is one."""
    if message.DESCRIPTOR.name == "Node":
        yield message
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        for child in [value] if isinstance(value, _nothing) else list(value):
            yield from _nodes(child)


def _changes(node: Any, *, boundaries: bool) -> Iterator[tuple[str, Any]]:
    """Yield what may be changed at a node, and the node changed."""
    kind = node.WhichOneof("node")
    if kind == "bool_expr" and node.bool_expr.boolop in (pb.AND_EXPR, pb.OR_EXPR):
        yield from _without_operands(node)
    elif kind == "a_expr" and boundaries:
        yield from _boundary(node.a_expr, node)


def _without_operands(node: Any) -> Iterator[tuple[str, Any]]:
    word = "AND" if node.bool_expr.boolop == pb.AND_EXPR else "OR"
    for number, argument in enumerate(node.bool_expr.args):
        changed = pb.Node()
        changed.CopyFrom(node)
        del changed.bool_expr.args[number]
        if len(changed.bool_expr.args) == 1:
            only = pb.Node()
            only.CopyFrom(changed.bool_expr.args[0])
            changed = only
        yield f"without {word} {short(text_of(argument))}", changed


def _boundary(expression: Any, node: Any) -> Iterator[tuple[str, Any]]:
    name = expression.name[-1].string.sval if expression.name else ""
    if expression.kind == pb.AEXPR_OP and name in STRICTER and expression.HasField("lexpr"):
        changed = pb.Node()
        changed.CopyFrom(node)
        changed.a_expr.name[-1].string.sval = STRICTER[name]
        yield f"{short(text_of(node))} with {STRICTER[name]}", changed
    array = expression.rexpr.a_array_expr if expression.rexpr.WhichOneof("node") == "a_array_expr" else None
    if expression.kind == pb.AEXPR_OP_ANY and array is not None and len(array.elements) > 1:
        changed = pb.Node()
        changed.CopyFrom(node)
        del changed.a_expr.rexpr.a_array_expr.elements[-1]
        yield f"without the value {short(text_of(array.elements[-1]))}", changed


def text_of(node: Any) -> str:
    """Return an expression as SQL."""
    whole = postgast.parse("SELECT 1")
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
    return str(postgast.deparse(whole)).removeprefix("SELECT ")


def short(text: str) -> str:
    """Return a text on one line, of at most sixty characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
