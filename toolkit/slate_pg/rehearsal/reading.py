"""Reads what a statement would do with rows: which relations it changes, what it asks, whom it calls.

Pure: text in, values out. PostgreSQL's own parser reads it; what that cannot read changes nothing here, and what the
server does with it is still observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

_ROWS = ("select_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt", "create_table_as_stmt", "call_stmt")
_ASIDE = (
    "transaction_stmt",
    "variable_set_stmt",
    "variable_show_stmt",
    "do_stmt",
    "copy_stmt",
    "explain_stmt",
    "prepare_stmt",
    "execute_stmt",
    "",
)
_CUTTING = (
    "left", "right", "substr", "substring", "lower", "upper", "initcap", "btrim", "ltrim", "rtrim", "trim", "round",
    "trunc", "floor", "ceil", "ceiling", "date_trunc", "date_part", "extract", "md5", "sha256", "split_part", "length",
    "regexp_replace", "replace", "overlay", "translate", "abs", "sign",
)  # fmt: skip
_EXCLUSIVE = "AccessExclusiveLock"
_ALL_TRIGGERS = re.compile(r"able\s+trigger\s+all\b", re.I)


@dataclass(frozen=True)
class Change:
    """What a statement does to rows of a relation: the name as it is written, quoted where it must be.

    `query` is a SELECT that finds the same rows, empty where there is none to ask; `rows` their number where the text
    says it; `loop` the query whose rows it is done for, "?" where the number of turns cannot be read; `columns` those
    that are given values, `only` is True where children are left alone, `reads` are the relations that the query names.
    """

    action: str
    relation: str
    query: str = ""
    rows: int | None = None
    loop: str = ""
    columns: tuple[str, ...] = ()
    only: bool = False
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A statement as it is written. `savepoint` and `back_to` name the savepoint it makes or goes back to.

    `locks` are relations whose lock outlasts what can be watched, with its mode; `structure` is True for DDL;
    `dynamic` where SQL is put together from data; `using` are the columns
    whose new type comes with a USING, and whether that cuts values; `name` and `prepares`
    are a prepared statement's name and text. `hides` is True where rows decide which structure a body changes;
    `guesses` are the actions that SQL put together at run time begins with.
    """

    node: str = ""
    changes: tuple[Change, ...] = ()
    calls: tuple[str, ...] = ()
    savepoint: str = ""
    back_to: str = ""
    locks: tuple[tuple[str, str], ...] = ()
    structure: bool = False
    dynamic: bool = False
    using: tuple[tuple[str, bool], ...] = ()
    name: str = ""
    prepares: str = ""
    hides: bool = False
    guesses: tuple[str, ...] = ()


def read(text: str, copied: str | None = None) -> Reading:
    """Return what a statement would do; `copied` are the data lines of a COPY. Nothing for what cannot be read."""
    try:
        parsed = postgast.parse(text)
    except (postgast.PgQueryError, ValueError):
        return Reading()
    if not parsed.stmts:
        return Reading()
    readings = [read_one(s.stmt, copied) for s in parsed.stmts]
    return readings[0] if len(readings) == 1 else together(readings[0].node, readings)


def with_own_triggers(text: str) -> str:
    """Return a statement that turns all triggers of a table on or off as one for those of its own.

    The same lock, and the same for tables without rows; those of foreign keys are for superusers, who are not in a
    sandbox.
    """
    if not _ALL_TRIGGERS.search(text):
        return text
    parsed = postgast.parse(text)
    commands = parsed.stmts[0].stmt.alter_table_stmt.cmds
    own = {pb.AT_DisableTrigAll: pb.AT_DisableTrigUser, pb.AT_EnableTrigAll: pb.AT_EnableTrigUser}
    if not any(command.alter_table_cmd.subtype in own for command in commands):
        return text
    for command in commands:
        command.alter_table_cmd.subtype = own.get(command.alter_table_cmd.subtype, command.alter_table_cmd.subtype)
    return str(postgast.deparse(parsed))


def together(node: str, readings: list[Reading]) -> Reading:
    """Return what several statements do as one reading."""
    return Reading(
        node,
        tuple(dict.fromkeys(c for r in readings for c in r.changes)),
        tuple(dict.fromkeys(c for r in readings for c in r.calls)),
        locks=tuple(dict.fromkeys(k for r in readings for k in r.locks)),
        structure=any(r.structure for r in readings),
        hides=any(r.hides for r in readings),
        dynamic=any(r.dynamic for r in readings),
        guesses=tuple(dict.fromkeys(g for r in readings for g in r.guesses)),
    )


def read_one(statement: Any, copied: str | None) -> Reading:
    """Return what a parsed statement would do."""
    node = statement.WhichOneof("node") or ""
    inner = getattr(statement, node) if node else statement
    if node == "explain_stmt" and any(o.def_elem.defname == "analyze" for o in inner.options):
        return replace(read_one(inner.query, None), node=node)
    if node == "transaction_stmt":
        kinds = {pb.TRANS_STMT_SAVEPOINT: "savepoint", pb.TRANS_STMT_ROLLBACK_TO: "back_to"}
        return Reading(node, **{kinds[inner.kind]: inner.savepoint_name} if inner.kind in kinds else {})
    if node in _ROWS:
        return Reading(node, tuple(_changes(node, inner)), tuple(_calls(inner)))
    if node == "copy_stmt":
        return Reading(node, tuple(_copy(inner, copied)))
    if node == "prepare_stmt":
        whole = pb.ParseResult()
        whole.stmts.add().stmt.CopyFrom(inner.query)
        return Reading(node, name=inner.name, prepares=str(postgast.deparse(whole)))
    if node == "execute_stmt":
        return Reading(node, name=inner.name)
    if node == "truncate_stmt":
        changes = (Change("truncate", _name(r.range_var)) for r in inner.relations)
        return Reading(node, tuple(changes), structure=True)
    if node == "refresh_mat_view_stmt":
        return Reading(node, (Change("refresh", _name(inner.relation)),), structure=True)
    commands = [c.alter_table_cmd for c in inner.cmds] if node == "alter_table_stmt" else []
    partitions = [getattr(c, "def").partition_cmd for c in commands]
    # DETACH … CONCURRENTLY commits in between: its last lock comes and goes too fast to be seen.
    locks = tuple((_name(p.name), _EXCLUSIVE) for p in partitions if p.concurrent)
    columns = [(c.name, getattr(c, "def").column_def) for c in commands]
    using = tuple((name, _cuts(name, d.raw_default)) for name, d in columns if d.HasField("raw_default"))
    return Reading(node, locks=locks, structure=node not in _ASIDE, using=using)


def _cuts(column: str, expression: Any) -> bool:
    """Tell whether what a USING says forgets the column, or calls what is known to make values less."""
    fields = [f.string.sval for c in postgast.find_nodes(expression, pb.ColumnRef) for f in c.fields]
    return column not in fields or any(name in _CUTTING for name in _calls(expression))


def _changes(node: str, inner: Any) -> Iterator[Change]:
    """Yield what is done to rows, in WITH as well."""
    changing = False
    moves = node == "insert_stmt"  # what WITH deletes and returns is inserted elsewhere
    for kind, action in (
        (pb.UpdateStmt, "update"), (pb.DeleteStmt, "delete"), (pb.InsertStmt, "insert"), (pb.MergeStmt, "merge"),
    ):  # fmt: skip
        for one in postgast.find_nodes(inner, kind):
            changing = True
            done = "move" if moves and action == "delete" and one.HasField("returning_clause") else action
            if action == "insert" and one.on_conflict_clause.action == pb.ONCONFLICT_UPDATE:
                done = "insert or update"
            yield _merge(one) if action == "merge" else _change(done, one)
    if node == "create_table_as_stmt":
        into = "" if inner.objtype == pb.OBJECT_MATVIEW and inner.into.skip_data else _deparsed(inner.query.select_stmt)
        yield Change("create", _name(inner.into.rel), into, None if into else 0, reads=_named(into))
    elif node == "select_stmt" and not changing:
        yield from _select(inner)


def _select(select: Any) -> Iterator[Change]:
    if select.HasField("into_clause"):
        query = pb.SelectStmt()
        query.CopyFrom(select)
        query.ClearField("into_clause")
        into = _deparsed(query)
        yield Change("create", _name(select.into_clause.rel), into, reads=_named(into))
        return
    for lock in select.locking_clause:
        for relation in _locked(select, lock.locking_clause):
            unlocked = pb.SelectStmt()
            unlocked.CopyFrom(select)
            unlocked.ClearField("locking_clause")
            yield Change("lock rows", relation, _deparsed(unlocked))
    if select.from_clause and not select.locking_clause:
        query = _deparsed(select)
        yield Change("query", "", query, reads=_named(query))


def _locked(select: Any, lock: Any) -> Iterator[str]:
    """Yield the tables whose rows FOR UPDATE and its kin lock: those named, else all in FROM."""
    wanted = {r.range_var.relname for r in lock.locked_rels}
    for one in postgast.find_nodes(select, pb.RangeVar):
        if not wanted or (one.alias.aliasname or one.relname) in wanted:
            yield _name(one)


def _change(action: str, one: Any) -> Change:
    name = _name(one.relation)
    if action.startswith("insert"):
        select = one.select_stmt.select_stmt
        if select.values_lists or not one.HasField("select_stmt"):
            return Change(action, name, rows=max(1, len(select.values_lists)))
        query = _query(one, select)
        return Change(action, name, query, reads=_named(query))
    sources = list(one.from_clause if isinstance(one, pb.UpdateStmt) else one.using_clause)
    query = pb.SelectStmt(limit_option=pb.LIMIT_OPTION_DEFAULT, op=pb.SETOP_NONE)
    query.from_clause.add().range_var.CopyFrom(one.relation)
    for source in sources:
        query.from_clause.add().CopyFrom(source)
    if one.HasField("where_clause"):
        query.where_clause.CopyFrom(one.where_clause)
    given = tuple(t.res_target.name for t in one.target_list) if isinstance(one, pb.UpdateStmt) else ()
    return Change(action, name, _query(one, query), columns=given, only=not one.relation.inh)


def _query(one: Any, select: Any) -> str:
    """Return the query with the statement's own WITH; empty where that changes rows: it is not for a target."""
    query = pb.SelectStmt()
    query.CopyFrom(select)
    if one.HasField("with_clause") and not query.HasField("with_clause"):
        query.with_clause.CopyFrom(one.with_clause)
    return _deparsed(query)


def _merge(one: Any) -> Change:
    kinds = {clause.merge_when_clause.command_type for clause in one.merge_when_clauses}
    action = "merge deleting" if pb.CMD_DELETE in kinds else "merge"
    query = pb.SelectStmt(limit_option=pb.LIMIT_OPTION_DEFAULT, op=pb.SETOP_NONE)
    join = query.from_clause.add().join_expr
    join.jointype = pb.JOIN_INNER if all(_is_matched(c) for c in one.merge_when_clauses) else pb.JOIN_LEFT
    join.larg.CopyFrom(one.source_relation)
    join.rarg.range_var.CopyFrom(one.relation)
    join.quals.CopyFrom(one.join_condition)
    return Change(action, _name(one.relation), _query(one, query))


def _is_matched(clause: Any) -> bool:
    return bool(clause.merge_when_clause.match_kind == pb.MERGE_WHEN_MATCHED)


def _copy(inner: Any, copied: str | None) -> Iterator[Change]:
    if inner.is_from:
        yield Change("copy", _name(inner.relation), rows=(copied or "").count("\n"))
    elif inner.HasField("query"):
        node = inner.query.WhichOneof("node") or ""
        yield from _changes(node, getattr(inner.query, node))


def _deparsed(select: Any) -> str:
    """Return a query's text; empty for one that changes rows or locks them."""
    if any(
        next(iter(postgast.find_nodes(select, kind)), None)
        for kind in (pb.UpdateStmt, pb.DeleteStmt, pb.InsertStmt, pb.MergeStmt, pb.LockingClause, pb.IntoClause)
    ):
        return ""
    whole = pb.ParseResult()
    whole.stmts.add().stmt.select_stmt.CopyFrom(select)
    try:
        return str(postgast.deparse(whole))
    except (postgast.PgQueryError, ValueError):
        return ""


def _named(query: str) -> tuple[str, ...]:
    """Return the relations that a query names, as to_regclass finds them."""
    return tuple(dict.fromkeys(map(_name, postgast.find_nodes(postgast.parse(query), pb.RangeVar)))) if query else ()


def _calls(inner: Any) -> Iterator[str]:
    for call in postgast.find_nodes(inner, pb.FuncCall):
        yield [part.string.sval for part in call.funcname][-1]


def _name(relation: Any) -> str:
    """Return a relation's name so that to_regclass finds it."""
    parts = [p for p in (relation.schemaname, relation.relname) if p]
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
