"""Takes out of a database's facts what one installation owns: whole schemas, and single objects elsewhere.

Pure. What an installation owns is for migrations.elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Catalog, Facts

# What the server's addresses call otherwise than an identity does.
_KINDS = {
    "foreign-data wrapper": "foreign data wrapper",
    "default acl": "default privileges",
    "statistics object": "statistics",
}
_BY_ARGUMENTS = ("function", "procedure", "aggregate", "operator")
# Their facts differ from server to server where nobody has changed them.
_BY_NAME = ("extension", "language")


@dataclass(frozen=True)
class Part:
    """One object of the installation in the schema of others, or of the whole database; names as in the catalog."""

    kind: str
    schema: str
    name: str
    arguments: str = ""

    @classmethod
    def of(cls, type_: str, names: Collection[str], args: Collection[str], place: str) -> Part:
        """Return the part that an address of the server names."""
        name = [*names, ""][max(0, len(names) - 1)]
        if place and len(names) == 1:  # a type is addressed by one name, as SQL has it
            name = name.removeprefix(f"{quote(place)}.")
            name = name[1:-1].replace('""', '"') if name.startswith('"') else name
        return cls(_KINDS.get(type_, type_), place, name, ",".join(args))


def keep(catalog: Catalog, wanted: Callable[[Identity, dict[str, Any]], bool]) -> Catalog:
    """Return a catalog with the facts that are wanted. Pure."""

    def kept(facts: Facts) -> Facts:
        return {identity: attributes for identity, attributes in facts.items() if wanted(identity, attributes)}

    leaves = {leaf: facts for leaf, each in catalog.leaves.items() if (facts := kept(each))}
    periods = {leaf: parent for leaf, parent in catalog.periods.items() if leaf in leaves}
    return replace(catalog, facts=kept(catalog.facts), leaves=leaves, periods=periods)


def of_installation(catalog: Catalog, schemas: Collection[str], parts: Iterable[Part]) -> Catalog:
    """Return what lies in these schemas, what the parts are, and what hangs on either. Pure."""
    known = {*parts}
    in_others = {(p.schema, p.name, p.arguments if p.kind in _BY_ARGUMENTS else "") for p in known if p.schema}
    tables = {f"{quote(p.schema)}.{quote(p.name)}" for p in known if p.schema}
    of_all = {(p.kind, p.name) for p in known if not p.schema}
    database = any(p.kind == "database" for p in known)

    def wanted(identity: Identity, attributes: dict[str, Any]) -> bool:
        if identity.kind == "publication":
            return ("publication", identity.name) in of_all
        if identity.kind == "default privileges":
            return identity.schema in schemas or (not identity.schema and any(p.kind == identity.kind for p in known))
        root = _root(identity)
        if root.kind == "schema":
            return root.name in schemas
        if root.kind == "database" or (identity.kind == "setting" and not identity.on):
            return database and (identity.kind == "setting" or identity is not root)
        if root.schema:
            return root.schema in schemas or _place(root) in in_others or attributes.get("table") in tables
        return _is_of_all(root, identity, known, of_all)

    kept = keep(catalog, wanted)
    return replace(kept, facts={i: {} if i.kind in _BY_NAME else f for i, f in kept.facts.items()})


def _is_of_all(root: Identity, identity: Identity, known: set[Part], of_all: set[tuple[str, str]]) -> bool:
    """Tell whether one of the parts is this object of the whole database, or what it hangs on."""
    if identity.kind == "user mapping":
        return any(p.kind == "user mapping" and (p.name, p.arguments) == (identity.name, root.name) for p in known)
    if root.kind in ("cast", "transform"):
        return any(p.kind == root.kind and p.name.removeprefix("pg_catalog.") == root.name for p in known)
    return identity.kind != "member function" and (root.kind, root.name) in of_all


def _root(identity: Identity) -> Identity:
    """Return what an object hangs on in the end, or itself."""
    return [identity, *identity.chain][-1]


def _place(root: Identity) -> tuple[str, str, str]:
    """Return schema and name of what lies in a schema, and the arguments where many share a name."""
    return root.schema, root.name, root.arguments if root.kind in _BY_ARGUMENTS else ""


def beside(expected: Catalog, found: Catalog, places: Collection[str]) -> tuple[Catalog, Catalog]:
    """Leave out of two catalogs what is others' in the schemas of others: all that is not expected there. Pure."""
    names = {_place(_root(i)) for i in expected.facts}
    tables = {f"{quote(schema)}.{quote(name)}" for schema, name, _ in names}

    def of_place(identity: Identity) -> bool:
        root = _root(identity)
        return (root.kind == "schema" and root.name in places) or root.schema in places or identity.schema in places

    def wanted(identity: Identity, attributes: dict[str, Any]) -> bool:
        if not of_place(identity):
            return True
        root = _root(identity)
        return root.kind != "schema" and (_place(root) in names or attributes.get("table") in tables)

    return keep(expected, lambda i, _: not (of_place(i) and _root(i).kind == "schema")), keep(found, wanted)


def without(catalog: Catalog, parts: Iterable[Part], schemas: Collection[str]) -> Catalog:
    """Leave out what others made, in these schemas or in the whole database, and what hangs on it. Pure."""
    others = {*parts}
    if not others:
        return catalog
    theirs = of_installation(catalog, [p.name for p in others if p.kind == "schema" and p.name not in schemas], others)
    gone = theirs.everything
    return keep(catalog, lambda identity, _: identity not in gone)
