"""Brings owners, privileges and comments of what was made, or is there, to what they should be. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity
from slate_pg.draft.rights import OF_OTHERS, owner, say
from slate_pg.draft.side import Side
from slate_pg.draft.words import Step

_EVERYBODY = {
    "function": ["EXECUTE"], "procedure": ["EXECUTE"], "aggregate": ["EXECUTE"], "type": ["USAGE"], "domain": ["USAGE"],
    "language": ["USAGE"],
}  # fmt: skip
_TABLE = ["DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"]
_OWNERS = {
    **dict.fromkeys(("table", "view", "materialized view", "foreign table"), _TABLE), **_EVERYBODY,
    "sequence": ["SELECT", "UPDATE", "USAGE"], "schema": ["CREATE", "USAGE"], "server": ["USAGE"],
    "foreign data wrapper": ["USAGE"],
}  # fmt: skip
_BY_DEFAULT = {
    **dict.fromkeys(("table", "view", "materialized view", "foreign table"), "tables"), "sequence": "sequences",
    **dict.fromkeys(("function", "procedure", "aggregate"), "functions"), "type": "types", "domain": "types",
}  # fmt: skip
_FOR_ALL = {"functions": ["EXECUTE"], "types": ["USAGE"]}
_OF_OWNER = {
    "functions": ["EXECUTE"], "types": ["USAGE"], "tables": _TABLE, "sequences": ["SELECT", "UPDATE", "USAGE"],
    "schemas": ["CREATE", "USAGE"],
}  # fmt: skip
_WITHOUT_OWNER = ("column", "constraint", "index", "trigger", "rule", "policy", "cast", "user mapping")


def said(
    src: Side, dst: Side, node: Callable[[Identity], Identity] | None, made: set[Identity]
) -> dict[Identity, list[Step]]:
    """Return by object what is to be said of it behind its own statements.

    `made` are those that are new or made again: what was said of them is gone; `node` says where each is made.
    """
    where = node or (lambda identity: identity)
    steps: dict[Identity, list[Step]] = defaultdict(list)
    for identity, facts in dst.facts.items():
        if identity.kind in (*OF_OTHERS, *_WITHOUT_OWNER) or "owner" not in facts or identity not in dst.objects:
            continue
        held = src.role if where(identity) in made else src.facts.get(identity, {}).get("owner", facts["owner"])
        internal = dst.told(identity).get("internal")
        if held != facts["owner"] and not internal:
            steps[where(identity)].append(owner(dst, identity, str(facts["owner"])))
    for identity in sorted({i for i in (*src.facts, *dst.facts) if i.kind in OF_OTHERS}, key=_order):
        if identity.kind == "default privileges" and not identity.schema:
            continue
        old: Mapping[str, Any] | None = src.facts.get(identity)
        new: Mapping[str, Any] | None = dst.facts.get(identity)
        on = identity.on or identity
        at = where(on)
        root = [on, *on.chain][-1]
        rooted = root in dst.facts or root.kind in ("database", "language", "parameter")
        if not rooted and identity.kind in ("grant", "comment", "security label"):
            continue  # gone with it
        if at in made and identity.kind in ("grant", "comment", "security label"):
            old = _initial(src, dst, identity, on)
        if old == new:
            continue
        if identity.kind in ("grant", "comment") and on.kind not in ("database",) and on not in dst.facts:
            continue
        found = say(dst, identity, old, new)
        steps[at if identity.kind in ("grant", "comment", "security label") else identity] += found or []
    for identity, before, after in _by_default(src, dst):
        steps[identity] += say(dst, identity, before, after) or []
    return steps


def _by_default(src: Side, dst: Side) -> Iterator[tuple[Identity, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Yield what differs of privileges given everywhere; where nothing is on record, it is what is built in."""

    def groups(side: Side) -> dict[tuple[Identity | None, str], dict[str, Any]]:
        found: dict[tuple[Identity | None, str], dict[str, Any]] = defaultdict(dict)
        for i, facts in side.facts.items():
            if i.kind == "default privileges" and not i.schema:
                found[i.on, i.arguments][i.name] = [p for p in facts["privileges"] or () if p]
        return found

    before, after = groups(src), groups(dst)
    for on, kind in sorted(before.keys() | after.keys(), key=str):
        role = on.name if on else ""
        built_in = {"public": _FOR_ALL.get(kind, []), role: _OF_OWNER.get(kind, [])}
        held, wanted = before.get((on, kind), built_in), after.get((on, kind), built_in)
        for name in sorted(held.keys() | wanted.keys()):
            identity = Identity("default privileges", "", name, on, kind)
            old, new = ({"privileges": _known(each.get(name, []), src.major)} for each in (held, wanted))
            if sorted(old["privileges"]) != sorted(new["privileges"]):
                yield identity, old, new


def _order(identity: Identity) -> tuple[bool, str]:
    return identity.kind != "comment", str(identity)


def _known(privileges: list[str], major: int) -> list[str]:
    return [p for p in privileges if p != "MAINTAIN" or major >= 17]


def _initial(src: Side, dst: Side, identity: Identity, on: Identity) -> Mapping[str, Any] | None:
    """Return what is said of an object that was just made: built-in privileges, and those given by default."""
    if identity.kind != "grant" or on.kind == "column":
        return None
    kind = _BY_DEFAULT.get(on.kind, "")
    role = Identity("role", name=src.role)
    by_default = {
        i: f for i, f in src.facts.items() if i.kind == "default privileges" and i.on == role and i.arguments == kind
    }
    everywhere = {i.name: f["privileges"] or [] for i, f in by_default.items() if not i.schema}
    here = {i.name: f["privileges"] or [] for i, f in by_default.items() if i.schema == on.schema}
    built_in = {"public": _EVERYBODY.get(on.kind, []), "": _owners(on.kind, src.major)}
    if everywhere:
        built_in = {("" if name == src.role else name): p for name, p in everywhere.items()}
    held = {*built_in.get(identity.name, []), *here.get(identity.name, [])}
    return {"privileges": sorted(held)} if held else None


def _owners(kind: str, major: int) -> list[str]:
    return [p for p in _OWNERS.get(kind, []) if p != "MAINTAIN" or major >= 17]
