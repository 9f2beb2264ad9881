"""Brings owners, privileges and comments of what was made, or is there, to what they should be. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity
from slate_pg.draft.rights import OF_OTHERS, owner, said_of
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
        before = src.role if where(identity) in made else src.facts.get(identity, {}).get("owner", facts["owner"])
        internal = dst.told(identity).get("internal")
        if before != facts["owner"] and not internal:
            steps[where(identity)].append(owner(dst, identity, str(facts["owner"])))
    for identity in sorted({i for i in (*src.facts, *dst.facts) if i.kind in OF_OTHERS}, key=_order):
        old, new = src.facts.get(identity), dst.facts.get(identity)
        on = identity.on or identity
        at = where(on)
        root = [on, *on.chain][-1]
        if root not in dst.facts and root.kind not in ("database", "language", "parameter"):
            if identity.kind in ("grant", "comment", "security label"):
                continue  # gone with it
        if at in made and identity.kind in ("grant", "comment", "security label"):
            old = _initial(src, dst, identity, on)
        if old == new:
            continue
        if identity.kind in ("grant", "comment") and on.kind not in ("database",) and on not in dst.facts:
            continue
        found = said_of(_with(src, identity, old), dst, identity)
        steps[at if identity.kind in ("grant", "comment", "security label") else identity] += found or []
    return steps


def _order(identity: Identity) -> tuple[bool, str]:
    return identity.kind != "comment", str(identity)


def _with(side: Side, identity: Identity, facts: Mapping[str, Any] | None) -> Side:
    """Return a side on which one object is as given."""
    others = {i: f for i, f in side.facts.items() if i == identity}
    others.pop(identity, None)
    if facts is not None:
        others[identity] = dict(facts)
    return Side(side.catalog, others, side.objects, side.path, side.major, side.role)


def _initial(src: Side, dst: Side, identity: Identity, on: Identity) -> Mapping[str, Any] | None:
    """Return what is said of an object that was just made: built-in privileges, and those given by default."""
    if identity.kind != "grant" or on.kind == "column":
        return None
    kind = _BY_DEFAULT.get(on.kind, "")
    role = Identity("role", name=src.role)
    by_default = {i: f for i, f in src.facts.items() if i.kind == "default privileges" and i.on == role and i.arguments == kind}
    everywhere = {i.name: f["privileges"] for i, f in by_default.items() if not i.schema}
    here = {i.name: f["privileges"] for i, f in by_default.items() if i.schema == on.schema}
    built_in = {"public": _EVERYBODY.get(on.kind, []), "": _owners(on.kind, src.major)}
    if everywhere:
        built_in = {("" if name == src.role else name): p for name, p in everywhere.items()}
    held = {*built_in.get(identity.name, []), *here.get(identity.name, [])}
    return {"privileges": sorted(held)} if held else None


def _owners(kind: str, major: int) -> list[str]:
    return [p for p in _OWNERS.get(kind, []) if p != "MAINTAIN" or major >= 17]
