"""Alters what tables are made of, functions and types in place. Pure; None for what has to be made again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.altering_others import OTHERS, alter_member
from slate_pg.draft.columns import alter_column, sequence_words
from slate_pg.draft.making import enable, index_states, policy_words
from slate_pg.draft.routines import create_routine
from slate_pg.draft.side import Side
from slate_pg.draft.tables import alter_table, columns_of
from slate_pg.draft.words import Step, changed_settings, literal, same

Alter = Callable[[Side, Side, Identity, set[str]], list[str] | None]
_STATES = re.compile(r" (?:NOT VALID|NOT ENFORCED|ENFORCED|NOT DEFERRABLE|DEFERRABLE|INITIALLY \w+)")
_WITH = re.compile(r" WITH \([^)]*\)")
# What other attributes bring with them, so that nothing is to be said of it.
_FOLLOWS = {
    "constraint": {"index", "references", "table", "name", "local", "inherited", "kind"},
    "index": {"owner", "table", "name", "persistence", "immediate"},
    "trigger": {"table", "inherited"},
    "policy": {"table"}, "rule": {"table"}, "statistics": {"table"},
}  # fmt: skip


def alter(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[Step] | None:
    """Return the statements that alter an object; None where it has to be dropped and made again.

    An empty list is for attributes that nothing can be said of: what follows from others, or cannot be had.
    """
    changed = changed - _FOLLOWS.get(identity.kind, set()) - {"owner"}
    if not changed:
        return []
    if identity not in src.objects or identity not in dst.objects:
        return alter_member(src, dst, identity, changed)
    if identity.kind == "column":
        return alter_column(src, dst, identity, changed)
    change = _ALTER.get(identity.kind)
    said = change(src, dst, identity, changed) if change else None
    return None if said is None else [Step(text, identity) for text in said]


def _view(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    kind = identity.kind.upper()
    said: list[str] = []
    if "definition" in changed:
        if identity.kind != "view" or not _begins_with(src, dst, identity):
            return None
        options = f" WITH ({', '.join(_options(new))})" if new["options"] else ""
        body = str(new["definition"]).strip().removesuffix(";")
        said.append(f"CREATE OR REPLACE VIEW {called}{options} AS\n{body}")
    elif "options" in changed:
        said += changed_settings(f"ALTER {kind} {called}", old["options"], new["options"])
    if "access_method" in changed:
        said.append(f"ALTER {kind} {called} SET ACCESS METHOD {quote(new['access_method'])}")
    if "tablespace" in changed:
        said.append(f"ALTER {kind} {called} SET TABLESPACE {quote(new['tablespace'] or 'pg_default')}")
    if "populated" in changed:
        said.append(f"REFRESH MATERIALIZED VIEW {called}" + ("" if new["populated"] else " WITH NO DATA"))
    return said


def _options(told: Any) -> list[str]:
    return [f"{quote(name)} = {literal(value)}" for name, value in sorted(told["options"].items())]


def _begins_with(src: Side, dst: Side, view: Identity) -> bool:
    """Tell whether a view's columns only gain some at the end, as CREATE OR REPLACE VIEW has to have it."""
    old = [(i.name, m["type"], m["collation"]) for i, m in columns_of(src, view)]
    new = [(i.name, m["type"], m["collation"]) for i, m in columns_of(dst, view)]
    return new[: len(old)] == old


def _sequence(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    said: list[str] = []
    if bool(old["internal"]) != bool(new["internal"]):
        return []  # its column's
    words = changed & {"type", "start", "increment", "minimum", "maximum", "cache", "cycle"}
    if words:
        # A type brings its own bounds with it; the others are said where they differ.
        # Where the bounds have no number in common, no number that it stands at is one of the new.
        apart = int(old["maximum"]) < int(new["minimum"]) or int(new["maximum"]) < int(old["minimum"])
        said.append(f"ALTER SEQUENCE {called} {sequence_words(new)}{' RESTART' if apart else ''}")
    if "persistence" in changed and not new["internal"]:
        said.append(f"ALTER SEQUENCE {called} SET {'UNLOGGED' if new['persistence'] == 'u' else 'LOGGED'}")
    return said


def owned_by(side: Side, sequence: Identity) -> str:
    """Return the statement that gives a sequence to its column, or to none."""
    told = side.told(sequence)
    place = f"{told['owned_by']}.{quote(told['owned_column'])}" if told["owned_by"] else "NONE"
    return f"ALTER SEQUENCE {side.called(sequence)} OWNED BY {place}"


def _constraint(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new = src.told(identity), dst.told(identity)
    if new["type"] == "t":
        return []  # its trigger's
    if new["derived"] and not ("validated" in changed and new["validated"]):
        return []  # its parent's
    head = f"ALTER {'DOMAIN' if identity.on and identity.on.kind == 'domain' else 'TABLE'} {new['table']}"
    if _STATES.sub("", old["definition"]) != _STATES.sub("", new["definition"]) or "no_inherit" in changed:
        return [] if new["derived"] else None
    said = []
    if "enforced" in changed and new["type"] != "f":
        return None
    if changed & {"deferrable", "deferred", "enforced"}:
        if new["type"] != "f":
            return None
        words = "DEFERRABLE" if new["deferrable"] else "NOT DEFERRABLE"
        words += f" INITIALLY {'DEFERRED' if new['deferred'] else 'IMMEDIATE'}" if new["deferrable"] else ""
        if "enforced" in changed:
            said.append(f"{head} ALTER CONSTRAINT {dst.called(identity)} "
                        + ("NOT ENFORCED" if " NOT ENFORCED" in new["definition"] else "ENFORCED"))  # fmt: skip
        if changed & {"deferrable", "deferred"}:
            said.append(f"{head} ALTER CONSTRAINT {dst.called(identity)} {words}")
    if "validated" in changed and "enforced" not in changed:
        if not new["validated"]:
            return None
        said.append(f"{head} VALIDATE CONSTRAINT {dst.called(identity)}")
    return said


def _index(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    other = "definition" in changed and _WITH.sub("", old["definition"]) != _WITH.sub("", new["definition"])
    if other or changed & {"unique", "primary", "valid", "ready"}:
        return [] if new["of_constraint"] or new["derived"] else None
    said: list[str] = []
    if "options" in changed:
        said += changed_settings(f"ALTER INDEX {called}", old["options"], new["options"])
    if "tablespace" in changed:
        said.append(f"ALTER INDEX {called} SET TABLESPACE {quote(new['tablespace'] or 'pg_default')}")
    before, after = old["statistics"] or {}, new["statistics"] or {}
    for number in sorted(before.keys() | after.keys()):
        if before.get(number) != after.get(number):
            said.append(f"ALTER INDEX {called} ALTER COLUMN {number} SET STATISTICS {after.get(number, -1)}")
    if old["clustered"] and not new["clustered"]:
        said.append(f"ALTER TABLE {new['table']} SET WITHOUT CLUSTER")
    if old["replica_identity"] and not new["replica_identity"]:
        said.append(f"ALTER TABLE {new['table']} REPLICA IDENTITY DEFAULT")
    return said + [s for s in index_states(dst, identity) if s not in index_states(src, identity)]


def _enabled(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    told = dst.told(identity)
    if identity.kind == "rule" and "definition" in changed:
        said = [str(told["definition"]).replace("CREATE RULE", "CREATE OR REPLACE RULE", 1).removesuffix(";")]
        return said + ([enable(dst, identity)] if "enabled" in changed or told["enabled"] != "O" else [])
    if changed - {"enabled"}:
        return None if not told.get("derived") else []
    return [enable(dst, identity)]


def _policy(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new = src.told(identity), dst.told(identity)
    if not same(old, new, "command", "permissive"):
        return None
    if any(old[name] is not None and new[name] is None for name in ("using", "with_check")):
        return None
    roles = f" TO {', '.join(new['roles'])}" if "roles" in changed else ""
    told = {name: new[name] if name in changed else None for name in ("using", "with_check")}
    return [f"ALTER POLICY {dst.called(identity)} ON {new['table']}{roles}{policy_words(told)}"]


def _routine(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new = src.told(identity), dst.told(identity)
    if not same(old, new, "result", "kind", "identity_arguments"):
        return None
    if old["arguments"] != new["arguments"] and old["arguments"].count(" DEFAULT ") > new["arguments"].count(
        " DEFAULT "
    ):
        return None
    if new["aggregate"] and old["aggregate"]["kind"] != new["aggregate"]["kind"]:
        return None
    return create_routine(dst, identity, replace=True)


def _type(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    kept = [label for label in new["labels"] if label in old["labels"]]
    if changed == {"labels"} and kept == old["labels"]:
        return list(_labels(called, old["labels"], new["labels"]))
    return None


def _labels(called: str, old: list[str], new: list[str]) -> list[str]:
    """Return the statements that add labels to an enum, each at its place."""
    said, there = [], list(old)
    for place, label in enumerate(new):
        if label in there:
            continue
        where = f" BEFORE {literal(there[place])}" if place < len(there) else ""
        said.append(f"ALTER TYPE {called} ADD VALUE {literal(label)}{where}")
        there.insert(place, label)
    return said


def _domain(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new = src.told(identity), dst.told(identity)
    head = f"ALTER DOMAIN {dst.called(identity)}"
    if not same(old, new, "base", "collation"):
        return None
    said = []
    if "default" in changed:
        said.append(f"{head} DROP DEFAULT" if new["default"] is None else f"{head} SET DEFAULT {new['default']}")
    if "not_null" in changed and not new.get("not_null_name") and not old.get("not_null_name"):
        said.append(f"{head} {'SET' if new['not_null'] else 'DROP'} NOT NULL")
    return said


def _statistics(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    if changed != {"target"}:
        return None
    target = dst.told(identity)["target"]
    return [f"ALTER STATISTICS {dst.called(identity)} SET STATISTICS {-1 if target is None else target}"]


_ALTER: dict[str, Alter] = {
    "table": alter_table, "foreign table": alter_table, "view": _view, "materialized view": _view,
    "sequence": _sequence, "constraint": _constraint, "index": _index, "trigger": _enabled, "rule": _enabled,
    "policy": _policy, "function": _routine, "procedure": _routine, "aggregate": _routine, "type": _type,
    "domain": _domain, "statistics": _statistics, **OTHERS,
}  # fmt: skip
