"""Writes the command for the recipe that reaches what a statement wants in steps: `slate new … --recipe …`. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from slate_pg.recipes.known import OPTIONS, RECIPES, usual_name
from slate_pg.rehearsal.findings import Observed, Work

# What of a statement each kind of work is done for.
_FITS = {
    "rewrite": ("add-column", "change-type"),
    "full scan": ("not-null", "check", "new-partition", "change-type"),
    "constraint validation": ("foreign-key",),
    "index build": ("unique", "index", "change-type"),
    "update": ("fill-rows",),
    "delete": ("delete-rows",),
}
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_CONSTRAINTS = {pb.CONSTR_CHECK: "check", pb.CONSTR_FOREIGN: "foreign-key", pb.CONSTR_UNIQUE: "unique"}


@dataclass(frozen=True)
class Offer:
    """A recipe with what it is asked for: (option as `Wish` calls it, value), "" for one that stands alone."""

    recipe: str
    options: tuple[tuple[str, str], ...]

    def command(self, product: str) -> str:
        """Return the command as a shell takes it."""
        said = [value for name, value in self.options if name in ("table", "columns")]
        name = usual_name(self.recipe, *said)
        words = ["slate", "new", product, name, "--recipe", self.recipe]
        for option, value in self.options:
            words += [OPTIONS[option], value] if value else [OPTIONS[option]]
        return shlex.join(words)


def offer_for(observed: Observed, heavy: Sequence[Work]) -> str:
    """Return the command that writes the steps for what a statement does at length, empty where there is none."""
    if not observed.product:
        return ""
    fits = {recipe for work in heavy for recipe in _FITS.get(work.kind, ())}
    found = (o for o in offers(observed.sql) if o.recipe in RECIPES and o.recipe in fits)
    return next((o.command(observed.product) for o in found), "")


def offers(text: str) -> list[Offer]:
    """Return what could be done by a recipe of what a statement says, in its order."""
    try:
        parsed = postgast.parse(text)
    except (postgast.PgQueryError, ValueError):
        return []
    if len(parsed.stmts) != 1:
        return []
    statement = parsed.stmts[0].stmt
    node = statement.WhichOneof("node") or ""
    inner = getattr(statement, node) if node else statement
    reader = _READERS.get(node)
    return list(reader(inner)) if reader else []


def _altered(inner: Any) -> Iterator[Offer]:
    table = _table(inner.relation)
    for command in (c.alter_table_cmd for c in inner.cmds):
        kind, definition = command.subtype, getattr(command, "def")
        column = (table, ("columns", command.name))
        if kind == pb.AT_SetNotNull:
            yield Offer("not-null", column)
        elif kind == pb.AT_AlterColumnType:
            defined = definition.column_def
            using = (("using", _said(defined.raw_default)),) if defined.HasField("raw_default") else ()
            yield Offer("change-type", (*column, ("type", _type(defined.type_name)), *using))
        elif kind == pb.AT_AddColumn:
            yield from _added(table, definition.column_def)
        elif kind == pb.AT_AddConstraint:
            yield from _constrained(table, definition.constraint)


def _added(table: tuple[str, str], defined: Any) -> Iterator[Offer]:
    constraints = [c.constraint for c in defined.constraints]
    default = next((c.raw_expr for c in constraints if c.contype == pb.CONSTR_DEFAULT), None)
    if default is not None:
        not_null = (("not_null", ""),) if any(c.contype == pb.CONSTR_NOTNULL for c in constraints) else ()
        what = (("columns", defined.colname), ("type", _type(defined.type_name)), ("default", _said(default)))
        yield Offer("add-column", (table, *what, *not_null))


def _constrained(table: tuple[str, str], constraint: Any) -> Iterator[Offer]:
    recipe = _CONSTRAINTS.get(constraint.contype)
    if recipe == "check":
        yield Offer(recipe, (table, ("check", _said(constraint.raw_expr)), *_called(constraint.conname)))
    elif recipe == "unique" and not constraint.indexname:
        yield Offer(recipe, (table, *_columns(_names(constraint.keys)), *_called(constraint.conname)))
    elif recipe == "foreign-key":
        there = tuple(("to_columns", name) for name in _names(constraint.pk_attrs))
        rule = _ACTIONS.get(constraint.fk_del_action, "")
        wanted = (("references", _table(constraint.pktable)[1]), *there)
        action = (("on_delete", rule),) if rule and rule != "NO ACTION" else ()
        columns = _columns(_names(constraint.fk_attrs))
        yield Offer(recipe, (table, *columns, *wanted, *action, *_called(constraint.conname)))


def _indexed(inner: Any) -> Iterator[Offer]:
    """Yield the index, where it is a plain one: a recipe knows no other."""
    keys = [p.index_elem for p in inner.index_params]
    plain = inner.access_method in ("", "btree") and not inner.HasField("where_clause")
    plain = plain and not (inner.index_including_params or inner.options)
    if plain and all(k.name and not k.opclass and not k.collation and _is_usual(k) for k in keys):
        unique = (("unique", ""),) if inner.unique else ()
        columns = _columns(tuple(k.name for k in keys))
        yield Offer("index", (_table(inner.relation), *columns, *unique, *_called(inner.idxname)))


def _is_usual(key: Any) -> bool:
    usual = (pb.SORTBY_DEFAULT, pb.SORTBY_ASC), (pb.SORTBY_NULLS_DEFAULT, pb.SORTBY_NULLS_LAST)
    return key.ordering in usual[0] and key.nulls_ordering in usual[1]


def _updated(inner: Any) -> Iterator[Offer]:
    targets = [t.res_target for t in inner.target_list]
    simple = not (
        inner.relation.HasField("alias")
        or inner.from_clause
        or inner.HasField("with_clause")
        or any(t.indirection for t in targets)
    )
    if simple and all(t.val.WhichOneof("node") != "multi_assign_ref" for t in targets):
        sets = [part for t in targets for part in (("columns", t.name), ("value", _said(t.val)))]
        yield Offer("fill-rows", (_table(inner.relation), *sets, *_where(inner)))


def _deleted(inner: Any) -> Iterator[Offer]:
    if not (inner.relation.HasField("alias") or inner.using_clause or inner.HasField("with_clause")):
        yield Offer("delete-rows", (_table(inner.relation), *(_where(inner) or (("where", "true"),))))


def _where(inner: Any) -> tuple[tuple[str, str], ...]:
    return (("where", _said(inner.where_clause)),) if inner.HasField("where_clause") else ()


def _made(inner: Any) -> Iterator[Offer]:
    """Yield a partition beside its siblings, and nothing for any other table."""
    if not inner.HasField("partbound") or inner.partbound.is_default:
        return
    text = _whole(inner, "create_stmt")
    bounds = re.search(r"\bFOR VALUES (.*?)(?: PARTITION BY .*)?\Z", text, re.S)
    parent = inner.inh_relations[0].range_var
    if bounds:
        options = (_table(parent), ("to", inner.relation.relname), ("values", bounds[1]))
        yield Offer("new-partition", options)


_READERS = {
    "alter_table_stmt": _altered,
    "index_stmt": _indexed,
    "update_stmt": _updated,
    "delete_stmt": _deleted,
    "create_stmt": _made,
}


def _called(name: str) -> tuple[tuple[str, str], ...]:
    return (("to", name),) if name else ()


def _table(relation: Any) -> tuple[str, str]:
    name = f"{relation.schemaname}.{relation.relname}" if relation.schemaname else relation.relname
    return "table", name


def _columns(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(("columns", name) for name in names)


def _names(nodes: Any) -> tuple[str, ...]:
    return tuple(node.string.sval for node in nodes)


def _said(expression: Any) -> str:
    """Return an expression as SQL."""
    whole = postgast.parse("SELECT 1")
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
    return str(postgast.deparse(whole)).removeprefix("SELECT ")


def _type(name: Any) -> str:
    """Return a type as SQL."""
    whole = postgast.parse("SELECT NULL::integer")
    whole.stmts[0].stmt.select_stmt.target_list[0].res_target.val.type_cast.type_name.CopyFrom(name)
    return str(postgast.deparse(whole)).removeprefix("SELECT NULL::")


def _whole(inner: Any, node: str) -> str:
    whole = postgast.parse("SELECT 1")
    getattr(whole.stmts[0].stmt, node).CopyFrom(inner)
    return str(postgast.deparse(whole))
