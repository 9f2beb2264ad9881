"""Tells in which objects two states differ, attribute by attribute: what catalog.compare finds, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from slate_pg.catalog.compare import SEVERITIES, Difference, compare, severity
from slate_pg.catalog.identity import Identity, schema_of
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.docs.access_changes import find_access_changes, roles_left_out
from slate_pg.docs.alterations import Altered, Attribute, Change, Diff
from slate_pg.docs.model import ForeignKey, Migration, Table
from slate_pg.docs.naming import Name
from slate_pg.docs.states import State

_NOT_SHOWN = frozenset(("position", "owner", "local", "index", "name", "table"))
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_WAYS = ("result", "language", "security_definer", "config", "options")  # how a function or a view works, not what
_RELATIONS = ("table", "view", "materialized view", "foreign table")


def find_difference(before: State, after: State, products: Sequence[str] = ()) -> Diff:
    """Return how two states differ: of all products, or of those that are named."""
    live = before.live or after.live
    differences = _compare(_comparable(before.catalog, live), _comparable(after.catalog, live))
    homes = {**before.products, **after.products}
    changes = [c for c in _changes(differences, before, after, homes) if not products or c.product in products]
    tables, keys = _pictured(before, after, differences, homes, products)
    access = find_access_changes(before, after, homes, differences)
    return Diff(
        before.name,
        after.name,
        tuple(sorted(changes, key=lambda c: SEVERITIES.index(c.severity))),
        tuple(a for a in access if not products or a.product in products),
        tuple(m for m in _migrations(before, after) if not products or m.product in products),
        tuple(tables),
        tuple(keys),
        (*before.notes, *after.notes, *_notes(before, after)),
    )


def _notes(before: State, after: State) -> Iterator[str]:
    yield "rows are not compared"
    if before.live or after.live:
        yield "owners, and what belongs to the whole database as roles and extensions do, are not compared"
        left = roles_left_out(before, after)
        if left:
            yield f"what roles may do that the files do not make is not compared: {', '.join(left)}"
    majors = {s.catalog.major for s in (before, after) if s.catalog.major}
    if len(majors) > 1:
        yield f"PostgreSQL {' and '.join(map(str, sorted(majors)))}: what the two print differently is not compared"


def _compare(before: Catalog, after: Catalog) -> list[Difference]:
    """Return what differs; of a schema that only one state has, what lies in it is told too."""
    alone = {i for i in {*before.facts} ^ {*after.facts} if i.kind == "schema"}
    differences = []
    for identity in alone:
        one, other = before.facts.get(identity), after.facts.get(identity)
        differences.append(Difference(identity, "", one, other, severity(identity, "", one or other or {})))

    def without(catalog: Catalog) -> Catalog:
        return replace(catalog, facts={i: f for i, f in catalog.facts.items() if i not in alone})

    return [*sorted(differences, key=lambda d: d.object), *compare(without(before), without(after))]


def _comparable(catalog: Catalog, live: bool) -> Catalog:
    """Return a catalog without the owners of objects where one side's are those of a disposable server."""
    if not live:
        return catalog

    def without(facts: Facts) -> Facts:
        return {i: {name: v for name, v in found.items() if name != "owner"} for i, found in facts.items()}

    return replace(
        catalog, facts=without(catalog.facts), leaves={leaf: without(f) for leaf, f in catalog.leaves.items()}
    )


def _changes(
    differences: Sequence[Difference], before: State, after: State, homes: Mapping[str, str]
) -> Iterator[Change]:
    was, now = (_Parts(s.catalog.everything) for s in (before, after))
    grouped: dict[Identity, list[Difference]] = {}
    for each in _without_what_follows(differences):
        grouped.setdefault(each.object, []).append(each)
    for identity, found in grouped.items():
        product = homes.get(schema_of(identity), "")
        first = found[0]
        definer = not first.attribute and (first.expected or first.found or {}).get("security_definer")
        weight = "security" if definer else min((d.severity for d in found), key=SEVERITIES.index)
        if first.attribute:
            attributes = tuple(Attribute(d.attribute, said(d.expected), said(d.found)) for d in found)
            yield Change("changed", str(identity), product, "", "", weight, attributes)
        elif first.found is None:
            yield Change("removed", str(identity), product, was.describe(identity), "", weight)
        else:
            yield Change("added", str(identity), product, "", now.describe(identity), weight)


def _without_what_follows(differences: Sequence[Difference]) -> Iterator[Difference]:
    """Leave out the indexes of constraints that come or go, and columns' places where one before them does."""
    whole = [d for d in differences if not d.attribute]
    kept = {(d.expected or d.found or {}).get("index") for d in whole if d.object.kind == "constraint"}
    moved = {d.object.on for d in whole if d.object.kind == "column"}
    for each in differences:
        if each.attribute == "position" and each.object.on in moved:
            continue
        if each.attribute or each.object.kind != "index" or each.object.qualified not in kept:
            yield each


def said(value: Any) -> str:
    """Return a value of the catalog in words, each of several on a line of its own; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(map(said, value))
    return str(value)


class _Parts:
    """What belongs to each object of a catalog, so that one can be described with all of it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        by_name = {i.qualified: i for i in facts if i.kind in _RELATIONS and not i.on}
        self.of: dict[Identity, list[Identity]] = {}
        for identity, found in facts.items():
            holders = {*identity.chain, *([by_name[found["table"]]] if found.get("table") in by_name else [])}
            for holder in holders:
                self.of.setdefault(holder, []).append(identity)

    def describe(self, identity: Identity) -> str:
        """Return what an object is, and each that belongs to it, a line or some for each."""
        if identity.kind == "schema":
            return ""  # what lies in it is told by itself
        lines = [_sentence(identity, self.facts.get(identity, {}), alone=True)]
        parts = [i for i in self.of.get(identity, ()) if not _goes_without_saying(i, self.facts[i])]
        columns = [i for i in parts if i.kind == "column"]
        columns.sort(key=lambda i: self.facts[i].get("position") or 0)
        lines += [_column(part.name, self.facts[part]) for part in columns]
        kept = {self.facts[i].get("index") for i in parts if i.kind == "constraint"}
        rest = sorted((i for i in parts if i.kind != "column" and i.qualified not in kept), key=str)
        lines += [_sentence(part, self.facts[part]) for part in rest]
        return "\n".join(filter(None, lines))


def _goes_without_saying(identity: Identity, found: Mapping[str, Any]) -> bool:
    """Tell NOT NULL constraints, which a column's line says, and what its owner may."""
    return (identity.kind == "constraint" and found.get("kind") == "n") or (
        identity.kind == "grant" and not identity.name
    )


def _column(name: str, found: Mapping[str, Any]) -> str:
    words = [name, str(found.get("type") or ""), "not null" if found.get("not_null") else ""]
    words.append(f"default {found['default']}" if found.get("default") else "")
    return " ".join(filter(None, words))


def _sentence(identity: Identity, found: Mapping[str, Any], alone: bool = False) -> str:
    """Return one object in words: its definition where it has one, else what is known of it."""
    if identity.kind == "column":
        return _column(identity.name, found)
    for name in ("definition", "sql_body", "body", "text"):
        if found.get(name):
            text = str(found[name]).strip()
            if not alone or identity.kind == "constraint":
                return f"{identity}: {text}"
            ways = [f"{n.replace('_', ' ')} {_in_line(n, found[n])}" for n in _WAYS if found.get(n)]
            return "\n".join([*(["; ".join(ways)] if ways else []), text])
    if alone and identity.kind in ("table", "schema"):
        return ""
    known = [f"{name.replace('_', ' ')} {_in_line(name, v)}" for name, v in sorted(found.items())
             if v not in (None, False, "") and name not in _NOT_SHOWN]  # fmt: skip
    return f"{identity}: {'; '.join(known)}" if known else str(identity)


def _in_line(name: str, value: Any) -> str:
    if name == "command":
        return _COMMANDS.get(str(value), str(value))
    return ", ".join(map(said, value)) if isinstance(value, list) else " ".join(said(value).split())


def _migrations(before: State, after: State) -> Iterator[Altered]:
    """Yield the migrations that one state has and the other not, and those whose text differs."""
    for product in dict.fromkeys([*before.migrations, *after.migrations]):
        one, other = before.migrations.get(product, {}), after.migrations.get(product, {})
        for name in dict.fromkeys([*one, *other]):
            how = "removed" if name not in other else "added" if name not in one else "changed"
            if how == "changed" and not _edited(one[name], other[name]):
                continue
            migration = other.get(name) or one[name]
            yield Altered(how, product, name, says=_answers(migration))


def _edited(one: Migration, other: Migration) -> bool:
    """Tell whether a migration's text differs, where both are known."""
    return bool(one.sql and other.sql) and (one.sql, one.rollback) != (other.sql, other.rollback)


def _answers(migration: Migration) -> str:
    words = {"Why": migration.why, "Locks": migration.locks, "A rollback loses": migration.loses}
    return "\n".join(f"{word}: {' '.join(text.split())}" for word, text in words.items() if text)


def _pictured(
    before: State,
    after: State,
    differences: Sequence[Difference],
    homes: Mapping[str, str],
    products: Sequence[str],
) -> tuple[list[Altered], list[Altered]]:
    """Return the tables whose picture is another, with their neighbours, and the foreign keys between all of these."""
    old, new = _keys(before.tables), _keys(after.tables)
    touched: dict[Name, str] = {}
    for each in differences:
        root = [each.object, *each.object.chain][-1]
        name = (root.schema, root.name)
        if root.kind not in ("table", "foreign table"):
            continue
        if name in after.tables or name in before.tables:
            is_new, is_gone = name not in before.tables, name not in after.tables
            touched[name] = "added" if is_new else "removed" if is_gone else "changed"
    wanted = {n for n in touched if not products or homes.get(n[0], "") in products}
    shown = dict(touched) if not products else {n: how for n, how in touched.items() if n in wanted}
    keys = []
    for key in dict.fromkeys([*new.values(), *old.values()]):
        ends = ((key.schema, key.table), (key.target_schema, key.target))
        mark = (key.schema, key.table, key.name)
        if not any(end in wanted for end in ends) or (mark in new and key != new[mark]):
            continue
        how = "added" if mark not in old else "removed" if mark not in new else "changed"
        keys.append(_key("same" if how == "changed" and old[mark] == key else how, key, homes))
        for end in ends:
            shown.setdefault(end, "same")
    tables = {**before.tables, **after.tables}
    return [_table(how, name, tables.get(name), homes) for name, how in shown.items()], keys


def _keys(tables: Mapping[Name, Table]) -> dict[tuple[str, str, str], ForeignKey]:
    return {(k.schema, k.table, k.name): k for table in tables.values() for k in table.foreign_keys}


def _key(how: str, key: ForeignKey, homes: Mapping[str, str]) -> Altered:
    return Altered(
        how, homes.get(key.schema, ""), key.name, key.schema, key.table, key.target_schema, key.target,
        ", ".join(key.columns), key.optional,
    )  # fmt: skip


def _table(how: str, name: Name, table: Table | None, homes: Mapping[str, str]) -> Altered:
    return Altered(how, homes.get(name[0], ""), "", *name, says=table.says if table else "")
