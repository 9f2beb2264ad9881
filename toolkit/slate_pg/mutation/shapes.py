"""Mutants of what else a schema has: views, indexes, partitions, enums. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.mutation.expressions import variants
from slate_pg.mutation.model import LEAK, OTHER, REFUSAL, SPEED, WRONG_WRITE, Mutant, World, literal

NEW_LABEL = "slate_mutant"


def mutants(world: World) -> Iterator[Mutant]:
    """Yield the mutants of views, indexes, partitions and enums."""
    for identity, view in world.of_kind("view"):
        yield from _view(identity, view)
    yield from _indexes(world)
    yield from _partitions(world)
    for identity, type_ in world.of_kind("type"):
        if type_["kind"] == "e":
            yield from _enum(identity, type_["labels"] or [])


def _mutant(
    identity: Identity, kind: str, statements: tuple[str, ...], missing: str, detail: str, harm: str, table: str = ""
) -> Mutant:
    return Mutant(
        kind, str(identity), statements, missing, harm, (identity.name, table), table or identity.name, detail
    )


def _view(identity: Identity, view: dict[str, Any]) -> Iterator[Mutant]:
    name, options = identity.qualified, view["options"] or []
    invoker = any(
        str(o).lower() in ("security_invoker=true", "security_invoker=on", "security_invoker=1") for o in options
    )
    if invoker:
        missing = f"a person sees through {name} what the tables' policies show, and no more"
        off = (f"ALTER VIEW {name} SET (security_invoker = false)",)
        yield _mutant(identity, "security_invoker off", off, missing, "", LEAK)
    else:
        missing = f"a role without rights on the tables of {name} reads it"
        on = (f"ALTER VIEW {name} SET (security_invoker = true)",)
        yield _mutant(identity, "security_invoker on", on, missing, "", REFUSAL)
    kept = f" WITH ({', '.join(str(o) for o in options)})" if options else ""
    text = f"CREATE OR REPLACE VIEW {name}{kept} AS {view['definition']}"
    for said, changed in variants(text, lambda s: s.view_stmt.query, boundaries=False):
        missing = f"{name} is read where there is a row that only this part leaves out or lets in: {said}"
        yield _mutant(identity, "view changed", (changed,), missing, said, LEAK)
    yield from _whole_conditions(identity, text)


def _whole_conditions(identity: Identity, text: str) -> Iterator[Mutant]:
    """Yield the view without its WHERE, where that is one condition only."""
    from slate_pg.cluster.operands import pb, postgast

    try:
        tree = postgast.parse(text)
    except postgast.PgQueryError:
        return
    query = tree.stmts[0].stmt.view_stmt.query.select_stmt
    where = query.where_clause
    if not query.HasField("where_clause"):
        return
    if where.WhichOneof("node") == "bool_expr" and where.bool_expr.boolop == pb.AND_EXPR:
        return
    query.ClearField("where_clause")
    missing = f"{identity.qualified} is read where there is a row that its WHERE leaves out"
    yield _mutant(identity, "view changed", (str(postgast.deparse(tree)),), missing, "without WHERE", LEAK)


def _indexes(world: World) -> Iterator[Mutant]:
    held = {(c["table"], identity.name) for identity, c in world.of_kind("constraint") if c["kind"] in "pux"}
    for identity, index in world.of_kind("index"):
        if identity.on is not None or index["primary"] or (index["table"], identity.name) in held:
            continue
        drop = f"DROP INDEX {identity.qualified}"
        table = index["table"].rpartition(".")[2].strip('"')
        if index["unique"]:
            plain = f"CREATE INDEX {quote(identity.name)} ON {index['table']} {index['definition']}"
            missing = f"a second row with the same values of {identity.name} is refused"
            made = (drop, plain, *world.keep_comment(identity))
            yield _mutant(identity, "index not UNIQUE", made, missing, "", WRONG_WRITE, table)
        else:
            missing = f"a query that {identity.name} serves keeps its budget or its plan"
            yield _mutant(identity, "index dropped", (drop,), missing, "", SPEED, table)


def _partitions(world: World) -> Iterator[Mutant]:
    """Yield each partitioned table without its DEFAULT partition, and without one other."""
    seen: set[tuple[str, bool]] = set()
    for identity, table in sorted(world.catalog.everything.items(), key=lambda pair: str(pair[0])):
        if identity.kind != "table" or not table.get("partition_bound") or not table["inherits"]:
            continue
        parent, default = table["inherits"][0], table["partition_bound"] == "DEFAULT"
        if (parent, default) in seen:
            continue
        seen.add((parent, default))
        what = "outside of every other partition" if default else f"of {identity.name}"
        missing = f"a row {what} is accepted by {parent}"
        detach = (f"ALTER TABLE {parent} DETACH PARTITION {identity.qualified}",)
        yield _mutant(identity, "partition detached", detach, missing, "DEFAULT" if default else "", REFUSAL)


def _enum(identity: Identity, labels: list[str]) -> Iterator[Mutant]:
    name = identity.qualified
    if NEW_LABEL not in labels:
        add = (f"ALTER TYPE {name} ADD VALUE '{NEW_LABEL}'",)
        yield _mutant(identity, "enum value added", add, f"{name} has these values and no other", "", WRONG_WRITE)
    if labels:
        rename = (f"ALTER TYPE {name} RENAME VALUE {literal(labels[-1])} TO '{NEW_LABEL}'",)
        missing = f"a row with the value {labels[-1]} of {name} is accepted"
        yield _mutant(identity, "enum value renamed", rename, missing, labels[-1], OTHER)
