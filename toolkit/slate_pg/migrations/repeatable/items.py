"""Reads what a repeatable file says: which objects it defines, and what it notes of them.

Pure: text in, items out. What a versioned migration has to do is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from slate_pg.errors import FileError, Where
from slate_pg.migrations.script import Script
from slate_pg.postgres.statements import Statement, normalised

RELATION, ROUTINE, TRIGGER, POLICY, RULE, INDEX = "relation", "routine", "trigger", "policy", "rule", "index"
ANY = ("*",)  # the types of a routine that is named without its arguments: there is one of that name
NOTE, SETTING, DROP = "note", "setting", "drop"
_HINT = (
    "A repeatable file holds functions, procedures, views, materialized views, policies, triggers, rules, grants and "
    "comments. What happens once is a versioned migration: `slate new`."
)
_SET_CONFIG = re.compile(r"select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\([^()]*\)\s*;?\s*\Z", re.I)
_STAR = re.compile(r"(?:\bselect(?:\s+distinct|\s+all)?|,|\.)\s*\*|\btable\s|\bnatural\s", re.I)
_MADE = re.compile(r"create\s+(?:or\s+replace\s+)?((?:temp\w*\s+|unique\s+|unlogged\s+)?\w+)", re.I)
_CREATE = re.compile(r"create\s+", re.I)
_IN_ONE = re.compile(r"create\s+or\s+replace\b", re.I)
_DROPS = {
    pb.OBJECT_VIEW: RELATION, pb.OBJECT_MATVIEW: RELATION, pb.OBJECT_FUNCTION: ROUTINE, pb.OBJECT_PROCEDURE: ROUTINE,
    pb.OBJECT_ROUTINE: ROUTINE, pb.OBJECT_TRIGGER: TRIGGER, pb.OBJECT_POLICY: POLICY, pb.OBJECT_RULE: RULE,
    pb.OBJECT_INDEX: INDEX,
}  # fmt: skip
_INPUTS = (pb.FUNC_PARAM_IN, pb.FUNC_PARAM_INOUT, pb.FUNC_PARAM_VARIADIC, pb.FUNC_PARAM_DEFAULT)


@dataclass(frozen=True)
class Name:
    """What an object is called as a file writes it: no schema is the one that the file creates in.

    `on` is the relation of a trigger, policy, rule or index; `types` are a routine's, quoted.
    """

    group: str
    schema: str
    name: str
    on: tuple[str, str] = ("", "")
    types: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = f"{self.schema}.{self.name}" if self.schema else self.name
        if self.group == ROUTINE:
            return f"{name}({', '.join(self.types)})".replace('"', "").replace("pg_catalog.", "")
        return f"{name} on {'.'.join(filter(None, self.on))}" if self.on[1] else name


@dataclass(frozen=True)
class Item:
    """One statement of a repeatable file. `names` are what it defines or drops, `undo` takes a note back.

    `replaceable` says that OR REPLACE can stand in it, `is_view` that it is a view or materialized view.
    """

    kind: str
    statement: Statement
    names: tuple[Name, ...] = ()
    undo: str = ""
    subject: str = ""
    replaceable: bool = False
    is_view: bool = False

    @property
    def defines(self) -> Name | None:
        """The object that it defines."""
        return self.names[0] if self.names and self.kind not in (DROP, NOTE) else None

    @property
    def plain(self) -> str:
        """Its text without comments, to compare by."""
        return normalised(self.statement.text)

    @property
    def selects_all(self) -> bool:
        """Tell a view whose columns are those of what it reads: SELECT *."""
        return self.is_view and bool(_STAR.search(self.plain))

    @property
    def replacing(self) -> tuple[str, int]:
        """Its text with OR REPLACE, and at which character that was put in; -1 where it was there."""
        text = self.statement.text
        found = _CREATE.match(text)
        if not self.replaceable or not found or _IN_ONE.match(text):
            return text, -1
        return f"{text[: found.end()]}OR REPLACE {text[found.end() :]}", found.end()


def read_items(script: Script) -> tuple[Item, ...]:
    """Return the items of a file in its order. FileError for what does not belong into one."""
    items: list[Item] = []
    try:
        for statement in script.statements():
            items.append(_item(script, statement, items))
    except FileError as error:
        if str(script.path) in error.message:
            raise
        raise FileError(f"{script.path}: {error.message}", hint=error.hint) from error
    seen: set[Name] = set()
    for item in items:
        name = item.defines
        if name and name in seen:
            raise _refusal(script, item.statement, f"{name} is defined a second time", "Leave one of the two.")
        seen |= {name} if name else set()
    return tuple(items)


def _item(script: Script, statement: Statement, before: list[Item]) -> Item:
    try:
        parsed = postgast.parse(statement.text)
        kind = parsed.stmts[0].stmt.WhichOneof("node")
    except (postgast.PgQueryError, ValueError, IndexError) as error:
        raise _refusal(script, statement, f"cannot be read: {error}", "Correct the statement.") from error
    node = getattr(parsed.stmts[0].stmt, kind)
    reader = _READERS.get(kind)
    item = reader(parsed, node, statement) if reader else None
    if kind == "index_stmt" and item and not _is_on_own(item, before):
        item = None
    if item is None:
        words = " ".join(statement.words[:3]) or kind
        raise _refusal(script, statement, f"{_said(statement, words)} in a repeatable file", _why(kind, statement))
    return item


def _said(statement: Statement, words: str) -> str:
    """Return the words that name a statement: CREATE TABLE, INSERT INTO, ALTER TABLE, DO. Pure."""
    first = words.split()[0]
    if first == "CREATE":
        found = _MADE.match(statement.text)
        return f"CREATE {found[1].upper()}" if found else words
    return " ".join(words.split()[: 2 if first in ("ALTER", "DROP", "INSERT", "DELETE", "REFRESH") else 1])


def _why(kind: str, statement: Statement) -> str:
    if kind == "do_stmt":
        return f"What DO does cannot be told before it is done. {_HINT}"
    if kind == "index_stmt":
        return f"An index belongs here only behind the materialized view that it is on, with a name. {_HINT}"
    if kind == "drop_stmt" and "CASCADE" in statement.text.upper():
        return "CASCADE drops what nobody puts back: leave it out, slate takes down what depends and puts it back."
    if kind == "drop_stmt":
        return "Say IF EXISTS: in a new installation it is not there."
    return _HINT


def _is_on_own(item: Item, before: list[Item]) -> bool:
    name = item.names[0]
    return bool(name.name) and any(i.defines and (i.defines.schema, i.defines.name) == name.on for i in before)


def _refusal(script: Script, statement: Statement, what: str, hint: str) -> FileError:
    where = script.place(statement.start)
    return FileError(
        f"{script.path}:{where.line}:{where.column}: {what}",
        detail=[f"{where.line:>5} | {where.text[:160]}"],
        hint=hint,
        where=Where(str(script.path), where.line, where.column, what),
    )


def _routine(_: Any, node: Any, statement: Statement) -> Item:
    schema, name = _qualified(node.funcname)
    types = tuple(_type(p.function_parameter.arg_type) for p in node.parameters if p.function_parameter.mode in _INPUTS)
    return Item(ROUTINE, statement, (Name(ROUTINE, schema, name, types=types),), replaceable=True)


def _view(_: Any, node: Any, statement: Statement) -> Item | None:
    if node.view.relpersistence == "t":
        return None
    name = Name(RELATION, node.view.schemaname, node.view.relname)
    return Item(RELATION, statement, (name,), replaceable=True, is_view=True)


def _materialized(_: Any, node: Any, statement: Statement) -> Item | None:
    if node.objtype != pb.OBJECT_MATVIEW:
        return None
    return Item(RELATION, statement, (Name(RELATION, node.into.rel.schemaname, node.into.rel.relname),), is_view=True)


def _index(_: Any, node: Any, statement: Statement) -> Item | None:
    on = node.relation.schemaname, node.relation.relname
    return None if node.concurrent else Item(INDEX, statement, (Name(INDEX, on[0], node.idxname, on),))


def _trigger(_: Any, node: Any, statement: Statement) -> Item:
    on = node.relation.schemaname, node.relation.relname
    return Item(TRIGGER, statement, (Name(TRIGGER, "", node.trigname, on),), replaceable=not node.isconstraint)


def _policy(_: Any, node: Any, statement: Statement) -> Item:
    return Item(POLICY, statement, (Name(POLICY, "", node.policy_name, (node.table.schemaname, node.table.relname)),))


def _rule(_: Any, node: Any, statement: Statement) -> Item:
    on = node.relation.schemaname, node.relation.relname
    return Item(RULE, statement, (Name(RULE, "", node.rulename, on),), replaceable=True)


def _grant(parsed: Any, node: Any, statement: Statement) -> Item | None:
    if node.objtype in (pb.OBJECT_DATABASE, pb.OBJECT_TABLESPACE, pb.OBJECT_PARAMETER_ACL):
        return None
    undo = ""
    if node.is_grant:
        node.is_grant, node.grant_option = False, False
        undo = postgast.deparse(parsed)
    return Item(NOTE, statement, undo=undo)


def _comment(parsed: Any, node: Any, statement: Statement) -> Item:
    node.comment = ""
    undo = postgast.deparse(parsed)
    return Item(NOTE, statement, undo=undo, subject=undo)


def _owner(parsed: Any, node: Any, statement: Statement) -> Item:
    return Item(NOTE, statement, undo=_to_current(parsed, node.newowner), subject=postgast.deparse(parsed))


def _to_current(parsed: Any, role: Any) -> str:
    role.roletype, role.rolename = pb.ROLESPEC_CURRENT_USER, ""
    return str(postgast.deparse(parsed))


def _alter_view(parsed: Any, node: Any, statement: Statement) -> Item | None:
    """Take ALTER VIEW … OWNER TO and SET (…), which say of a view what its CREATE might say too."""
    if node.objtype not in (pb.OBJECT_VIEW, pb.OBJECT_MATVIEW):
        return None
    commands = [c.alter_table_cmd for c in node.cmds]
    if all(c.subtype in (pb.AT_SetRelOptions, pb.AT_ResetRelOptions) for c in commands):
        return Item(NOTE, statement)
    if [c.subtype for c in commands] == [pb.AT_ChangeOwner]:
        undo = _to_current(parsed, commands[0].newowner)
        return Item(NOTE, statement, undo=undo, subject=undo)
    return None


def _drop(_: Any, node: Any, statement: Statement) -> Item | None:
    if node.remove_type not in _DROPS or not node.missing_ok or node.concurrent or node.behavior == pb.DROP_CASCADE:
        return None
    return Item(DROP, statement, tuple(_dropped(node)))


def _dropped(node: Any) -> Iterator[Name]:
    group = _DROPS[node.remove_type]
    for each in node.objects:
        if group == ROUTINE:
            routine = each.object_with_args
            given = [p.function_parameter for p in routine.objfuncargs]
            inputs = [p.arg_type for p in given if p.mode in _INPUTS] or [a.type_name for a in routine.objargs]
            types = ANY if routine.args_unspecified else tuple(map(_type, inputs))
            yield Name(group, *_qualified(routine.objname), types=types)
            continue
        words = [item.string.sval for item in each.list.items]
        if group in (TRIGGER, POLICY, RULE):
            yield Name(group, "", words[-1], (words[-3] if len(words) > 2 else "", words[-2]))
        else:
            yield Name(group, words[-2] if len(words) > 1 else "", words[-1])


def _setting(_: Any, node: Any, statement: Statement) -> Item | None:
    is_of_transaction = node.name.upper().startswith(("TRANSACTION", "SESSION CHARACTERISTICS"))
    return None if is_of_transaction else Item(SETTING, statement)


def _select(_: Any, __: Any, statement: Statement) -> Item | None:
    return Item(SETTING, statement) if _SET_CONFIG.match(normalised(statement.text)) else None


def _qualified(names: Any) -> tuple[str, str]:
    words = [part.string.sval for part in names]
    return (words[-2] if len(words) > 1 else ""), words[-1]


def _type(type_: Any) -> str:
    """Return a type as to_regtype() takes it; of one that is a column's, nothing."""
    if type_.pct_type:
        return ""
    names = ".".join('"' + part.string.sval.replace('"', '""') + '"' for part in type_.names)
    return names + "[]" * bool(type_.array_bounds)


_READERS = {
    "create_function_stmt": _routine, "view_stmt": _view, "create_table_as_stmt": _materialized, "index_stmt": _index,
    "create_trig_stmt": _trigger, "create_policy_stmt": _policy, "rule_stmt": _rule, "grant_stmt": _grant,
    "comment_stmt": _comment, "alter_owner_stmt": _owner, "alter_table_stmt": _alter_view, "drop_stmt": _drop,
    "variable_set_stmt": _setting, "select_stmt": _select,
}  # fmt: skip
